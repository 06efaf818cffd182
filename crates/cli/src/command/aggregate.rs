//! `zhibao aggregate`: settles, rolls up and commits what came in.

use std::time::Duration;

use aggregator::Aggregator;
use journal::{EmbeddedJournal, Journal};
use serde::Serialize;

use super::{Context, print};
use crate::{
    arguments::AggregateArguments,
    failure::{OrRefuse, Outcome, refused},
    intake::Intake,
    progress::Progress,
};

/// Entries settled per commit: large enough that the commit costs little beside the work, small
/// enough that a stop loses seconds.
pub(crate) const BATCH: usize = 200_000;

/// How long a service waits for the first entry of a batch before it rolls up what it has.
const WAIT: Duration = Duration::from_millis(500);

#[derive(Serialize)]
struct Report {
    settled: u64,
    rows: u64,
    intake: Intake,
    context_findings: usize,
    versions: std::collections::BTreeMap<String, u64>,
}

pub(super) async fn run(
    context: &Context,
    arguments: &AggregateArguments,
) -> anyhow::Result<Outcome> {
    if !context.place.journal().is_file() {
        return Err(refused(format!(
            "{} has no journal; hand returns in with `zhibao submit FILE`, or name the folder \
             with --data",
            context.place.folder().display()
        )));
    }
    let catalog = context.place.catalog(&context.settings)?;
    let store = context.place.store().await?;
    let journal = EmbeddedJournal::open(&context.place.journal()).or_refuse()?;
    let mut aggregator = Aggregator::open(catalog, store).await.or_refuse()?;
    aggregator.commit_dimensions().await.or_refuse()?;
    let mut follower = journal.follow(&aggregator.positions().await.or_refuse()?).or_refuse()?;
    let mut progress = Progress::new(context);
    let mut settled = 0;
    let mut open = true;
    loop {
        let wait = if arguments.until_idle { Duration::ZERO } else { WAIT };
        let entries = follower.next_batch(BATCH, wait).or_refuse()?;
        if !entries.is_empty() {
            let running = progress.begin("核定", "settle", 0);
            let report = aggregator.settle(entries).await.or_refuse()?;
            settled += report.entries;
            progress.end(running, report.entries);
            open = true;
            continue;
        }
        if open {
            let running = progress.begin("汇总", "roll up", 0);
            let report = aggregator.roll_up(&mut |rows| running.at(rows)).await.or_refuse()?;
            progress.end(running, report.rows);
            open = false;
            if arguments.until_idle {
                return finish(context, &aggregator, settled, report);
            }
        }
    }
}

fn finish(
    context: &Context,
    aggregator: &Aggregator,
    settled: u64,
    rolled_up: aggregator::RollUpReport,
) -> anyhow::Result<Outcome> {
    let report = Report {
        settled,
        rows: rolled_up.rows,
        intake: Intake::of(aggregator.account()),
        context_findings: rolled_up.findings.len(),
        versions: rolled_up.versions,
    };
    if context.json()? {
        print::json(&report)?;
        return Ok(Outcome::Done);
    }
    let lang = context.lang;
    print::line(format!(
        "{} {}, {} {}; {}",
        lang.pick("核定", "settled"),
        report.settled,
        lang.pick("写入汇总行", "rows rolled up"),
        report.rows,
        report.intake.sentence(lang),
    ))?;
    Ok(Outcome::Done)
}
