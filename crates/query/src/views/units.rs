//! Table `units`: the register of the session's scope, one row per unit and span of days.

use std::sync::{Arc, OnceLock};

use arrow::{
    array::{ArrayRef, Int64Builder, RecordBatch, StringBuilder},
    datatypes::{DataType, Field, Schema, SchemaRef},
};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::Result,
    datasource::MemTable,
    logical_expr::{Expr, TableType},
    physical_plan::ExecutionPlan,
};
use jiff::{ToSpan, civil::Date};
use model::{Catalog, UnitRecord};

use crate::Scope;

/// Name of the table.
pub(super) const NAME: &str = "units";

/// Made when it is read for the first time.
#[derive(Debug)]
struct Units {
    catalog: Arc<Catalog>,
    scope: Scope,
    schema: SchemaRef,
    rows: OnceLock<RecordBatch>,
}

/// The table; containers of the code list are left out.
pub(super) fn table(catalog: Arc<Catalog>, scope: Scope) -> Arc<dyn TableProvider> {
    let text = |name: &str, null| Field::new(name, DataType::Utf8, null);
    let schema = Arc::new(Schema::new(vec![
        Field::new("unit", DataType::Int64, false),
        text("name", false),
        text("level", false),
        text("level_zh", false),
        text("class", false),
        Field::new("parent", DataType::Int64, true),
        text("eval_group", true),
        text("valid_from", true),
        text("valid_to", true),
        text("successors", true),
    ]));
    Arc::new(Units { catalog, scope, schema, rows: OnceLock::new() })
}

impl Units {
    fn rows(&self) -> Result<RecordBatch> {
        if let Some(rows) = self.rows.get() {
            return Ok(rows.clone());
        }
        let (mut codes, mut parents) = (Int64Builder::new(), Int64Builder::new());
        let mut texts: [StringBuilder; 8] = std::array::from_fn(|_| StringBuilder::new());
        let records = self.catalog.register.records();
        for record in records.iter().filter(|record| self.shows(record)) {
            codes.append_value(record.code.as_u64() as i64);
            parents.append_option(record.parent.map(|(code, _)| code.as_u64() as i64));
            let day = |day: Option<Date>| day.map(|day| day.to_string());
            let heirs: Vec<String> = record.successors.iter().map(ToString::to_string).collect();
            let values = [
                Some(record.name.clone()),
                Some(record.level.name().to_owned()),
                Some(record.level.zh().to_owned()),
                Some(record.class.name().to_owned()),
                record.eval_group.map(|level| level.name().to_owned()),
                day(record.valid_from),
                day(record.valid_to),
                (!heirs.is_empty()).then(|| heirs.join(",")),
            ];
            for (column, value) in texts.iter_mut().zip(values) {
                column.append_option(value);
            }
        }
        let [name, level, level_zh, class, group, from, to, successors] =
            texts.map(|mut text| Arc::new(text.finish()) as ArrayRef);
        let (codes, parents) = (Arc::new(codes.finish()), Arc::new(parents.finish()));
        let columns: Vec<ArrayRef> =
            vec![codes, name, level, level_zh, class, parents, group, from, to, successors];
        let rows = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        Ok(self.rows.get_or_init(|| rows).clone())
    }

    /// Whether the record is a unit that reports, and in the scope on its last day.
    fn shows(&self, record: &UnitRecord) -> bool {
        if record.class.is_container() {
            return false;
        }
        let last = record.valid_to.map_or(Date::MAX, |end| end.saturating_sub(1.day()));
        self.scope.holds_on(&self.catalog, record.code, last)
    }
}

#[async_trait]
impl TableProvider for Units {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = MemTable::try_new(self.schema(), vec![vec![self.rows()?]])?;
        rows.scan(session, projection, filters, limit).await
    }
}
