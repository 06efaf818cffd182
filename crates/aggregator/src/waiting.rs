//! What is settled and not rolled up yet, so that it can be rolled up piece by piece.
//!
//! The state holds some of the settled keys and this the others. Whatever was taken in so far, the sums
//! above are those of the keys taken in: a piece that is written adds up with all others. So a
//! correction need not wait for the thousands of returns that came in before it.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;
use model::{
    Amount, Cell, FormIx, IndicatorIx, Period, PeriodKind, SubmissionKey,
    submission::{KeyChange, KeyStatus},
};

/// Cells that may wait; with more, everything is taken in at once. 16 bytes each.
const MOST_CELLS: usize = 20_000_000;

/// Corrections of one area, form and period in a batch, up to which they are single ones, which
/// somebody waits for; more are a file that is sent again.
const SINGLE: usize = 16;

/// Single corrections in a batch that are taken in first.
const MOST_SINGLE: usize = 256;

/// Keys that are taken in together, unless one area has more: a commit has its price whatever it holds, and
/// corrections wait for the end of it.
const MOST_KEYS: usize = 16_384;

/// Areas that are taken in together, for the same reasons: each brings the rows of all its units.
const MOST_AREAS: usize = 6;

/// Of the keys and areas that wait, such a part is taken in together where that is more: the more waits,
/// the faster it becomes less.
const PART: usize = 16;

/// What is taken in together at least: the keys of a prefecture, by the first four digits of its units'
/// codes, in a quarter. A county that has another prefecture in the tree of its period only makes a piece larger.
///
/// Returns of many months may come in at once. A month at a time, the rows of their quarter and year
/// would be written again with each; all at once, a correction would wait for all of them.
type Area = (u64, Period);

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
    /// Those that have waited longest, of a few prefectures and quarters, with the single corrections.
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
        self.cells > MOST_CELLS / 2
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
                let longest = self.longest();
                std::mem::take(&mut self.corrections).into_iter().chain(longest).collect()
            }
            Taking::Nothing => Vec::new(),
            Taking::All => {
                self.corrections.clear();
                self.areas.values().flat_map(|queue| &queue.keys).copied().collect()
            }
        };
        keys.into_iter().filter_map(|key| self.remove(key)).collect()
    }

    /// The keys that have waited longest; at least those of one area.
    fn longest(&self) -> Vec<SubmissionKey> {
        let mut areas: Vec<&Queue> = self.areas.values().collect();
        areas.sort_by_key(|queue| queue.since);
        let mut keys = Vec::new();
        let (most_keys, most_areas) = (self.keys.len() / PART, self.areas.len() / PART);
        for queue in areas.into_iter().take(most_areas.max(MOST_AREAS)) {
            if !keys.is_empty() && keys.len() + queue.keys.len() > most_keys.max(MOST_KEYS) {
                break;
            }
            keys.extend(&queue.keys);
        }
        keys
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
    let quarter = Period::containing(PeriodKind::Quarter, key.period.start());
    (key.unit.as_u64() / 100_000_000, quarter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(waiting: &mut Waiting, version: u64, area: u64, month: &str, count: u64) {
        for village in 0..count {
            let unit = format!("41{area:02}{:08}", village + 1).parse().unwrap();
            let key = SubmissionKey { unit, form: FormIx(0), period: month.parse().unwrap() };
            let status = KeyStatus { received: true, on_time: true, accepted: true };
            waiting.change(version, KeyChange { key, status, cells: Vec::new() }, false, false);
        }
        waiting.entered();
    }

    /// How many keys are taken, by prefecture and month.
    fn taken(waiting: &mut Waiting) -> BTreeMap<(u64, String), usize> {
        let mut counts = BTreeMap::new();
        for Taken { key, .. } in waiting.take(Taking::Longest) {
            let area = key.unit.as_u64() / 100_000_000 % 100;
            *counts.entry((area, key.period.to_string())).or_default() += 1;
        }
        counts
    }

    #[test]
    fn what_has_waited_longest_is_taken_first_a_few_areas_at_a_time() {
        let mut waiting = Waiting::default();
        for area in 1..=8 {
            waits(&mut waiting, 20 - area, area, "2023-02", 2);
        }
        waits(&mut waiting, 30, 8, "2023-03", 2);
        waits(&mut waiting, 1, 8, "2023-04", 2);
        let first = taken(&mut waiting);
        let months = |area: u64, months: &[&str]| {
            let all = months.iter().map(|month| ((area, (*month).to_owned()), 2));
            all.collect::<Vec<_>>()
        };
        // The next quarter of area 8 has waited longest, then area 8, whose March goes with February.
        let mut wanted = months(8, &["2023-02", "2023-03", "2023-04"]);
        for area in 4..8 {
            wanted.extend(months(area, &["2023-02"]));
        }
        assert_eq!(first, wanted.into_iter().collect());
        // What comes in meanwhile does not come first.
        waits(&mut waiting, 40, 7, "2023-02", 2);
        let next = taken(&mut waiting);
        assert_eq!(next.keys().map(|(area, _)| *area).collect::<Vec<_>>(), [1, 2, 3, 7]);
        assert!(waiting.is_empty());
    }

    #[test]
    fn of_much_that_waits_more_is_taken_at_a_time() {
        let mut waiting = Waiting::default();
        for area in 1..=70 {
            waits(&mut waiting, area, area, "2023-02", 1);
            waits(&mut waiting, area, area, "2023-05", 1);
        }
        let mut sizes = Vec::new();
        while !waiting.is_empty() {
            sizes.push(taken(&mut waiting).len());
        }
        assert_eq!(sizes[..5], [8, 8, 7, 7, 6]);
        assert_eq!(sizes.iter().sum::<usize>(), 140);
        for area in 1..=20 {
            waits(&mut waiting, area, area, "2023-02", MOST_KEYS as u64);
        }
        assert_eq!(taken(&mut waiting).len(), 1, "a sixteenth of twenty is one");
        for area in 21..=33 {
            waits(&mut waiting, area, area, "2023-02", MOST_KEYS as u64);
        }
        assert_eq!(taken(&mut waiting).len(), 2);
    }

    #[test]
    fn single_corrections_go_with_what_has_waited_longest() {
        let mut waiting = Waiting::default();
        for area in 1..=8 {
            waits(&mut waiting, area, area, "2023-02", 2);
        }
        // Of what waits itself, one key that is also among those that have waited longest.
        waits(&mut waiting, 9, 1, "2023-02", 1);
        waits(&mut waiting, 9, 8, "2023-02", 1);
        assert!(waiting.has_corrections());
        let sizes: Vec<usize> = taken(&mut waiting).into_values().collect();
        assert_eq!(sizes, [2, 2, 2, 2, 2, 2, 1]);
        assert!(!waiting.has_corrections());
        let sizes: Vec<usize> = taken(&mut waiting).into_values().collect();
        assert_eq!(sizes, [2, 1]);
    }

    #[test]
    fn many_keys_are_taken_an_area_at_a_time() {
        let mut waiting = Waiting::default();
        for area in 1..=3 {
            waits(&mut waiting, area, area, "2023-02", MOST_KEYS as u64 / 2);
        }
        waits(&mut waiting, 4, 4, "2023-02", MOST_KEYS as u64 + 1);
        let mut sizes = Vec::new();
        while !waiting.is_empty() {
            sizes.push(taken(&mut waiting).into_values().sum::<usize>());
        }
        assert_eq!(sizes, [MOST_KEYS, MOST_KEYS / 2, MOST_KEYS + 1]);
    }
}
