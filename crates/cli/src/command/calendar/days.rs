//! `zhibao calendar days`: working days and days off, and years whose days off nobody has entered.

use jiff::{ToSpan, civil::Date};
use serde::Serialize;

use crate::{
    arguments::DaysArguments,
    command::{Context, print},
    failure::{Outcome, refused},
};

#[derive(Serialize)]
struct Day {
    day: Date,
    working: bool,
    /// Why, where it is no ordinary day of the week.
    #[serde(skip_serializing_if = "Option::is_none")]
    zh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    en: Option<String>,
}

/// A year at most, so that a slip of the pen does not fill the screen.
const MOST: usize = 366;

pub(super) fn run(context: &Context, given: &DaysArguments) -> anyhow::Result<Outcome> {
    let catalog = context.place.catalog(&context.settings)?;
    let calendar = &catalog.calendar;
    let (from, to, lang) = (given.from, given.to, context.lang);
    let days: Vec<Day> = from
        .series(1.day())
        .take_while(|day| *day <= to)
        .take(MOST + 1)
        .map(|day| {
            let holiday = calendar.holidays.get(&day);
            Day {
                day,
                working: calendar.is_working_day(day),
                zh: holiday.map(|holiday| holiday.zh.clone()),
                en: holiday.map(|holiday| holiday.en.clone()),
            }
        })
        .collect();
    if days.is_empty() || days.len() > MOST {
        return Err(refused(lang.pick(
            "--to 须不早于 --from，且不超过一年",
            "--to must not lie before --from, nor more than a year behind it",
        )));
    }
    let years = calendar.years_without_holidays(from, to);
    if context.json()? {
        print::json(&serde_json::json!({ "days": days, "years_without_holidays": years }))?;
        return Ok(Outcome::Done);
    }
    for day in &days {
        let working = match day.working {
            true => lang.pick("工作日", "working day"),
            false => lang.pick("休息日", "day off"),
        };
        let names = (day.zh.as_deref().unwrap_or(""), day.en.as_deref().unwrap_or(""));
        let line = format!("{} {working} {}", day.day, lang.pick(names.0, names.1));
        print::line(line.trim_end())?;
    }
    unknown(context, &years)?;
    Ok(Outcome::Done)
}

/// Says of which years nobody has entered the days off.
pub(super) fn unknown(context: &Context, years: &[i16]) -> anyhow::Result<()> {
    for year in years {
        let text = context.lang.pick(
            "年的放假安排尚未录入，只按周末计（见 calendar/holidays.csv）",
            ": its days off are not entered, only weekends count (calendar/holidays.csv)",
        );
        print::line(format!("{year}{text}"))?;
    }
    Ok(())
}
