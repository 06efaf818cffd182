//! The provider of the long table: one row per unit, period and indicator, made from the wide
//! tables while it is read.
//!
//! Which indicators a query wants is decided from its filters when it is planned, so that only
//! their columns of their tables are read, each table once.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{ArrayRef, RecordBatch, StringArray},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::{DataFusionError, Result},
    logical_expr::{Expr, TableProviderFilterPushDown, TableType},
    physical_plan::{ExecutionPlan, empty::EmptyExec, union::UnionExec},
};
use model::{Catalog, FormIx, IndicatorIx, form::BlockKey, indicator::Entry};

use crate::{
    describe::{self, MIXED},
    layout::{Layout, Role},
    prune::{may_pass, unqualified},
    unpivot::{Branch, From, UnpivotExec},
};

/// Type of `value`: every indicator's digits, at the finest stored scale.
pub(crate) const VALUE: DataType = DataType::Decimal128(24, 6);

/// Columns that are the same in all rows of an indicator.
pub(crate) const TEXTS: [&str; 7] =
    ["indicator", "form", "form_zh", "indicator_zh", "measure", "kind", "kind_zh"];

/// Counts of returns, in the order of [`Branch::counts`].
pub(crate) const COUNTS: [&str; 4] = ["due", "received", "on_time", "accepted"];

/// One wide table that the long one is made from.
#[derive(Debug)]
pub(crate) struct Wide {
    pub(crate) form: FormIx,
    pub(crate) table: Arc<dyn TableProvider>,
    pub(crate) layout: Layout,
}

/// The long table over all wide ones.
#[derive(Debug)]
pub(crate) struct LongFacts {
    catalog: Arc<Catalog>,
    wide: Vec<Wide>,
    schema: SchemaRef,
    /// Columns that come over from the wide tables as they are.
    carried: usize,
    /// One row of texts per indicator of [`LongFacts::indicators`].
    texts: RecordBatch,
    indicators: Vec<IndicatorIx>,
}

impl LongFacts {
    /// `wide` must not be empty; the first table's keys name the carried columns.
    pub(crate) fn new(catalog: Arc<Catalog>, wide: Vec<Wide>) -> Result<Self> {
        let first = wide.first().ok_or_else(|| DataFusionError::Plan("no wide table".into()))?;
        let stored = first.table.schema();
        let mut fields: Vec<Field> = first
            .layout
            .keys()
            .map(|place| stored.field(place).clone().with_metadata(Default::default()))
            .collect();
        let carried = fields.len();
        fields.extend(TEXTS.map(|name| Field::new(name, DataType::Utf8, false)));
        let mixed = [(MIXED.to_owned(), "true".to_owned())].into();
        fields.push(Field::new("value", VALUE, true).with_metadata(mixed));
        fields.extend(COUNTS.map(|name| Field::new(name, DataType::Int64, true)));
        let schema = Arc::new(Schema::new(fields));
        let indicators: Vec<IndicatorIx> = wide
            .iter()
            .flat_map(|w| catalog.indicators_of(w.form).map(|(place, _)| place))
            .collect();
        let texts = texts_of(&catalog, &indicators, &schema.fields()[carried..][..TEXTS.len()])?;
        Ok(Self { catalog, wide, schema, carried, texts, indicators })
    }

    /// The indicators that `filters` leave, in the order of the catalogue.
    pub(crate) fn selected(
        &self,
        session: &dyn Session,
        filters: &[Expr],
    ) -> Result<Vec<IndicatorIx>> {
        let pass = may_pass(session, filters, &self.texts)?;
        Ok(self.indicators.iter().zip(pass).filter_map(|(&i, pass)| pass.then_some(i)).collect())
    }

    /// Where the output columns `wanted` come from, and the places in the wide table to read.
    fn columns(&self, wanted: &[usize], layout: &Layout, read: &mut Reads) -> Vec<From> {
        let keys: Vec<usize> = layout.keys().collect();
        let texts = self.carried..self.carried + TEXTS.len();
        let value = texts.end;
        wanted
            .iter()
            .map(|&column| match column {
                key if key < self.carried => From::Input(read.place(keys[key])),
                text if texts.contains(&text) => From::Text(text - texts.start),
                column if column == value => From::Value,
                count => From::Count(count - value - 1),
            })
            .collect()
    }

    /// The rows of some indicators of one wide table.
    async fn part(
        &self,
        session: &dyn Session,
        wide: &Wide,
        indicators: &[IndicatorIx],
        wanted: &[usize],
        filters: &[Expr],
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let mut read = Reads::default();
        let columns = self.columns(wanted, &wide.layout, &mut read);
        let mut branches = Vec::new();
        for &indicator in indicators {
            // An indicator that is newer than the table has no column yet, and no rows.
            let Some(value) = wide.layout.place(Role::Value(indicator)) else { continue };
            let block = self.block(indicator);
            let count = |i| block.and_then(|block| wide.layout.place(Role::Count(block, i)));
            let counts = match [count(0), count(1), count(2), count(3)] {
                [Some(a), Some(b), Some(c), Some(d)] => Some([a, b, c, d].map(|p| read.place(p))),
                _ => None,
            };
            let texts = texts(&self.catalog, indicator).to_vec();
            branches.push(Branch { value: read.place(value), counts, texts });
        }
        if branches.is_empty() {
            return Ok(None);
        }
        let passed: Vec<Expr> = self.keys_only(filters)?;
        let input = wide.table.scan(session, Some(&read.0), &passed, None).await?;
        let schema = Arc::new(self.schema.project(wanted)?);
        let plan = UnpivotExec::new(input, Arc::new(branches), Arc::new(columns), schema);
        Ok(Some(Arc::new(plan)))
    }

    /// The filters over carried columns alone: the wide tables know these by the same names.
    fn keys_only(&self, filters: &[Expr]) -> Result<Vec<Expr>> {
        let carried = &self.schema.fields()[..self.carried];
        let known = |name: &str| carried.iter().any(|field| field.name() == name);
        let keys = filters.iter().filter(|f| f.column_refs().iter().all(|c| known(&c.name)));
        keys.map(unqualified).collect()
    }

    /// The returns that ask for an indicator.
    fn block(&self, indicator: IndicatorIx) -> Option<BlockKey> {
        let asked = self.catalog.indicator(indicator);
        match asked.entry {
            Entry::At(level) => {
                Some(BlockKey { form: asked.form, frequency: asked.frequency, level })
            }
            Entry::System | Entry::Derived => None,
        }
    }
}

/// Columns of a wide table to read, each once, in the order of first use.
#[derive(Default)]
struct Reads(Vec<usize>);

impl Reads {
    fn place(&mut self, column: usize) -> usize {
        match self.0.iter().position(|&read| read == column) {
            Some(place) => place,
            None => {
                self.0.push(column);
                self.0.len() - 1
            }
        }
    }
}

/// The texts of one indicator, in the order of [`TEXTS`].
fn texts(catalog: &Catalog, place: IndicatorIx) -> [String; 7] {
    let indicator = catalog.indicator(place);
    let form = catalog.form(indicator.form);
    [
        indicator.code.clone(),
        form.code.clone(),
        form.zh.clone(),
        indicator.sql_zh.clone(),
        indicator.measure.clone(),
        describe::kind_name(indicator.kind).to_owned(),
        describe::kind_zh(indicator.kind).to_owned(),
    ]
}

fn texts_of(
    catalog: &Catalog,
    indicators: &[IndicatorIx],
    fields: &[arrow::datatypes::FieldRef],
) -> Result<RecordBatch> {
    let rows: Vec<[String; 7]> = indicators.iter().map(|&i| texts(catalog, i)).collect();
    let columns = (0..TEXTS.len())
        .map(|i| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row[i])))
        })
        .collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns)?)
}

#[async_trait]
impl TableProvider for LongFacts {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = || (0..self.schema.fields().len()).collect();
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(all);
        let mut by_form: BTreeMap<FormIx, Vec<IndicatorIx>> = BTreeMap::new();
        for indicator in self.selected(session, filters)? {
            by_form.entry(self.catalog.indicator(indicator).form).or_default().push(indicator);
        }
        let mut parts = Vec::new();
        for wide in &self.wide {
            let Some(indicators) = by_form.get(&wide.form) else { continue };
            parts.extend(self.part(session, wide, indicators, &wanted, filters).await?);
        }
        match parts.len() {
            0 => Ok(Arc::new(EmptyExec::new(Arc::new(self.schema.project(&wanted)?)))),
            1 => Ok(parts.remove(0)),
            _ => UnionExec::try_new(parts),
        }
    }
}
