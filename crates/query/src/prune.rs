//! Which of many constant rows can pass a query's filters: files by their period, indicators by
//! their code, kind or form.

use arrow::{
    array::{Array, BooleanArray, RecordBatch},
    datatypes::Schema,
};
use datafusion::{
    catalog::Session,
    common::{DFSchema, DataFusionError, cast::as_boolean_array},
    logical_expr::Expr,
};

/// For each row of `rows`, whether it may pass: `false` only if one of the filters that look at
/// nothing but columns of `rows` is false or null there.
///
/// A filter over other columns says nothing about a constant row and is left out, so callers must
/// report their push-down as inexact.
pub(crate) fn may_pass(
    session: &dyn Session,
    filters: &[Expr],
    rows: &RecordBatch,
) -> Result<Vec<bool>, DataFusionError> {
    let schema = DFSchema::try_from(rows.schema().as_ref().clone())?;
    let mut pass = vec![true; rows.num_rows()];
    for filter in filters.iter().filter(|filter| looks_only_at(filter, &rows.schema())) {
        let predicate = session.create_physical_expr(unqualified(filter)?, &schema)?;
        let verdict = predicate.evaluate(rows)?.into_array(rows.num_rows())?;
        let verdict: &BooleanArray = as_boolean_array(&verdict)?;
        for (row, pass) in pass.iter_mut().enumerate() {
            *pass &= verdict.is_valid(row) && verdict.value(row);
        }
    }
    Ok(pass)
}

/// Whether every column of the filter is one of `schema`, and there is at least one.
fn looks_only_at(filter: &Expr, schema: &Schema) -> bool {
    let columns = filter.column_refs();
    !columns.is_empty()
        && !filter.is_volatile()
        && columns.iter().all(|column| schema.column_with_name(&column.name).is_some())
}

/// The filter with its columns named without their table.
pub(crate) fn unqualified(filter: &Expr) -> Result<Expr, DataFusionError> {
    use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
    filter
        .clone()
        .transform(|expr| {
            Ok(match expr {
                Expr::Column(column) if column.relation.is_some() => Transformed::yes(
                    Expr::Column(datafusion::common::Column::new_unqualified(column.name)),
                ),
                other => Transformed::no(other),
            })
        })
        .data()
}
