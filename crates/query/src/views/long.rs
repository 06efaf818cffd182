//! View `long`: one row per unit, period and indicator, by codes.

use std::sync::Arc;

use datafusion::{
    catalog::TableProvider,
    common::Result,
    logical_expr::{Expr, ScalarUDF},
};

use super::{exact, named, projected};
use crate::long::{COUNTS, TEXTS};

/// Name of the view.
pub(super) const NAME: &str = "long";

/// unit, name, level, period, …, form, indicator, indicator_zh, measure, kind, value, due,
/// received, on_time, accepted.
pub(super) fn view(
    facts: &Arc<dyn TableProvider>,
    name_of: &Arc<ScalarUDF>,
) -> Result<Arc<dyn TableProvider>> {
    let stored = facts.schema();
    let mut columns: Vec<Expr> = Vec::new();
    let carried = stored.fields().iter().map(|field| field.name().as_str());
    for key in carried.take_while(|name| *name != TEXTS[0]) {
        columns.push(exact(key));
        if key == "unit" {
            columns.push(named(name_of, "unit").alias("name"));
        }
    }
    let texts = ["form", "indicator", "indicator_zh", "measure", "kind", "value"];
    columns.extend(texts.into_iter().chain(COUNTS).map(exact));
    projected(facts, NAME, columns)
}
