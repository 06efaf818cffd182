//! How the roll-up behaves, one file for each behaviour.

mod incremental;
mod oracle;
mod small;
mod sums_over_units;
