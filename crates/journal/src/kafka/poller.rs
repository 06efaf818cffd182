//! A member of the group that shares the partitions: the side that polls, in a thread of its own.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError, Sender, sync_channel},
    },
    time::{Duration, Instant},
};

use rdkafka::{
    ClientContext, Offset, TopicPartitionList,
    config::{FromClientConfigAndContext, RDKafkaLogLevel},
    consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext},
    error::{KafkaError, RDKafkaErrorCode},
    types::RDKafkaRespErr,
};

use super::{
    entry,
    follow::FETCH_AHEAD_KIB,
    log,
    member::{News, Order, Shared, size},
    settings::KafkaSettings,
    trouble,
};
use crate::{Entry, JournalError, MemberEvent, Positions, StartPositions};

/// Entries handed over together.
const CHUNK: usize = 2_000;

/// Bytes on their way at which fetching pauses; it goes on at half of that.
const MOST_BYTES: usize = 64 << 20;

/// How long the taking side is waited for before fetching pauses: pausing throws away what was fetched
/// ahead, and the group hears nothing of this side while it waits.
const TAKING: Duration = Duration::from_secs(1);

/// How often it is looked whether it has taken something.
const TAKEN: Duration = Duration::from_millis(2);

/// Bytes for which an answer of the broker waits so many milliseconds: it would answer for each entry
/// otherwise, at the cost of thousands.
const FETCH_BYTES: &str = "65536";
const FETCH_WAIT_MS: &str = "50";

/// How long one poll waits.
const POLL: Duration = Duration::from_millis(50);

/// How long the taking side may take to finish what it has of partitions that are given away.
const DRAIN: Duration = Duration::from_secs(20);

/// How often the start positions are asked for before the member gives up.
const ASK: u32 = 10;

pub(super) struct Poller {
    consumer: BaseConsumer<Group>,
    orders: Receiver<Order>,
    paused: bool,
}

/// What rebalancing needs; it happens inside a poll.
struct Group {
    topic: String,
    starts: StartPositions,
    tell: Sender<News>,
    shared: Arc<Shared>,
    chunk: Mutex<Vec<Entry>>,
}

impl Poller {
    pub(super) fn new(
        settings: &KafkaSettings,
        starts: StartPositions,
        tell: Sender<News>,
        orders: Receiver<Order>,
        shared: Arc<Shared>,
    ) -> Result<Self, JournalError> {
        let seconds = u64::from(settings.session_timeout_seconds.max(1));
        let mut config = settings.client()?;
        config
            .set("group.id", &settings.group)
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", (seconds * 1000).to_string())
            .set("heartbeat.interval.ms", (seconds * 1000 / 10).max(100).to_string())
            // Positions live in the commit of the rows; the group's own are for lag metrics only.
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // A position that is gone is a loss: stop, never jump.
            .set("auto.offset.reset", "error")
            .set("queued.max.messages.kbytes", FETCH_AHEAD_KIB)
            .set("fetch.min.bytes", FETCH_BYTES)
            .set("fetch.wait.max.ms", FETCH_WAIT_MS);
        let topic = settings.topic.clone();
        let chunk = Mutex::new(Vec::with_capacity(CHUNK));
        let group = Group { topic, starts, tell, shared, chunk };
        let failed = |e| trouble(&settings.topic, &e);
        let consumer = BaseConsumer::from_config_and_context(&config, group).map_err(failed)?;
        consumer.subscribe(&[&settings.topic]).map_err(failed)?;
        Ok(Self { consumer, orders, paused: false })
    }

    pub(super) fn run(mut self) {
        while !self.group().shared.stop.load(Ordering::Relaxed) {
            while let Ok(order) = self.orders.try_recv() {
                self.obey(order);
            }
            self.bound_memory();
            let wait = if self.group().chunk().is_empty() { POLL } else { Duration::ZERO };
            match self.consumer.poll(wait) {
                Some(Ok(message)) => self.group().take(entry::read(&message)),
                Some(Err(error)) => {
                    if !self.group().report(&error) {
                        return;
                    }
                }
                None => self.group().hand_over(),
            }
        }
        // Leaves the group, so that the others need not wait for the session timeout.
        self.consumer.unsubscribe();
    }

    fn group(&self) -> &Group {
        self.consumer.context()
    }

    fn obey(&self, order: Order) {
        let done = match order {
            Order::Seek(positions) => self.list(&positions).and_then(|list| {
                self.consumer.seek_partitions(list, Duration::from_secs(5)).map(drop)
            }),
            Order::Reached(positions) => self
                .list(&positions)
                .and_then(|list| self.consumer.commit(&list, CommitMode::Async)),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "kafka: an order to the group's client failed");
        }
    }

    fn list(&self, positions: &Positions) -> Result<TopicPartitionList, KafkaError> {
        let mut list = TopicPartitionList::with_capacity(positions.len());
        for (&partition, &offset) in positions {
            let offset = Offset::Offset(offset as i64);
            list.add_partition_offset(&self.group().topic, partition as i32, offset)?;
        }
        Ok(list)
    }

    /// Waits while much is on its way; then pauses fetching and polls on, so that the group is kept.
    fn bound_memory(&mut self) {
        let shared = Arc::clone(&self.group().shared);
        let bytes = || shared.bytes.load(Ordering::Relaxed);
        if !self.paused && bytes() > MOST_BYTES {
            self.group().hand_over();
            let began = Instant::now();
            let patient = || began.elapsed() < TAKING && !shared.stop.load(Ordering::Relaxed);
            while bytes() > MOST_BYTES / 2 && patient() {
                std::thread::sleep(TAKEN);
            }
        }
        let bytes = bytes();
        let pause = if self.paused { bytes > MOST_BYTES / 2 } else { bytes > MOST_BYTES };
        if pause == self.paused {
            return;
        }
        let done = self.consumer.assignment().and_then(|held| match pause {
            true => self.consumer.pause(&held),
            false => self.consumer.resume(&held),
        });
        match done {
            Ok(()) => self.paused = pause,
            Err(error) => tracing::warn!(%error, "kafka: fetching could not be paused or resumed"),
        }
    }
}

impl Group {
    fn chunk(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.chunk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, entry: Entry) {
        self.shared.bytes.fetch_add(size(&entry), Ordering::Relaxed);
        let mut chunk = self.chunk();
        chunk.push(entry);
        let full = chunk.len() >= CHUNK;
        drop(chunk);
        if full {
            self.hand_over();
        }
    }

    fn hand_over(&self) {
        let chunk = std::mem::take(&mut *self.chunk());
        if !chunk.is_empty() {
            self.tell(News::Event(MemberEvent::Entries(chunk)));
        }
    }

    /// A receiver that is gone is stopping, and does not want to know.
    fn tell(&self, news: News) {
        let _ = self.tell.send(news);
    }

    /// Whether polling goes on after an error.
    fn report(&self, error: &KafkaError) -> bool {
        if super::passes(error) {
            let topic = &self.topic;
            let remedy = super::remedy(error);
            if super::log::is_news(&format!("reading: {error}")) {
                tracing::warn!(%error, topic, "kafka: reading waits; {remedy}");
            }
            return true;
        }
        self.tell(News::Failed(trouble(&self.topic, error)));
        false
    }

    fn assign(&self, consumer: &BaseConsumer<Self>, list: &mut TopicPartitionList) {
        let partitions = partitions(list);
        let Some(begins) = self.begins(&partitions) else {
            // Without positions nothing may be read; the member stops with the failure above.
            let _ = consumer.incremental_assign(&TopicPartitionList::new());
            return;
        };
        for (&partition, &offset) in &begins {
            let offset = Offset::Offset(offset as i64);
            let set = list.set_partition_offset(&self.topic, partition as i32, offset);
            if let Err(error) = set {
                return self.tell(News::Failed(trouble(&self.topic, &error)));
            }
        }
        self.tell(News::Begins(begins));
        if let Err(error) = consumer.incremental_assign(list) {
            return self.tell(News::Failed(trouble(&self.topic, &error)));
        }
        self.tell(News::Event(MemberEvent::Assigned(partitions)));
    }

    /// Where the tables stand, asked for a few times: they may be out of reach for a moment.
    fn begins(&self, partitions: &[u32]) -> Option<Positions> {
        for attempt in 1..=ASK {
            match (self.starts)(partitions) {
                Ok(positions) => {
                    let at = |&p: &u32| (p, positions.get(&p).copied().unwrap_or(0));
                    return Some(partitions.iter().map(at).collect());
                }
                Err(why) if attempt == ASK => {
                    self.tell(News::Failed(JournalError::Kafka {
                        topic: self.topic.clone(),
                        what: format!("the tables do not say where to begin: {why}"),
                        remedy: "see that the tables can be reached and start the program again",
                        waits: false,
                    }));
                }
                Err(why) => {
                    tracing::warn!(
                        why,
                        "kafka: the tables do not say where to begin, asking again"
                    );
                    std::thread::sleep(Duration::from_secs(1));
                }
            }
        }
        None
    }

    fn revoke(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) {
        self.hand_over();
        let lost = consumer.assignment_lost();
        let (done, drained) = sync_channel(1);
        let partitions = partitions(list);
        tracing::info!(?partitions, lost, "kafka: partitions are given to another member");
        self.tell(News::Event(MemberEvent::Revoked { partitions, done }));
        // What was lost belongs to another member already; its commits are protected by positions.
        if !lost && !self.wait_for_the_end(&drained) {
            tracing::warn!("kafka: unfinished entries are left to the next member");
        }
        if let Err(error) = consumer.incremental_unassign(list) {
            self.tell(News::Failed(trouble(&self.topic, &error)));
        }
    }
}

impl Group {
    /// Waits until the taking side has committed what it had; one that stops has done so before.
    fn wait_for_the_end(&self, drained: &Receiver<()>) -> bool {
        let began = Instant::now();
        while began.elapsed() < DRAIN {
            if self.shared.stop.load(Ordering::Relaxed) {
                return true;
            }
            match drained.recv_timeout(POLL) {
                Err(RecvTimeoutError::Timeout) => {}
                // Told, or dropped: nothing is on its way any more.
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return true,
            }
        }
        false
    }
}

fn partitions(list: &TopicPartitionList) -> Vec<u32> {
    list.elements().iter().map(|element| element.partition().unsigned_abs()).collect()
}

impl ClientContext for Group {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log::client(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        log::trouble(&error, reason);
    }
}

impl ConsumerContext for Group {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        what: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        match what {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => self.assign(consumer, list),
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => self.revoke(consumer, list),
            other => {
                let error = KafkaError::Rebalance(RDKafkaErrorCode::from(other));
                tracing::error!(%error, "kafka: sharing the partitions out failed");
                let _ = consumer.unassign();
            }
        }
    }
}
