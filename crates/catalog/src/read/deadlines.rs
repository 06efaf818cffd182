//! Reads `calendar/deadlines.csv`.

use std::{collections::HashMap, path::Path};

use model::{
    Form, FormIx, Level,
    calendar::{Deadline, DeadlineKey},
};

use super::words::{self, expected};
use crate::{
    Problem,
    csv_file::{CsvFile, Row},
};

const DEADLINES: &str = "calendar/deadlines.csv";

/// Reads the deadlines. Without the column `form` each is of any form, without `shift` none moves.
pub(crate) fn read(
    dir: &Path,
    forms: &[Form],
    problems: &mut Vec<Problem>,
) -> HashMap<DeadlineKey, Deadline> {
    let columns = ["frequency", "level", "days", "time"];
    let mut deadlines = HashMap::new();
    let mut lines: HashMap<DeadlineKey, u32> = HashMap::new();
    let file = CsvFile::open_with_optional(dir, DEADLINES, &columns, &["shift", "form"], problems);
    let Some(file) = file else { return deadlines };
    let shifts = file.column("shift").is_some();
    for row in file.rows() {
        let form = form(row, forms, problems);
        let kind = row.parse("frequency", expected::FREQUENCY, problems, words::frequency);
        let level = row.parse("level", expected::LEVEL, problems, Level::from_name);
        let days = row.parse("days", "0–366", problems, |text| {
            text.parse().ok().filter(|&days| days <= 366)
        });
        let until = row.parse("time", "23:59:59", problems, |text| text.parse().ok());
        let shift = if shifts {
            row.parse("shift", expected::SHIFT, problems, words::shift)
        } else {
            Some(Default::default())
        };
        let (Some(form), Some(kind), Some(level)) = (form, kind, level) else { continue };
        let (Some(days), Some(until), Some(shift)) = (days, until, shift) else { continue };
        let key = DeadlineKey { form, kind, level };
        if let Some(first) = lines.insert(key, row.line) {
            problems.push(twice(row, key, first));
            continue;
        }
        deadlines.insert(key, Deadline { days, until, shift });
    }
    deadlines
}

/// The form of a row, or that it is of any; `None` for one that does not exist.
fn form(row: Row<'_>, forms: &[Form], problems: &mut Vec<Problem>) -> Option<Option<FormIx>> {
    let code = row.get("form");
    if code.is_empty() {
        return Some(None);
    }
    let place = forms.iter().position(|form| form.code == code);
    if place.is_none() {
        problems.push(
            row.problem(format!("没有报表 {code}"), format!("unknown form {code}")).remedy(
                "改为已有报表的代码；留空表示任何报表",
                "write the code of a form, or leave it empty for any",
            ),
        );
    }
    place.map(|place| Some(FormIx(place as u8)))
}

fn twice(row: Row<'_>, key: DeadlineKey, first: u32) -> Problem {
    let (letter, level, form) = (key.kind.letter(), key.level.name(), row.get("form"));
    let of = if form.is_empty() { String::new() } else { format!("{form} ") };
    row.problem(
        format!("{of}{letter} {level} 的时限已在第 {first} 行规定"),
        format!("the deadline of {of}{letter} {level} is already set in line {first}"),
    )
    .remedy("只留一行", "keep one of the two rows")
}
