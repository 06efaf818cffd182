//! Keeps the files of `submissions` few: now and then small commits are put together, beside everything
//! else.

use std::{collections::BTreeSet, sync::Arc};

use model::UnitCode;
use store::{Store, StoreError};
use tokio::task::JoinHandle;

use crate::{Aggregator, roll_up::CONTEXT_FINDINGS};

/// Commits between two looks.
const EVERY: u64 = 32;

/// The member that holds this partition does it: one is enough.
const PARTITION: u32 = 0;

/// Whether it runs, and when it last did.
#[derive(Default)]
pub(crate) struct Compaction {
    running: Option<JoinHandle<()>>,
    last: u64,
}

impl Compaction {
    /// Called behind each commit, with its version.
    pub(crate) fn committed(&mut self, version: u64, held: &BTreeSet<u32>, of: &Aggregator) {
        let running = self.running.as_ref().is_some_and(|task| !task.is_finished());
        if running || !held.contains(&PARTITION) || version < self.last + EVERY {
            return;
        }
        self.last = version;
        let (store, catalog) = (Arc::clone(of.store()), of.catalog().hash.clone());
        let provinces = of.shards().to_vec();
        self.running = Some(tokio::spawn(async move {
            match compact(&store, &catalog, &provinces).await {
                Ok(0) => {}
                Ok(files) => tracing::debug!(files, "small commits were put together"),
                // The table is as it was, and the next look tries again.
                Err(error) => tracing::warn!(%error, "small commits were not put together"),
            }
        }));
    }

    /// Waits for what runs.
    pub(crate) async fn finish(&mut self) {
        if let Some(task) = self.running.take() {
            // A panic of the task was printed where it happened.
            let _ = task.await;
        }
    }
}

async fn compact(
    store: &Store,
    catalog: &str,
    provinces: &[UnitCode],
) -> Result<usize, StoreError> {
    let shown = store.applied_under(CONTEXT_FINDINGS, catalog, provinces).await?;
    match shown.into_values().min().flatten() {
        Some(until) => store.compact_submissions(until).await,
        None => Ok(0),
    }
}
