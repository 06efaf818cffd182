//! SQL for analysts: one read-only session over pinned versions of the tables.
//!
//! - [`Session::open`] pins every table of the store, confines all of them to a [`Scope`] and names
//!   the views: one per form by codes (`sa`) and by Chinese names (`社会救助`), the long one (`long`,
//!   `指标值`), and those over the submissions (`returns`, `findings`, `set_aside`, `declared`).
//! - [`run`] runs one statement and writes its result, and nothing else, in a [`Format`].
//!
//! Sums and means over ratios and standards are refused. Sums of amounts are exact: a stored amount
//! has at most 18 digits and its sum is taken with 28, which no number of rows here can fill.
//! Sums of plain integers (counts of returns) are 64-bit and would wrap silently at 9.2 × 10^18.

mod adds_up;
mod describe;
mod error;
mod failure;
mod files;
mod in_scope;
mod layout;
mod limits;
mod long;
mod origin;
mod output;
mod prune;
mod scope;
mod session;
mod size;
mod unit_name;
mod unpivot;
mod views;

pub use describe::{DECIMALS, EN, INDICATOR, KIND, MEASURE, ZH};
pub use error::Error;
pub use limits::Limits;
pub use output::{Format, Written};
pub use scope::Scope;
pub use session::{Session, run};
