//! How often to commit and to roll up: soon for those who wait, never so often that nothing else runs.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::batch::Batch;

/// How the service runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceSettings {
    /// Entries after which a batch is committed.
    pub batch_entries: usize,
    /// MiB after which a batch is committed.
    pub batch_mib: usize,
    /// Milliseconds after which a batch is committed.
    pub batch_millis: u64,
    /// Milliseconds between two roll-ups, at least; a roll-up that takes longer has as long a pause.
    pub roll_up_millis: u64,
    /// Seconds without progress while entries wait, after which the service ends with an error.
    pub stall_seconds: u64,
    /// Address of `/live`, `/ready` and `/metrics`; not served when empty.
    pub listen: String,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            batch_entries: 100_000,
            batch_mib: 32,
            batch_millis: 200,
            roll_up_millis: 300,
            stall_seconds: 300,
            listen: String::new(),
        }
    }
}

/// When the next roll-up is due.
pub(crate) struct Pace {
    least: Duration,
    next: Instant,
    /// When the roll-up that runs, or the last one, began.
    began: Instant,
    new: bool,
}

impl Pace {
    pub(crate) fn new(settings: &ServiceSettings) -> Self {
        let (least, now) = (Duration::from_millis(settings.roll_up_millis), Instant::now());
        Self { least, next: now, began: now, new: true }
    }

    /// Something was settled here that no roll-up has seen.
    pub(crate) fn something_new(&mut self) {
        self.new = true;
    }

    pub(crate) fn is_something_new(&self) -> bool {
        self.new
    }

    pub(crate) fn roll_up_is_due(&mut self) -> bool {
        let now = Instant::now();
        self.began = now;
        now >= self.next
    }

    /// A roll-up ended, or there was nothing to do for it.
    pub(crate) fn rolled_up(&mut self, done: bool) {
        self.new &= !done;
        // Half of the time at most, so that settling is not held up by a province of rows.
        self.next = Instant::now() + self.began.elapsed().max(self.least);
    }

    /// How long to wait for news.
    pub(crate) fn wait(&self, batch: &Batch, longest: Duration) -> Duration {
        let until_roll_up = self.next.saturating_duration_since(Instant::now());
        let wait = longest.min(until_roll_up.max(Duration::from_millis(1)));
        if batch.is_empty() { wait } else { wait.min(batch.left()) }
    }
}
