//! One aggregator: its state, and the step from a batch of entries to a commit.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use checks::{ContextFinding, DeclaredTotal, Intake};
use journal::{Entry, PARTITIONS, Positions};
use ledger::{Account, Ledger};
use model::{Catalog, FormIx, Period, SubmissionKey, UnitCode};
use rollup::{State, Tally};
use store::{PositionMove, Store, SubmissionRow};

use crate::{
    AggregateError,
    examined::{Caught, Change, Settled},
    roll_up::CONTEXT_FINDINGS,
    settle::{self, Names, Rules},
};

/// How many threads settle partitions side by side; more than the cores of a small machine would
/// only fight over memory bandwidth.
const SETTLING_THREADS: usize = 2;

/// By unit the months, and the check that found that nothing was paid.
pub type UnpaidMonths = BTreeMap<UnitCode, BTreeSet<(Period, String)>>;

/// Settles, rolls up and commits. Everything in it is a function of the journal and the catalogue.
pub struct Aggregator {
    pub(crate) catalog: Arc<Catalog>,
    intake: Intake,
    names: Names,
    pub(crate) store: Arc<Store>,
    pub(crate) state: State,
    pub(crate) ledgers: Vec<Ledger>,
    pub(crate) declared: Vec<DeclaredTotal>,
    pub(crate) late: BTreeMap<SubmissionKey, u32>,
    /// Version of `submissions` that the state has.
    pub(crate) applied: u64,
    pub(crate) unpaid: UnpaidMonths,
    /// Findings from context by the form and period that they are about.
    pub(crate) found: BTreeMap<(FormIx, Period), Vec<ContextFinding>>,
}

/// What a batch came to.
#[derive(Debug, Default)]
pub struct BatchReport {
    /// Entries settled.
    pub entries: u64,
    /// Findings of intake, in the order of the journal.
    pub caught: Vec<Caught>,
    /// The rows, by partition and offset.
    pub rows: Vec<SubmissionRow>,
    /// Version of `submissions` that holds them.
    pub version: u64,
}

/// The entries of one partition and the ledger that decides about them.
struct Job<'a> {
    partition: u32,
    ledger: &'a mut Ledger,
    entries: Vec<Entry>,
}

impl Aggregator {
    /// Opens an aggregator on the tables of `store`, with the state that they hold.
    pub async fn open(catalog: Arc<Catalog>, store: Arc<Store>) -> Result<Self, AggregateError> {
        let mut aggregator = Self::empty(catalog, store);
        // What the tables show under these definitions already need not be written again.
        let hash = aggregator.catalog.hash.clone();
        let shown = aggregator.store.applied_under(CONTEXT_FINDINGS, &hash).await?;
        if let Some(shown) = shown {
            aggregator.read(|version| version <= shown).await?;
            aggregator.state.roll_up()?;
        }
        let newest = aggregator.read(|version| shown.is_none_or(|shown| version > shown)).await?;
        aggregator.applied = newest.unwrap_or(0);
        Ok(aggregator)
    }

    /// The state as of a version of `submissions`, for looking at, with every sum made anew.
    pub(crate) async fn open_at(
        catalog: Arc<Catalog>,
        store: Arc<Store>,
        version: u64,
    ) -> Result<Self, AggregateError> {
        let mut aggregator = Self::empty(catalog, store);
        aggregator.read(|committed| committed <= version).await?;
        aggregator.applied = version;
        aggregator.state.roll_up()?;
        aggregator.state.recompute()?;
        Ok(aggregator)
    }

    fn empty(catalog: Arc<Catalog>, store: Arc<Store>) -> Self {
        Self {
            intake: Intake::new(Arc::clone(&catalog)),
            names: Names::new(&catalog),
            state: State::new(Arc::clone(&catalog)),
            ledgers: (0..PARTITIONS).map(|_| Ledger::default()).collect(),
            declared: Vec::new(),
            late: BTreeMap::new(),
            applied: 0,
            unpaid: UnpaidMonths::new(),
            found: BTreeMap::new(),
            catalog,
            store,
        }
    }

    /// Enters the rows of certain versions of `submissions` and returns the newest version.
    async fn read(&mut self, wanted: impl Fn(u64) -> bool) -> Result<Option<u64>, AggregateError> {
        let mut rows = Vec::new();
        let newest = self.store.read_submissions_of(wanted, |_, batch| rows.push(batch)).await?;
        for row in rows.iter().flatten() {
            self.enter(row)?;
        }
        Ok(newest)
    }

    /// Takes in what other processes have committed to `submissions` since, and says whether there
    /// was anything.
    pub async fn catch_up(&mut self) -> Result<bool, AggregateError> {
        let newest = self.store.submissions_version().await?.unwrap_or(0);
        let applied = self.applied;
        if newest <= applied {
            return Ok(false);
        }
        self.read(|version| applied < version && version <= newest).await?;
        self.applied = newest;
        Ok(true)
    }

    /// Where to go on reading the journal: behind what the tables hold.
    pub async fn positions(&self) -> Result<Positions, AggregateError> {
        Ok(self.store.positions().await?)
    }

    /// Settles a batch, commits its rows with the positions, and applies it to the state.
    ///
    /// # Errors
    /// On an error nothing of the batch is in the tables, and this aggregator must be opened again.
    pub async fn settle(&mut self, entries: Vec<Entry>) -> Result<BatchReport, AggregateError> {
        let count = entries.len() as u64;
        let (moves, settled) = self.decide(entries);
        let mut rows: Vec<SubmissionRow> = Vec::with_capacity(settled.len());
        let mut report = BatchReport { entries: count, ..BatchReport::default() };
        let mut changes = Vec::with_capacity(settled.len());
        let (mut lates, mut passes) = (Vec::new(), Vec::new());
        for one in settled {
            rows.push(one.row);
            report.caught.extend(one.caught);
            changes.extend(one.change);
            lates.extend(one.late);
            passes.extend(one.first_pass);
        }
        let committed = self.store.commit_submissions(&rows, &moves).await?;
        // Other processes settle other partitions; what they decided meanwhile comes first.
        let applied = self.applied;
        if committed > applied + 1 {
            self.read(|version| applied < version && version < committed).await?;
        }
        self.applied = committed;
        (report.rows, report.version) = (rows, committed);
        for change in changes {
            self.apply(change)?;
        }
        for late in lates {
            self.note_late(late);
        }
        for pass in passes {
            self.note_first_pass(pass);
        }
        Ok(report)
    }

    pub(crate) fn note_first_pass(&mut self, (key, passed): (SubmissionKey, bool)) {
        if passed {
            self.state.tally(key, Tally::FirstPass);
        } else {
            self.state.withdraw_first_pass(key);
        }
    }

    /// Decides about all entries, partition by partition, and says which offsets they cover.
    fn decide(&mut self, entries: Vec<Entry>) -> (Vec<PositionMove>, Vec<Settled>) {
        let mut by_partition: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            by_partition.entry(entry.place.partition).or_default().push(entry);
        }
        let moves = by_partition.iter().filter_map(|(&partition, entries)| {
            let (first, last) = (entries.first()?, entries.last()?);
            Some(PositionMove { partition, from: first.place.offset, to: last.place.offset + 1 })
        });
        let moves = moves.collect();
        let rules = Rules { catalog: &self.catalog, intake: &self.intake, names: &self.names };
        let jobs = self.ledgers.iter_mut().zip(0u32..).filter_map(|(ledger, partition)| {
            let entries = by_partition.remove(&partition)?;
            Some(Job { partition, ledger, entries })
        });
        (moves, settle_side_by_side(&rules, jobs.collect()))
    }

    pub(crate) fn apply(&mut self, change: Change) -> Result<(), AggregateError> {
        match change {
            Change::Key(change) => self.state.record(&change)?,
            Change::Status(mut change) => {
                change.cells = self.state.own_cells(change.key);
                self.state.record(&change)?;
            }
            Change::Declared(total) => self.declared.push(*total),
        }
        Ok(())
    }

    /// The account over all partitions.
    pub fn account(&self) -> Account {
        let mut account = Account::default();
        for ledger in &self.ledgers {
            account += ledger.account();
        }
        account
    }

    /// The rolled-up figures.
    pub fn figures(&self) -> &State {
        &self.state
    }

    /// Declared totals in force.
    pub fn declared(&self) -> &[DeclaredTotal] {
        &self.declared
    }

    /// Days by which accepted returns came late.
    pub fn late(&self) -> &BTreeMap<SubmissionKey, u32> {
        &self.late
    }

    /// Months with persons on the list and nothing paid (K72, K100), as of the last roll-up.
    pub fn unpaid(&self) -> &UnpaidMonths {
        &self.unpaid
    }

    /// Version of `submissions` that the state has.
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// The tables.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The catalogue that decides.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }
}

/// Settles the jobs on a few threads and returns the results by partition and offset.
fn settle_side_by_side(rules: &Rules<'_>, jobs: Vec<Job<'_>>) -> Vec<Settled> {
    let mut jobs = jobs;
    // The longest last, since threads take from the end.
    jobs.sort_by_key(|job| (job.entries.len(), job.partition));
    let open = Mutex::new(jobs);
    let done = Mutex::new(BTreeMap::new());
    let work = || {
        loop {
            // A poisoned lock only means that another thread panicked; the scope passes that on.
            let job = open.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(job) = job else { break };
            let settled = settle::settle(rules, job.ledger, &job.entries);
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(job.partition, settled);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..SETTLING_THREADS {
            scope.spawn(work);
        }
        work();
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.into_values().flatten().collect()
}
