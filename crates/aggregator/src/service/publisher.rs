//! Publishes what was decided, from the rows that are in the table, never before.
//!
//! A thread of its own follows the commits of this member. How far it is, the log of the verdicts
//! says itself; what was missed, because that log could not be reached or another member had the
//! partition, is read from the table again. So every decision is published at least once.

mod sheets;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    time::Duration,
};

use journal::{JournalError, NewEntry, Outbox};
use model::envelope::WIRE_VERSION;
use store::{Store, StoreError, SubmissionRow};
use tokio::runtime::Handle;

use super::Metrics;

/// Header `kind` of a sheet of decisions.
const KIND: &str = "verdicts";

/// How long after a failure it is tried again.
const RETRY: Duration = Duration::from_secs(3);

/// Commits that may wait; more are read from the table later.
const WAITING: usize = 2;

/// How long an ending service waits for the last verdicts.
const LAST: Duration = Duration::from_secs(10);

enum Order {
    Hold(Vec<u32>),
    Release(Vec<u32>),
    Committed(u64, Arc<Vec<SubmissionRow>>),
}

/// The side of the service.
pub(crate) struct Publisher {
    orders: Option<SyncSender<Order>>,
    missed: Arc<AtomicBool>,
    ended: Receiver<()>,
}

impl Publisher {
    /// Starts the thread; without an outbox nothing is published.
    pub(crate) fn start(
        outbox: Option<Box<dyn Outbox>>,
        store: Arc<Store>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let (orders, commanded) = sync_channel(WAITING);
        let (end, ended) = sync_channel(1);
        let missed = Arc::new(AtomicBool::new(false));
        let runtime = Handle::current();
        let orders = outbox.map(|outbox| {
            let missed = Arc::clone(&missed);
            let held = BTreeMap::new();
            let worker = Worker { outbox, store, metrics, runtime, held, behind: false };
            std::thread::spawn(move || {
                worker.run(&commanded, &missed);
                // Nobody may wait for it any more.
                let _ = end.try_send(());
            });
            orders
        });
        Self { orders, missed, ended }
    }

    /// Decisions about these partitions are published here from now on.
    pub(crate) fn hold(&self, partitions: &[u32]) {
        self.tell(Order::Hold(partitions.to_vec()));
    }

    /// Others publish them from now on.
    pub(crate) fn release(&self, partitions: &[u32]) {
        self.tell(Order::Release(partitions.to_vec()));
    }

    /// These rows are in the table, as its version `commit`.
    pub(crate) fn committed(&self, commit: u64, rows: Arc<Vec<SubmissionRow>>) {
        let Some(orders) = &self.orders else { return };
        // Settling does not wait for publishing.
        if let Err(TrySendError::Full(_)) = orders.try_send(Order::Committed(commit, rows)) {
            self.missed();
        }
    }

    /// Rows may be in the table that were not handed over.
    pub(crate) fn missed(&self) {
        self.missed.store(true, Ordering::SeqCst);
    }

    /// Publishes what is left, as far as that does not take long; the next holder does the rest.
    pub(crate) fn finish(&mut self) {
        if self.orders.take().is_some() && self.ended.recv_timeout(LAST).is_err() {
            tracing::warn!("not every verdict is published yet; the next aggregator does it");
        }
    }

    fn tell(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread ends only after this side.
            let _ = orders.send(order);
        }
    }
}

/// How far a partition is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    /// Journal offset of the next entry.
    next: u64,
    /// Version of `submissions` that holds the last one: rows of later offsets lie there or behind.
    commit: u64,
}

/// The thread's side.
struct Worker {
    outbox: Box<dyn Outbox>,
    store: Arc<Store>,
    metrics: Arc<Metrics>,
    runtime: Handle,
    /// The partitions, and how far each is; `None`: ask the log of the verdicts.
    held: BTreeMap<u32, Option<Cursor>>,
    /// Whether rows are in the table that were not published.
    behind: bool,
}

/// Why publishing stopped for now.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the last entry of partition {0} of the verdicts is none: {1}")]
    Foreign(u32, serde_json::Error),
}

impl Worker {
    fn run(mut self, orders: &Receiver<Order>, missed: &AtomicBool) {
        loop {
            let done = match orders.recv_timeout(RETRY) {
                Ok(order) => self.obey(order),
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            self.behind |= missed.swap(false, Ordering::SeqCst);
            if let Err(error) = done.and_then(|()| self.catch_up()) {
                tracing::warn!(%error, "verdicts are not published yet; it is tried again");
                self.ask_again();
                // Orders come with every commit, and each would try again at once.
                std::thread::sleep(RETRY);
            }
        }
        if let Err(error) = self.catch_up() {
            tracing::warn!(%error, "the last verdicts are not published yet");
        }
    }

    fn obey(&mut self, order: Order) -> Result<(), Trouble> {
        match order {
            Order::Hold(partitions) => {
                self.held.extend(partitions.into_iter().map(|partition| (partition, None)));
                self.behind = true;
            }
            Order::Release(partitions) => {
                self.held.retain(|partition, _| !partitions.contains(partition));
            }
            Order::Committed(commit, rows) if !self.behind => return self.publish(commit, &rows),
            // They are read from the table, in their order.
            Order::Committed(..) => {}
        }
        Ok(())
    }

    /// After a failure it is not known what was kept.
    fn ask_again(&mut self) {
        self.held.values_mut().for_each(|cursor| *cursor = None);
        self.behind = true;
    }

    /// Publishes the rows of one commit, in the order of their partition and offset.
    fn publish(&mut self, commit: u64, rows: &[SubmissionRow]) -> Result<(), Trouble> {
        let mut ready = Vec::with_capacity(rows.len());
        let mut cursors = self.held.clone();
        for row in rows {
            let Some(Some(cursor)) = cursors.get_mut(&row.partition) else { continue };
            if row.offset > cursor.next {
                // Another member had the partition in between.
                self.behind = true;
                return Ok(());
            }
            if row.offset == cursor.next {
                *cursor = Cursor { next: row.offset + 1, commit };
                ready.push(row);
            }
        }
        let sheets = sheets::of(&ready, commit);
        let (wire, at) = (WIRE_VERSION.to_string(), jiff::Timestamp::now().as_millisecond());
        let entries: Vec<NewEntry<'_>> = sheets
            .iter()
            .map(|sheet| NewEntry {
                unit: "",
                key: &sheet.key,
                partition: Some(sheet.partition),
                kind: KIND,
                wire: &wire,
                // The sheet names it.
                catalog: None,
                trace: None,
                bytes: &sheet.bytes,
                at,
            })
            .collect();
        if !entries.is_empty() {
            self.outbox.publish(&entries)?;
            self.metrics.published(ready.len() as u64);
        }
        self.held = cursors;
        Ok(())
    }

    /// Publishes what is in the table and was not published yet.
    fn catch_up(&mut self) -> Result<(), Trouble> {
        if !self.behind {
            return Ok(());
        }
        self.ask()?;
        self.behind = false;
        let Some(from) = self.held.values().flatten().map(|cursor| cursor.commit).min() else {
            return Ok(());
        };
        let (runtime, store) = (self.runtime.clone(), Arc::clone(&self.store));
        let mut done = Ok(());
        let read = store.read_submissions_of(
            |version| version >= from,
            |commit, rows| {
                if done.is_ok() {
                    done = self.publish(commit, &rows);
                }
            },
        );
        runtime.block_on(read)?;
        done
    }

    /// Asks the log of the verdicts how far it is.
    fn ask(&mut self) -> Result<(), Trouble> {
        let unknown = self.held.iter().filter(|(_, cursor)| cursor.is_none());
        let unknown: Vec<u32> = unknown.map(|(&partition, _)| partition).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let mut cursors: BTreeMap<u32, Cursor> =
            unknown.iter().map(|&p| (p, Cursor { next: 0, commit: 0 })).collect();
        for entry in self.outbox.last(&unknown)? {
            let partition = entry.place.partition;
            let reached = sheets::reached(&entry.bytes);
            if let Some(cursor) = reached.map_err(|error| Trouble::Foreign(partition, error))? {
                cursors.insert(partition, cursor);
            }
        }
        self.held.extend(cursors.into_iter().map(|(partition, cursor)| (partition, Some(cursor))));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
