//! Ends a service that stands still although entries wait: its supervisor starts it anew.

use std::time::{Duration, Instant};

use journal::JournalError;

use super::ServiceSettings;

/// How often the lag is looked at.
const EVERY: Duration = Duration::from_secs(5);

/// When something was last settled.
pub(crate) struct Watchdog {
    patience: Duration,
    moved: Instant,
    looked: Option<Instant>,
}

impl Watchdog {
    pub(crate) fn new(settings: &ServiceSettings) -> Self {
        let patience = Duration::from_secs(settings.stall_seconds.max(1));
        Self { patience, moved: Instant::now(), looked: None }
    }

    /// Something was settled.
    pub(crate) fn moved(&mut self) {
        self.moved = Instant::now();
    }

    pub(crate) fn is_due(&self) -> bool {
        self.looked.is_none_or(|looked| looked.elapsed() >= EVERY)
    }

    /// Takes note of whether entries wait.
    pub(crate) fn look(&mut self, behind: bool) -> Result<(), JournalError> {
        self.looked = Some(Instant::now());
        if !behind {
            self.moved();
        }
        match self.moved.elapsed() >= self.patience {
            true => Err(JournalError::Stalled { seconds: self.patience.as_secs() }),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_standing_still_before_waiting_entries_ends_it() {
        let mut dog = Watchdog::new(&ServiceSettings::default());
        assert!(dog.is_due());
        dog.look(true).unwrap();
        assert!(!dog.is_due());
        dog.patience = Duration::ZERO;
        assert!(dog.look(true).unwrap_err().to_string().contains("entries wait"));
        dog.patience = Duration::from_secs(60);
        dog.look(false).unwrap();
    }
}
