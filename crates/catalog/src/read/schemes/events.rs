//! Reads `bonuses.csv` and `deductions.csv`.

use std::path::Path;

use model::scheme::{Bonus, Counted, Deduction};

use super::{Known, amount, cycles, optional};
use crate::{Problem, csv_file::Row};

/// Reads the bonuses.
pub(super) fn bonuses(
    dir: &Path,
    folder: &str,
    known: Known<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Bonus> {
    let columns =
        ["id", "zh", "en", "points", "metric", "measure", "target_source", "cycles", "note"];
    let Some(file) = optional(dir, folder, "bonuses.csv", &columns, problems) else {
        return Vec::new();
    };
    file.rows().filter_map(|row| bonus(row, known, problems)).collect()
}

fn bonus(row: Row<'_>, known: Known<'_>, problems: &mut Vec<Problem>) -> Option<Bonus> {
    let texts = ["id", "zh", "en"].map(|column| row.required(column, problems).map(str::to_owned));
    let points = amount(row, "points", problems);
    let code = row.required("metric", problems);
    let indicator = code.and_then(|code| known.indicator(row, code, problems));
    let cycles = cycles(row, problems);
    let [id, zh, en] = texts;
    Some(Bonus {
        id: id?,
        zh: zh?,
        en: en?,
        points: points?,
        indicator: indicator?,
        measure: row.get("measure").to_owned(),
        cycles: cycles?,
        source: row.get("target_source").to_owned(),
    })
}

/// Reads the deductions.
pub(super) fn deductions(
    dir: &Path,
    folder: &str,
    known: Known<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Deduction> {
    let columns = [
        "id",
        "zh",
        "en",
        "points",
        "metric",
        "bound",
        "measure",
        "target_source",
        "cycles",
        "moved_percent",
        "free_days",
        "note",
    ];
    let Some(file) = optional(dir, folder, "deductions.csv", &columns, problems) else {
        return Vec::new();
    };
    file.rows().filter_map(|row| deduction(row, known, problems)).collect()
}

fn deduction(row: Row<'_>, known: Known<'_>, problems: &mut Vec<Problem>) -> Option<Deduction> {
    let texts = ["id", "zh", "en"].map(|column| row.required(column, problems).map(str::to_owned));
    let points = amount(row, "points", problems);
    let counted = counted(row, known, problems);
    let bound = whole(row, "bound", problems);
    let cycles = cycles(row, problems);
    let [id, zh, en] = texts;
    Some(Deduction {
        id: id?,
        zh: zh?,
        en: en?,
        points: points?,
        counted: counted?,
        bound: bound?,
        measure: row.get("measure").to_owned(),
        cycles: cycles?,
        source: row.get("target_source").to_owned(),
    })
}

fn counted(row: Row<'_>, known: Known<'_>, problems: &mut Vec<Problem>) -> Option<Counted> {
    match row.required("metric", problems)? {
        "days_late" => Some(Counted::DaysLate),
        "late_revisions" => {
            let moved_percent = amount(row, "moved_percent", problems);
            let free_days = whole(row, "free_days", problems);
            Some(Counted::LateRevisions { moved_percent: moved_percent?, free_days: free_days? })
        }
        code => known.indicator(row, code, problems).map(Counted::Indicator),
    }
}

fn whole(row: Row<'_>, column: &str, problems: &mut Vec<Problem>) -> Option<u32> {
    row.parse(column, "0, 1, 2, …", problems, |text| text.parse().ok())
}
