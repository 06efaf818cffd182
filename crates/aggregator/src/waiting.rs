//! What is settled and not rolled up yet, so that it can be rolled up piece by piece.
//!
//! The state holds some of the settled keys and this the others. Whatever was taken in so far, the sums
//! above are those of the keys taken in: a piece that is written adds up with all others. So a
//! correction need not wait for the thousands of returns that came in before it.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;
use model::{
    Amount, Cell, FormIx, IndicatorIx, Period, SubmissionKey,
    submission::{KeyChange, KeyStatus},
};

/// Cells that may wait; with more, everything is taken in at once. 16 bytes each.
const MOST_CELLS: usize = 20_000_000;

/// Corrections of one area, form and period in a batch, up to which they are single ones, which
/// somebody waits for; more are a file that is sent again.
const SINGLE: usize = 16;

/// Single corrections in a batch that are taken in first.
const MOST_SINGLE: usize = 256;

/// A prefecture by the first four digits of its units' codes: whose keys are taken in together. A
/// county that has another prefecture in the tree of its period only makes a piece larger.
type Area = u64;

/// The keys of an area.
struct Queue {
    /// Version of `submissions` that the first of them came with, or an older one.
    since: u64,
    keys: BTreeSet<SubmissionKey>,
}

/// A cell in half the room: units, indicator, and digits behind the point or [`NOT_APPLICABLE`].
type Packed = (i64, u16, u8);

/// In place of the digits behind the point.
const NOT_APPLICABLE: u8 = u8::MAX;

/// A change of a key with its cells packed.
struct Change {
    status: KeyStatus,
    cells: Box<[Packed]>,
}

/// What a key waits with.
#[derive(Default)]
struct Waits {
    change: Option<Change>,
    /// Only the status in `change` is new; the cells are those that the state has.
    only_status: bool,
    first_pass: Option<bool>,
}

/// Which of the settled changes are rolled up next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// Single corrections of what the tables show, which somebody waits for.
    Corrections,
    /// Those of the prefecture that has waited longest.
    Longest,
    /// Everything.
    All,
    /// No change, only rows without a value that were left for later.
    Nothing,
}

/// A key's change as the state takes it in.
pub(crate) struct Taken {
    pub(crate) key: SubmissionKey,
    pub(crate) change: Option<KeyChange>,
    pub(crate) only_status: bool,
    pub(crate) first_pass: Option<bool>,
}

/// Keys that wait, by area.
#[derive(Default)]
pub(crate) struct Waiting {
    keys: HashMap<SubmissionKey, Waits>,
    cells: usize,
    areas: BTreeMap<Area, Queue>,
    corrections: Vec<SubmissionKey>,
    /// Corrections of the batch that is being entered.
    entering: Vec<SubmissionKey>,
}

impl Waiting {
    /// A new state of a key, or with `only_status` a new status. `corrects`: the state has another.
    pub(crate) fn change(
        &mut self,
        version: u64,
        change: KeyChange,
        only_status: bool,
        corrects: bool,
    ) {
        let KeyChange { key, status, cells } = change;
        let change = Change { status, cells: pack(&cells) };
        let cells = change.cells.len();
        let waits = self.place(version, key);
        // What waits may have waited for long, and a correction of that does not.
        let corrects = corrects || (waits.change.is_some() && !only_status);
        let before = waits.change.as_ref().map_or(0, |old| old.cells.len());
        match (&mut waits.change, only_status) {
            // The cells that wait come to stand, with the newer status.
            (Some(old), true) => old.status = change.status,
            (slot, _) => {
                *slot = Some(change);
                waits.only_status = only_status;
                self.cells = self.cells + cells - before;
            }
        }
        if corrects {
            self.entering.push(key);
        }
    }

    /// Whether a key passed first time.
    pub(crate) fn first_pass(&mut self, version: u64, key: SubmissionKey, passed: bool) {
        self.place(version, key).first_pass = Some(passed);
    }

    fn place(&mut self, version: u64, key: SubmissionKey) -> &mut Waits {
        self.keys.entry(key).or_insert_with(|| {
            let new = || Queue { since: version, keys: BTreeSet::new() };
            self.areas.entry(area_of(key)).or_insert_with(new).keys.insert(key);
            Waits::default()
        })
    }

    /// Ends a batch: now it is known which corrections are single ones.
    pub(crate) fn entered(&mut self) {
        let mut entering = std::mem::take(&mut self.entering);
        let group = |key: &SubmissionKey| (area_of(*key), key.form, key.period);
        let mut counts: BTreeMap<(Area, FormIx, Period), usize> = BTreeMap::new();
        for key in &entering {
            *counts.entry(group(key)).or_default() += 1;
        }
        entering.retain(|key| counts.get(&group(key)).is_some_and(|&count| count <= SINGLE));
        if entering.len() <= MOST_SINGLE {
            self.corrections.append(&mut entering);
        }
    }

    /// Whether so much waits that it is to be taken in at once.
    pub(crate) fn is_full(&self) -> bool {
        self.cells > MOST_CELLS
    }

    /// Whether so much waits that it should become less.
    pub(crate) fn is_crowded(&self) -> bool {
        self.cells > MOST_CELLS / 4
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether single corrections wait.
    pub(crate) fn has_corrections(&self) -> bool {
        !self.corrections.is_empty()
    }

    /// How many areas have keys that wait.
    pub(crate) fn areas(&self) -> usize {
        self.areas.len()
    }

    /// A version of `submissions` before which nothing that waits came in.
    pub(crate) fn since(&self) -> Option<u64> {
        self.areas.values().map(|queue| queue.since).min()
    }

    /// Takes keys out.
    pub(crate) fn take(&mut self, what: Taking) -> Vec<Taken> {
        let keys: Vec<SubmissionKey> = match what {
            Taking::Corrections => std::mem::take(&mut self.corrections),
            Taking::Longest => {
                let longest = self.areas.values().min_by_key(|queue| queue.since);
                longest.into_iter().flat_map(|queue| &queue.keys).copied().collect()
            }
            Taking::Nothing => Vec::new(),
            Taking::All => {
                self.corrections.clear();
                self.areas.values().flat_map(|queue| &queue.keys).copied().collect()
            }
        };
        keys.into_iter().filter_map(|key| self.remove(key)).collect()
    }

    fn remove(&mut self, key: SubmissionKey) -> Option<Taken> {
        let Waits { change, only_status, first_pass } = self.keys.remove(&key)?;
        self.cells -= change.as_ref().map_or(0, |change| change.cells.len());
        let change = change.map(|Change { status, cells }| {
            let cells = cells.iter().map(unpack).collect();
            KeyChange { key, status, cells }
        });
        let area = area_of(key);
        if let Some(queue) = self.areas.get_mut(&area) {
            queue.keys.remove(&key);
            if queue.keys.is_empty() {
                self.areas.remove(&area);
            }
        }
        Some(Taken { key, change, only_status, first_pass })
    }
}

fn pack(cells: &[(IndicatorIx, Cell)]) -> Box<[Packed]> {
    let packed = |&(indicator, cell): &(IndicatorIx, Cell)| match cell {
        Cell::Value(Amount { units, scale }) => Some((units, indicator.0, scale)),
        Cell::NotApplicable => Some((0, indicator.0, NOT_APPLICABLE)),
        Cell::Missing => None,
    };
    cells.iter().filter_map(packed).collect()
}

fn unpack(&(units, indicator, scale): &Packed) -> (IndicatorIx, Cell) {
    let cell = match scale {
        NOT_APPLICABLE => Cell::NotApplicable,
        scale => Cell::Value(Amount { units, scale }),
    };
    (IndicatorIx(indicator), cell)
}

fn area_of(key: SubmissionKey) -> Area {
    key.unit.as_u64() / 100_000_000
}
