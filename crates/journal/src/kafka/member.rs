//! A member of the group that shares the partitions: the side that takes entries.
//!
//! Polling has a thread of its own (`poller`), so that the group sees a sign of life however long a
//! commit takes. Both sides meet in two channels, bounded by the bytes on their way.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use super::{poller, settings::KafkaSettings};
use crate::{Entry, JournalError, Member, MemberEvent, Positions, StartPositions};

/// How long an ending member waits until its client has left the group. Nothing depends on that: what was
/// taken is committed, and what was not belongs to whoever has the partitions next. A client was seen that
/// had given its partitions away and did not come back from closing within half a minute.
const LEAVING: Duration = Duration::from_secs(10);

/// What the polling thread is told.
pub(super) enum Order {
    /// Read on from these positions.
    Seek(Positions),
    /// The tables are here now.
    Reached(Positions),
}

/// What the polling thread tells.
pub(super) enum News {
    Event(MemberEvent),
    /// Where partitions that were just assigned begin.
    Begins(Positions),
    Failed(JournalError),
}

/// Shared between the two sides.
#[derive(Default)]
pub(super) struct Shared {
    /// Bytes of entries handed over and not taken yet.
    pub(super) bytes: AtomicUsize,
    pub(super) stop: AtomicBool,
}

/// The taking side.
pub(super) struct KafkaMember {
    shared: Arc<Shared>,
    orders: Sender<Order>,
    news: Receiver<News>,
    thread: Option<JoinHandle<()>>,
    /// Next offset of each partition held. What does not fit is left over from before a seek.
    next: BTreeMap<u32, u64>,
}

impl KafkaMember {
    pub(super) fn join(
        settings: &KafkaSettings,
        starts: StartPositions,
    ) -> Result<Self, JournalError> {
        let (orders, commanded) = channel();
        let (tell, news) = channel();
        let shared = Arc::new(Shared::default());
        let poller = poller::Poller::new(settings, starts, tell, commanded, Arc::clone(&shared))?;
        let thread = std::thread::Builder::new().name("kafka-poll".to_owned());
        let thread = thread.spawn(move || poller.run()).map_err(|source| JournalError::Kafka {
            topic: settings.topic.clone(),
            what: format!("no thread to poll with: {source}"),
            remedy: "end other programs or raise the limit of threads",
            waits: false,
        })?;
        Ok(Self { shared, orders, news, thread: Some(thread), next: BTreeMap::new() })
    }

    /// Keeps the entries that come next in their partition.
    fn fitting(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let next = &mut self.next;
        let bytes: usize = entries.iter().map(size).sum();
        self.shared.bytes.fetch_sub(bytes, Ordering::Relaxed);
        let mut fitting = entries;
        fitting.retain(|entry| match next.get_mut(&entry.place.partition) {
            Some(next) if *next == entry.place.offset => {
                *next += 1;
                true
            }
            _ => false,
        });
        fitting
    }

    fn order(&self, order: Order) -> Result<(), JournalError> {
        self.orders.send(order).map_err(|_| gone())
    }
}

/// Bytes that an entry holds on its way.
pub(super) fn size(entry: &Entry) -> usize {
    entry.bytes.len() + size_of::<Entry>()
}

fn gone() -> JournalError {
    JournalError::Kafka {
        topic: String::new(),
        what: "the polling thread has ended".to_owned(),
        remedy: "see the log above for the reason and start the program again",
        waits: false,
    }
}

impl Member for KafkaMember {
    fn next(&mut self, wait: Duration) -> Result<Option<MemberEvent>, JournalError> {
        loop {
            match self.news.recv_timeout(wait) {
                Ok(News::Begins(positions)) => self.next.extend(positions),
                Ok(News::Event(MemberEvent::Entries(entries))) => {
                    let entries = self.fitting(entries);
                    if !entries.is_empty() {
                        return Ok(Some(MemberEvent::Entries(entries)));
                    }
                }
                Ok(News::Event(event)) => {
                    if let MemberEvent::Revoked { partitions, .. } = &event {
                        partitions.iter().for_each(|partition| {
                            self.next.remove(partition);
                        });
                    }
                    return Ok(Some(event));
                }
                Ok(News::Failed(error)) => return Err(error),
                Err(RecvTimeoutError::Timeout) => return Ok(None),
                Err(RecvTimeoutError::Disconnected) => return Err(gone()),
            }
        }
    }

    fn seek(&mut self, positions: &Positions) -> Result<(), JournalError> {
        let held: Positions = positions
            .iter()
            .filter(|(p, _)| self.next.contains_key(p))
            .map(|(&p, &o)| (p, o))
            .collect();
        self.next.extend(held.iter().map(|(&p, &o)| (p, o)));
        self.order(Order::Seek(held))
    }

    fn reached(&mut self, positions: &Positions) -> Result<(), JournalError> {
        self.order(Order::Reached(positions.clone()))
    }
}

impl Drop for KafkaMember {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            if !ends_within(thread, LEAVING) {
                tracing::warn!(
                    seconds = LEAVING.as_secs(),
                    "kafka: the client has not left the group in time and is not waited for; what it \
                     still holds goes to the others, at the latest when its session times out"
                );
            }
        }
    }
}

/// Waits for a thread; `false` if it goes on for longer than that.
fn ends_within(thread: JoinHandle<()>, longest: Duration) -> bool {
    let began = Instant::now();
    while !thread.is_finished() {
        if began.elapsed() >= longest {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    // A panic of the thread was printed where it happened.
    let _ = thread.join();
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_member_does_not_wait_for_ever() {
        let (go, waits) = channel::<()>();
        let stuck = std::thread::spawn(move || drop(waits.recv()));
        let began = Instant::now();
        assert!(!ends_within(stuck, Duration::from_millis(50)));
        assert!(began.elapsed() >= Duration::from_millis(50));
        drop(go);
        assert!(ends_within(std::thread::spawn(|| {}), Duration::from_secs(60)));
    }
}
