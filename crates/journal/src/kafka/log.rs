//! What the client library says, in our log.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rdkafka::{config::RDKafkaLogLevel, error::KafkaError};

/// The client repeats itself many times a second while a broker is away; who reads the log wants to
/// know that it still is.
const AGAIN: Duration = Duration::from_secs(10);

/// Texts are few: kinds of trouble times brokers. Should they ever not be, old ones are forgotten.
const REMEMBERED: usize = 256;

static SAID: Mutex<Option<HashMap<String, Instant>>> = Mutex::new(None);

/// Whether a text was not said within the last seconds.
pub(super) fn is_news(text: &str) -> bool {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let said = said.get_or_insert_default();
    if said.len() > REMEMBERED {
        said.clear();
    }
    let now = Instant::now();
    match said.get(text) {
        Some(last) if now.duration_since(*last) < AGAIN => false,
        _ => {
            said.insert(text.to_owned(), now);
            true
        }
    }
}

/// A line of librdkafka's own log.
pub(super) fn client(level: RDKafkaLogLevel, facility: &str, message: &str) {
    if !is_news(facility) {
        return;
    }
    match level {
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error => tracing::error!(facility, "kafka client: {message}"),
        RDKafkaLogLevel::Warning => tracing::warn!(facility, "kafka client: {message}"),
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
            tracing::info!(facility, "kafka client: {message}");
        }
        RDKafkaLogLevel::Debug => tracing::debug!(facility, "kafka client: {message}"),
    }
}

/// A connection or broker that fails; the client goes on trying by itself.
pub(super) fn trouble(error: &KafkaError, reason: &str) {
    if is_news(&error.to_string()) {
        tracing::warn!(
            %error,
            "kafka does not answer as it should, the client goes on trying: {reason}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_is_news_once() {
        assert!(is_news("a broker is down"));
        assert!(!is_news("a broker is down"));
        assert!(is_news("another one is down"));
    }
}
