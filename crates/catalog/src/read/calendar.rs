//! Reads `calendar/rhythms.csv` and `calendar/deadlines.csv`.

use std::{collections::HashMap, path::Path};

use model::{
    Level, PeriodKind,
    calendar::{Calendar, Deadline, Rhythm},
};

use super::words::{self, expected};
use crate::{Problem, csv_file::CsvFile};

const RHYTHMS: &str = "calendar/rhythms.csv";
const DEADLINES: &str = "calendar/deadlines.csv";

/// Reads the calendar.
pub(crate) fn read(dir: &Path, problems: &mut Vec<Problem>) -> Calendar {
    Calendar { rhythms: rhythms(dir, problems), deadlines: deadlines(dir, problems) }
}

fn rhythms(dir: &Path, problems: &mut Vec<Problem>) -> Vec<Rhythm> {
    let columns = ["kind", "zh", "en", "due_days"];
    let Some(file) = CsvFile::open(dir, RHYTHMS, &columns, problems) else { return Vec::new() };
    let mut rhythms: Vec<Rhythm> = Vec::new();
    let before = problems.len();
    for row in file.rows() {
        let kind = row.parse("kind", expected::FREQUENCY, problems, words::frequency);
        let due = row.parse("due_days", "0–255", problems, |text| text.parse().ok());
        let names = ["zh", "en"].map(|column| row.required(column, problems).map(str::to_owned));
        let (Some(kind), Some(due_days), [Some(zh), Some(en)]) = (kind, due, names) else {
            continue;
        };
        if rhythms.iter().any(|rhythm| rhythm.kind == kind) {
            problems.push(
                row.problem(
                    format!("周期 {} 重复", kind.letter()),
                    format!("rhythm {} stands twice", kind.letter()),
                )
                .remedy("每种周期只留一行", "keep one row for each kind"),
            );
            continue;
        }
        rhythms.push(Rhythm { zh, en, kind, due_days });
    }
    // A row that could not be read may be the one that is missing.
    let all_read = problems.len() == before;
    for kind in PeriodKind::ALL {
        if all_read && !rhythms.iter().any(|rhythm| rhythm.kind == kind) {
            problems.push(
                Problem::new(
                    RHYTHMS,
                    1,
                    format!("缺少周期 {}（{}）", kind.letter(), kind.zh()),
                    format!("the rhythm of kind {} is missing", kind.letter()),
                )
                .remedy("补上该周期的一行", "add its row"),
            );
        }
    }
    rhythms.sort_by_key(|rhythm| rhythm.kind);
    rhythms
}

fn deadlines(dir: &Path, problems: &mut Vec<Problem>) -> HashMap<(PeriodKind, Level), Deadline> {
    let columns = ["frequency", "level", "days", "time"];
    let mut deadlines = HashMap::new();
    let mut lines: HashMap<(PeriodKind, Level), u32> = HashMap::new();
    let Some(file) = CsvFile::open(dir, DEADLINES, &columns, problems) else { return deadlines };
    for row in file.rows() {
        let kind = row.parse("frequency", expected::FREQUENCY, problems, words::frequency);
        let level = row.parse("level", expected::LEVEL, problems, Level::from_name);
        let days = row.parse("days", "0–366", problems, |text| {
            text.parse().ok().filter(|&days| days <= 366)
        });
        let until = row.parse("time", "23:59:59", problems, |text| text.parse().ok());
        let (Some(kind), Some(level), Some(days), Some(until)) = (kind, level, days, until) else {
            continue;
        };
        if let Some(first) = lines.insert((kind, level), row.line) {
            let (letter, level) = (kind.letter(), level.name());
            problems.push(
                row.problem(
                    format!("{letter} {level} 的时限已在第 {first} 行规定"),
                    format!("the deadline of {letter} {level} is already set in line {first}"),
                )
                .remedy("只留一行", "keep one of the two rows"),
            );
            continue;
        }
        deadlines.insert((kind, level), Deadline { days, until });
    }
    deadlines
}
