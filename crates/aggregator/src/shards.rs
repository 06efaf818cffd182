//! Who writes what: each province has one writer, and its rows are files of their own.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::civil::Date;
use journal::partition_of;
use model::{Catalog, FormIx, Level, Period, UnitCode, indicator::Entry};
use rollup::{Slice, Touched};
use store::SliceRows;

use crate::Aggregator;

/// Rows of a province that are written as one file for a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Piece {
    /// The province's own row, where villages report.
    Own,
    /// A prefecture and everything below it, where villages report: a period has tens of thousands
    /// of rows then, and a correction touches one prefecture.
    Prefecture(UnitCode),
    /// Everything of the province, where only larger units report.
    All,
}

/// Pieces that are not in the tables yet, by whose writer writes them.
pub(crate) type Pending = BTreeSet<(UnitCode, FormIx, Row)>;

/// Where a piece lies: its period, its province, and which part of that.
pub(crate) type Row = (Period, UnitCode, Piece);

/// The partition whose holder writes the rows of a shard. That is an economy and no lock: a second
/// writer is refused by the position in each table if it knows less, and writes the same bytes if it
/// knows as much.
pub(crate) fn writer_of(shard: UnitCode) -> u32 {
    partition_of(&shard.to_string())
}

/// A province has a writer of its own if it has one in so many of all villages; a register may hold
/// single places of others, which reports name.
const SHARE: usize = 100;

/// The provinces that have a writer of their own, ascending; at least one.
pub(crate) fn shards(catalog: &Catalog) -> Vec<UnitCode> {
    let records = catalog.register.records();
    let tops = records.iter().filter(|unit| unit.parent.is_none()).map(|unit| unit.code);
    let mut villages: BTreeMap<UnitCode, usize> = tops.map(|top| (top, 0)).collect();
    let tree = catalog.register.tree(newest_day(catalog));
    let mut top = None;
    for node in tree.nodes() {
        // Units come behind those above them.
        if tree.parent(node).is_none() {
            top = Some(tree.code(node));
        }
        if tree.level(node) == Level::Village {
            *top.and_then(|top| villages.get_mut(&top)).unwrap_or(&mut 0) += 1;
        }
    }
    let all: usize = villages.values().sum();
    let (largest, _) =
        villages.iter().max_by_key(|&(&code, &count)| (count, Reverse(code))).unzip();
    let large = villages.iter().filter(|&(_, &count)| count > 0 && count * SHARE >= all);
    let shards: BTreeSet<UnitCode> = large.map(|(&code, _)| code).chain(largest.copied()).collect();
    shards.into_iter().collect()
}

/// A day on which the register stands as it will.
fn newest_day(catalog: &Catalog) -> Date {
    let records = catalog.register.records().iter();
    records.flat_map(|unit| [unit.valid_from, unit.valid_to]).flatten().max().unwrap_or(Date::ZERO)
}

impl Aggregator {
    /// The provinces that have a writer, ascending; the first one's writer also writes what single
    /// units of other provinces report.
    pub fn shards(&self) -> &[UnitCode] {
        &self.shards
    }

    /// Whose writer writes the rows of a province.
    pub(crate) fn shard_of(&self, province: UnitCode) -> UnitCode {
        let first = self.shards.first().copied().unwrap_or(province);
        if self.shards.contains(&province) { province } else { first }
    }

    /// Things by the shard whose writer writes them, of these shards alone. What belongs to no province is
    /// the first one's.
    pub(crate) fn by_shard<'a, T>(
        &self,
        shards: &[UnitCode],
        all: &'a [T],
        province: impl Fn(&T) -> Option<UnitCode>,
    ) -> BTreeMap<UnitCode, Vec<&'a T>> {
        let mut parts: BTreeMap<UnitCode, Vec<&T>> =
            shards.iter().map(|&shard| (shard, Vec::new())).collect();
        for one in all {
            let at = province(one).map(|province| self.shard_of(province));
            let at = at.or_else(|| self.shards.first().copied());
            if let Some(part) = at.and_then(|at| parts.get_mut(&at)) {
                part.push(one);
            }
        }
        parts
    }

    /// The provinces of a period whose rows the writer of a shard writes.
    pub(crate) fn provinces_in(&self, shard: UnitCode, period: Period) -> Vec<UnitCode> {
        let mut provinces = self.state.provinces_on(period);
        provinces.retain(|&province| self.shard_of(province) == shard);
        provinces
    }

    /// Remembers what a roll-up changed until its writer has written it.
    pub(crate) fn remember(&mut self, touched: Touched) {
        let rows = self.rows_of(touched);
        self.pending.extend(rows);
    }

    /// Remembers pieces without a value. They may wait where they are written by this process, which
    /// knows that they are missing.
    pub(crate) fn remember_empty(&mut self, touched: Touched, provinces: &[UnitCode], since: u64) {
        for row in self.rows_of(touched) {
            if !provinces.contains(&row.0) {
                self.pending.insert(row);
            } else if !self.pending.contains(&row) {
                self.empty.entry(row).or_insert(since);
            }
        }
    }

    /// Others write the provinces that are not among these: what is missing there does not wait here.
    pub(crate) fn leave_to_others(&mut self, provinces: &[UnitCode]) {
        let theirs =
            |(shard, ..): &(UnitCode, FormIx, Row), _: &mut u64| !provinces.contains(shard);
        let theirs: Vec<_> = self.empty.extract_if(.., theirs).map(|(row, _)| row).collect();
        self.pending.extend(theirs);
    }

    /// Has so many of the pieces without a value written with the others, oldest first.
    pub(crate) fn fill_up(&mut self, provinces: &[UnitCode], count: usize) {
        let empty = self.empty.iter().filter(|((shard, ..), _)| provinces.contains(shard));
        let mut oldest: Vec<_> = empty.map(|(&row, &since)| (since, row)).collect();
        oldest.sort_unstable();
        self.pending.extend(oldest.into_iter().take(count).map(|(_, row)| row));
    }

    /// The tables show what was pending.
    pub(crate) fn written(&mut self, provinces: &[UnitCode]) {
        let of_these = |(shard, ..): &(UnitCode, FormIx, Row)| provinces.contains(shard);
        for row in self.pending.extract_if(.., of_these) {
            self.empty.remove(&row);
        }
    }

    fn rows_of(&self, touched: Touched) -> Vec<(UnitCode, FormIx, Row)> {
        let mut by_row: BTreeMap<(FormIx, Period), Vec<Slice>> = BTreeMap::new();
        for (form, period, slice) in touched {
            by_row.entry((form, period)).or_default().push(slice);
        }
        let mut rows = Vec::new();
        for ((form, period), slices) in by_row {
            let pieces = self.pieces(form, period, &slices).into_iter();
            rows.extend(pieces.map(|(province, piece)| {
                (self.shard_of(province), form, (period, province, piece))
            }));
        }
        rows
    }

    fn pieces(&self, form: FormIx, period: Period, slices: &[Slice]) -> Vec<(UnitCode, Piece)> {
        let all = self.state.provinces_on(period);
        let mut prefectures = Vec::new();
        for slice in slices {
            if let Slice::Prefecture(code) = slice {
                let province = self.state.province_of(period, *code);
                prefectures.extend(province.or(all.first().copied()).map(|at| (at, *code)));
            }
        }
        // A change of the provinces' own rows alone does not say of which: of any.
        let provinces: BTreeSet<UnitCode> = match prefectures.is_empty() {
            true => all.into_iter().collect(),
            false => prefectures.iter().map(|&(province, _)| province).collect(),
        };
        if !self.is_by_village(form) {
            return provinces.into_iter().map(|province| (province, Piece::All)).collect();
        }
        let own = provinces.into_iter().map(|province| (province, Piece::Own));
        let below = prefectures.iter().map(|&(at, code)| (at, Piece::Prefecture(code)));
        own.chain(below).collect()
    }

    fn is_by_village(&self, form: FormIx) -> bool {
        let entries = || self.catalog.indicators_of(form).map(|(_, indicator)| indicator.entry);
        // A form that nobody fills in has rows of all units, villages too.
        let nobody = !entries().any(|entry| matches!(entry, Entry::At(_)));
        nobody || entries().any(|entry| entry == Entry::At(Level::Village))
    }

    /// The pieces of some shards that are to be written, form by form.
    pub(crate) fn pending_of(&self, shards: &[UnitCode]) -> BTreeMap<FormIx, Vec<Row>> {
        let mut by_form: BTreeMap<FormIx, Vec<Row>> = BTreeMap::new();
        for &(shard, form, row) in &self.pending {
            if shards.contains(&shard) {
                by_form.entry(form).or_default().push(row);
            }
        }
        by_form
    }

    /// The rows of a piece, under its name in the table; many are made at a time.
    pub(crate) fn piece_rows(&self, form: FormIx, row: Row) -> SliceRows {
        let (slice, name) = slice_of(row);
        SliceRows { slice: Some(name), rows: self.state.rows_alone(form, row.0, slice) }
    }

    /// The rows of several pieces, made side by side.
    pub(crate) fn all_piece_rows(&self, form: FormIx, pieces: &[Row]) -> Vec<SliceRows> {
        let slices: Vec<_> = pieces.iter().map(|&row| (row.0, slice_of(row).0)).collect();
        let rows = self.state.rows_of_all(form, &slices).into_iter();
        let names = pieces.iter().map(|&row| Some(slice_of(row).1));
        rows.zip(names).map(|(rows, slice)| SliceRows { slice, rows }).collect()
    }
}

/// The slice of the state that a piece holds, and its name in the table.
fn slice_of((_, province, piece): Row) -> (Slice, String) {
    match piece {
        Piece::All => (Slice::InProvince(province), province.to_string()),
        Piece::Own => (Slice::Own(province), format!("{province}.own")),
        Piece::Prefecture(code) => (Slice::Prefecture(code), format!("{province}.{code}")),
    }
}
