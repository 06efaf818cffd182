//! The words of the system: ids, amounts, periods, definitions, submissions.
//!
//! No I/O, no async, no clock: everything here is a value that can be compared, sorted and
//! written down. `schemas/README.md` defines each word once.

pub mod amount;
pub mod calendar;
pub mod catalog;
pub mod cell;
pub mod check;
pub mod envelope;
pub mod figures;
pub mod finding;
pub mod form;
pub mod indicator;
pub mod obligation;
pub mod period;
pub mod person;
pub mod receipt;
pub mod register;
pub mod reminder;
pub mod rows;
pub mod scheme;
pub mod standing;
pub mod step;
pub mod submission;
pub mod tree;
pub mod unit;
pub mod warning;

pub use amount::{Amount, AmountError};
pub use catalog::Catalog;
pub use cell::Cell;
pub use figures::{Coverage, Figures};
pub use finding::{Finding, Severity};
pub use form::{Form, FormIx};
pub use indicator::{Indicator, IndicatorIx};
pub use obligation::{Obligation, Obligations};
pub use period::{Period, PeriodKind};
pub use register::{Register, UnitRecord};
pub use rows::{Column, Rows};
pub use standing::Standing;
pub use submission::SubmissionKey;
pub use tree::{Node, Tree};
pub use unit::{Level, UnitClass, UnitCode};
