//! A Kafka message as an entry of the journal.

use rdkafka::message::{BorrowedMessage, Headers, Message};

use crate::{Entry, Place};

/// Names of the headers; part of the format.
pub(super) mod header {
    /// What the bytes are.
    pub(crate) const KIND: &str = "kind";
    /// Version of the envelope.
    pub(crate) const WIRE: &str = "wire";
    /// Hash of the definitions that the sender had.
    pub(crate) const CATALOG: &str = "catalog";
    /// Id under which the sender's logs mention the entry.
    pub(crate) const TRACE: &str = "trace";
}

/// Reads a message. What is missing is left empty: the aggregator sets such an entry aside with its
/// reason, since a reader that fails on it would stand still for ever.
pub(super) fn read(message: &BorrowedMessage<'_>) -> Entry {
    let (mut kind, mut wire) = (String::new(), String::new());
    for found in message.headers().into_iter().flat_map(Headers::iter) {
        let text = || String::from_utf8_lossy(found.value.unwrap_or_default()).into_owned();
        match found.key {
            header::KIND => kind = text(),
            header::WIRE => wire = text(),
            _ => {}
        }
    }
    Entry {
        place: Place {
            partition: message.partition().unsigned_abs(),
            offset: message.offset().unsigned_abs(),
        },
        kind,
        wire,
        bytes: message.payload().unwrap_or_default().to_vec(),
        at: message.timestamp().to_millis().unwrap_or_default(),
    }
}
