//! How the roll-up behaves, one file for each behaviour.

mod as_of;
mod coverage;
mod dated_tree;
mod incremental;
mod kernel;
mod limits;
mod many_units;
mod oracle;
mod over_time;
mod owed;
mod quality;
mod ratios;
mod row_sets;
mod small;
mod standards;
mod sums_over_units;
mod touched;
mod unit_counts;
mod visits;
