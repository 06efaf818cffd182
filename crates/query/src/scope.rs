//! Which rows a session may see: all, or those of one unit and the units below it.

use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::logical_expr::{Expr, ScalarUDF, col, lit};
use jiff::civil::Date;
use model::{Catalog, Period, UnitCode};

use crate::in_scope::InScope;

/// Columns with the codes of the units above, in tables that have them all.
const ABOVE: [&str; 4] = ["province", "prefecture", "county", "township"];

/// What a session may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Every row.
    Whole,
    /// The rows of this unit and of every unit below it, by the tree of each row's period.
    Subtree(UnitCode),
}

impl Scope {
    /// The condition that the rows of a table with these columns must fulfil; `None` for no
    /// condition. A table that does not say whose its rows are has no rows for a subtree.
    pub(crate) fn condition(self, schema: &Schema, catalog: &Arc<Catalog>) -> Option<Expr> {
        let Scope::Subtree(root) = self else { return None };
        let has = |name: &str| schema.column_with_name(name).is_some();
        if !has("unit") {
            return Some(lit(false));
        }
        let code = root.as_u64() as i64;
        if ABOVE.iter().all(|name| has(name)) {
            let above = ABOVE.map(|name| col(name).eq(lit(code)));
            return above.into_iter().fold(col("unit").eq(lit(code)), Expr::or).into();
        }
        let inside = InScope::new(root, Arc::clone(catalog), |name| has(name));
        let columns = inside.columns().iter().map(|name| col(*name)).collect();
        Some(ScalarUDF::from(inside).call(columns))
    }

    /// Whether a unit of a period's tree is inside; without a period, of the newest tree.
    pub(crate) fn holds(self, catalog: &Catalog, unit: UnitCode, period: Option<Period>) -> bool {
        self.holds_on(catalog, unit, period.map_or(Date::MAX, Period::end))
    }

    /// Whether a unit of the tree of `day` is inside.
    pub(crate) fn holds_on(self, catalog: &Catalog, unit: UnitCode, day: Date) -> bool {
        let Scope::Subtree(root) = self else { return true };
        if unit == root {
            return true;
        }
        let tree = catalog.register.tree(day);
        let (Some(node), Some(root)) = (tree.node(unit), tree.node(root)) else { return false };
        tree.subtree(root).contains(&node.0)
    }
}
