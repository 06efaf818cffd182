//! Following all partitions alone, without a group: for rebuilding and for reading to the end.

use std::time::{Duration, Instant};

use rdkafka::{
    Offset, TopicPartitionList,
    config::FromClientConfig,
    consumer::{BaseConsumer, Consumer},
};

use super::{entry, settings::KafkaSettings, trouble};
use crate::{Entry, Follow, JournalError, PARTITIONS, Positions};

/// Bytes that the client fetches ahead.
pub(super) const FETCH_AHEAD_KIB: &str = "65536";

/// A reader with a connection of its own.
pub(super) struct KafkaFollower {
    topic: String,
    consumer: BaseConsumer,
}

impl KafkaFollower {
    pub(super) fn new(
        settings: &KafkaSettings,
        positions: &Positions,
    ) -> Result<Self, JournalError> {
        let mut config = settings.client()?;
        config
            // The library asks for a name even where nobody joins the group.
            .set("group.id", format!("{}.follower", settings.group))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("queued.max.messages.kbytes", FETCH_AHEAD_KIB);
        let failed = |e| trouble(&settings.topic, &e);
        let consumer: BaseConsumer = BaseConsumer::from_config(&config).map_err(failed)?;
        let mut wanted = TopicPartitionList::with_capacity(PARTITIONS as usize);
        for partition in 0..PARTITIONS {
            let from = positions.get(&partition).copied().unwrap_or(0);
            let from = Offset::Offset(from as i64);
            wanted.add_partition_offset(&settings.topic, partition as i32, from).map_err(failed)?;
        }
        consumer.assign(&wanted).map_err(failed)?;
        Ok(Self { topic: settings.topic.clone(), consumer })
    }
}

impl Follow for KafkaFollower {
    fn next_batch(&mut self, limit: usize, wait: Duration) -> Result<Vec<Entry>, JournalError> {
        let until = Instant::now() + wait;
        let mut entries: Vec<Entry> = Vec::new();
        while entries.len() < limit {
            let left = until.saturating_duration_since(Instant::now());
            let patience = if entries.is_empty() { left } else { Duration::ZERO };
            match self.consumer.poll(patience) {
                Some(Ok(message)) => entries.push(entry::read(&message)),
                Some(Err(error)) => match super::passes(&error) {
                    true => tracing::warn!(%error, "kafka: reading goes on when it answers again"),
                    false => return Err(trouble(&self.topic, &error)),
                },
                None if entries.is_empty() && Instant::now() < until => {}
                None => break,
            }
        }
        Ok(entries)
    }
}
