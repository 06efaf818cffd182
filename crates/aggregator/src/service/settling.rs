//! The part of the service that settles: a batch is decided while the one before it is committed, and
//! that one is entered into the state while the next is on its way to the tables.

use std::time::Instant;

use journal::{Entry, Positions};
use tokio::task::{JoinHandle, block_in_place};

use super::Service;
use crate::{AggregateError, aggregator::Decided};

/// A batch that is being committed.
pub(super) struct OnItsWay {
    commit: JoinHandle<Result<u64, AggregateError>>,
    batch: Decided,
    began: Instant,
}

impl OnItsWay {
    /// Whether its commit has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.commit.is_finished()
    }

    /// Waits for the end, whatever came of it.
    pub(super) async fn end(self) {
        let _ = self.commit.await;
    }
}

/// A batch that is in the tables and not in the state.
struct Arrived {
    batch: Decided,
    version: u64,
    began: Instant,
}

impl Service {
    /// Decides about the batch and begins to commit it; in parts where definitions change in it.
    pub(super) async fn settle(&mut self) {
        // A failure empties the batch: everything is read again then.
        while !self.batch.is_empty() {
            self.settle_part().await;
        }
    }

    async fn settle_part(&mut self) {
        let (full, ample) = (self.batch.is_full(), self.batch.is_ample());
        let entries: Vec<Entry> = self.batch.take_under(&self.aggregator.catalog().hash);
        self.pace.took_batch(full, ample);
        let began = Instant::now();
        let decided = block_in_place(|| self.aggregator.decide_batch(entries));
        // One commit at a time: each begins where the one before it ends.
        let Ok(arrived) = self.arrive().await else { return };
        let batch = match decided {
            Ok(batch) => batch,
            Err(error) => {
                tracing::warn!(%error, "a batch was not decided; its entries are read again");
                return self.recover(&error).await;
            }
        };
        // What others have committed in between is read from the table, and might bring definitions
        // under which the ledgers know nothing of this batch.
        let next = self.aggregator.applied + 1;
        let (before, beside) = match arrived {
            Some(arrived) if arrived.version == next => (None, Some(arrived)),
            arrived => (arrived, None),
        };
        let generation = self.aggregator.generation;
        if !self.enter(before).await {
            return;
        }
        if self.aggregator.generation != generation {
            return self.begin_again(true).await;
        }
        let alone = batch.announces();
        let commit = tokio::spawn(self.aggregator.commit(&batch));
        self.on_its_way = Some(OnItsWay { commit, batch, began });
        if self.enter(beside).await && alone {
            // The next batch is decided under other definitions.
            self.land().await;
        }
    }

    /// Waits for the batch that is on its way and enters it; `false` when it failed, and everything
    /// behind it is read again.
    pub(super) async fn land(&mut self) -> bool {
        match self.arrive().await {
            Ok(arrived) => self.enter(arrived).await,
            Err(Failed) => false,
        }
    }

    /// Waits for the batch that is on its way to the tables, if there is one.
    async fn arrive(&mut self) -> Result<Option<Arrived>, Failed> {
        let Some(OnItsWay { commit, batch, began }) = self.on_its_way.take() else {
            return Ok(None);
        };
        let committed = match commit.await {
            Ok(committed) => committed,
            // It was not cancelled: nobody does.
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        match committed {
            Ok(version) => Ok(Some(Arrived { batch, version, began })),
            Err(error) => {
                tracing::warn!(%error, "a batch was not committed; its entries are read again");
                self.recover(&error).await;
                Err(Failed)
            }
        }
    }

    /// Enters a batch that is in the tables; `false` when that failed.
    async fn enter(&mut self, arrived: Option<Arrived>) -> bool {
        let Some(Arrived { batch, version, began }) = arrived else { return true };
        if self.pace.is_far_behind()
            && let Err(error) = self.aggregator.flood()
        {
            self.recover(&error).await;
            return false;
        }
        let reached: Positions = batch.reached().collect();
        match self.aggregator.enter_batch(batch, version).await {
            Ok(report) => {
                self.metrics.settled_batch(began.elapsed(), report.entries);
                self.succeeded();
                self.settled += report.entries;
                self.publisher.committed(report.version, report.rows);
                self.compaction.committed(report.version, &self.held, &self.aggregator);
                self.metrics.account(self.aggregator.account());
                self.watchdog.moved();
                if let Err(error) = self.member.reached(&reached) {
                    tracing::warn!(%error, "the group was not told how far the tables are");
                }
                true
            }
            Err(error) => {
                tracing::warn!(%error, "a batch was not entered; everything is read again");
                self.recover(&error).await;
                false
            }
        }
    }
}

/// A batch was not committed; the state was taken up again.
struct Failed;
