//! Follows the journal: settle, roll up, commit, set aside.
//!
//! The way of an entry: [`settle`] reads it, runs the checks, decides its revision; the row goes
//! into the table `submissions` together with the journal positions, in one commit; [`roll_up`]
//! brings the rows of the unit, its ancestors and the longer periods up to date.

mod aggregator;
mod catalogs;
mod declared;
mod desk;
mod dimensions;
mod early_warnings;
mod error;
mod examined;
mod foreign;
mod in_context;
mod in_turn;
mod late;
mod locks;
mod pieces;
mod prove;
mod restore;
mod roll_up;
mod service;
mod settle;
mod shards;
mod steps;
mod take_in;
mod waiting;

pub use aggregator::{Aggregator, BatchReport, UnpaidMonths};
pub use catalogs::{Bundles, Catalogs, SharedJournal};
pub use desk::{Desk, NotTaken};
pub use error::AggregateError;
pub use examined::{Caught, Place};
pub use prove::{Proof, examine, rebuild};
pub use roll_up::RollUpReport;
pub use service::{Metrics, Service, ServiceReport, ServiceSettings, listen};
pub use waiting::Taking;
