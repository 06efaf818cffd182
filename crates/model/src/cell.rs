//! The three states of a cell: a value, not applicable, missing.

use crate::Amount;

/// What stands in one cell of a return. Zero is a value; a blank is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Cell {
    /// Nothing was sent.
    #[default]
    Missing,
    /// The unit says that the indicator does not apply to it.
    NotApplicable,
    /// A number at the indicator's scale.
    Value(Amount),
}

impl Cell {
    /// The amount, if there is one.
    pub fn value(self) -> Option<Amount> {
        match self {
            Cell::Value(amount) => Some(amount),
            Cell::Missing | Cell::NotApplicable => None,
        }
    }
}
