//! Proving that the tables hold what they must: by recomputation from the accepted submissions, and
//! by a rebuild from the journal alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use journal::{Entry, PARTITIONS, Positions};
use model::{Catalog, FormIx, UnitCode, receipt::Decision};
use rollup::Slice;
use store::{Compared, Store, SubmissionRow};

use crate::{
    AggregateError, Aggregator,
    catalogs::{Catalogs, SharedJournal, locked, up_to_a_notice},
    roll_up::CONTEXT_FINDINGS,
};

/// Entries settled per commit of a rebuild.
const BATCH: usize = 200_000;

/// How long a rebuild waits for the journal's next entries before it says that they are gone.
const WAIT: Duration = Duration::from_secs(60);

/// Differences that are told in full.
const TOLD: usize = 20;

/// How often tables that move on are read anew.
const ATTEMPTS: usize = 10;

/// How long it is waited in between.
const PAUSE: Duration = Duration::from_secs(2);

/// What is said of tables that are being written all the time.
const MOVING: &str = "rows are being written and cannot be compared; stop the service that writes \
                      them, or run again when less comes in";

/// What is said of tables that do not show what was settled.
const NEVER: &str = "nothing was rolled up under these definitions; run `zhibao aggregate`";

/// What was found wrong with an installation, by invariant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Submissions looked at.
    pub submissions: u64,
    /// I2: a key with several submissions in force, an entry that stands twice or not at all.
    pub once: Compared,
    /// I3: rolled-up cells against their recomputation.
    pub recompute: Compared,
    /// I6: received against where everything stands.
    pub conserved: Compared,
}

impl Proof {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        [&self.once, &self.recompute, &self.conserved].iter().all(|part| part.different == 0)
    }
}

/// Checks I2, I3 and I6 on the tables of a store. Rows that were settled but not rolled up yet are
/// left out of I3; `progress` is told the cells compared so far.
///
/// # Errors
/// The tables cannot be read.
pub async fn examine(
    catalog: Arc<Catalog>,
    store: Arc<Store>,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Proof, AggregateError> {
    let mut proof = Proof::default();
    let before = store.positions().await?;
    let mut entries = Entries::default();
    let Some(version) = store.read_submissions(|rows| entries.take(&rows)).await? else {
        return Ok(proof);
    };
    proof.submissions = entries.rows;
    proof.once = entries.once(&before);
    let open = |version| Aggregator::open_at(Arc::clone(&catalog), Arc::clone(&store), version);
    let aggregator = open(version).await?;
    proof.conserved = conserved(&aggregator, &entries);
    let provinces = aggregator.shards().to_vec();
    drop(aggregator);
    // The tables may be behind, and a service may move them on while they are read.
    for attempt in 1..=ATTEMPTS {
        let shown = store.applied_under(CONTEXT_FINDINGS, &catalog.hash, &provinces).await?;
        proof.recompute = Compared::default();
        let mut by_version: BTreeMap<u64, Vec<UnitCode>> = BTreeMap::new();
        for (&province, version) in &shown {
            match version {
                Some(version) => by_version.entry(*version).or_default().push(province),
                None => tell(&mut proof, province, NEVER),
            }
        }
        let mut moving = ahead(&catalog, &store, &shown).await?;
        if moving.is_empty() {
            for (version, of) in by_version {
                let of = (of.len() < provinces.len()).then_some(&of[..]);
                proof.recompute.add(open(version).await?.compare_rows(of, progress).await?);
            }
            // What was written meanwhile was compared with what it was not made from.
            moving = ahead(&catalog, &store, &shown).await?;
        }
        let again = store.applied_under(CONTEXT_FINDINGS, &catalog.hash, &provinces).await?;
        if moving.is_empty() && again == shown {
            break;
        }
        if attempt == ATTEMPTS {
            proof.recompute = Compared::default();
            provinces.iter().for_each(|&province| tell(&mut proof, province, MOVING));
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(proof)
}

fn tell(proof: &mut Proof, province: UnitCode, what: &str) {
    proof.recompute.different += 1;
    proof.recompute.told.push(format!("{province}: {what}"));
}

/// Provinces of which some rows show more than all tables do: they are being written.
async fn ahead(
    catalog: &Catalog,
    store: &Store,
    shown: &BTreeMap<UnitCode, Option<u64>>,
) -> Result<BTreeSet<UnitCode>, AggregateError> {
    let mut ahead = BTreeSet::new();
    for (&province, version) in shown {
        for form in forms(catalog) {
            let (table, version) = (catalog.form(form).table(), version.unwrap_or(0));
            if store.shows_more_than(&table, province, version).await? {
                ahead.insert(province);
            }
        }
    }
    Ok(ahead)
}

/// Makes all tables of `fresh` from the journal alone, up to where the tables of `live` stand, and
/// compares them with those. `progress` is told the entries settled so far.
///
/// # Errors
/// The journal has lost entries, or one of the stores cannot be used.
pub async fn rebuild(
    catalogs: Catalogs,
    journal: &SharedJournal,
    live: &Store,
    fresh: Arc<Store>,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<(Compared, Compared), AggregateError> {
    let until = live.positions().await?;
    let mut aggregator = Aggregator::open(catalogs, Arc::clone(&fresh)).await?;
    aggregator.commit_dimensions().await?;
    let mut at = aggregator.positions().await?;
    let mut follower = locked(journal).follow(&at)?;
    let mut settled = 0;
    while until.iter().any(|(partition, end)| at.get(partition).unwrap_or(&0) < end) {
        let entries = follower.next_batch(BATCH, WAIT)?;
        if entries.is_empty() {
            return Err(AggregateError::JournalEnds { at, until });
        }
        let wanted: Vec<Entry> = entries.into_iter().filter(|e| before(e, &until)).collect();
        for entry in &wanted {
            at.insert(entry.place.partition, entry.place.offset + 1);
        }
        let mut rest = wanted;
        while !rest.is_empty() {
            let behind = rest.split_off(up_to_a_notice(&rest, &aggregator.catalog().hash));
            settled += aggregator.settle(rest).await?.entries;
            rest = behind;
        }
        progress(settled);
    }
    aggregator.roll_up(&mut |_| {}).await?;
    let submissions = compare_submissions(live, &fresh).await?;
    let mut rows = Compared::default();
    let catalog = Arc::clone(&aggregator.catalog);
    for form in forms(&catalog) {
        for period in aggregator.state.periods(form) {
            let expected = aggregator.state.rows(form, period, Slice::Whole);
            rows.add(live.compare_rows(&catalog, expected, None).await?);
        }
    }
    Ok((submissions, rows))
}

fn before(entry: &Entry, until: &Positions) -> bool {
    until.get(&entry.place.partition).is_some_and(|end| entry.place.offset < *end)
}

fn forms(catalog: &Catalog) -> impl Iterator<Item = FormIx> + use<> {
    (0u8..).map(FormIx).take(catalog.forms.len())
}

impl Aggregator {
    /// Compares every cell of the wide tables with the state, of all provinces or of some.
    async fn compare_rows(
        &self,
        provinces: Option<&[UnitCode]>,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Compared, AggregateError> {
        let mut compared = Compared::default();
        for form in forms(&self.catalog) {
            let table = self.catalog.form(form).table();
            let stored = self.store.periods(&table).await?;
            let expected = self.state.periods(form);
            for period in stored.iter().filter(|period| !expected.contains(period)) {
                compared.different += 1;
                compared
                    .told
                    .push(format!("{table} {period}: rows for which nothing was accepted"));
            }
            for period in expected {
                match provinces {
                    None => {
                        let rows = self.state.rows(form, period, Slice::Whole);
                        compared.add(self.store.compare_rows(&self.catalog, rows, None).await?);
                    }
                    Some(shards) => {
                        let of = shards.iter().flat_map(|&one| self.provinces_in(one, period));
                        for one in of {
                            let rows = self.state.rows(form, period, Slice::InProvince(one));
                            let of = Some(one);
                            compared.add(self.store.compare_rows(&self.catalog, rows, of).await?);
                        }
                    }
                }
                progress(compared.cells);
            }
        }
        Ok(compared)
    }
}

/// The places of all entries in the table.
#[derive(Default)]
struct Entries {
    rows: u64,
    /// Steps, locks, and notices of catalogues with their parts.
    others: u64,
    offsets: BTreeMap<u32, Vec<u64>>,
}

impl Entries {
    fn take(&mut self, rows: &[SubmissionRow]) {
        self.rows += rows.len() as u64;
        // What was read as a step or a lock is in the account whatever became of it, by its own name.
        let other = |row: &&SubmissionRow| {
            row.step.is_some() || !row.kind.is_submission() && row.decision == Decision::Accepted
        };
        self.others += rows.iter().filter(other).count() as u64;
        for row in rows {
            self.offsets.entry(row.partition).or_default().push(row.offset);
        }
    }

    /// Every offset up to the last one stands in exactly one row, and none below the positions that
    /// were read before is missing.
    fn once(&mut self, positions: &Positions) -> Compared {
        let mut compared = Compared { cells: self.rows, ..Compared::default() };
        let mut tell = |text: String| {
            compared.different += 1;
            if compared.told.len() < TOLD {
                compared.told.push(text);
            }
        };
        for partition in 0..PARTITIONS {
            let offsets = self.offsets.entry(partition).or_default();
            offsets.sort_unstable();
            for pair in offsets.windows(2).filter(|pair| pair[0] == pair[1]) {
                tell(format!("entry {partition}/{} stands in two rows", pair[0]));
            }
            offsets.dedup();
            let known = positions.get(&partition).copied().unwrap_or(0);
            let end = offsets.last().map_or(0, |last| last + 1).max(known);
            let mut there = offsets.iter().peekable();
            for offset in 0..end {
                match there.next_if_eq(&&offset) {
                    Some(_) => {}
                    None => tell(format!("entry {partition}/{offset} stands in no row")),
                }
            }
        }
        compared
    }
}

/// received = where everything stands, and every entry was received, replayed, a lock or a catalogue.
fn conserved(aggregator: &Aggregator, entries: &Entries) -> Compared {
    let account = aggregator.account();
    let mut compared = Compared { cells: 2, ..Compared::default() };
    if !account.balances() {
        compared.different += 1;
        compared.told.push(format!("the account does not balance: {account:?}"));
    }
    let known = account.received + account.replayed + entries.others;
    if entries.rows != known {
        compared.different += 1;
        let rows = entries.rows;
        compared.told.push(format!("{rows} entries were settled, {known} are accounted for"));
    }
    compared
}

/// Compares two tables of submissions, row by row in the order of the journal.
async fn compare_submissions(live: &Store, fresh: &Store) -> Result<Compared, AggregateError> {
    let (one, other) = (sorted(live).await?, sorted(fresh).await?);
    let mut compared = Compared { cells: one.len() as u64, ..Compared::default() };
    let mut tell = |text: String| {
        compared.different += 1;
        if compared.told.len() < TOLD {
            compared.told.push(text);
        }
    };
    if one.len() != other.len() {
        tell(format!("{} rows, {} after the rebuild", one.len(), other.len()));
    }
    for (row, again) in one.iter().zip(&other) {
        if row != again {
            let (partition, offset, id) = (row.partition, row.offset, &row.id);
            let (before, after) = (row.decision.name(), again.decision.name());
            tell(format!("entry {partition}/{offset} {id}: {before}, {after} after the rebuild"));
        }
    }
    Ok(compared)
}

async fn sorted(store: &Store) -> Result<Vec<SubmissionRow>, AggregateError> {
    let mut rows = Vec::new();
    store.read_submissions(|mut batch| rows.append(&mut batch)).await?;
    rows.sort_by_key(|row| (row.partition, row.offset));
    Ok(rows)
}
