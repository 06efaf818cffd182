//! Reads `calendar/rhythms.csv`.

use std::path::Path;

use model::{PeriodKind, calendar::Rhythm};

use super::words::{self, expected};
use crate::{Problem, csv_file::CsvFile};

const RHYTHMS: &str = "calendar/rhythms.csv";

/// Reads the rhythms, shortest first.
pub(crate) fn read(dir: &Path, problems: &mut Vec<Problem>) -> Vec<Rhythm> {
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
