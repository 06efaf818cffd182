//! Reads `calendar/holidays.csv`: days off and make-up working days.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use jiff::civil::Date;
use model::calendar::{DayKind, Holiday, is_weekend};

use super::words::{self, expected};
use crate::{Problem, csv_file::CsvFile};

/// The file; older folders have none.
pub(crate) const HOLIDAYS: &str = "calendar/holidays.csv";

/// Reads the days. Without the file there are none, and weekends alone are off.
pub(crate) fn read(dir: &Path, problems: &mut Vec<Problem>) -> BTreeMap<Date, Holiday> {
    let mut holidays = BTreeMap::new();
    let mut lines: HashMap<Date, u32> = HashMap::new();
    if !dir.join(HOLIDAYS).exists() {
        return holidays;
    }
    let columns = ["day", "kind", "zh", "en", "source"];
    let Some(file) = CsvFile::open(dir, HOLIDAYS, &columns, problems) else { return holidays };
    for row in file.rows() {
        let day = row.parse("day", expected::DATE, problems, words::date);
        let kind = row.parse("kind", expected::DAY_KIND, problems, words::day_kind);
        let texts = ["zh", "en", "source"];
        let texts = texts.map(|column| row.required(column, problems).map(str::to_owned));
        let (Some(day), Some(kind), [Some(zh), Some(en), Some(source)]) = (day, kind, texts) else {
            continue;
        };
        if let Some(first) = lines.insert(day, row.line) {
            problems.push(
                row.problem(
                    format!("{day} 已在第 {first} 行规定"),
                    format!("the day {day} already stands in line {first}"),
                )
                .remedy("每天只留一行", "keep one row for each day"),
            );
            continue;
        }
        if kind == DayKind::Work && !is_weekend(day) {
            problems.push(
                row.problem(
                    format!("{day} 本来就是工作日，无需调休"),
                    format!("{day} is no Saturday or Sunday, so it works anyway"),
                )
                .remedy("核对日期，或删去该行", "correct the day, or remove the row"),
            );
            continue;
        }
        holidays.insert(day, Holiday { kind, zh, en, source });
    }
    holidays
}
