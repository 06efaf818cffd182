//! `zhibao kafka init|check|import`: the topic that is the journal.

use journal::{KafkaJournal, TopicReport};

use super::{Context, kafka_import, print};
use crate::{
    arguments::KafkaCommand,
    failure::{OrRefuse, Outcome, refused},
};

pub(super) fn run(context: &Context, command: &KafkaCommand) -> anyhow::Result<Outcome> {
    let Some(settings) = &context.settings.kafka else {
        return Err(refused(
            "no Kafka is configured; write [kafka] brokers = \"host:port\" into a settings file \
             and name it with --settings, or set ZHIBAO_KAFKA__BROKERS",
        ));
    };
    let mut journal = KafkaJournal::new(settings.clone()).or_refuse()?;
    let report = match command {
        KafkaCommand::Init => journal.init_topic(),
        KafkaCommand::Check => journal.check_topic(),
        KafkaCommand::Import(chosen) => {
            return kafka_import::run(context, &mut journal, &chosen.from);
        }
    };
    let report = report.or_refuse()?;
    if context.json()? {
        print::json(&report)?;
    } else {
        text(context, &report)?;
    }
    Ok(if report.problems.is_empty() { Outcome::Done } else { Outcome::Findings })
}

fn text(context: &Context, report: &TopicReport) -> anyhow::Result<()> {
    let lang = context.lang;
    let TopicReport { topic, created, brokers, partitions, problems } = report;
    let made = match created {
        true => lang.pick("已创建", "made"),
        false => lang.pick("已存在", "exists"),
    };
    let (of, on) = (lang.pick("个分区", "partitions"), lang.pick("个节点", "brokers"));
    print::line(format!("{topic}: {made}, {partitions} {of}, {brokers} {on}"))?;
    for problem in problems {
        print::line(format!("{topic}: {problem}"))?;
    }
    Ok(())
}
