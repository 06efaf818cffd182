//! Appending: an idempotent producer, and the place of each entry from its delivery report.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rdkafka::{
    ClientContext, Message,
    config::{FromClientConfigAndContext, RDKafkaLogLevel},
    error::{KafkaError, RDKafkaErrorCode},
    message::{DeliveryResult, Header, OwnedHeaders},
    producer::{BaseProducer, BaseRecord, Producer, ProducerContext},
};

use super::{entry::header, log, settings::KafkaSettings, trouble};
use crate::{JournalError, NewEntry, Place, partition_of};

/// How long the client collects entries before it sends them.
pub(super) const LINGER_MS: &str = "5";

/// How long one look for delivery reports waits.
const LOOK: Duration = Duration::from_millis(50);

/// How often an entry is sent whose place the broker does not tell.
const ROUNDS: usize = 3;

/// The producer of one process.
pub(super) struct Appender {
    topic: String,
    timeout: Duration,
    producer: BaseProducer<Reports>,
}

/// What became of each entry of the batch that is on its way.
#[derive(Default)]
struct Reports(Mutex<Batch>);

#[derive(Default)]
struct Batch {
    places: Vec<Option<Place>>,
    /// Entries that the broker has, it does not say where.
    unplaced: Vec<usize>,
    open: usize,
    failure: Option<KafkaError>,
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log::client(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        log::trouble(&error, reason);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, index: usize) {
        let mut batch = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        batch.open = batch.open.saturating_sub(1);
        match result {
            Ok(message) => match place(message.partition(), message.offset()) {
                None => batch.unplaced.push(index),
                place => {
                    if let Some(slot) = batch.places.get_mut(index) {
                        *slot = place;
                    }
                }
            },
            Err((error, _)) => batch.failure = Some(error.clone()),
        }
    }
}

impl Appender {
    pub(super) fn new(
        settings: &KafkaSettings,
        topic: &str,
        linger: &str,
    ) -> Result<Self, JournalError> {
        let seconds = settings.append_timeout_seconds.max(1);
        let mut config = settings.client()?;
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "zstd")
            .set("linger.ms", linger)
            .set("batch.size", settings.largest_entry.max(1_000_000).to_string())
            .set("message.timeout.ms", (u64::from(seconds) * 1000).to_string());
        let producer = BaseProducer::from_config_and_context(&config, Reports::default())
            .map_err(|e| trouble(topic, &e))?;
        let timeout = Duration::from_secs(u64::from(seconds));
        Ok(Self { topic: topic.to_owned(), timeout, producer })
    }

    /// Appends the entries and waits until all in-sync copies have them.
    pub(super) fn append(&self, entries: &[NewEntry<'_>]) -> Result<Vec<Place>, JournalError> {
        self.batch(|batch| {
            *batch = Batch { places: vec![None; entries.len()], ..Batch::default() };
        });
        let mut waiting: Vec<usize> = (0..entries.len()).collect();
        for _ in 0..ROUNDS {
            for index in waiting {
                self.send(index, &entries[index])?;
            }
            // Reports of every entry come within the time limit; a little more lets them arrive.
            let until = Instant::now() + self.timeout + Duration::from_secs(5);
            while self.batch(|batch| batch.open) > 0 && Instant::now() < until {
                self.producer.poll(LOOK);
            }
            waiting = self.batch(|batch| std::mem::take(&mut batch.unplaced));
            if waiting.is_empty() {
                break;
            }
        }
        let (places, failure) =
            self.batch(|batch| (std::mem::take(&mut batch.places), batch.failure.take()));
        match (failure, places.into_iter().collect::<Option<Vec<Place>>>()) {
            (None, Some(places)) => Ok(places),
            (failure, _) => Err(self.not_appended(failure)),
        }
    }

    fn send(&self, index: usize, entry: &NewEntry<'_>) -> Result<(), JournalError> {
        let partition = entry.partition.unwrap_or_else(|| partition_of(entry.unit));
        let headers = headers(entry);
        let mut record = BaseRecord::with_opaque_to(&self.topic, index)
            .partition(partition as i32)
            .key(entry.key)
            .payload(entry.bytes)
            .timestamp(entry.at)
            .headers(headers);
        self.batch(|batch| batch.open += 1);
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    self.producer.poll(LOOK);
                }
                Err((error, _)) => {
                    self.batch(|batch| batch.open -= 1);
                    let code = error.rdkafka_error_code();
                    if code == Some(RDKafkaErrorCode::MessageSizeTooLarge) {
                        return Err(JournalError::TooLarge {
                            unit: entry.unit.to_owned(),
                            bytes: entry.bytes.len(),
                        });
                    }
                    return Err(self.not_appended(Some(error)));
                }
            }
        }
    }

    fn not_appended(&self, failure: Option<KafkaError>) -> JournalError {
        match failure {
            Some(error) => trouble(&self.topic, &error),
            None => trouble(
                &self.topic,
                &KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut),
            ),
        }
    }

    fn batch<T>(&self, use_it: impl FnOnce(&mut Batch) -> T) -> T {
        use_it(&mut self.producer.context().0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Where an entry lies. A broker that is asked again, since its first answer was lost, confirms that it
/// has the entry and does not say where: a receipt needs the place, so the entry is sent once more, and
/// the second is settled as a replay.
fn place(partition: i32, offset: i64) -> Option<Place> {
    Some(Place { partition: u32::try_from(partition).ok()?, offset: u64::try_from(offset).ok()? })
}

fn headers(entry: &NewEntry<'_>) -> OwnedHeaders {
    let named = [
        (header::KIND, Some(entry.kind)),
        (header::WIRE, Some(entry.wire)),
        (header::CATALOG, entry.catalog),
        (header::TRACE, entry.trace),
    ];
    let mut headers = OwnedHeaders::new_with_capacity(named.len());
    for (key, value) in named {
        if let Some(value) = value {
            headers = headers.insert(Header { key, value: Some(value) });
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_that_the_broker_does_not_tell_is_no_place() {
        // What the client reports for an entry that the broker had already.
        assert_eq!(place(2, -1001), None);
        assert_eq!(place(2, -1), None);
        assert_eq!(place(2, 7), Some(Place { partition: 2, offset: 7 }));
    }
}
