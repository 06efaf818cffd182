//! `zhibao aggregate`: settles, rolls up and commits what came in, once or as a service.

use std::{sync::Arc, time::Duration};

use aggregator::{Metrics, Service, ServiceReport, ServiceSettings};
use serde::Serialize;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use super::{Context, print};
use crate::{
    arguments::AggregateArguments,
    failure::{OrRefuse, Outcome, refused},
    intake::Intake,
    progress::Progress,
};

/// Entries that the demo settles per commit: large enough that the commit costs little beside the
/// work, small enough that a stop loses seconds.
pub(crate) const BATCH: usize = 200_000;

/// How often the progress bar moves.
const LOOK: Duration = Duration::from_millis(200);

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
    let place = &context.place;
    if context.settings.kafka.is_none() && !place.journal().is_file() {
        return Err(refused(format!(
            "{} has no journal; hand returns in with `zhibao submit FILE`, name the folder with \
             --data, or configure Kafka with --settings",
            place.folder().display()
        )));
    }
    // Before anything that takes time: whoever is asked to end while it reads definitions does so.
    let (stop, stopped) = watch::channel(false);
    match signal(SignalKind::terminate()) {
        Ok(asked) => drop(tokio::spawn(stop_on_sigterm(asked, stop))),
        Err(error) => tracing::warn!(%error, "SIGTERM will end this process at once"),
    }
    let (journal, catalogs) = place.journal_and_catalogs(&context.settings)?;
    let store = Arc::new(place.store().await?);
    let metrics = Arc::new(Metrics::default());
    let settings = settings(context, arguments.until_idle);
    if !settings.listen.is_empty() {
        aggregator::listen(&settings.listen, Arc::clone(&metrics)).await.map_err(|error| {
            refused(format!("aggregate.listen {}: {error}; choose another", settings.listen))
        })?;
    }
    let service =
        Service::start(catalogs, store, journal, &settings, Arc::clone(&metrics), stopped);
    let service = service.await.or_refuse()?;
    let mut progress = Progress::new(context);
    let running = progress.begin("核定并汇总", "settle and roll up", 0);
    let work = service.run(arguments.until_idle);
    tokio::pin!(work);
    let report = loop {
        tokio::select! {
            report = &mut work => break report.or_refuse()?,
            () = tokio::time::sleep(LOOK) => running.at(metrics.settled()),
        }
    };
    progress.end(running, report.settled);
    finish(context, report)
}

/// A run that ends when nothing is left rolls up at the end, before that only single corrections.
fn settings(context: &Context, until_idle: bool) -> ServiceSettings {
    let mut settings = context.settings.aggregate.clone();
    if until_idle {
        settings.roll_up_millis = u64::from(u32::MAX);
        settings.batch_entries = settings.batch_entries.max(BATCH);
    }
    settings
}

/// Tells the service to end when the system asks for it; what it has is committed first.
async fn stop_on_sigterm(mut asked: Signal, stop: watch::Sender<bool>) {
    asked.recv().await;
    tracing::info!("asked to end; committing what is on its way");
    // A service that has ended already does not listen any more.
    let _ = stop.send(true);
}

fn finish(context: &Context, report: ServiceReport) -> anyhow::Result<Outcome> {
    let ServiceReport { settled, rolled_up, account } = report;
    let report = Report {
        settled,
        rows: rolled_up.rows,
        intake: Intake::of(account),
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
