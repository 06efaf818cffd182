//! Checks that need more than one row or the rules: the register as a whole, formulas and parameters of
//! checks, files that belong to nothing.

pub(crate) mod cycles;
pub(crate) mod files;
pub(crate) mod formulas;
pub(crate) mod holidays;
pub(crate) mod register;
pub(crate) mod rules;
