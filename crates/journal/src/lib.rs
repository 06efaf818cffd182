//! The log: append, follow, positions.
//!
//! [`Journal`] is what the embedded journal and Kafka have in common: partitions with ascending
//! offsets, appended durably, followed from given positions. Nobody asks a journal how far it was
//! read; positions live in the commit of the rows that were made from it.

mod embedded;
mod entry;
mod kafka;
mod member;
mod outbox;
mod partition;

use std::{collections::BTreeMap, time::Duration};

pub use embedded::EmbeddedJournal;
pub use entry::{Entry, NewEntry, Place};
pub use kafka::{KafkaJournal, KafkaSettings, Secret, Security, TopicProblem, TopicReport};
pub use member::{Member, MemberEvent, StartPositions};
pub use outbox::Outbox;
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
    /// A setting that is unsafe or cannot be used.
    #[error("setting {name} {reason}")]
    Setting {
        /// Name in the settings file.
        name: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// Kafka did not do what it was asked.
    #[error("kafka, topic {topic}: {what}; {remedy}")]
    Kafka {
        /// The topic.
        topic: String,
        /// What happened.
        what: String,
        /// What to do.
        remedy: &'static str,
        /// Whether it may pass by itself, when brokers answer again.
        waits: bool,
    },
    /// The topic would lose entries, or put them elsewhere.
    #[error("kafka, topic {topic}: {}", .problems.join("; "))]
    Topic {
        /// The topic.
        topic: String,
        /// What does not fit, each with what to do.
        problems: Vec<String>,
    },
    /// Nothing moves although entries wait.
    #[error(
        "nothing was settled for {seconds} seconds although entries wait; see the log above for \
         what it waits for, and start the program again"
    )]
    Stalled {
        /// How long.
        seconds: u64,
    },
    /// The tables do not say where to begin.
    #[error("the tables do not say where to begin reading: {why}")]
    Starts {
        /// What they said.
        why: String,
    },
    /// An entry is larger than the journal takes.
    #[error(
        "the return of unit {unit} has {bytes} bytes, more than kafka.largest_entry allows; send it \
         in smaller parts or raise the setting, nothing of it was kept"
    )]
    TooLarge {
        /// Code of the unit as sent.
        unit: String,
        /// Size.
        bytes: usize,
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

impl JournalError {
    /// Whether it may pass by itself, when brokers answer again.
    pub fn waits(&self) -> bool {
        matches!(self, Self::Kafka { waits: true, .. })
    }
}

/// An append-only log in partitions.
pub trait Journal {
    /// Appends the entries and returns where each one lies. When this returns, they survive a power
    /// cut. On an error none of them is acknowledged; on Kafka some may have been kept, and sending
    /// all of them again makes replays of those.
    fn append(&mut self, entries: &[NewEntry<'_>]) -> Result<Vec<Place>, JournalError>;

    /// Follows all partitions from `positions` on.
    fn follow(&self, positions: &Positions) -> Result<Box<dyn Follow + Send>, JournalError>;

    /// Joins the group that shares the partitions out among its members. On the embedded journal
    /// the one member has them all.
    fn join(&self, starts: StartPositions) -> Result<Box<dyn Member>, JournalError>;

    /// Next offset of each partition that has entries.
    fn ends(&self) -> Result<Positions, JournalError>;

    /// Whether the journal is kept as a journal must be: asked before anything is settled.
    ///
    /// # Errors
    /// What does not fit, and what to do; also when it does not answer.
    fn check(&self) -> Result<(), JournalError> {
        Ok(())
    }

    /// The largest entry that it takes, in bytes.
    fn largest_entry(&self) -> usize {
        1_000_000
    }

    /// Where decisions are published; `None` where whoever waits for them reads the tables.
    fn outbox(&self) -> Result<Option<Box<dyn Outbox>>, JournalError> {
        Ok(None)
    }
}

/// A reader of a journal.
pub trait Follow {
    /// The next entries, at most `limit`, in the order of their partition; waits up to `wait` for
    /// the first one. Empty: nothing is left for now.
    fn next_batch(&mut self, limit: usize, wait: Duration) -> Result<Vec<Entry>, JournalError>;
}
