//! Rows of the wide tables, by column: what the roll-up hands to the store.

use std::sync::Arc;

use crate::{Coverage, FormIx, IndicatorIx, Node, Period, Tree, form::BlockKey};

/// Rows of one form and period for some units, one row per unit.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The form, that is, the table.
    pub form: FormIx,
    /// The period of all rows.
    pub period: Period,
    /// The tree of the period.
    pub tree: Arc<Tree>,
    /// The unit of each row, ascending.
    pub nodes: Vec<Node>,
    /// Value columns, in the order of [`crate::Catalog::indicators_of`]; a standard has two more
    /// behind it, its lowest and highest.
    pub columns: Vec<Column>,
    /// Coverage of each sort of return of the form, by row.
    pub coverage: Vec<(BlockKey, Vec<Coverage>)>,
    /// Cells that the unit of a row declared not applicable: row and indicator, ascending.
    pub not_applicable: Vec<(u32, IndicatorIx)>,
}

/// One value column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Column name: the indicator code in lower case, with `_min` or `_max` for those of a standard.
    pub name: String,
    /// Digits behind the point.
    pub scale: u8,
    /// The values; where `valid` is false the value is 0.
    pub values: Vec<i64>,
    /// Whether there is a value.
    pub valid: Vec<bool>,
}
