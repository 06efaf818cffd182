//! View `sa`, `ec`, …: one form by codes, as it is stored, with the unit's name.

use std::sync::Arc;

use datafusion::{
    catalog::TableProvider,
    common::Result,
    logical_expr::{Expr, ScalarUDF},
};

use super::{exact, named, projected};
use crate::layout::{Layout, Role};

/// Columns in the order of the catalogue; the name stands behind the code.
pub(super) fn view(
    table: &Arc<dyn TableProvider>,
    layout: &Layout,
    name: &str,
    name_of: &Arc<ScalarUDF>,
) -> Result<Arc<dyn TableProvider>> {
    let stored = table.schema();
    let mut columns: Vec<Expr> = Vec::new();
    for (role, place) in layout.columns() {
        columns.push(exact(stored.field(place).name()));
        if role == Role::Unit {
            columns.push(named(name_of, "unit").alias("name"));
        }
    }
    projected(table, name, columns)
}
