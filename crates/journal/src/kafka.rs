//! The journal on Apache Kafka: one topic, keys (unit, form, period), partitions chosen here.
//!
//! Positions are not Kafka's: they lie in the commit of the rows that were made from the entries.
//! So a position that the topic no longer holds stops the reader with an error.

mod append;
mod entry;
mod follow;
mod log;
mod member;
mod outbox;
mod poller;
mod settings;
mod topic;

use std::time::Duration;

use rdkafka::{
    config::FromClientConfig,
    consumer::{BaseConsumer, Consumer},
    error::{KafkaError, RDKafkaErrorCode},
};

pub use settings::{KafkaSettings, Secret, Security};
pub use topic::{TopicProblem, TopicReport};

use crate::{
    Follow, Journal, JournalError, Member, NewEntry, Outbox, PARTITIONS, Place, Positions,
    StartPositions,
};

/// How long questions to the broker may take.
const ASK: Duration = Duration::from_secs(3);

/// A journal on Kafka. Connections are made when they are first needed.
pub struct KafkaJournal {
    settings: KafkaSettings,
    appender: Option<append::Appender>,
    questions: BaseConsumer,
}

impl KafkaJournal {
    /// Prepares the client; nothing is asked of a broker yet.
    ///
    /// # Errors
    /// [`JournalError::Setting`] for a setting that is unsafe or cannot be used.
    pub fn new(settings: KafkaSettings) -> Result<Self, JournalError> {
        let config = settings.client()?;
        let questions =
            BaseConsumer::from_config(&config).map_err(|e| trouble(&settings.topic, &e))?;
        Ok(Self { settings, appender: None, questions })
    }

    /// The settings it was made with.
    pub fn settings(&self) -> &KafkaSettings {
        &self.settings
    }
}

impl Journal for KafkaJournal {
    fn append(&mut self, entries: &[NewEntry<'_>]) -> Result<Vec<Place>, JournalError> {
        if self.appender.is_none() {
            self.appender = Some({
                let topic = &self.settings.topic;
                append::Appender::new(&self.settings, topic, append::LINGER_MS)?
            });
        }
        self.appender.as_ref().map_or_else(|| Ok(Vec::new()), |appender| appender.append(entries))
    }

    fn follow(&self, positions: &Positions) -> Result<Box<dyn Follow + Send>, JournalError> {
        Ok(Box::new(follow::KafkaFollower::new(&self.settings, positions)?))
    }

    fn join(&self, starts: StartPositions) -> Result<Box<dyn Member>, JournalError> {
        Ok(Box::new(member::KafkaMember::join(&self.settings, starts)?))
    }

    fn ends(&self) -> Result<Positions, JournalError> {
        let mut ends = Positions::new();
        for partition in 0..PARTITIONS {
            let topic = &self.settings.topic;
            let (_, end) = self
                .questions
                .fetch_watermarks(topic, partition as i32, ASK)
                .map_err(|e| trouble(topic, &e))?;
            if end > 0 {
                ends.insert(partition, end.unsigned_abs());
            }
        }
        Ok(ends)
    }

    fn check(&self) -> Result<(), JournalError> {
        let problems = self.journal_problems()?;
        if problems.is_empty() {
            return Ok(());
        }
        let problems = problems.iter().map(ToString::to_string).collect();
        Err(JournalError::Topic { topic: self.settings.topic.clone(), problems })
    }

    fn largest_entry(&self) -> usize {
        self.settings.largest_entry
    }

    fn outbox(&self) -> Result<Option<Box<dyn Outbox>>, JournalError> {
        let Some(topic) = self.settings.verdict_topic() else { return Ok(None) };
        Ok(Some(Box::new(outbox::KafkaOutbox::new(&self.settings, topic)?)))
    }
}

/// An error of the client in our words.
fn trouble(topic: &str, error: &KafkaError) -> JournalError {
    JournalError::Kafka {
        topic: topic.to_owned(),
        what: error.to_string(),
        remedy: remedy(error),
        waits: waits(error),
    }
}

/// Whether an answer is only late.
fn waits(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    let late = [
        Code::BrokerTransportFailure,
        Code::AllBrokersDown,
        Code::Resolve,
        Code::OperationTimedOut,
        Code::RequestTimedOut,
        Code::MessageTimedOut,
        Code::LeaderNotAvailable,
        Code::NotLeaderForPartition,
        Code::BrokerNotAvailable,
        Code::ReplicaNotAvailable,
        Code::CoordinatorNotAvailable,
        Code::CoordinatorLoadInProgress,
        Code::NetworkException,
        Code::NotEnoughReplicas,
        Code::NotEnoughReplicasAfterAppend,
    ];
    code(error).is_some_and(|code| late.contains(&code))
}

/// The code of an error; the client does not tell that of an administrative one by itself.
fn code(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::AdminOp(code) => Some(*code),
        other => other.rdkafka_error_code(),
    }
}

/// Whether the client gets over an error by itself once its cause is gone.
fn passes(error: &KafkaError) -> bool {
    let lost = [
        RDKafkaErrorCode::AutoOffsetReset,
        RDKafkaErrorCode::OffsetOutOfRange,
        RDKafkaErrorCode::Fatal,
        RDKafkaErrorCode::InvalidGroupId,
        RDKafkaErrorCode::InconsistentGroupProtocol,
    ];
    code(error).is_some_and(|code| !lost.contains(&code))
}

/// What to do about an error.
fn remedy(error: &KafkaError) -> &'static str {
    use RDKafkaErrorCode as Code;
    match code(error) {
        Some(Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition) => {
            "make the topic with `zhibao kafka init`, or correct kafka.topic"
        }
        Some(
            Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::Resolve
            | Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::MessageTimedOut,
        ) => "is the broker up, and is kafka.brokers right?",
        Some(Code::Authentication | Code::SaslAuthenticationFailed | Code::SSL) => {
            "compare kafka.security with what the broker asks for"
        }
        Some(Code::NotEnoughReplicas | Code::NotEnoughReplicasAfterAppend) => {
            "fewer brokers are up than an entry needs; start them, nothing is acknowledged until then"
        }
        Some(
            Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed,
        ) => "give this user the right to read and write the topic and to join the group",
        Some(Code::AutoOffsetReset | Code::OffsetOutOfRange) => {
            "entries that were not read yet are gone from the topic; restore them, or start anew \
             with a new topic and new tables, and set retention as `zhibao kafka check` says"
        }
        Some(Code::MessageSizeTooLarge) => "raise kafka.largest_entry and the topic's limit",
        _ => "`zhibao kafka check` tells what is wrong with the topic",
    }
}
