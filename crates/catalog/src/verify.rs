//! Checks that need more than one row: the register as a whole, files that belong to nothing.

pub(crate) mod cycles;
pub(crate) mod files;
pub(crate) mod formulas;
pub(crate) mod register;
