//! Publishing what was decided: a topic beside the journal, with the same partitions.
//!
//! Nothing notes how far publishing is but the topic itself: its last entry of a partition says it.
//! So whoever takes a partition over goes on from there. Two that publish the same partition for a
//! moment tell the same twice; where they do so under the same key, compaction keeps one.

use std::time::Instant;

use rdkafka::{
    Offset, TopicPartitionList,
    config::FromClientConfig,
    consumer::{BaseConsumer, Consumer},
};

use super::{ASK, append::Appender, entry, settings::KafkaSettings, trouble};
use crate::{Entry, JournalError, NewEntry, Outbox};

/// Milliseconds in which entries gather: the rows of a commit lie in many partitions, and each batch of
/// a few entries costs the broker as much as one of thousands.
const LINGER_MS: &str = "50";

/// The verdicts' topic.
pub(super) struct KafkaOutbox {
    topic: String,
    appender: Appender,
    reader: BaseConsumer,
}

impl KafkaOutbox {
    pub(super) fn new(settings: &KafkaSettings, topic: String) -> Result<Self, JournalError> {
        let mut config = settings.client()?;
        config
            .set("group.id", format!("{}.outbox", settings.group))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false");
        let reader = BaseConsumer::from_config(&config).map_err(|e| trouble(&topic, &e))?;
        Ok(Self { appender: Appender::new(settings, &topic, LINGER_MS)?, topic, reader })
    }

    /// Offset of the last entry of each partition that has one.
    fn last_offsets(&self, partitions: &[u32]) -> Result<Vec<(u32, i64)>, JournalError> {
        let mut last = Vec::new();
        for &partition in partitions {
            let (low, high) = self
                .reader
                .fetch_watermarks(&self.topic, partition as i32, ASK)
                .map_err(|e| trouble(&self.topic, &e))?;
            if high > low {
                last.push((partition, high - 1));
            }
        }
        Ok(last)
    }
}

impl Outbox for KafkaOutbox {
    fn last(&mut self, partitions: &[u32]) -> Result<Vec<Entry>, JournalError> {
        let failed = |e| trouble(&self.topic, &e);
        let wanted = self.last_offsets(partitions)?;
        let mut from = TopicPartitionList::with_capacity(wanted.len());
        for &(partition, offset) in &wanted {
            let offset = Offset::Offset(offset);
            from.add_partition_offset(&self.topic, partition as i32, offset).map_err(failed)?;
        }
        self.reader.assign(&from).map_err(failed)?;
        let (mut found, until) = (Vec::<Entry>::new(), Instant::now() + ASK);
        while found.len() < wanted.len() {
            let left = until.saturating_duration_since(Instant::now());
            match self.reader.poll(left) {
                Some(Ok(message)) => {
                    let entry = entry::read(&message);
                    // Another publisher may append meanwhile; one entry of each is enough.
                    if found.iter().all(|one| one.place.partition != entry.place.partition) {
                        found.push(entry);
                    }
                }
                Some(Err(error)) => return Err(failed(error)),
                None => {
                    let late = rdkafka::error::RDKafkaErrorCode::OperationTimedOut;
                    return Err(failed(rdkafka::error::KafkaError::MessageConsumption(late)));
                }
            }
        }
        self.reader.unassign().map_err(failed)?;
        Ok(found)
    }

    fn publish(&mut self, entries: &[NewEntry<'_>]) -> Result<(), JournalError> {
        self.appender.append(entries).map(drop)
    }
}
