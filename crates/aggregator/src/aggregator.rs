//! One aggregator: its state, and the step from a batch of entries to a commit.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use checks::DeclaredTotal;
use journal::{Entry, PARTITIONS, Place, Positions};
use ledger::{Account, Ledger};
use model::{Amount, Catalog, FormIx, IndicatorIx, Period, SubmissionKey, UnitCode};
use rollup::State;
use store::{Announcement, PositionMove, Store, SubmissionRow};

use crate::{
    AggregateError,
    catalogs::{Catalogs, Rulebook, announcement, in_force, latest},
    examined::{Caught, Change, Late, Prior, Settled},
    in_context::InContext,
    roll_up::CONTEXT_FINDINGS,
    settle::{self, Loaded},
    shards::{Pending, Row, shards},
    waiting::{Taking, Waiting},
};

/// How many threads settle partitions side by side; more than the cores of a small machine would
/// only fight over memory bandwidth.
const SETTLING_THREADS: usize = 2;

/// By unit the months, and the check that found that nothing was paid.
pub type UnpaidMonths = BTreeMap<UnitCode, BTreeSet<(Period, String)>>;

/// Settles, rolls up and commits. Everything in it is a function of the journal, and of the
/// definitions of this process for as long as the journal announces none.
pub struct Aggregator {
    /// What was accepted is rolled up under it: the catalogue that was announced last.
    pub(crate) catalog: Arc<Catalog>,
    catalogs: Catalogs,
    /// What decides in each partition that a catalogue was announced in, and in the others.
    rules: BTreeMap<u32, Arc<Rulebook>>,
    first_rules: Arc<Rulebook>,
    /// The notice of `catalog`.
    latest: Option<Announcement>,
    pub(crate) store: Arc<Store>,
    pub(crate) state: State,
    pub(crate) ledgers: Vec<Ledger>,
    pub(crate) declared: Vec<DeclaredTotal>,
    pub(crate) late: BTreeMap<SubmissionKey, u32>,
    /// Columns 上期数 of the revisions in force, of the few that have one.
    pub(crate) prior: BTreeMap<SubmissionKey, Vec<(IndicatorIx, Amount)>>,
    /// Version of `submissions` that the state has.
    pub(crate) applied: u64,
    pub(crate) unpaid: UnpaidMonths,
    /// Rows that changed and are not written yet, by whoever writes them.
    pub(crate) pending: Pending,
    /// Those of them that hold no value, and the version of `submissions` that they came to be with.
    pub(crate) empty: BTreeMap<(UnitCode, FormIx, Row), u64>,
    pub(crate) shards: Vec<UnitCode>,
    /// What is settled and not in `state` yet.
    pub(crate) waiting: Waiting,
    /// So much waited that the state has all of it, and nothing of that is rolled up.
    pub(crate) flooded: bool,
    /// When rows of provinces were last written here, by table: a version of the table.
    pub(crate) turns: BTreeMap<(String, UnitCode), u64>,
    /// Version of `submissions` that all tables show.
    pub(crate) shown: u64,
    /// The version of which everything was last written here.
    pub(crate) taken: u64,
    /// How often the state was taken up anew under other definitions.
    pub(crate) generation: u64,
    /// Next offset of each partition: what lies before it was entered.
    pub(crate) reached: Positions,
    /// Findings from context.
    pub(crate) in_context: InContext,
}

/// What a batch came to.
#[derive(Debug, Default)]
pub struct BatchReport {
    /// Entries settled.
    pub entries: u64,
    /// Findings of intake, in the order of the journal.
    pub caught: Vec<Caught>,
    /// The rows, by partition and offset.
    pub rows: Arc<Vec<SubmissionRow>>,
    /// Version of `submissions` that holds them.
    pub version: u64,
}

/// A batch that was decided: what is to be committed, and what it changes then.
#[derive(Default)]
pub(crate) struct Decided {
    entries: u64,
    moves: Vec<PositionMove>,
    announced: Vec<Announcement>,
    rows: Arc<Vec<SubmissionRow>>,
    caught: Vec<Caught>,
    changes: Vec<Change>,
    lates: Vec<Late>,
    priors: Vec<Prior>,
    passes: Vec<(SubmissionKey, bool)>,
}

impl Decided {
    /// Whether definitions change in it, under which the next batch is decided.
    pub(crate) fn announces(&self) -> bool {
        !self.announced.is_empty()
    }

    /// Where the journal's partitions stand behind it.
    pub(crate) fn reached(&self) -> impl Iterator<Item = (u32, u64)> {
        self.moves.iter().map(|of| (of.partition, of.to))
    }
}

/// The entries of one partition and the ledger that decides about them.
struct Job<'a> {
    partition: u32,
    ledger: &'a mut Ledger,
    entries: Vec<Entry>,
    rules: Arc<Rulebook>,
}

/// What came of a job, and the rules behind its entries.
type Done = BTreeMap<u32, (Vec<Settled>, Arc<Rulebook>)>;

impl Aggregator {
    /// Opens an aggregator on the tables of `store`, with the state that they hold.
    ///
    /// # Errors
    /// The tables cannot be read, or a catalogue that decides is not at hand.
    pub async fn open(
        catalogs: impl Into<Catalogs>,
        store: Arc<Store>,
    ) -> Result<Self, AggregateError> {
        let mut aggregator = Self::empty(catalogs.into(), store).await?;
        // What the tables show under these definitions already need not be written again.
        let hash = aggregator.catalog.hash.clone();
        let shards = aggregator.shards();
        let shown = aggregator.store.applied_under(CONTEXT_FINDINGS, &hash, shards).await?;
        // What every province shows, the writers need not write again.
        let shown = shown.into_values().min().flatten();
        if let Some(shown) = shown {
            aggregator.read(|version| version <= shown).await?;
            aggregator.take_in(Taking::All)?;
            aggregator.state.roll_up()?;
            aggregator.shown = shown;
        }
        let newest = aggregator.read(|version| shown.is_none_or(|shown| version > shown)).await?;
        aggregator.take_in(Taking::All)?;
        aggregator.applied = newest.unwrap_or(0);
        // What is behind that is in the state and in no table.
        aggregator.flooded = aggregator.shown < aggregator.applied;
        Ok(aggregator)
    }

    /// The state as of a version of `submissions`, for looking at, with every sum made anew.
    pub(crate) async fn open_at(
        catalog: Arc<Catalog>,
        store: Arc<Store>,
        version: u64,
    ) -> Result<Self, AggregateError> {
        let mut aggregator = Self::with(catalog.into(), store);
        aggregator.read(|committed| committed <= version).await?;
        aggregator.take_in(Taking::All)?;
        aggregator.applied = version;
        aggregator.state.roll_up()?;
        aggregator.state.recompute()?;
        Ok(aggregator)
    }

    /// Without any state, and with the rules that the tables and the journal name.
    async fn empty(catalogs: Catalogs, store: Arc<Store>) -> Result<Self, AggregateError> {
        let announced = store.announced().await?;
        let (last, first) = in_force(&announced);
        let first = match first {
            Some(first) => Some(first.clone()),
            None => {
                let settled = store.positions().await?;
                catalogs.first_notice(settled.get(&0).copied().unwrap_or(0))?
            }
        };
        let rules_of = |one: &Announcement| {
            let place = Place { partition: one.partition, offset: one.offset };
            catalogs.rules(&one.hash, place)?.map_err(AggregateError::Definitions)
        };
        let first_rules = match &first {
            Some(first) => rules_of(first)?,
            None => catalogs.own_rules(),
        };
        let rules: BTreeMap<u32, Arc<Rulebook>> = last
            .into_iter()
            .map(|(partition, one)| Ok((partition, rules_of(one)?)))
            .collect::<Result<_, AggregateError>>()?;
        let latest = latest(&announced).cloned();
        let current = match &latest {
            Some(one) => rules_of(one)?,
            None => Arc::clone(&first_rules),
        };
        let mut aggregator = Self::with(catalogs, store);
        if aggregator.catalog.hash != current.catalog.hash {
            aggregator.catalog = Arc::clone(&current.catalog);
            aggregator.state = State::new(Arc::clone(&current.catalog));
            aggregator.shards = shards(&current.catalog);
            aggregator.in_context = InContext::new(&current.catalog);
        }
        Ok(Self { rules, first_rules, latest, ..aggregator })
    }

    /// Without any state, under the definitions of this process.
    fn with(catalogs: Catalogs, store: Arc<Store>) -> Self {
        let catalog = Arc::clone(catalogs.own());
        Self {
            state: State::new(Arc::clone(&catalog)),
            rules: BTreeMap::new(),
            first_rules: catalogs.own_rules(),
            latest: None,
            ledgers: (0..PARTITIONS).map(|_| Ledger::default()).collect(),
            declared: Vec::new(),
            late: BTreeMap::new(),
            prior: BTreeMap::new(),
            applied: 0,
            unpaid: UnpaidMonths::new(),
            pending: Pending::new(),
            empty: BTreeMap::new(),
            shards: shards(&catalog),
            in_context: InContext::new(&catalog),
            waiting: Waiting::default(),
            flooded: false,
            turns: BTreeMap::new(),
            shown: 0,
            taken: 0,
            generation: 0,
            reached: Positions::new(),
            catalog,
            catalogs,
            store,
        }
    }

    /// Enters the rows of certain versions of `submissions` and returns the newest version.
    async fn read(&mut self, wanted: impl Fn(u64) -> bool) -> Result<Option<u64>, AggregateError> {
        let mut rows = Vec::new();
        let take = |version, batch| rows.push((version, batch));
        let newest = self.store.read_submissions_of(wanted, take).await?;
        for (version, rows) in rows {
            for row in &rows {
                self.enter(version, row)?;
            }
            self.waiting.entered();
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
        if self.is_outdated().await? {
            self.reopen().await?;
            return Ok(true);
        }
        // Whatever is there by now: commits up to a bound may have been put together with later ones.
        let newest = self.read(|version| version > applied).await?;
        self.applied = newest.unwrap_or(applied);
        if self.is_outdated().await? {
            self.reopen().await?;
        }
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
        let batch = self.decide_batch(entries)?;
        let version = self.commit(&batch).await?;
        self.enter_batch(batch, version).await
    }

    /// Decides about a batch, without committing anything: only the ledgers know of it.
    pub(crate) fn decide_batch(&mut self, entries: Vec<Entry>) -> Result<Decided, AggregateError> {
        let count = entries.len() as u64;
        let (announced, loaded) = self.load(&entries)?;
        let (moves, settled) = self.decide(entries, &loaded);
        let mut rows: Vec<SubmissionRow> = Vec::with_capacity(count as usize);
        let mut decided = Decided { entries: count, moves, announced, ..Decided::default() };
        decided.changes.reserve(count as usize);
        decided.passes.reserve(count as usize);
        for one in settled.into_iter().flatten() {
            rows.push(one.row);
            decided.caught.extend(one.caught);
            decided.changes.extend(one.change);
            decided.lates.extend(one.late);
            decided.priors.extend(one.prior);
            decided.passes.extend(one.first_pass);
        }
        decided.rows = Arc::new(rows);
        Ok(decided)
    }

    /// Commits a decided batch. What it needs it takes along, so that the next batch can be decided
    /// meanwhile; batches must be committed in the order in which they were decided.
    pub(crate) fn commit(
        &self,
        batch: &Decided,
    ) -> impl Future<Output = Result<u64, AggregateError>> + Send + 'static {
        let (store, rows) = (Arc::clone(&self.store), Arc::clone(&batch.rows));
        let (moves, announced) = (batch.moves.clone(), batch.announced.clone());
        async move { Ok(store.commit_settled(&rows, &moves, &announced).await?) }
    }

    /// Applies a batch that was committed as `version` to the state.
    ///
    /// # Errors
    /// This aggregator must be opened again.
    pub(crate) async fn enter_batch(
        &mut self,
        batch: Decided,
        version: u64,
    ) -> Result<BatchReport, AggregateError> {
        self.reached.extend(batch.reached());
        let Decided { entries, announced, rows, caught, changes, lates, priors, passes, .. } =
            batch;
        let report = BatchReport { entries, caught, rows, version };
        let applied = self.applied;
        let others = version > applied + 1;
        if (others || !announced.is_empty()) && self.is_outdated().await? {
            self.reopen().await?;
            return Ok(report);
        }
        self.applied = version;
        // Other processes settle other partitions; the rows of this batch are not entered again.
        if others {
            self.applied = self.read(|of| of > applied).await?.unwrap_or(version);
        }
        for change in changes {
            self.apply(version, change)?;
        }
        for late in lates {
            late.note(&mut self.late);
        }
        for prior in priors {
            self.note_prior(prior);
        }
        for pass in passes {
            self.note_first_pass(version, pass);
        }
        self.waiting.entered();
        Ok(report)
    }

    /// The catalogues that the entries announce, and those notices of which they can be used.
    fn load(&self, entries: &[Entry]) -> Result<(Vec<Announcement>, Loaded), AggregateError> {
        let mut loaded = Loaded::new();
        let mut announced: Vec<Announcement> = entries.iter().filter_map(announcement).collect();
        for one in &announced {
            if !loaded.contains_key(&one.hash) {
                let place = Place { partition: one.partition, offset: one.offset };
                loaded.insert(one.hash.clone(), self.catalogs.rules(&one.hash, place)?);
            }
        }
        announced.retain(|one| loaded.get(&one.hash).is_some_and(Result::is_ok));
        Ok((announced, loaded))
    }

    /// Whether the tables name a newer catalogue than that of the state.
    async fn is_outdated(&self) -> Result<bool, AggregateError> {
        let announced = self.store.announced().await?;
        let newest = latest(&announced);
        // A notice of the same catalogue in another partition is no other catalogue.
        Ok(newest.is_some_and(|newest| newest.hash != self.catalog.hash)
            && newest != self.latest.as_ref())
    }

    /// Takes the state up from the tables anew, under the catalogue that holds now.
    async fn reopen(&mut self) -> Result<(), AggregateError> {
        tracing::info!("other definitions hold from now on; everything is rolled up under them");
        let generation = self.generation + 1;
        let anew = Self::open(self.catalogs.clone(), Arc::clone(&self.store)).await?;
        *self = Self { generation, ..anew };
        Ok(())
    }

    /// Decides about all entries, partition by partition, and says which offsets they cover.
    fn decide(
        &mut self,
        entries: Vec<Entry>,
        loaded: &Loaded,
    ) -> (Vec<PositionMove>, Vec<Vec<Settled>>) {
        let mut by_partition: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            by_partition.entry(entry.place.partition).or_default().push(entry);
        }
        let moves = by_partition.iter().filter_map(|(&partition, entries)| {
            let (first, last) = (entries.first()?, entries.last()?);
            Some(PositionMove { partition, from: first.place.offset, to: last.place.offset + 1 })
        });
        let moves = moves.collect();
        let (rules, first_rules) = (&self.rules, &self.first_rules);
        let jobs = self.ledgers.iter_mut().zip(0u32..).filter_map(|(ledger, partition)| {
            let entries = by_partition.remove(&partition)?;
            let rules = Arc::clone(rules.get(&partition).unwrap_or(first_rules));
            Some(Job { partition, ledger, entries, rules })
        });
        let done = settle_side_by_side(&self.catalog, loaded, jobs.collect());
        let mut all = Vec::new();
        for (partition, (settled, rules)) in done {
            all.push(settled);
            if !loaded.is_empty() {
                self.rules.insert(partition, rules);
            }
        }
        (moves, all)
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

/// Settles the jobs on a few threads and returns the results by partition, in their order.
fn settle_side_by_side(state: &Catalog, loaded: &Loaded, jobs: Vec<Job<'_>>) -> Done {
    let mut jobs = jobs;
    // The longest last, since threads take from the end.
    jobs.sort_by_key(|job| (job.entries.len(), job.partition));
    let open = Mutex::new(jobs);
    let done = Mutex::new(Done::new());
    let work = || {
        loop {
            // A poisoned lock only means that another thread panicked; the scope passes that on.
            let job = open.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(Job { partition, ledger, entries, rules }) = job else { break };
            let settled = settle::settle(rules, state, loaded, ledger, &entries);
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(partition, settled);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..SETTLING_THREADS {
            scope.spawn(work);
        }
        work();
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}
