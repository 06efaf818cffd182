//! Why aggregating stopped.

use journal::{JournalError, Positions};
use rollup::RollUpError;
use store::{StoreError, SubmissionRow};

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
    /// The definitions of this process cannot be packed.
    #[error("the definitions cannot be packed for the journal: {0}")]
    Definitions(String),
    /// The tables were made under other definitions than those of this process, which has no journal
    /// to read them from.
    #[error(
        "the tables were made under catalogue {wanted}, these definitions are {own}: name the folder \
         with those definitions, or put these in force with `zhibao catalog publish`"
    )]
    OtherCatalog {
        /// Hash of the catalogue that was announced.
        wanted: String,
        /// Hash of the definitions of this process.
        own: String,
    },
    /// A catalogue that was announced is not in the journal.
    #[error(
        "the journal announces a catalogue at partition {partition}, offset {offset}, and does not \
         hold it any more: it has lost entries, restore it from a backup"
    )]
    NoCatalog {
        /// Partition of the notice.
        partition: u32,
        /// Its offset.
        offset: u64,
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

impl AggregateError {
    /// A row that cannot be taken up again, and why.
    pub(crate) fn restore(row: &SubmissionRow, what: String) -> Self {
        let (partition, offset) = (row.partition, row.offset);
        Self::Restore { partition, offset, what, catalog: row.catalog_hash.to_string() }
    }
}
