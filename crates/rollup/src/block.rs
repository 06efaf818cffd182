//! The returns of one sort, base period and province: own cells, sums above, what changed.

mod own_cells;
mod sums;

pub(crate) use own_cells::OwnCell;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{Amount, Cell, Coverage, UnitCode};

use crate::scope::Scope;

/// A return of this unit is asked, so it counts in coverage.
pub(crate) const ASKED: u8 = 1;
/// Something readable came in.
pub(crate) const RECEIVED: u8 = 2;
/// The first accepted revision came in time.
pub(crate) const ON_TIME: u8 = 4;
/// A revision is in force.
pub(crate) const ACCEPTED: u8 = 8;
/// The first revision passed.
pub(crate) const FIRST_PASS: u8 = 16;
/// The key has a state at all: it was received or has cells.
pub(crate) const RECORDED: u8 = 32;

/// Returns of a subtree by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Returns {
    /// Due, received, on time, accepted.
    pub(crate) coverage: Coverage,
    /// Passed with the first revision.
    pub(crate) first_pass: u32,
}

impl Returns {
    fn of(flags: u8) -> Self {
        let one = |flag: u8| u32::from(flags & ASKED != 0 && flags & flag != 0);
        Self {
            coverage: Coverage {
                due: 0,
                received: one(RECEIVED),
                on_time: one(ON_TIME),
                accepted: one(ACCEPTED),
            },
            first_pass: one(FIRST_PASS),
        }
    }

    /// Adds another subtree.
    pub(crate) fn add(&mut self, other: Self) {
        self.coverage += other.coverage;
        self.first_pass += other.first_pass;
    }
}

/// A sum that needs more than 18 digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooLong {
    /// Whose sum.
    pub(crate) slot: u32,
    /// Of what.
    pub(crate) column: usize,
}

/// What changed since the last roll-up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// Slots whose own state changed, unless there are too many to list.
    slots: Vec<u32>,
    /// Too many to list.
    all: bool,
    /// Whether the block stands in the state's list of changed blocks.
    pub(crate) listed: bool,
    /// Columns with another value, as bits.
    pub(crate) columns: Vec<u64>,
    /// Whether a status changed.
    pub(crate) status: bool,
    /// Prefectures with a change; `None` for units without.
    pub(crate) prefectures: BTreeSet<Option<UnitCode>>,
}

/// One sort of return in one base period and province. Values stand by slot, then by column; a place
/// without a value holds 0. At entry slots stand own cells, above them sums.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) scope: Arc<Scope>,
    width: usize,
    words: usize,
    summed: Vec<u64>,
    scales: Vec<u8>,
    values: Vec<i64>,
    valid: Vec<u64>,
    not_applicable: Vec<u64>,
    flags: Vec<u8>,
    returns: Vec<Returns>,
    /// Own shares (本级) of units above the entry level.
    shares: BTreeMap<u32, Vec<(usize, Cell)>>,
    /// Sum of the sizes of all own cells, by column: a bound for every sum anywhere.
    sizes: Vec<u128>,
    /// Keys of the entry level that have a state.
    pub(crate) recorded: u32,
    pub(crate) changes: Changes,
}

impl Block {
    pub(crate) fn new(scope: Arc<Scope>, summed: &[u64], scales: Vec<u8>) -> Self {
        let (slots, width) = (scope.len(), scales.len());
        let words = width.div_ceil(64);
        Self {
            scope,
            width,
            words,
            summed: summed.to_vec(),
            values: vec![0; slots * width],
            valid: vec![0; slots * words],
            not_applicable: vec![0; slots * words],
            flags: vec![0; slots],
            returns: vec![Returns::default(); slots],
            shares: BTreeMap::new(),
            sizes: vec![0; width],
            recorded: 0,
            changes: Changes { columns: vec![0; words], ..Changes::default() },
            scales,
        }
    }

    fn bit(&self, bits: &[u64], slot: u32, column: usize) -> bool {
        bits[slot as usize * self.words + column / 64] >> (column % 64) & 1 == 1
    }

    /// The value of a slot: own at the entry level, the sum above it.
    #[inline]
    pub(crate) fn value(&self, slot: u32, column: usize) -> Option<i64> {
        self.bit(&self.valid, slot, column)
            .then(|| self.values[slot as usize * self.width + column])
    }

    /// All values of a slot, 0 where there is none, and by bit which of them exist.
    #[inline]
    pub(crate) fn row(&self, slot: u32) -> (&[i64], &[u64]) {
        let slot = slot as usize;
        let values = &self.values[slot * self.width..(slot + 1) * self.width];
        (values, &self.valid[slot * self.words..(slot + 1) * self.words])
    }

    /// The own cell of a slot.
    pub(crate) fn own(&self, slot: u32, column: usize) -> Cell {
        if !self.scope.is_entry(slot) {
            let share = self.shares.get(&slot).into_iter().flatten();
            return share.copied().find(|(c, _)| *c == column).map_or(Cell::Missing, |(_, c)| c);
        }
        match self.value(slot, column) {
            Some(units) => Cell::Value(Amount { units, scale: self.scales[column] }),
            None if self.bit(&self.not_applicable, slot, column) => Cell::NotApplicable,
            None => Cell::Missing,
        }
    }

    /// Whether any own cell may be one that does not apply.
    pub(crate) fn has_not_applicable(&self) -> bool {
        !self.shares.is_empty() || self.not_applicable.iter().any(|&bits| bits != 0)
    }

    /// Status flags of an entry slot.
    pub(crate) fn flags(&self, slot: u32) -> u8 {
        self.flags[slot as usize]
    }

    /// Returns of the subtree of a slot, without what is due.
    pub(crate) fn returns(&self, slot: u32) -> Returns {
        self.returns[slot as usize]
    }

    /// Bound of every sum of a column.
    pub(crate) fn size(&self, column: usize) -> u128 {
        self.sizes[column]
    }
}
