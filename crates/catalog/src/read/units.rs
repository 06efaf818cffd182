//! Reads `units/*.csv` and `units/*.csv.gz`: the spans of the reporting units.

use std::{fs, path::Path};

use model::{Level, UnitClass, UnitCode, UnitRecord};

use super::{
    changes,
    words::{self, expected},
};
use crate::{
    Problem,
    csv_file::{CsvFile, Row},
    verify::register,
};

/// Columns of every list of units.
pub(crate) const COLUMNS: [&str; 7] =
    ["code", "parent", "level", "name", "parent_level", "class", "eval_group_hint"];
/// Columns that a list of one day lacks.
pub(crate) const OPTIONAL: [&str; 3] = ["valid_from", "valid_to", "successors"];

/// Names of the lists of units in a definitions folder, sorted, relative to it.
pub(crate) fn files(dir: &Path, problems: &mut Vec<Problem>) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir.join("units"))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            !name.starts_with('.') && (name.ends_with(".csv") || name.ends_with(".csv.gz"))
        })
        .map(|name| format!("units/{name}"))
        .filter(|name| name != changes::FILE)
        .collect();
    names.sort_unstable();
    if names.is_empty() {
        problems.push(
            Problem::new("units", 0, "没有单位名录", "there is no list of units").remedy(
                "执行 zhibao catalog import units FILE",
                "run zhibao catalog import units FILE",
            ),
        );
    }
    names
}

/// What could not be read, and has been reported: units that seem to be missing may be there.
#[derive(Default)]
pub(crate) struct Unreadable {
    /// Whether a whole list is missing.
    pub(crate) list: bool,
    /// Codes of single rows, as they are written.
    pub(crate) codes: Vec<String>,
}

impl Unreadable {
    /// Whether this unit may stand in what could not be read.
    pub(crate) fn may_hold(&self, code: UnitCode) -> bool {
        let code = code.to_string();
        self.list || self.codes.iter().any(|text| strsim::levenshtein(text, &code) <= 1)
    }
}

/// Reads one list of units.
pub(crate) fn read(
    dir: &Path,
    name: &str,
    unreadable: &mut Unreadable,
    problems: &mut Vec<Problem>,
) -> Vec<UnitRecord> {
    match CsvFile::open_with_optional(dir, name, &COLUMNS, &OPTIONAL, problems) {
        Some(file) => records(&file, unreadable, problems),
        None => {
            unreadable.list = true;
            Vec::new()
        }
    }
}

/// The records of a list of units.
pub(crate) fn records(
    file: &CsvFile,
    unreadable: &mut Unreadable,
    problems: &mut Vec<Problem>,
) -> Vec<UnitRecord> {
    let places = Places::of(file);
    let mut records = Vec::with_capacity(file.rows().len());
    for row in file.rows() {
        match record(file, &places, row, problems) {
            Some(record) => records.push(record),
            None => unreadable.codes.push(row.get("code").to_owned()),
        }
    }
    records
}

/// Places of the columns; looked up once, since a province has tens of thousands of rows.
pub(crate) struct Places {
    required: [Option<usize>; 7],
    optional: [Option<usize>; 3],
}

impl Places {
    /// The places in a file.
    pub(crate) fn of(file: &CsvFile) -> Self {
        Self {
            required: COLUMNS.map(|column| file.column(column)),
            optional: OPTIONAL.map(|column| file.column(column)),
        }
    }
}

/// One record; every column that cannot be read is a problem. A wrong name, class or peer group is
/// replaced, so that the units below do not seem to be orphans.
pub(crate) fn record(
    file: &CsvFile,
    places: &Places,
    row: Row<'_>,
    problems: &mut Vec<Problem>,
) -> Option<UnitRecord> {
    let [code, parent, level, name, parent_level, class, group] =
        places.required.map(|place| row.at(place));
    let [from, to, successors] = places.optional.map(|place| row.at(place));
    let (class, group) = (UnitClass::from_name(class), words::eval_group(group));
    let good = !name.is_empty() && class.is_some() && group.is_some();
    let read = || {
        let parent = match (parent, parent_level) {
            ("", "") => None,
            (code, level) => Some((code.parse().ok()?, Level::from_name(level)?)),
        };
        let level = Level::from_name(level)?;
        Some(UnitRecord {
            code: code.parse().ok()?,
            name: name.to_owned(),
            level,
            class: class.unwrap_or_else(|| register::classes_of(level)[0]),
            parent,
            eval_group: group.flatten(),
            valid_from: words::open_date(from)?,
            valid_to: words::open_date(to)?,
            successors: words::codes(successors)?,
            source: (file.name().clone(), row.line),
        })
    };
    let record = read();
    if record.is_none() || !good {
        explain(row, problems);
    }
    record
}

/// Reports each column that cannot be read.
fn explain(row: Row<'_>, problems: &mut Vec<Problem>) {
    row.required("name", problems);
    row.parse("code", expected::CODE, problems, |t| t.parse::<UnitCode>().ok());
    row.parse("level", expected::LEVEL, problems, Level::from_name);
    row.parse("class", expected::CLASS, problems, UnitClass::from_name);
    row.parse("eval_group_hint", expected::EVAL_GROUP, problems, words::eval_group);
    row.parse("valid_from", expected::DATE_OR_EMPTY, problems, words::open_date);
    row.parse("valid_to", expected::DATE_OR_EMPTY, problems, words::open_date);
    row.parse("successors", expected::CODE, problems, words::codes);
    if (row.get("parent"), row.get("parent_level")) != ("", "") {
        row.parse("parent", expected::CODE, problems, |t| t.parse::<UnitCode>().ok());
        row.parse("parent_level", expected::LEVEL, problems, Level::from_name);
    }
}
