//! Reads `calendar/reminders.csv`: who is told when about a return that is owed.

use std::path::Path;

use model::{
    Level,
    reminder::{PLACEHOLDERS, ReminderRule, Whom, unknown_placeholder},
};

use super::words::{self, expected};
use crate::{
    Problem,
    csv_file::{CsvFile, Row},
};

const REMINDERS: &str = "calendar/reminders.csv";

/// Reads the reminders, in the order of the file. Without the file nobody is reminded.
pub(crate) fn read(dir: &Path, problems: &mut Vec<Problem>) -> Vec<ReminderRule> {
    let mut read: Vec<(ReminderRule, u32)> = Vec::new();
    if !dir.join(REMINDERS).exists() {
        return Vec::new();
    }
    let columns = ["frequency", "level", "days", "whom", "zh", "en"];
    let Some(file) = CsvFile::open(dir, REMINDERS, &columns, problems) else { return Vec::new() };
    for row in file.rows() {
        let Some(rule) = rule(row, problems) else { continue };
        match read.iter().find(|(other, _)| overlap(&rule, other)) {
            Some((_, first)) => problems.push(twice(row, *first)),
            None => read.push((rule, row.line)),
        }
    }
    read.into_iter().map(|(rule, _)| rule).collect()
}

fn rule(row: Row<'_>, problems: &mut Vec<Problem>) -> Option<ReminderRule> {
    let frequency = row.parse("frequency", expected::FREQUENCY, problems, words::frequency);
    let level = row.parse("level", expected::LEVEL_OR_EMPTY, problems, |text| match text {
        "" => Some(None),
        name => Level::from_name(name).map(Some),
    });
    let days = row.parse("days", "-366–366", problems, |text| {
        text.parse().ok().filter(|days| (-366..=366).contains(days))
    });
    let whom = row.parse("whom", expected::WHOM, problems, Whom::from_name);
    let [zh, en] = ["zh", "en"].map(|column| text(row, column, problems));
    Some(ReminderRule {
        frequency: frequency?,
        level: level?,
        days: days?,
        whom: whom?,
        zh: zh?,
        en: en?,
    })
}

/// A text whose placeholders are all known.
fn text(row: Row<'_>, column: &str, problems: &mut Vec<Problem>) -> Option<String> {
    let text = row.required(column, problems)?;
    if let Some(unknown) = unknown_placeholder(text) {
        let known = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(" ");
        problems.push(
            row.problem(
                format!("{column} 列的占位符“{unknown}”无法识别"),
                format!("column {column}: {unknown:?} is no placeholder"),
            )
            .remedy(format!("可用：{known}"), format!("write one of {known}")),
        );
        return None;
    }
    Some(text.to_owned())
}

/// Whether two lines would send the same reminder of some return, so that it had two texts.
fn overlap(a: &ReminderRule, b: &ReminderRule) -> bool {
    let levels = a.level.is_none() || b.level.is_none() || a.level == b.level;
    levels && (a.frequency, a.days, a.whom) == (b.frequency, b.days, b.whom)
}

fn twice(row: Row<'_>, first: u32) -> Problem {
    row.problem(
        format!("第 {first} 行已规定同一天、同一对象的提醒"),
        format!("line {first} already reminds the same units on the same day"),
    )
    .remedy("只留一行", "keep one of the two rows")
}
