//! Which definitions decide: those that the journal names at an entry's place.
//!
//! Definitions change while returns come in. So that a rebuild decides as the live system did, a
//! catalogue is announced in the journal itself: packed, in parts, in partition 0, and then one
//! notice in every partition. Entries behind a notice are decided under that catalogue, entries before
//! the first notice of their partition under the first one of partition 0. What was accepted is rolled
//! up under the catalogue that was announced last.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use checks::Intake;
use journal::{Entry, Journal, NewEntry, PARTITIONS, Place, Positions};
use model::{
    Catalog,
    envelope::{CatalogNotice, EntryKind, WIRE_VERSION},
};
use store::{Announcement, Store};

use crate::{AggregateError, settle::Names};

/// The partition of the parts, and of the notice that holds for what came before any.
const FIRST: u32 = 0;

/// How long the journal may take to hand an entry over that it has.
const WAIT: Duration = Duration::from_secs(30);

/// Entries read at a time.
const BATCH: usize = 10_000;

/// A journal that several parts of a program ask.
pub type SharedJournal = Arc<Mutex<Box<dyn Journal + Send>>>;

/// A journal for one question at a time.
pub(crate) fn locked(journal: &SharedJournal) -> MutexGuard<'_, Box<dyn Journal + Send>> {
    journal.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Packs the definitions of this process, and unpacks those of others.
pub trait Bundles: Send + Sync {
    /// The definitions of this process in one piece, the same bytes each time.
    ///
    /// # Errors
    /// Why they cannot be packed.
    fn pack(&self) -> Result<Vec<u8>, String>;

    /// The catalogue of a packed piece.
    ///
    /// # Errors
    /// Why this program cannot use it.
    fn unpack(&self, bundle: &[u8]) -> Result<Catalog, String>;
}

/// A catalogue and what deciding under it needs.
pub(crate) struct Rulebook {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) intake: Intake,
    pub(crate) names: Names,
}

impl Rulebook {
    fn new(catalog: Arc<Catalog>) -> Arc<Self> {
        let (intake, names) = (Intake::new(Arc::clone(&catalog)), Names::new(&catalog));
        Arc::new(Self { catalog, intake, names })
    }
}

/// The definitions of this process, and those that the journal has announced.
#[derive(Clone)]
pub struct Catalogs(Arc<Inner>);

struct Inner {
    own: Arc<Rulebook>,
    source: Option<Source>,
    known: Mutex<BTreeMap<String, Arc<Rulebook>>>,
}

struct Source {
    journal: SharedJournal,
    bundles: Box<dyn Bundles>,
}

impl From<Arc<Catalog>> for Catalogs {
    /// Only the definitions of this process; tables that were decided under others are refused.
    fn from(own: Arc<Catalog>) -> Self {
        Self::of(own, None)
    }
}

impl Catalogs {
    /// The definitions of this process, and whatever the journal announces.
    pub fn new(own: Arc<Catalog>, journal: SharedJournal, bundles: Box<dyn Bundles>) -> Self {
        Self::of(own, Some(Source { journal, bundles }))
    }

    fn of(own: Arc<Catalog>, source: Option<Source>) -> Self {
        let known = Mutex::new(BTreeMap::new());
        Self(Arc::new(Inner { own: Rulebook::new(own), source, known }))
    }

    /// The definitions of this process.
    pub fn own(&self) -> &Arc<Catalog> {
        &self.0.own.catalog
    }

    pub(crate) fn own_rules(&self) -> Arc<Rulebook> {
        Arc::clone(&self.0.own)
    }

    /// The rules of a catalogue whose notice lies at `at`; the inner error says why this program
    /// cannot use it.
    pub(crate) fn rules(
        &self,
        hash: &str,
        at: Place,
    ) -> Result<Result<Arc<Rulebook>, String>, AggregateError> {
        if self.own().hash == hash {
            return Ok(Ok(self.own_rules()));
        }
        if let Some(rules) = self.known().get(hash) {
            return Ok(Ok(Arc::clone(rules)));
        }
        let Some(source) = &self.0.source else {
            let (wanted, own) = (hash.to_owned(), self.own().hash.clone());
            return Err(AggregateError::OtherCatalog { wanted, own });
        };
        let bundle = match source.bundle(at)? {
            Ok(bundle) => bundle,
            Err(why) => return Ok(Err(why)),
        };
        let catalog = match source.bundles.unpack(&bundle) {
            Ok(catalog) if catalog.hash == hash => catalog,
            Ok(catalog) => {
                let found = catalog.hash;
                return Ok(Err(format!("the catalogue announced as {hash} has the hash {found}")));
            }
            Err(why) => return Ok(Err(format!("catalogue {hash}: {why}"))),
        };
        let rules = Rulebook::new(Arc::new(catalog));
        self.known().insert(hash.to_owned(), Arc::clone(&rules));
        Ok(Ok(rules))
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Rulebook>>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The catalogue under which what was accepted is rolled up, and when it was announced; `None`
    /// when the journal announces none.
    ///
    /// # Errors
    /// The tables or the journal cannot be read.
    pub async fn in_force(
        &self,
        store: &Store,
    ) -> Result<Option<(Arc<Catalog>, i64)>, AggregateError> {
        let announced = store.announced().await?;
        let found = match latest(&announced) {
            Some(latest) => Some(latest.clone()),
            None => self.first_notice(0)?,
        };
        let Some(Announcement { partition, offset, at, hash }) = found else { return Ok(None) };
        let rules = self.rules(&hash, Place { partition, offset })?;
        let rules = rules.map_err(AggregateError::Definitions)?;
        Ok(Some((Arc::clone(&rules.catalog), at)))
    }

    /// The first notice of partition 0 at or behind `from`.
    pub(crate) fn first_notice(&self, from: u64) -> Result<Option<Announcement>, AggregateError> {
        let Some(source) = &self.0.source else { return Ok(None) };
        let mut found = None;
        source.read(Place { partition: FIRST, offset: from }, |entry| {
            found = announcement(entry);
            found.is_none()
        })?;
        Ok(found)
    }

    /// Announces the definitions of this process: what comes behind the notices is decided under
    /// them. `at` is the time, milliseconds since 1970.
    ///
    /// # Errors
    /// The definitions cannot be packed, or the journal does not take them.
    pub fn announce(&self, at: i64) -> Result<(), AggregateError> {
        let Some(source) = &self.0.source else { return Ok(()) };
        let bundle = source.bundles.pack().map_err(AggregateError::Definitions)?;
        source.announce(&self.own().hash, &bundle, at)?;
        Ok(())
    }
}

impl Source {
    fn announce(&self, hash: &str, bundle: &[u8], at: i64) -> Result<(), AggregateError> {
        let mut journal = locked(&self.journal);
        let wire = WIRE_VERSION.to_string();
        let entry = |partition, kind: EntryKind, bytes| NewEntry {
            unit: "",
            key: hash,
            partition: Some(partition),
            kind: kind.name(),
            wire: &wire,
            catalog: Some(hash),
            trace: None,
            bytes,
            at,
        };
        let parts = bundle.chunks(journal.largest_entry() / 10 * 9);
        let parts: Vec<_> = parts.map(|b| entry(FIRST, EntryKind::CatalogPart, b)).collect();
        let places = journal.append(&parts)?;
        let notice = CatalogNotice {
            wire: WIRE_VERSION,
            hash: hash.to_owned(),
            at,
            parts: places.iter().map(|place| place.offset).collect(),
        };
        // Strings and numbers only; writing them cannot fail.
        let bytes = serde_json::to_vec(&notice).unwrap_or_default();
        let notices: Vec<_> =
            (0..PARTITIONS).map(|partition| entry(partition, EntryKind::Catalog, &bytes)).collect();
        journal.append(&notices)?;
        Ok(())
    }

    /// The packed catalogue whose notice lies at `at`.
    fn bundle(&self, at: Place) -> Result<Result<Vec<u8>, String>, AggregateError> {
        let mut notice = None;
        self.read(at, |entry| {
            notice = Some(serde_json::from_slice::<CatalogNotice>(&entry.bytes));
            false
        })?;
        let notice = match notice {
            Some(Ok(notice)) => notice,
            Some(Err(why)) => return Ok(Err(format!("the notice of a catalogue: {why}"))),
            None => return Err(gone(at)),
        };
        let mut parts: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        if let Some(&first) = notice.parts.iter().min() {
            self.read(Place { partition: FIRST, offset: first }, |entry| {
                if notice.parts.contains(&entry.place.offset) {
                    parts.insert(entry.place.offset, entry.bytes.clone());
                }
                parts.len() < notice.parts.len()
            })?;
        }
        let bundle: Option<Vec<Vec<u8>>> = notice.parts.iter().map(|at| parts.remove(at)).collect();
        bundle.map(|parts| Ok(parts.concat())).ok_or_else(|| gone(at))
    }

    /// Hands the entries of a partition over from a place on, until `take` has enough or the journal
    /// ends.
    fn read(
        &self,
        from: Place,
        mut take: impl FnMut(&Entry) -> bool,
    ) -> Result<(), AggregateError> {
        let journal = locked(&self.journal);
        let mut positions: Positions = journal.ends()?;
        let end = positions.get(&from.partition).copied().unwrap_or(0);
        positions.insert(from.partition, from.offset);
        let mut follower = journal.follow(&positions)?;
        drop(journal);
        let mut next = from.offset;
        while next < end {
            let entries = follower.next_batch(BATCH, WAIT)?;
            if entries.is_empty() {
                return Err(gone(Place { partition: from.partition, offset: next }));
            }
            for entry in entries.iter().filter(|e| e.place.partition == from.partition) {
                next = entry.place.offset + 1;
                if !take(entry) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn gone(at: Place) -> AggregateError {
    AggregateError::NoCatalog { partition: at.partition, offset: at.offset }
}

/// What an entry announces, if it is a notice that can be read.
pub(crate) fn announcement(entry: &Entry) -> Option<Announcement> {
    if EntryKind::from_name(&entry.kind) != Some(EntryKind::Catalog) {
        return None;
    }
    let notice: CatalogNotice = serde_json::from_slice(&entry.bytes).ok()?;
    let hex = notice.hash.bytes().all(|b| b.is_ascii_hexdigit()) && !notice.hash.is_empty();
    (notice.wire == WIRE_VERSION && hex).then_some(Announcement {
        partition: entry.place.partition,
        offset: entry.place.offset,
        at: notice.at,
        hash: notice.hash,
    })
}

/// How many of the entries can be decided before the state is taken up anew: those up to the first notice
/// of another catalogue than that of the state, the notice included. What lies behind it may be about
/// forms that the state does not know yet, and must not depend on where a batch happens to end.
pub(crate) fn up_to_a_notice(entries: &[Entry], hash: &str) -> usize {
    let other = |entry| announcement(entry).is_some_and(|one| one.hash != hash);
    entries.iter().position(other).map_or(entries.len(), |at| at + 1)
}

/// The announcement that holds for roll-ups: the latest, by the time in it.
pub(crate) fn latest(announced: &[Announcement]) -> Option<&Announcement> {
    announced.iter().max_by(|a, b| (a.at, &a.hash).cmp(&(b.at, &b.hash)))
}

/// The rules of each partition, by what was announced in it; those of the others are the second.
pub(crate) fn in_force(
    announced: &[Announcement],
) -> (BTreeMap<u32, &Announcement>, Option<&Announcement>) {
    let mut last: BTreeMap<u32, &Announcement> = BTreeMap::new();
    for one in announced {
        let known = last.entry(one.partition).or_insert(one);
        if known.offset < one.offset {
            *known = one;
        }
    }
    let of_first = announced.iter().filter(|one| one.partition == FIRST);
    (last, of_first.min_by_key(|one| one.offset))
}
