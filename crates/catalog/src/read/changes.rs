//! Reads `units/changes.csv`, the dated changes that no list of one day shows, and applies them.
//!
//! A row says one of three things about a unit:
//! - `valid_from` and `valid_to`: it existed in this span, which the lists do not hold;
//! - only `valid_from`: it begins, or goes on with another name, parent or class;
//! - only `valid_to`: the unit of the lists ends.
//!
//! `successors` took over on `valid_to`; those of them that did not exist before stand also in
//! `begins`. The units below follow: what the lists hold below a successor that begins is carried
//! back to the unit that ended, so that the tree of an earlier day holds the same lower units, and
//! what they hold below the unit that ended goes on below its only successor. Where several units
//! end in one successor, `carries` names the lower units of each; one of them may leave it empty
//! and has the rest.

use std::{collections::HashMap, path::Path};

use jiff::civil::Date;
use model::{Level, UnitCode, UnitRecord};

use super::{
    units::{self, Places, Unreadable},
    words::{self, expected},
};
use crate::{Problem, csv_file::CsvFile};

/// The file of dated changes.
pub(crate) const FILE: &str = "units/changes.csv";
const EXTRA: [&str; 3] = ["begins", "carries", "note"];

/// One row.
struct Change {
    unit: UnitRecord,
    begins: Vec<UnitCode>,
    carries: Vec<UnitCode>,
}

impl Change {
    fn problem(&self, zh: impl Into<String>, en: impl Into<String>) -> Problem {
        Problem::new(&*self.unit.source.0, self.unit.source.1, zh, en)
    }
}

/// Reads the changes, if there are any, and applies them to the records of the lists.
///
/// Nothing is applied while a list is unreadable, since its units would seem to be unknown.
pub(crate) fn apply(
    dir: &Path,
    records: &mut Vec<UnitRecord>,
    unreadable: &mut Unreadable,
    problems: &mut Vec<Problem>,
) {
    if !dir.join(FILE).exists() {
        return;
    }
    let mut changes = read(dir, unreadable, problems);
    if unreadable.list {
        return;
    }
    for change in &changes {
        place(change, records, unreadable, problems);
    }
    for change in &changes {
        begin(change, records, unreadable, problems);
    }
    // Latest first, so that a chain of predecessors is walked back step by step; rows that name
    // the units they carry come before the one that has the rest.
    changes.sort_by_key(|c| (std::cmp::Reverse(c.unit.valid_to), c.carries.is_empty()));
    for change in &changes {
        carry_back(change, records);
    }
    changes.sort_by_key(|c| (c.unit.valid_to, c.carries.is_empty()));
    for change in &changes {
        carry_forward(change, records);
    }
    shorten_to_parents(&changes, records);
}

fn read(dir: &Path, unreadable: &mut Unreadable, problems: &mut Vec<Problem>) -> Vec<Change> {
    let columns = [&units::COLUMNS[..], &units::OPTIONAL, &EXTRA].concat();
    let Some(file) = CsvFile::open(dir, FILE, &columns, problems) else {
        unreadable.list = true;
        return Vec::new();
    };
    let places = Places::of(&file);
    let mut changes = Vec::new();
    for row in file.rows() {
        let begins = row.parse("begins", expected::CODE, problems, words::codes);
        let carries = row.parse("carries", expected::CODE, problems, words::codes);
        let unit = units::record(&file, &places, row, problems);
        if let (Some(unit), Some(begins), Some(carries)) = (unit, begins, carries) {
            changes.push(Change { unit, begins, carries });
        } else {
            unreadable.codes.push(row.get("code").to_owned());
        }
    }
    changes
}

/// Whether the record is a span of this code and level.
fn is_of(record: &UnitRecord, code: UnitCode, level: Level) -> bool {
    record.code == code && record.level == level
}

/// Whether the record began before `day` and lasts beyond it.
fn spans_over(record: &UnitRecord, day: Date) -> bool {
    record.valid_from.is_none_or(|from| from < day) && record.valid_to.is_none_or(|to| day < to)
}

/// Enters the row itself.
fn place(
    change: &Change,
    records: &mut Vec<UnitRecord>,
    unreadable: &Unreadable,
    problems: &mut Vec<Problem>,
) {
    let unit = &change.unit;
    let over = |records: &[UnitRecord], day| {
        records.iter().position(|r| is_of(r, unit.code, unit.level) && spans_over(r, day))
    };
    match (unit.valid_from, unit.valid_to) {
        (Some(_), Some(_)) => records.push(unit.clone()),
        (Some(from), None) => {
            if let Some(earlier) = over(records, from) {
                records[earlier].valid_to = Some(from);
            }
            records.push(unit.clone());
        }
        (None, Some(to)) => match over(records, to) {
            Some(ending) => {
                records[ending].valid_to = Some(to);
                records[ending].successors.clone_from(&unit.successors);
            }
            None if unreadable.may_hold(unit.code) => {}
            None => problems.push(
                change
                    .problem(
                        format!("{} {} 在 {to} 之前不在名录中", unit.code, unit.name),
                        format!("{} {} is in no list before {to}", unit.code, unit.name),
                    )
                    .remedy(
                        "填写 valid_from，或改正代码、层级",
                        "fill in valid_from, or correct code and level",
                    ),
            ),
        },
        (None, None) => problems.push(
            change
                .problem("valid_from 与 valid_to 都为空", "valid_from and valid_to are both empty")
                .remedy("填写变更日期", "fill in the day of the change"),
        ),
    }
}

/// Lets the successors that did not exist before begin on the day of the change.
fn begin(
    change: &Change,
    records: &mut [UnitRecord],
    unreadable: &Unreadable,
    problems: &mut Vec<Problem>,
) {
    let Some(day) = change.unit.valid_to else { return };
    for &code in &change.begins {
        let level = change.unit.level;
        let mut spans = records.iter_mut().filter(|r| is_of(r, code, level));
        match spans.find(|r| r.valid_from.is_none() || r.valid_from == Some(day)) {
            Some(first) if change.unit.successors.contains(&code) => first.valid_from = Some(day),
            None if unreadable.may_hold(code) => {}
            _ => problems.push(
                change
                    .problem(
                        format!("begins 中的 {code} 不是在 {day} 开始的继任单位"),
                        format!(
                            "begins names {code}, which is no successor that can begin on {day}"
                        ),
                    )
                    .remedy(
                        "写 successors 中新设的同级单位，或留空",
                        "name successors of the same level that are new, or leave it empty",
                    ),
            ),
        }
    }
}

/// Splits a record at `day`; the part before it is returned.
fn split(record: &mut UnitRecord, day: Date) -> UnitRecord {
    let mut before = record.clone();
    before.valid_to = Some(day);
    before.successors.clear();
    record.valid_from = Some(day);
    before
}

/// What the lists hold below a successor that begins was below the unit that ended.
fn carry_back(change: &Change, records: &mut Vec<UnitRecord>) {
    let Some(day) = change.unit.valid_to else { return };
    let level = change.unit.level;
    let mut carried = Vec::new();
    for record in records.iter_mut() {
        let Some((parent, parent_level)) = record.parent else { continue };
        let named = change.carries.is_empty() || change.carries.contains(&record.code);
        let below = parent_level == level && change.begins.contains(&parent);
        if !(named && below && spans_over(record, day)) {
            continue;
        }
        let mut before = split(record, day);
        before.parent = Some((change.unit.code, level));
        before.source.clone_from(&change.unit.source);
        carried.push(before);
    }
    records.extend(carried);
}

/// What the lists hold below the unit that ended goes on below its only successor.
fn carry_forward(change: &Change, records: &mut Vec<UnitRecord>) {
    let (Some(day), [successor]) = (change.unit.valid_to, &change.unit.successors[..]) else {
        return;
    };
    let (code, level) = (change.unit.code, change.unit.level);
    let goes_on = |r: &UnitRecord| is_of(r, code, level) && r.valid_to.is_none_or(|to| day < to);
    if records.iter().any(goes_on) {
        return;
    }
    let mut before = Vec::new();
    for record in records.iter_mut() {
        if record.parent == Some((code, level)) && spans_over(record, day) {
            before.push(split(record, day));
            record.parent = Some((*successor, level));
            record.source.clone_from(&change.unit.source);
        }
    }
    records.extend(before);
}

/// What was carried back, and what is below it, is not older than the unit it was carried to.
fn shorten_to_parents(changes: &[Change], records: &mut [UnitRecord]) {
    let mut begun: HashMap<(UnitCode, Level), Date> = HashMap::new();
    for unit in changes.iter().filter(|change| !change.begins.is_empty()).map(|c| &c.unit) {
        let Some(from) = unit.valid_from else { continue };
        let first = begun.entry((unit.code, unit.level)).or_insert(from);
        *first = from.min(*first);
    }
    for level in Level::ALL.into_iter().rev() {
        for record in records.iter_mut().filter(|r| r.level == level && r.valid_from.is_none()) {
            let from = record.parent.and_then(|parent| begun.get(&parent));
            if let Some(&from) = from {
                record.valid_from = Some(from);
                begun.insert((record.code, record.level), from);
            }
        }
    }
}
