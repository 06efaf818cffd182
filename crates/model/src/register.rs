//! The dated register of units: who existed when, under whom, and what became of them.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use jiff::civil::Date;

use crate::{Level, Tree, UnitClass, UnitCode};

/// One unit during one span of days; identity is the code and the first day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRecord {
    /// Code during this span.
    pub code: UnitCode,
    /// Name as the source prints it.
    pub name: String,
    /// Level.
    pub level: Level,
    /// Class within the level.
    pub class: UnitClass,
    /// Code and level of the unit above; `None` for a province.
    pub parent: Option<(UnitCode, Level)>,
    /// Peers it is ranked with when they are not those of its level (`prefecture` for 济源).
    pub eval_group: Option<Level>,
    /// First day; `None` means since before the register begins.
    pub valid_from: Option<Date>,
    /// First day it no longer exists.
    pub valid_to: Option<Date>,
    /// Codes of the units that took over on [`UnitRecord::valid_to`].
    pub successors: Vec<UnitCode>,
    /// Where the record comes from: the file and its 1-based line.
    pub source: (Arc<str>, u32),
}

impl UnitRecord {
    /// Whether the unit exists on `day`.
    pub fn exists_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day < to)
    }
}

/// All units, with the tree of every span between two changes.
#[derive(Debug)]
pub struct Register {
    records: Vec<UnitRecord>,
    by_code: HashMap<UnitCode, Vec<u32>>,
    /// First days of the spans in which the tree stays the same, ascending.
    changes: Vec<Date>,
    trees: Vec<OnceLock<Arc<Tree>>>,
}

impl Register {
    /// Builds the register; records may come in any order.
    pub fn new(mut records: Vec<UnitRecord>) -> Self {
        records.sort_by_key(|r| (r.code, r.level, r.valid_from));
        let mut by_code: HashMap<UnitCode, Vec<u32>> = HashMap::with_capacity(records.len());
        for (i, record) in records.iter().enumerate() {
            by_code.entry(record.code).or_default().push(i as u32);
        }
        let mut changes: Vec<Date> =
            records.iter().flat_map(|r| [r.valid_from, r.valid_to]).flatten().collect();
        changes.push(Date::MIN);
        changes.sort_unstable();
        changes.dedup();
        let trees = changes.iter().map(|_| OnceLock::new()).collect();
        Self { records, by_code, changes, trees }
    }

    /// All records, sorted by code, level and first day.
    pub fn records(&self) -> &[UnitRecord] {
        &self.records
    }

    /// The record with this place in [`Register::records`].
    pub fn record(&self, place: u32) -> &UnitRecord {
        &self.records[place as usize]
    }

    /// Every span in which `code` meant a unit that can report.
    pub fn spans_of(&self, code: UnitCode) -> impl Iterator<Item = &UnitRecord> {
        let places = self.by_code.get(&code).map_or(&[][..], Vec::as_slice);
        places.iter().map(|&i| self.record(i)).filter(|r| !r.class.is_container())
    }

    /// The unit that `code` means on `day`, if it is one that can report.
    pub fn on(&self, code: UnitCode, day: Date) -> Option<&UnitRecord> {
        self.spans_of(code).find(|r| r.exists_on(day))
    }

    /// The tree of `day`. Two days with the same tree get the same [`Arc`].
    pub fn tree(&self, day: Date) -> Arc<Tree> {
        let span = self.changes.partition_point(|&first| first <= day).saturating_sub(1);
        Arc::clone(self.trees[span].get_or_init(|| Arc::new(Tree::build(&self.records, day))))
    }

    /// The units of `tree` that hold on its day what `code` held on `day` before it: the unit
    /// itself if it still exists, otherwise its successors, and theirs.
    ///
    /// Empty when the register does not say what became of it.
    pub fn heirs(&self, code: UnitCode, day: Date, tree: &Tree) -> Vec<crate::Node> {
        let mut heirs = Vec::new();
        let mut open = vec![(code, day)];
        let mut steps = 0;
        while let Some((code, day)) = open.pop() {
            steps += 1;
            if steps > 1000 {
                return Vec::new();
            }
            let Some(record) = self.on(code, day) else { continue };
            match record.valid_to {
                Some(end) if end <= tree.day() && record.successors.is_empty() => {
                    // Same code, later span: a rename, a move or a change of class.
                    if self.on(code, end).is_some() {
                        open.push((code, end));
                    }
                }
                Some(end) if end <= tree.day() => {
                    open.extend(record.successors.iter().map(|&successor| (successor, end)));
                }
                _ => heirs.extend(tree.node(code)),
            }
        }
        heirs.sort_unstable();
        heirs.dedup();
        heirs
    }
}
