//! The aggregator as a service: one member of the group that shares the journal's partitions out.
//!
//! One loop does everything in turn: it takes entries of the partitions it holds, commits them in
//! batches, and rolls up what all members have committed in the provinces that it is the writer of.
//! Whatever fails, it drops what is not committed, reads its state back from the tables, and reads the
//! journal on from where they stand; so nothing is lost and nothing counted twice.

mod batch;
mod compaction;
mod http;
mod metrics;
mod pace;
mod publisher;
mod roll_ups;
mod settling;
mod watchdog;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use journal::{Member, MemberEvent, StartPositions};
use ledger::Account;
use model::UnitCode;
use store::Store;
use tokio::{runtime::Handle, sync::watch, task::block_in_place};

use self::{
    batch::Batch,
    compaction::Compaction,
    pace::Pace,
    publisher::Publisher,
    roll_ups::{Findings, Rolling},
    settling::OnItsWay,
    watchdog::{Lag, Watchdog},
};
pub use self::{http::listen, metrics::Metrics, pace::ServiceSettings};
use crate::{AggregateError, Aggregator, Catalogs, RollUpReport, SharedJournal, catalogs::locked};

/// How long one look for news waits when nothing else is due.
const LOOK: Duration = Duration::from_millis(100);

/// How long while a commit is on its way: what it brings is rolled up as soon as it is there.
const LANDING: Duration = Duration::from_millis(5);

/// Longest pause between attempts while the tables cannot be used.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// A running member.
pub struct Service {
    catalogs: Catalogs,
    store: Arc<Store>,
    journal: SharedJournal,
    member: Box<dyn Member>,
    aggregator: Aggregator,
    metrics: Arc<Metrics>,
    stop: watch::Receiver<bool>,
    held: BTreeSet<u32>,
    batch: Batch,
    pace: Pace,
    watchdog: Watchdog,
    publisher: Publisher,
    compaction: Compaction,
    on_its_way: Option<OnItsWay>,
    rolling: Option<Rolling>,
    settled: u64,
    /// Failures since something was written.
    failed: u32,
    last: RollUpReport,
    /// Provinces whose rows were written here as a whole: from then on piece by piece.
    written: Vec<UnitCode>,
    /// Whether findings of some of them were not committed here since: others may have written theirs.
    unfound: bool,
}

/// What a service did until it was stopped.
#[derive(Debug, Default)]
pub struct ServiceReport {
    /// Entries settled.
    pub settled: u64,
    /// The last roll-up.
    pub rolled_up: RollUpReport,
    /// Where everything stands that any member has settled.
    pub account: Account,
}

impl Service {
    /// Opens the state that the tables hold and joins the group.
    ///
    /// # Errors
    /// The tables or the journal cannot be used.
    pub async fn start(
        catalogs: Catalogs,
        store: Arc<Store>,
        journal: SharedJournal,
        settings: &ServiceSettings,
        metrics: Arc<Metrics>,
        stop: watch::Receiver<bool>,
    ) -> Result<Self, AggregateError> {
        let aggregator = begin(&catalogs, &store, &journal, &stop).await?;
        tell_other(&catalogs, &aggregator);
        aggregator.commit_dimensions().await?;
        let member = block_in_place(|| locked(&journal).join(starts(Arc::clone(&store))))?;
        let outbox = locked(&journal).outbox()?;
        Ok(Self {
            watchdog: Watchdog::new(settings),
            publisher: Publisher::start(outbox, Arc::clone(&store), Arc::clone(&metrics)),
            pace: Pace::new(settings),
            batch: Batch::new(settings),
            compaction: Compaction::default(),
            held: BTreeSet::new(),
            on_its_way: None,
            rolling: None,
            settled: 0,
            failed: 0,
            last: RollUpReport::default(),
            written: Vec::new(),
            unfound: true,
            catalogs,
            store,
            journal,
            member,
            aggregator,
            metrics,
            stop,
        })
    }

    /// Works until it is stopped or, with `until_idle`, until nothing is left in the journal.
    ///
    /// # Errors
    /// What does not get better by waiting: entries that are gone from the journal, a position that
    /// stands still. A failing store or broker is waited for.
    pub async fn run(mut self, until_idle: bool) -> Result<ServiceReport, AggregateError> {
        while !*self.stop.borrow() {
            let waits = self.on_its_way.is_some() || self.rolling.is_some();
            let longest = if waits { LANDING } else { LOOK };
            let due = self.is_open().then(|| self.next_at());
            let wait = self.pace.wait(&self.batch, longest, due);
            match block_in_place(|| self.member.next(wait))? {
                Some(event) => self.take(event).await,
                // Rather a smaller batch than processors that wait for the journal's client.
                None if self.batch.is_ample() => self.settle().await,
                None if until_idle && self.is_idle().await? => break,
                None => {}
            }
            if self.batch.is_due() {
                self.settle().await;
            }
            self.roll_up().await;
            self.watch().await?;
        }
        self.settle().await;
        if self.land().await {
            let caught_up = self.aggregator.catch_up().await;
            self.or_recover(caught_up.map(drop), "reading what others have settled").await;
        }
        self.roll_up_everything(Findings::AtOnce).await;
        self.compaction.finish().await;
        self.metrics.stopped();
        block_in_place(|| self.publisher.finish());
        let account = self.aggregator.account();
        Ok(ServiceReport { settled: self.settled, rolled_up: self.last, account })
    }

    async fn take(&mut self, event: MemberEvent) {
        match event {
            MemberEvent::Assigned(partitions) => {
                tracing::info!(?partitions, "these partitions are settled here from now on");
                self.publisher.hold(&partitions);
                self.held.extend(partitions);
                if !self.land().await {
                    return;
                }
                let caught_up = self.aggregator.catch_up().await;
                self.or_recover(caught_up.map(drop), "reading what others have settled").await;
                self.pace.look_now();
            }
            MemberEvent::Revoked { partitions, done } => {
                self.settle().await;
                self.land().await;
                self.held.retain(|partition| !partitions.contains(partition));
                self.publisher.release(&partitions);
                // The other side may have waited long enough already.
                let _ = done.try_send(());
            }
            MemberEvent::Entries(entries) => self.batch.extend(entries),
        }
        self.metrics.held(&self.held);
    }

    async fn or_recover(&mut self, result: Result<(), AggregateError>, doing: &str) {
        if let Err(error) = result {
            tracing::warn!(%error, "{doing} failed; it is tried again");
            self.recover(&error).await;
        }
    }

    /// Takes up the state of the tables again and reads the journal on from there. Waits for as long
    /// as the tables cannot be used, since every answer to the journal's readers depends on them.
    async fn recover(&mut self, error: &AggregateError) {
        let conflict = matches!(error, AggregateError::Store(error) if error.is_conflict());
        self.metrics.failed(conflict);
        self.begin_again(conflict).await;
    }

    async fn begin_again(&mut self, conflict: bool) {
        if let Some(batch) = self.on_its_way.take() {
            // Whether it stands, the tables say, but only when it has ended.
            batch.end().await;
        }
        if let Some(pieces) = self.rolling.take() {
            pieces.end().await;
        }
        self.watchdog.forget();
        // A batch that is in the table and was dropped here was not handed over.
        self.publisher.missed();
        self.batch.take();
        self.failed = if conflict { 0 } else { self.failed + 1 };
        let mut pause = match self.failed {
            0 => Duration::ZERO,
            // Reading may work while writing does not, as on a full disk.
            n => Duration::from_millis(500 << n.min(4)),
        };
        loop {
            if !pause.is_zero() {
                self.metrics.ready(false);
                tokio::time::sleep(pause).await;
            }
            match self.reopen().await {
                Ok(()) => break,
                Err(error) => tracing::error!(%error, "the tables cannot be used yet"),
            }
            if *self.stop.borrow() {
                return;
            }
            pause = (pause * 2).clamp(Duration::from_millis(500), LONGEST_PAUSE);
        }
        // What stood still has a known cause, and was waited for.
        self.watchdog.moved();
        self.pace.look_now();
    }

    /// Something was written: whatever was wrong is over.
    fn succeeded(&mut self) {
        self.failed = 0;
        self.metrics.ready(true);
    }

    async fn reopen(&mut self) -> Result<(), AggregateError> {
        let store = Arc::clone(&self.store);
        self.aggregator = Aggregator::open(self.catalogs.clone(), store).await?;
        self.written.clear();
        self.unfound = true;
        self.pace.begin_again();
        let stored = self.aggregator.positions().await?;
        let held = self.held.iter().map(|&p| (p, stored.get(&p).copied().unwrap_or(0)));
        Ok(self.member.seek(&held.collect())?)
    }

    /// Whether the tables have everything that the journal held a moment ago, by whichever member.
    async fn is_idle(&mut self) -> Result<bool, AggregateError> {
        if !self.land().await {
            return Ok(false);
        }
        let ends = block_in_place(|| locked(&self.journal).ends())?;
        let stored = self.store.positions().await?;
        let reached = |(partition, end): (&u32, &u64)| stored.get(partition) >= Some(end);
        Ok(self.batch.is_empty() && ends.iter().all(reached))
    }

    /// Notes the lag, and stops when it grows while nothing moves.
    async fn watch(&mut self) -> Result<(), AggregateError> {
        self.watchdog.ask(&self.journal, &self.store);
        let Some(Lag { ends, stored }) = self.watchdog.answer().await else {
            return match self.watchdog.waits_in_vain() {
                true => self.watchdog.look(true).map_err(AggregateError::Journal),
                false => Ok(()),
            };
        };
        self.metrics.lag(&ends, &stored);
        self.metrics.conflicts(self.store.conflicts());
        let behind = |(partition, &end): (&u32, &u64)| {
            end.saturating_sub(stored.get(partition).copied().unwrap_or(0))
        };
        // What the others settle is rolled up here as well.
        self.pace.lags(ends.iter().map(behind).sum());
        let held = ends.iter().filter(|(partition, _)| self.held.contains(partition));
        let behind: u64 = held.map(behind).sum();
        if behind == 0 {
            // Nothing waits for a table that could not be written.
            self.succeeded();
        }
        self.watchdog.look(behind > 0).map_err(AggregateError::Journal)
    }
}

/// Opens the state, as soon as the journal answers.
async fn begin(
    catalogs: &Catalogs,
    store: &Arc<Store>,
    journal: &SharedJournal,
    stop: &watch::Receiver<bool>,
) -> Result<Aggregator, AggregateError> {
    loop {
        let begun = match look_and_announce(catalogs, store, journal).await {
            Ok(()) => Aggregator::open(catalogs.clone(), Arc::clone(store)).await,
            Err(error) => Err(error),
        };
        match begun {
            Err(AggregateError::Journal(error)) if error.waits() && !*stop.borrow() => {
                tracing::warn!(%error, "the journal does not answer yet; it is tried again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            begun => return begun,
        }
    }
}

/// Looks whether the journal is kept as it must be. The first aggregator of an installation announces
/// its definitions, so that the journal says by itself what decided about its entries.
async fn look_and_announce(
    catalogs: &Catalogs,
    store: &Store,
    journal: &SharedJournal,
) -> Result<(), AggregateError> {
    block_in_place(|| locked(journal).check())?;
    if !store.positions().await?.is_empty() || catalogs.first_notice(0)?.is_some() {
        return Ok(());
    }
    let hash = &catalogs.own().hash;
    tracing::info!(hash, "these definitions are announced as the first of this journal");
    block_in_place(|| catalogs.announce(jiff::Timestamp::now().as_millisecond()))
}

/// Says so when other definitions hold than those of this process.
fn tell_other(catalogs: &Catalogs, aggregator: &Aggregator) {
    let (own, in_force) = (&catalogs.own().hash, &aggregator.catalog().hash);
    if own != in_force {
        tracing::warn!(
            own,
            in_force,
            "the definitions of this process are not those in force, which are used; to put them in \
             force run `zhibao catalog publish`"
        );
    }
}

/// Where to begin reading, asked of the tables by the thread that polls the journal.
fn starts(store: Arc<Store>) -> StartPositions {
    let runtime = Handle::current();
    Box::new(move |_| runtime.block_on(store.positions()).map_err(|error| error.to_string()))
}
