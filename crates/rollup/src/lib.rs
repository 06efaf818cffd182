//! What the ancestors' values become: the roll-up over units and over time, pure and exact.
//!
//! [`State`] holds the cells in force of every return and, for each sort of return and base period,
//! the sums of every unit above. Values of longer periods, ratios, weighted means and counts are read
//! from those sums when somebody asks, so nothing is stored twice and nothing can go stale.
//!
//! A value is the unit's own cell plus the values of its children; a missing child is skipped and a
//! value to which nothing contributes is missing, never zero. Every sum is exact; one that needs more
//! than 18 digits is an error that names unit, indicator and period.

mod as_of;
mod atlas;
mod block;
mod census;
mod copied;
mod coverage;
mod error;
mod figures;
mod heirs;
pub mod kernel;
mod layout;
mod limits;
mod over_time;
mod presence;
mod provinces;
mod ratio;
mod record;
mod roll_up;
mod rows;
mod scope;
mod sheet;
mod source;
mod state;
mod system;
mod tally;
mod touched;
mod weighted_mean;

pub use error::RollUpError;
pub use rows::Slice;
pub use state::State;
pub use tally::{Tallies, Tally};
pub use touched::Touched;
