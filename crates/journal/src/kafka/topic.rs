//! The topic: made once with what the journal needs, and compared with it afterwards.

use std::{
    fmt,
    time::{Duration, Instant},
};

use futures::executor::block_on;
use rdkafka::{
    admin::{
        AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication,
    },
    client::DefaultClientContext,
    config::FromClientConfig,
    consumer::Consumer,
    error::RDKafkaErrorCode,
    types::RDKafkaRespErr,
};
use serde::Serialize;

use super::{ASK, KafkaJournal, trouble};
use crate::{JournalError, PARTITIONS};

/// Retention that keeps entries for ever, as Kafka writes it.
const FOR_EVER: &str = "-1";

/// Pause between two looks for a topic that was just made.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What was found of the topic.
#[derive(Clone, Debug, Serialize)]
pub struct TopicReport {
    /// Its name.
    pub topic: String,
    /// Whether this call made it.
    pub created: bool,
    /// Brokers of the cluster.
    pub brokers: usize,
    /// Its partitions.
    pub partitions: usize,
    /// What does not fit.
    pub problems: Vec<TopicProblem>,
}

/// Something about the topic that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TopicProblem {
    /// What about it.
    pub what: String,
    /// What was found.
    pub found: String,
    /// What is needed.
    pub needed: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for TopicProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, found, needed, remedy } = self;
        write!(f, "{what} is {found}, needed is {needed}: {remedy}")
    }
}

impl KafkaJournal {
    /// Makes the topic, and that of the verdicts, unless they exist; then looks at them as
    /// [`KafkaJournal::check_topic`] does.
    ///
    /// # Errors
    /// No broker answers, or it does not make a topic.
    pub fn init_topic(&self) -> Result<TopicReport, JournalError> {
        let settings = self.settings();
        let created = self.make(&settings.topic, "delete")?;
        if let Some(verdicts) = settings.verdict_topic() {
            self.make(&verdicts, "compact")?;
        }
        // Brokers tell each other of a new topic; until then it does not exist for some.
        let until = Instant::now() + ASK;
        loop {
            match self.check_topic() {
                Ok(report) if report.problems.is_empty() || Instant::now() >= until => {
                    return Ok(TopicReport { created, ..report });
                }
                // One that was there before does not become better by waiting.
                Ok(report) if !created && report.problems.iter().all(|p| p.found != "missing") => {
                    return Ok(TopicReport { created, ..report });
                }
                Ok(_) | Err(_) if Instant::now() < until => std::thread::sleep(LOOK_AGAIN),
                Ok(report) => return Ok(TopicReport { created, ..report }),
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes a topic; `false` when it exists.
    fn make(&self, topic: &str, policy: &str) -> Result<bool, JournalError> {
        let settings = self.settings();
        let min_in_sync = settings.min_in_sync.to_string();
        // A record has a key and headers beside the entry.
        let largest = (settings.largest_entry + 4096).to_string();
        let copies = TopicReplication::Fixed(settings.replication);
        let new = NewTopic::new(topic, PARTITIONS as i32, copies)
            .set("cleanup.policy", policy)
            .set("retention.ms", FOR_EVER)
            .set("retention.bytes", FOR_EVER)
            .set("min.insync.replicas", &min_in_sync)
            .set("max.message.bytes", &largest)
            .set("unclean.leader.election.enable", "false");
        let done = block_on(self.admin()?.create_topics([&new], &options()));
        for result in done.map_err(|e| trouble(topic, &e))? {
            match result {
                Ok(_) => {}
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => return Ok(false),
                Err((_, code)) => return Err(not_made(topic, code)),
            }
        }
        Ok(true)
    }

    /// Compares the topic with what the journal needs, and that of the verdicts with it.
    ///
    /// # Errors
    /// No broker answers, or a topic does not exist.
    pub fn check_topic(&self) -> Result<TopicReport, JournalError> {
        let settings = self.settings();
        let (brokers, partitions, _) = self.shape(&settings.topic)?;
        let mut problems = self.journal_problems()?;
        if let Some(verdicts) = settings.verdict_topic() {
            let of_verdicts = match self.shape(&verdicts) {
                Ok((_, _, problems)) => problems,
                Err(error) if error.waits() => return Err(error),
                Err(_) => vec![problem(
                    "the topic of the verdicts",
                    "missing",
                    "there",
                    "make it with `zhibao kafka init`, or set kafka.verdicts = \"\"",
                )],
            };
            problems.extend(of_verdicts.into_iter().map(|mut problem| {
                problem.what = format!("{verdicts}: {}", problem.what);
                problem
            }));
        }
        let topic = settings.topic.clone();
        Ok(TopicReport { topic, created: false, brokers, partitions, problems })
    }

    /// What does not fit about the topic that is the journal.
    pub(super) fn journal_problems(&self) -> Result<Vec<TopicProblem>, JournalError> {
        let (_, _, mut problems) = self.shape(&self.settings().topic)?;
        problems.extend(self.check_settings()?);
        Ok(problems)
    }

    /// Brokers, partitions, and what does not fit about the partitions and copies of a topic.
    fn shape(&self, name: &str) -> Result<(usize, usize, Vec<TopicProblem>), JournalError> {
        let settings = self.settings();
        let failed = |e| trouble(name, &e);
        let metadata = self.questions.fetch_metadata(Some(name), ASK).map_err(failed)?;
        let topic = metadata.topics().iter().find(|topic| topic.name() == name);
        let missing = topic.is_none_or(|topic| {
            topic.error() == Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        });
        let Some(topic) = topic.filter(|_| !missing) else {
            return Err(JournalError::Kafka {
                topic: name.to_owned(),
                what: "the topic does not exist".to_owned(),
                remedy: "make it with `zhibao kafka init`, or correct kafka.topic",
                waits: false,
            });
        };
        let (partitions, brokers) = (topic.partitions().len(), metadata.brokers().len());
        let mut problems = Vec::new();
        if partitions != PARTITIONS as usize {
            problems.push(problem(
                "the number of partitions",
                partitions,
                PARTITIONS,
                "it can never be changed: make a new topic, and move its name into kafka.topic",
            ));
        }
        let copies = topic.partitions().iter().map(|p| p.replicas().len()).min().unwrap_or(0);
        if (copies as i32) < settings.replication {
            problems.push(problem(
                "the number of copies",
                copies,
                settings.replication,
                "add copies with kafka-reassign-partitions.sh, or lower kafka.replication",
            ));
        }
        Ok((brokers, partitions, problems))
    }

    fn check_settings(&self) -> Result<Vec<TopicProblem>, JournalError> {
        let settings = self.settings();
        let topic = ResourceSpecifier::Topic(&settings.topic);
        let failed = |e| trouble(&settings.topic, &e);
        let answers =
            block_on(self.admin()?.describe_configs([&topic], &options())).map_err(failed)?;
        let Some(Ok(stored)) = answers.into_iter().next() else {
            return Err(JournalError::Kafka {
                topic: settings.topic.clone(),
                what: "the broker does not show the topic's settings".to_owned(),
                remedy: "give this user the right to describe the topic's configuration",
                waits: false,
            });
        };
        let value = |name: &str| value(&stored, name);
        let number = |name: &str| value(name).parse::<i64>().unwrap_or(0);
        let mut problems = Vec::new();
        let mut hold = |name: &str, holds: bool, needed: &str, why: &str| {
            if !holds {
                let remedy =
                    format!("kafka-configs.sh --alter --add-config {name}={needed}; {why}");
                problems.push(problem(name, value(name), needed, &remedy));
            }
        };
        let policy = "delete";
        hold(
            "cleanup.policy",
            value("cleanup.policy") == policy,
            policy,
            "compaction drops revisions",
        );
        for name in ["retention.ms", "retention.bytes"] {
            let why = "raw returns are kept, and a rebuild reads them from the first one on";
            hold(name, value(name) == FOR_EVER, FOR_EVER, why);
        }
        let min = settings.min_in_sync.to_string();
        let in_sync = number("min.insync.replicas") >= i64::from(settings.min_in_sync);
        hold("min.insync.replicas", in_sync, &min, "fewer copies than asked for could acknowledge");
        let election = "unclean.leader.election.enable";
        hold(
            election,
            value(election) != "true",
            "false",
            "an outdated copy could become the journal",
        );
        let largest = settings.largest_entry as i64;
        let fits = number("max.message.bytes") >= largest;
        hold("max.message.bytes", fits, &largest.to_string(), "the largest entry must fit");
        Ok(problems)
    }

    fn admin(&self) -> Result<AdminClient<DefaultClientContext>, JournalError> {
        AdminClient::from_config(&self.settings().client()?)
            .map_err(|e| trouble(&self.settings().topic, &e))
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(ASK)).operation_timeout(Some(ASK))
}

fn value(stored: &ConfigResource, name: &str) -> String {
    stored.get(name).and_then(|entry| entry.value.clone()).unwrap_or_default()
}

fn problem(what: &str, found: impl ToString, needed: impl ToString, remedy: &str) -> TopicProblem {
    TopicProblem {
        what: what.to_owned(),
        found: found.to_string(),
        needed: needed.to_string(),
        remedy: remedy.to_owned(),
    }
}

fn not_made(topic: &str, code: RDKafkaErrorCode) -> JournalError {
    let remedy = match code {
        RDKafkaErrorCode::InvalidReplicationFactor => {
            "the cluster has fewer brokers than kafka.replication; start more, or for a trial set \
             kafka.replication = 1 and kafka.min_in_sync = 1"
        }
        RDKafkaErrorCode::TopicAuthorizationFailed
        | RDKafkaErrorCode::ClusterAuthorizationFailed => {
            "give this user the right to create the topic, or make it as `zhibao kafka check` says"
        }
        _ => "see the broker's log for the reason",
    };
    JournalError::Kafka {
        topic: topic.to_owned(),
        what: format!("the topic was not made: {code}"),
        remedy,
        waits: false,
    }
}
