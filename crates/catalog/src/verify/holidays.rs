//! Notes about the table of days off: years for which it says nothing.

use model::calendar::{Calendar, Shift};

use crate::{Problem, read::holidays::HOLIDAYS};

/// A year between the first and the last of the table that is missing, and a table that is missing
/// although deadlines move. Which years are needed besides depends on what is asked; whoever lists
/// deadlines names those.
pub(crate) fn notes(calendar: &Calendar) -> Vec<Problem> {
    if calendar.deadlines.values().all(|deadline| deadline.shift == Shift::None) {
        return Vec::new();
    }
    let years = calendar.holiday_years();
    let (Some(&first), Some(&last)) = (years.first(), years.last()) else {
        return vec![note(
            "没有节假日安排，时限只按周末顺延".to_owned(),
            "no days off are known, so deadlines move for weekends alone".to_owned(),
        )];
    };
    let missing = (first..last).filter(|year| !years.contains(year));
    let of = |year| {
        note(
            format!("没有 {year} 年的节假日安排，该年时限只按周末顺延"),
            format!("no days off of {year} are known, so its deadlines move for weekends alone"),
        )
    };
    missing.map(of).collect()
}

fn note(zh: String, en: String) -> Problem {
    Problem::new(HOLIDAYS, 0, zh, en).remedy(
        "按国务院办公厅当年的放假通知补上",
        "add the days of that year's notice of the State Council",
    )
}
