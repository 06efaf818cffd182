//! Settings of the Kafka journal. What would lose entries or show them to strangers is refused.

use std::{collections::BTreeMap, fmt, fs, path::PathBuf};

use rdkafka::ClientConfig;
use serde::{Deserialize, Serialize};

use crate::JournalError;

/// How to reach Kafka and which topic is the journal.
///
/// ```toml
/// [kafka]
/// brokers = "kafka-1:9093,kafka-2:9093,kafka-3:9093"
/// replication = 3
/// min_in_sync = 2
///
/// [kafka.security]
/// tls = true
/// ca_file = "/etc/zhibao/ca.pem"
/// user = "aggregator"
/// password_file = "/run/secrets/kafka"
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KafkaSettings {
    /// Where to begin: `host:port`, separated by commas.
    pub brokers: String,
    /// The topic that is the journal.
    pub topic: String,
    /// The topic in which what became of each entry is published; nothing is when it is empty.
    /// Not given, it is named after the journal: `zhibao.returns.verdicts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdicts: Option<String>,
    /// Consumer group that the aggregators share.
    pub group: String,
    /// Copies of each partition; used when the topic is made, checked afterwards.
    pub replication: i32,
    /// Copies that must have an entry before it counts as appended.
    pub min_in_sync: i32,
    /// Largest entry in bytes.
    pub largest_entry: usize,
    /// Seconds after which an append that was not acknowledged is given up.
    pub append_timeout_seconds: u32,
    /// Seconds without a sign of life after which the group gives a member's partitions away.
    pub session_timeout_seconds: u32,
    /// Encryption and login.
    pub security: Security,
    /// Further properties of librdkafka, by name.
    pub client: BTreeMap<String, String>,
}

impl Default for KafkaSettings {
    fn default() -> Self {
        Self {
            brokers: "127.0.0.1:9092".to_owned(),
            topic: "zhibao.returns".to_owned(),
            verdicts: None,
            group: "zhibao".to_owned(),
            replication: 3,
            min_in_sync: 2,
            largest_entry: 1_000_000,
            append_timeout_seconds: 30,
            session_timeout_seconds: 45,
            security: Security::default(),
            client: BTreeMap::new(),
        }
    }
}

/// Encryption and login. Without a user there is no login; without TLS nothing is encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Security {
    /// Encrypt, and check who the broker is.
    pub tls: bool,
    /// Certificates of the authorities that are trusted (PEM); the system's when not given.
    pub ca_file: Option<PathBuf>,
    /// This client's certificate (PEM), where the broker asks for one.
    pub certificate_file: Option<PathBuf>,
    /// Key of the certificate (PEM).
    pub key_file: Option<PathBuf>,
    /// Name for the login by SASL/SCRAM.
    pub user: Option<String>,
    /// File that holds the password and nothing else.
    pub password_file: Option<PathBuf>,
    /// The password itself; better kept in a file.
    pub password: Option<Secret>,
    /// `SCRAM-SHA-512` (default) or `SCRAM-SHA-256`.
    pub mechanism: Option<String>,
}

/// A text that no log and no error shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Properties that decide whether entries can be lost, doubled or read by strangers, and why they
/// are not open.
const FIXED: &[(&str, &str)] = &[
    ("acks", "an entry is appended when all in-sync copies have it"),
    ("request.required.acks", "an entry is appended when all in-sync copies have it"),
    ("enable.idempotence", "without it a retry can append an entry twice and change their order"),
    ("max.in.flight", "the idempotent producer keeps the order by itself"),
    ("max.in.flight.requests.per.connection", "the idempotent producer keeps the order by itself"),
    ("message.send.max.retries", "giving up early loses entries that a retry would save"),
    ("retries", "giving up early loses entries that a retry would save"),
    ("message.timeout.ms", "set kafka.append_timeout_seconds"),
    ("delivery.timeout.ms", "set kafka.append_timeout_seconds"),
    ("message.max.bytes", "set kafka.largest_entry"),
    ("transactional.id", "positions are committed with the rows, not by Kafka"),
    ("partitioner", "the partition is the hash of the county, for ever"),
    ("enable.auto.commit", "positions are committed with the rows, not by the client"),
    ("enable.auto.offset.store", "positions are committed with the rows, not by the client"),
    ("auto.offset.reset", "a position that is gone must stop the reader, not move it"),
    ("isolation.level", "entries are not transactional"),
    ("partition.assignment.strategy", "members hand partitions over one by one"),
    ("group.protocol", "members hand partitions over one by one"),
    ("group.id", "set kafka.group"),
    ("session.timeout.ms", "set kafka.session_timeout_seconds"),
    ("bootstrap.servers", "set kafka.brokers"),
    ("metadata.broker.list", "set kafka.brokers"),
    ("security.protocol", "set kafka.security.tls and kafka.security.user"),
    ("sasl.mechanism", "set kafka.security.mechanism"),
    ("sasl.mechanisms", "set kafka.security.mechanism"),
    ("sasl.username", "set kafka.security.user"),
    ("sasl.password", "set kafka.security.password_file"),
    ("enable.ssl.certificate.verification", "anybody could pose as the broker"),
    ("ssl.endpoint.identification.algorithm", "anybody could pose as the broker"),
];

impl KafkaSettings {
    /// The client's configuration that producers, readers and the administration share.
    ///
    /// # Errors
    /// A setting that is unsafe, contradicts another or cannot be read, with the reason.
    pub(crate) fn client(&self) -> Result<ClientConfig, JournalError> {
        self.check()?;
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        config.set("client.id", "zhibao");
        // A broker that was replaced is found again without a restart.
        config.set("broker.address.ttl", "5000");
        config.set("reconnect.backoff.max.ms", "5000");
        config.set("message.max.bytes", self.largest_entry.to_string());
        self.secure(&mut config)?;
        for (name, value) in &self.client {
            config.set(name, value);
        }
        Ok(config)
    }

    /// The topic in which decisions are published; `None` when none is.
    pub(super) fn verdict_topic(&self) -> Option<String> {
        match &self.verdicts {
            None => Some(format!("{}.verdicts", self.topic)),
            Some(topic) => (!topic.is_empty()).then(|| topic.clone()),
        }
    }

    fn check(&self) -> Result<(), JournalError> {
        for (name, value) in [("brokers", &self.brokers), ("topic", &self.topic)] {
            if value.trim().is_empty() {
                return Err(setting(name, "is empty"));
            }
        }
        if self.group.trim().is_empty() {
            return Err(setting("group", "is empty"));
        }
        if self.verdicts.as_ref() == Some(&self.topic) {
            let reason = "is the journal itself; name another topic, or \"\" to publish nothing";
            return Err(setting("verdicts", reason));
        }
        if self.min_in_sync < 1 || self.min_in_sync > self.replication {
            let reason = format!(
                "is {}, but must be at least 1 and at most kafka.replication ({})",
                self.min_in_sync, self.replication
            );
            return Err(setting("min_in_sync", reason));
        }
        if self.replication > 2 && self.min_in_sync < 2 {
            let reason = "is 1 although there are copies: an entry would be acknowledged that only \
                          one broker has, and lost with it; set 2";
            return Err(setting("min_in_sync", reason));
        }
        for (name, reason) in FIXED {
            if self.client.contains_key(*name) {
                return Err(setting(&format!("client.{name}"), format!("cannot be set: {reason}")));
            }
        }
        Ok(())
    }

    fn secure(&self, config: &mut ClientConfig) -> Result<(), JournalError> {
        let Security { tls, user, mechanism, .. } = &self.security;
        if user.is_some() && !tls && !self.is_local() {
            let reason = "needs kafka.security.tls: without it the login can be read and repeated \
                          by everybody on the way";
            return Err(setting("security.user", reason));
        }
        let protocol = match (tls, user) {
            (false, None) => "plaintext",
            (true, None) => "ssl",
            (false, Some(_)) => "sasl_plaintext",
            (true, Some(_)) => "sasl_ssl",
        };
        config.set("security.protocol", protocol);
        let files = [
            ("ssl.ca.location", "ca_file", &self.security.ca_file),
            ("ssl.certificate.location", "certificate_file", &self.security.certificate_file),
            ("ssl.key.location", "key_file", &self.security.key_file),
        ];
        for (property, name, file) in files {
            let Some(file) = file else { continue };
            if !file.is_file() {
                let reason = format!("{} does not exist", file.display());
                return Err(setting(&format!("security.{name}"), reason));
            }
            config.set(property, file.display().to_string());
        }
        if let Some(user) = user {
            let mechanism = mechanism.as_deref().unwrap_or("SCRAM-SHA-512");
            if !matches!(mechanism, "SCRAM-SHA-512" | "SCRAM-SHA-256") {
                let reason = format!("{mechanism} is not one of SCRAM-SHA-512, SCRAM-SHA-256");
                return Err(setting("security.mechanism", reason));
            }
            config.set("sasl.mechanism", mechanism);
            config.set("sasl.username", user);
            config.set("sasl.password", self.password()?);
        }
        Ok(())
    }

    fn password(&self) -> Result<String, JournalError> {
        if let Some(file) = &self.security.password_file {
            let text = fs::read_to_string(file).map_err(|e| {
                setting("security.password_file", format!("{}: {e}", file.display()))
            })?;
            return Ok(text.trim_end_matches(['\n', '\r']).to_owned());
        }
        let Secret(password) = self
            .security
            .password
            .clone()
            .ok_or_else(|| setting("security.password_file", "is missing beside the user"))?;
        Ok(password)
    }

    /// Whether all brokers are on this machine, where nothing passes a network.
    fn is_local(&self) -> bool {
        self.brokers.split(',').all(|broker| {
            let host = broker.trim().rsplit_once(':').map_or(broker.trim(), |(host, _)| host);
            matches!(host, "localhost" | "127.0.0.1" | "[::1]")
        })
    }
}

fn setting(name: &str, reason: impl Into<String>) -> JournalError {
    JournalError::Setting { name: format!("kafka.{name}"), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(settings: &KafkaSettings) -> String {
        settings.client().err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_defaults_are_safe_and_accepted() {
        let config = KafkaSettings::default().client().unwrap();
        assert_eq!(config.get("security.protocol"), Some("plaintext"));
    }

    #[test]
    fn what_would_lose_or_double_entries_is_refused_with_the_reason() {
        for (name, reason) in FIXED {
            let client = BTreeMap::from([((*name).to_owned(), "1".to_owned())]);
            let text = refusal(&KafkaSettings { client, ..KafkaSettings::default() });
            assert!(text.contains(name) && text.contains(reason), "{name}: {text:?}");
        }
        let one_copy = KafkaSettings { min_in_sync: 1, ..KafkaSettings::default() };
        assert!(refusal(&one_copy).contains("min_in_sync"), "{}", refusal(&one_copy));
        let none = KafkaSettings { min_in_sync: 4, ..KafkaSettings::default() };
        assert!(refusal(&none).contains("at most kafka.replication"), "{}", refusal(&none));
    }

    #[test]
    fn a_login_in_clear_text_is_refused_beyond_this_machine() {
        let security = Security {
            user: Some("a".to_owned()),
            password: Some(Secret("geheim".to_owned())),
            ..Security::default()
        };
        let away = KafkaSettings {
            brokers: "kafka:9092".to_owned(),
            security: security.clone(),
            ..KafkaSettings::default()
        };
        assert!(refusal(&away).contains("security.tls"), "{}", refusal(&away));
        assert!(!format!("{away:?}").contains("geheim"), "a password must not be printed");
        let tls = Security { tls: true, ..security };
        let config = KafkaSettings { security: tls, ..away }.client().unwrap();
        assert_eq!(config.get("security.protocol"), Some("sasl_ssl"));
        assert_eq!(config.get("sasl.mechanism"), Some("SCRAM-SHA-512"));
    }
}
