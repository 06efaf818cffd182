//! `zhibao demo`: a whole province on one machine, from returns to rankings.

mod cases;
mod caught;
mod cover;
mod feed;
mod found;
pub(super) mod judge;
mod report;
pub(super) mod summary;
mod units;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aggregator::{Aggregator, Caught, RollUpReport};
use evaluation::Evaluation;
use jiff::{ToSpan, civil::time, tz::Offset};
use journal::{EmbeddedJournal, Journal, Positions};
use model::{Catalog, Period, PeriodKind};
use sample::province::Planted;

use self::{
    found::Returned,
    summary::{SentBack, Summary},
};
use super::{Context, aggregate::BATCH, print};
use crate::{
    arguments::DemoArguments,
    failure::{OrRefuse, Outcome, refused},
    intake::Intake,
    place::DemoMark,
    progress::Progress,
};

/// What the steps of a run leave behind for the summary.
struct Run {
    catalog: Arc<Catalog>,
    quarter: Period,
    seed: u64,
    aggregator: Aggregator,
    caught: Vec<Caught>,
    returned: SentBack,
    planted: Planted,
    /// Facts of the reports whose units this register does not have.
    elsewhere: usize,
    rolled_up: RollUpReport,
    evaluations: Vec<Evaluation>,
}

pub(super) async fn run(context: &Context, arguments: &DemoArguments) -> anyhow::Result<Outcome> {
    let json = context.json()?;
    let quarter = quarter(&arguments.period)?;
    let mut progress = Progress::new(context);
    let run = all_steps(context, arguments, quarter, &mut progress).await?;
    let summary = summarise(context, &run, &progress).await?;
    if json {
        print::json(&summary)?;
    } else {
        report::print(context, &run, &summary, &progress)?;
    }
    let wrong = summary.findings_on_clean_returns > 0
        || !summary.identities.unexpected.is_empty()
        || summary.caught.iter().any(|line| line.planted != line.caught)
        || summary.cases.iter().any(|case| case.as_file_says == "no");
    Ok(if wrong { Outcome::Findings } else { Outcome::Done })
}

fn quarter(text: &str) -> anyhow::Result<Period> {
    let period: Period = text.parse().or_refuse()?;
    if period.kind() != PeriodKind::Quarter {
        return Err(refused(format!("--period {text}: the demo makes a quarter, such as 2023-Q1")));
    }
    Ok(period)
}

async fn all_steps(
    context: &Context,
    arguments: &DemoArguments,
    quarter: Period,
    progress: &mut Progress,
) -> anyhow::Result<Run> {
    context.place.may_begin_demo()?;
    let definitions = units::definitions(context, &arguments.units)?;
    let mark = DemoMark { seed: arguments.seed, period: quarter, definitions };
    let running = progress.begin("读取制度", "read definitions", 0);
    context.place.begin_demo(&mark)?;
    let catalog = context.place.catalog(&context.settings)?;
    let now = demo_millis(quarter);
    let store = Arc::new(context.place.store_with(Arc::new(move || now)).await?);
    let units = catalog.register.records().len() as u64;
    progress.end(running, units);

    let running = progress.begin("生成并写入流水", "generate and append", 0);
    let fed = feed::feed(&catalog, arguments.seed, quarter, &context.place.journal(), now, &|n| {
        running.at(n);
    })?;
    progress.end(running, fed.entries);

    let mut aggregator = Aggregator::open(Arc::clone(&catalog), store).await.or_refuse()?;
    aggregator.commit_dimensions().await.or_refuse()?;
    let (caught, returned) = settle(context, &mut aggregator, fed.entries, progress).await?;

    let running = progress.begin("汇总并提交", "roll up and commit", 0);
    let rolled_up = aggregator.roll_up(&mut |rows| running.at(rows)).await.or_refuse()?;
    progress.end(running, rolled_up.rows);

    let running = progress.begin("评估", "evaluate", 0);
    let schemes = catalog.schemes.iter().filter(|s| s.cycles.contains(&quarter.kind()));
    let evaluations = judge::evaluate(&aggregator, schemes, quarter)?;
    judge::commit(aggregator.store(), &evaluations).await?;
    let ranked = evaluations.iter().flat_map(|e| &e.groups).map(|g| g.units.len() as u64).sum();
    progress.end(running, ranked);
    Ok(Run {
        catalog,
        quarter,
        seed: arguments.seed,
        aggregator,
        caught,
        returned,
        planted: fed.planted,
        elsewhere: fed.elsewhere,
        rolled_up,
        evaluations,
    })
}

/// The demo's clock: noon of the last day of the month after the quarter, when every return of it
/// is in. Delta's log takes its times from it, so that two runs write the same bytes.
fn demo_millis(quarter: Period) -> i64 {
    let day = quarter.end().saturating_add(1.month()).last_of_month();
    let noon = day.to_datetime(time(12, 0, 0, 0));
    Offset::constant(8).to_timestamp(noon).map_or(0, |instant| instant.as_millisecond())
}

/// Takes all entries through the aggregator.
async fn settle(
    context: &Context,
    aggregator: &mut Aggregator,
    entries: u64,
    progress: &mut Progress,
) -> anyhow::Result<(Vec<Caught>, SentBack)> {
    let running = progress.begin("核定", "settle", entries);
    let journal = EmbeddedJournal::open(&context.place.journal()).or_refuse()?;
    let mut follower = journal.follow(&Positions::new()).or_refuse()?;
    let (mut settled, mut caught, mut returned) = (0, Vec::new(), Returned::default());
    loop {
        let batch = follower.next_batch(BATCH, Duration::ZERO).or_refuse()?;
        if batch.is_empty() {
            break;
        }
        let report = aggregator.settle(batch).await.or_refuse()?;
        settled += report.entries;
        returned.follow(&report.rows);
        caught.extend(report.caught);
        running.at(settled);
    }
    progress.end(running, settled);
    Ok((caught, returned.tally()))
}

async fn summarise(context: &Context, run: &Run, progress: &Progress) -> anyhow::Result<Summary> {
    let store = run.aggregator.store();
    let tables = store.tables().await.or_refuse()?;
    let tables = tables.into_iter().map(|(name, version)| {
        let path = store.place_of(&name);
        (name, summary::TableLine { version, path })
    });
    let matched = caught::compare(run);
    let units = run.catalog.register.records().iter().filter(|u| !u.class.is_container()).count();
    Ok(Summary {
        seed: run.seed,
        period: run.quarter.to_string(),
        catalog: run.catalog.hash.clone(),
        units,
        facts: cases::facts()?,
        identities: cases::identities()?,
        cases: cases::judge(run, context.lang)?,
        intake: Intake::of(run.aggregator.account()),
        caught: matched.lines,
        findings_on_clean_returns: matched.on_clean,
        findings: found::by_city(run),
        sent_back: run.returned,
        warnings: run.rolled_up.warnings.iter().fold(BTreeMap::new(), |mut counts, warning| {
            *counts.entry(warning.id.clone()).or_default() += 1;
            counts
        }),
        coverage: cover::by_prefecture(run),
        ranking: judge::groups(&run.evaluations, context.lang),
        tables: tables.collect(),
        seconds: seconds(progress),
    })
}

fn seconds(progress: &Progress) -> BTreeMap<String, f64> {
    let steps = progress.steps().iter();
    let mut seconds: BTreeMap<String, f64> =
        steps.map(|step| (step.id.to_owned(), round(step.seconds))).collect();
    seconds.insert("total".to_owned(), round(progress.total()));
    seconds
}

/// Milliseconds are enough.
fn round(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
