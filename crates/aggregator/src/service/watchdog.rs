//! Ends a service that stands still although entries wait: its supervisor starts it anew.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use journal::{JournalError, Positions};
use store::Store;
use tokio::task::{JoinHandle, spawn_blocking};

use super::ServiceSettings;
use crate::{SharedJournal, catalogs::locked};

/// How often the lag is looked at.
const EVERY: Duration = Duration::from_secs(5);

/// Knows how long nothing was settled although entries wait.
pub(crate) struct Watchdog {
    patience: Duration,
    /// When something was last settled, or nothing waited.
    moved: Instant,
    /// When it was last asked how far the tables are.
    looked: Option<Instant>,
    asked: Option<JoinHandle<Option<Lag>>>,
}

/// Where the journal ends, and where the tables stand.
pub(crate) struct Lag {
    pub(crate) ends: Positions,
    pub(crate) stored: Positions,
}

impl Watchdog {
    pub(crate) fn new(settings: &ServiceSettings) -> Self {
        let patience = Duration::from_secs(settings.stall_seconds.max(1));
        Self { patience, moved: Instant::now(), looked: None, asked: None }
    }

    /// Something was settled.
    pub(crate) fn moved(&mut self) {
        self.moved = Instant::now();
    }

    /// Asks journal and tables where they stand, if it is time. That is done beside everything else: a
    /// broker that has much to do takes its time to answer for each partition.
    pub(crate) fn ask(&mut self, journal: &SharedJournal, store: &Arc<Store>) {
        if self.asked.is_none() && self.is_due() {
            self.looked = Some(Instant::now());
            self.asked = Some(tokio::spawn(lag(Arc::clone(journal), Arc::clone(store))));
        }
    }

    /// The answer, once there is one.
    pub(crate) async fn answer(&mut self) -> Option<Lag> {
        match self.asked.take_if(|asked| asked.is_finished())?.await {
            Ok(lag) => lag,
            // It was not cancelled: nobody does.
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    /// What was asked before a failure is no answer behind it.
    pub(crate) fn forget(&mut self) {
        self.asked = None;
    }

    /// Whether the answer takes longer than anything may stand still.
    pub(crate) fn waits_in_vain(&self) -> bool {
        self.asked.is_some() && self.looked.is_some_and(|at| at.elapsed() >= self.patience)
    }

    fn is_due(&self) -> bool {
        self.looked.is_none_or(|looked| looked.elapsed() >= EVERY)
    }

    /// Takes note of whether entries wait, or may do so.
    pub(crate) fn look(&mut self, behind: bool) -> Result<(), JournalError> {
        if !behind {
            self.moved();
        }
        match self.moved.elapsed() >= self.patience {
            true => Err(JournalError::Stalled { seconds: self.patience.as_secs() }),
            false => Ok(()),
        }
    }
}

async fn lag(journal: SharedJournal, store: Arc<Store>) -> Option<Lag> {
    let ends = match spawn_blocking(move || locked(&journal).ends()).await {
        Ok(Ok(ends)) => ends,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the journal does not say how long it is");
            return None;
        }
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    };
    match store.positions().await {
        Ok(stored) => Some(Lag { ends, stored }),
        Err(error) => {
            tracing::warn!(%error, "the tables do not say where they stand");
            None
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
        dog.looked = Some(Instant::now());
        assert!(!dog.is_due());
        dog.look(true).unwrap();
        dog.patience = Duration::ZERO;
        assert!(dog.look(true).unwrap_err().to_string().contains("entries wait"));
        dog.patience = Duration::from_secs(60);
        dog.look(false).unwrap();
    }

    #[tokio::test]
    async fn a_question_that_nobody_answers_is_noticed() {
        let mut dog = Watchdog::new(&ServiceSettings::default());
        dog.asked = Some(tokio::spawn(std::future::pending()));
        dog.looked = Some(Instant::now());
        assert!(dog.answer().await.is_none() && !dog.waits_in_vain());
        dog.patience = Duration::ZERO;
        assert!(dog.answer().await.is_none() && dog.waits_in_vain());
        dog.forget();
        assert!(!dog.waits_in_vain(), "what was asked before a failure does not matter");
        dog.asked = Some(tokio::spawn(async { None }));
        while dog.asked.as_ref().is_some_and(|asked| !asked.is_finished()) {
            tokio::task::yield_now().await;
        }
        assert!(dog.answer().await.is_none() && dog.asked.is_none());
    }
}
