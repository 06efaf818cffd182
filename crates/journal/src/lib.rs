//! The log: append, follow, positions.
//!
//! [`Journal`] is what the embedded journal and Kafka have in common: partitions with ascending
//! offsets, appended durably, followed from given positions. Nobody asks a journal how far it was
//! read; positions live in the commit of the rows that were made from it.

mod embedded;
mod entry;
mod partition;

use std::{collections::BTreeMap, time::Duration};

pub use embedded::EmbeddedJournal;
pub use entry::{Entry, NewEntry, Place};
pub use partition::{PARTITIONS, partition_of};

/// First offset of each partition that was not read yet; a partition that is not named starts at 0.
pub type Positions = BTreeMap<u32, u64>;

/// Why a journal did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file could not be opened or is no journal.
    #[error("journal {path}: {source}; is it a journal of this program, and may it be written?")]
    Open {
        /// The file.
        path: String,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The disk is full; nothing of the batch was kept.
    #[error(
        "journal {path}: the disk is full; free space and send again, nothing was half written"
    )]
    DiskFull {
        /// The file.
        path: String,
    },
    /// Reading or writing failed.
    #[error("journal {path}: {source}; nothing of this batch was kept")]
    Io {
        /// The file.
        path: String,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

/// An append-only log in partitions.
pub trait Journal {
    /// Appends the entries and returns where each one lies. When this returns, they survive a power
    /// cut; on an error none of them was kept.
    fn append(&mut self, entries: &[NewEntry<'_>]) -> Result<Vec<Place>, JournalError>;

    /// Follows all partitions from `positions` on.
    fn follow(&self, positions: &Positions) -> Result<Box<dyn Follow + Send>, JournalError>;

    /// Next offset of each partition that has entries.
    fn ends(&self) -> Result<Positions, JournalError>;
}

/// A reader of a journal.
pub trait Follow {
    /// The next entries, at most `limit`, in the order of their partition; waits up to `wait` for
    /// the first one. Empty: nothing is left for now.
    fn next_batch(&mut self, limit: usize, wait: Duration) -> Result<Vec<Entry>, JournalError>;
}
