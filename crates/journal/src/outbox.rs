//! What was decided about the entries, published for those who wait for it.

use crate::{Entry, JournalError, NewEntry};

/// A log beside the journal that says, partition by partition, what became of its entries.
pub trait Outbox: Send {
    /// The last entry of each of these partitions that has any: how far publishing is.
    fn last(&mut self, partitions: &[u32]) -> Result<Vec<Entry>, JournalError>;

    /// Appends entries, each of which names its partition; they are safe when it returns. On an
    /// error some of them may have been kept.
    fn publish(&mut self, entries: &[NewEntry<'_>]) -> Result<(), JournalError>;
}
