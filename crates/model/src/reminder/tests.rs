//! Reminders of worked days.

use jiff::civil::date;

use super::*;
use crate::{
    calendar::SHANGHAI,
    obligation::{Which, Within, tests::catalog},
    submission::KeyStatus,
};

fn rule(days: i16, whom: Whom, level: Option<Level>, zh: &str) -> ReminderRule {
    let (zh, en) = (zh.to_owned(), "{form} of {unit} for {period}, due {due}: {standing}".into());
    ReminderRule { frequency: PeriodKind::Quarter, level, days, whom, zh, en }
}

fn reminded() -> Catalog {
    let mut catalog = catalog();
    catalog.calendar.reminders = vec![
        rule(-2, Whom::Unit, None, "{unit}：{form}{period}限{due}，还有{days}天，{standing}"),
        rule(1, Whom::Unit, Some(Level::Village), "{unit}已过{days}天"),
        rule(1, Whom::Unit, Some(Level::County), "别的层级"),
        rule(3, Whom::Parent, None, "{unit}（{code}）已过{days}天，{standing}"),
    ];
    catalog
}

/// The reminders of a day in spring, at eight in the morning, as `status` stands for every return.
fn of(catalog: &Catalog, day: Date, status: KeyStatus) -> Vec<Reminder> {
    let now = SHANGHAI.to_timestamp(day.at(8, 0, 0, 0)).unwrap();
    let (first, last) = due_days(&catalog.calendar, day).unwrap();
    let owed = catalog.obligations(Which::DueBetween(first, last), Within::Everywhere);
    let owed = owed.map(|owed| (owed, Standing::of(owed.due, status, 0, false, now)));
    reminders(catalog, day, owed).collect()
}

#[test]
fn units_are_reminded_on_the_days_of_the_table() {
    let catalog = reminded();
    let nothing = KeyStatus::default();
    let ids = |month, day| -> Vec<String> {
        of(&catalog, date(2023, month, day), nothing).into_iter().map(|one| one.id).collect()
    };
    // The deadline moved from Qingming to the 6th, and the days are counted from there.
    assert_eq!(ids(4, 4), ["SA:2023-Q1:419001100201:unit:-2", "SA:2023-Q1:419001101201:unit:-2"]);
    assert!(ids(4, 3).is_empty() && ids(4, 6).is_empty());
    assert_eq!(ids(4, 7), ["SA:2023-Q1:419001100201:unit:+1", "SA:2023-Q1:419001101201:unit:+1"]);
    assert_eq!(
        ids(4, 9),
        ["SA:2023-Q1:419001100201:parent:+3", "SA:2023-Q1:419001101201:parent:+3"]
    );
}

#[test]
fn the_unit_above_is_that_of_the_register() {
    let catalog = reminded();
    let all = of(&catalog, date(2023, 4, 9), KeyStatus::default());
    let to: Vec<String> = all.iter().map(|one| one.to.to_string()).collect();
    assert_eq!(to, ["419001101000", "419001100000"]);
    assert_eq!(all[0].unit.to_string(), "419001100201");
    assert_eq!(all[0].zh, "419001100201（419001100201）已过3天，未收到");
    assert_eq!(all[0].standing, Standing::Missing { days: 3 });
}

#[test]
fn texts_say_what_is_owed_and_whether_anything_came_in() {
    let catalog = reminded();
    let first = |status| of(&catalog, date(2023, 4, 4), status).into_iter().next();
    let missing = first(KeyStatus::default()).unwrap();
    assert_eq!(missing.zh, "419001100201：SA表2023-Q1限2023-04-06 18:00，还有2天，未收到");
    assert_eq!(missing.en, "SA of 419001100201 for 2023-Q1, due 2023-04-06 18:00: not received");
    let refused = KeyStatus { received: true, ..KeyStatus::default() };
    assert!(first(refused).unwrap().zh.ends_with("已收到但未通过"));
    let accepted = KeyStatus { received: true, on_time: true, accepted: true };
    assert_eq!(first(accepted), None);
}

#[test]
fn the_id_stays_the_same_when_a_reminder_is_made_again() {
    let catalog = reminded();
    let mut later = reminded();
    // Meanwhile the return came in and was refused, and the words were changed.
    later.calendar.reminders[0].zh = "新的文字".into();
    let refused = KeyStatus { received: true, ..KeyStatus::default() };
    let ids = |catalog: &Catalog, status| -> Vec<String> {
        of(catalog, date(2023, 4, 4), status).into_iter().map(|one| one.id).collect()
    };
    assert_eq!(ids(&catalog, KeyStatus::default()), ids(&later, refused));
    let year = (1..=365).map(|n| date(2023, 1, 1).saturating_add((n - 1).days()));
    let mut all: Vec<String> =
        year.flat_map(|day| of(&catalog, day, KeyStatus::default())).map(|one| one.id).collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "no id stands twice in a year");
}

#[test]
fn names_with_braces_are_not_filled_and_unknown_placeholders_are_found() {
    let value = |name: &str| (name == "unit").then(|| "{due}".to_owned());
    assert_eq!(fill("a{unit}b{x}{", value), "a{due}b{x}{");
    assert_eq!(unknown_placeholder("{unit} {days}"), None);
    assert_eq!(unknown_placeholder("{unit} {name}"), Some("name"));
    assert_eq!(unknown_placeholder("{unit"), Some("unit"));
    assert_eq!(unknown_placeholder("unit}"), Some("}"));
    assert_eq!(unknown_placeholder("}{unit}"), Some("}"));
}
