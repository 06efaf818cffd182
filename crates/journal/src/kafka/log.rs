//! What the client library says, in our log.

use rdkafka::{config::RDKafkaLogLevel, error::KafkaError};

/// A line of librdkafka's own log.
pub(super) fn client(level: RDKafkaLogLevel, facility: &str, message: &str) {
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
    tracing::warn!(%error, "kafka does not answer as it should, the client goes on trying: {reason}");
}
