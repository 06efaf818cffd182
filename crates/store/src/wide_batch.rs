//! Rolled-up rows as a batch of a wide table's columns.

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::{
        ArrayRef, BooleanArray, Decimal64Array, Int32Array, Int64Array, RecordBatch, StringArray,
        new_null_array,
    },
    buffer::NullBuffer,
    datatypes::{DataType, SchemaRef},
    error::ArrowError,
};
use model::{Catalog, Column, Coverage, Level, Node, Rows, amount::MAX_DIGITS, form::BlockKey};

use crate::{Count, StoreError, WideColumn, WideKind};

/// What the batches of one form's rows have in common.
pub(crate) struct WideShape {
    pub(crate) table: String,
    pub(crate) columns: Vec<WideColumn>,
    pub(crate) file_schema: SchemaRef,
    /// Code of each indicator of the catalogue, for the list of those that do not apply.
    pub(crate) codes: Vec<String>,
}

impl WideShape {
    /// The shape of a form's table.
    pub(crate) fn new(catalog: &Catalog, form: model::FormIx) -> Self {
        let columns = crate::wide_columns(catalog, form);
        Self {
            table: catalog.form(form).table(),
            file_schema: crate::wide_schema::file_schema(&columns),
            columns,
            codes: catalog.indicators.iter().map(|indicator| indicator.code.clone()).collect(),
        }
    }

    /// The rows as columns; the rows are in the order of the tree, parents before children.
    pub(crate) fn batch(&self, rows: Rows) -> Result<RecordBatch, StoreError> {
        self.check(&rows)?;
        let Rows { period, tree, nodes, columns, coverage, not_applicable, .. } = rows;
        let mut values: HashMap<String, Column> =
            columns.into_iter().map(|column| (column.name.clone(), column)).collect();
        let n = nodes.len();
        let up = |of: &dyn Fn(Node) -> Option<Node>| -> ArrayRef {
            let codes = nodes.iter().map(|&node| of(node).map(|n| tree.code(n).as_u64() as i64));
            Arc::new(codes.collect::<Int64Array>())
        };
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            arrays.push(match column.kind {
                WideKind::Period => continue,
                WideKind::Unit => up(&Some),
                WideKind::Ancestor(Level::City) => up(&|node| tree.prefecture(node)),
                WideKind::Ancestor(level) => up(&|node| tree.at_level(node, level)),
                WideKind::Level => {
                    let names = nodes.iter().map(|&node| Some(tree.level(node).name()));
                    Arc::new(names.collect::<StringArray>())
                }
                WideKind::PeriodKind => {
                    let letter = period.kind().letter().to_string();
                    Arc::new(StringArray::from_iter_values(std::iter::repeat_n(letter, n)))
                }
                WideKind::Value(scale) => amounts(values.remove(&column.name), scale, n)?,
                WideKind::Coverage(block, count) => counts(&coverage, block, count, n),
                WideKind::Partial => Arc::new(partial(&coverage, n)),
                WideKind::NotApplicable => Arc::new(self.names(&not_applicable, n)),
            });
        }
        if let Some(name) = values.keys().min() {
            return Err(self.column(name, "is no column of this form"));
        }
        let failed = |e: ArrowError| StoreError::of_format(format!("table {}", self.table), e);
        RecordBatch::try_new(Arc::clone(&self.file_schema), arrays).map_err(failed)
    }

    /// Every column has a value for every row, and rows come in the order of the tree.
    fn check(&self, rows: &Rows) -> Result<(), StoreError> {
        let n = rows.nodes.len();
        if !rows.nodes.is_sorted_by(|a, b| a < b) {
            return Err(self.column("unit", "rows are not in the order of the tree, each once"));
        }
        for column in &rows.columns {
            if column.values.len() != n || column.valid.len() != n {
                let (values, valid) = (column.values.len(), column.valid.len());
                let problem = format!("{values} values and {valid} flags for {n} rows");
                return Err(self.column(&column.name, &problem));
            }
            let expected = self.columns.iter().find(|c| c.name == column.name).map(|c| c.kind);
            if !matches!(expected, Some(WideKind::Value(scale)) if scale == column.scale) {
                let problem = format!("an amount with {} decimals is not expected", column.scale);
                return Err(self.column(&column.name, &problem));
            }
        }
        match rows.coverage.iter().find(|(_, counts)| counts.len() != n) {
            Some((_, counts)) => {
                let problem = format!("{} counts for {n} rows", counts.len());
                Err(self.column("due", &problem))
            }
            None => Ok(()),
        }
    }

    /// For each row the codes that do not apply.
    fn names(&self, marks: &[(u32, model::IndicatorIx)], n: usize) -> StringArray {
        let mut lists: Vec<Option<String>> = vec![None; n];
        for &(row, indicator) in marks {
            let Some(list) = lists.get_mut(row as usize) else { continue };
            let code = &self.codes[usize::from(indicator.0)];
            match list {
                Some(list) => {
                    list.push(',');
                    list.push_str(code);
                }
                None => *list = Some(code.clone()),
            }
        }
        lists.into_iter().collect()
    }

    fn column(&self, column: &str, problem: &str) -> StoreError {
        StoreError::Column {
            table: self.table.clone(),
            column: column.to_owned(),
            problem: problem.to_owned(),
        }
    }
}

/// A value column; one that the rows do not have is null.
fn amounts(column: Option<Column>, scale: u8, n: usize) -> Result<ArrayRef, StoreError> {
    let Some(column) = column else {
        let data_type = DataType::Decimal64(MAX_DIGITS as u8, scale as i8);
        return Ok(new_null_array(&data_type, n));
    };
    let Column { name, values, valid, .. } = column;
    let nulls = valid.contains(&false).then(|| NullBuffer::from(valid));
    let array = Decimal64Array::new(values.into(), nulls);
    let array = array.with_precision_and_scale(MAX_DIGITS as u8, scale as i8);
    Ok(Arc::new(array.map_err(|e| StoreError::of_format(format!("column {name}"), e))?))
}

/// A coverage column; a sort of return that the rows do not have is null.
fn counts(
    coverage: &[(BlockKey, Vec<Coverage>)],
    block: BlockKey,
    count: Count,
    n: usize,
) -> ArrayRef {
    let Some((_, rows)) = coverage.iter().find(|(key, _)| *key == block) else {
        return new_null_array(&DataType::Int32, n);
    };
    let of = |c: &Coverage| match count {
        Count::Due => c.due,
        Count::Received => c.received,
        Count::OnTime => c.on_time,
        Count::Accepted => c.accepted,
    };
    Arc::new(rows.iter().map(|c| Some(of(c) as i32)).collect::<Int32Array>())
}

/// Whether any sort of return is incomplete, by row.
fn partial(coverage: &[(BlockKey, Vec<Coverage>)], n: usize) -> BooleanArray {
    (0..n).map(|row| Some(coverage.iter().any(|(_, counts)| counts[row].is_partial()))).collect()
}
