//! Members of a group that shares the partitions of a journal.

use std::{sync::mpsc::SyncSender, time::Duration};

use crate::{Entry, JournalError, Positions};

/// Says where the tables stand for these partitions: first offsets that are not in them. Asked at
/// every assignment, and able to fail while the tables are out of reach.
pub type StartPositions = Box<dyn Fn(&[u32]) -> Result<Positions, String> + Send + Sync>;

/// What a member is told.
#[derive(Debug)]
pub enum MemberEvent {
    /// These partitions are this member's from now on; reading begins where the tables stand.
    Assigned(Vec<u32>),
    /// These partitions go to another member. Entries taken of them should be committed at once;
    /// then `done` is told, or dropped.
    Revoked {
        /// The partitions.
        partitions: Vec<u32>,
        /// Told when nothing of them is on its way any more.
        done: SyncSender<()>,
    },
    /// The next entries of partitions that this member holds, in the order of their partition.
    Entries(Vec<Entry>),
}

/// A member of a group.
pub trait Member: Send {
    /// What comes next; `None` when nothing came within `wait`.
    fn next(&mut self, wait: Duration) -> Result<Option<MemberEvent>, JournalError>;

    /// Reads partitions that are held on from other positions.
    fn seek(&mut self, positions: &Positions) -> Result<(), JournalError>;

    /// Tells the group how far the tables are, for those who watch the lag.
    fn reached(&mut self, positions: &Positions) -> Result<(), JournalError>;
}
