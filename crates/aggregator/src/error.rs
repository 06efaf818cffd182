//! Why aggregating stopped.

use journal::{JournalError, Positions};
use rollup::RollUpError;
use store::StoreError;

/// Why aggregating stopped. Nothing is half done: positions and rows are one commit.
#[derive(Debug, thiserror::Error)]
pub enum AggregateError {
    /// The journal could not be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The tables could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal ends before the place that the tables have reached.
    #[error(
        "the journal has entries up to {at:?} (next offset by partition), the tables were made from \
         entries up to {until:?}: it has lost some, restore it from a backup"
    )]
    JournalEnds {
        /// Where the journal ends.
        at: Positions,
        /// Where the tables stand.
        until: Positions,
    },
    /// A sum does not fit.
    #[error(transparent)]
    RollUp(#[from] RollUpError),
    /// The table holds a row that these definitions cannot read.
    #[error(
        "table submissions, partition {partition}, offset {offset}: {what}; \
         use the definitions it was written with (catalog {catalog})"
    )]
    Restore {
        /// Journal partition of the row.
        partition: u32,
        /// Journal offset of the row.
        offset: u64,
        /// What cannot be read.
        what: String,
        /// Hash of the catalogue that the row was decided with.
        catalog: String,
    },
}
