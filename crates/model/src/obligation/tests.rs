//! Owed returns of a small province with worked days.

use std::{collections::HashMap, sync::Arc};

use jiff::civil::{date, time};

use super::*;
use crate::{
    Indicator, PeriodKind, Register, UnitClass, UnitRecord,
    calendar::{Calendar, DayKind, Deadline, DeadlineKey, Holiday, Shift},
    form::Acceptance,
    indicator::{Entry, Kind, RollUpRule},
};

const PROVINCE: u64 = 410_000_000_000;
const COUNTY: u64 = 419_001_000_000;
const TOWN_A: u64 = 419_001_100_000;
const TOWN_B: u64 = 419_001_101_000;
const VILLAGE_A: u64 = 419_001_100_201;
/// Moved under town A, though its code says town B.
const VILLAGE_B: u64 = 419_001_101_201;
const HOME: u64 = 419_001_100_000_001;

fn unit(of: u64, level: Level, class: UnitClass, parent: Option<(u64, Level)>) -> UnitRecord {
    let code = |of| UnitCode::from_u64(of).unwrap();
    UnitRecord {
        code: code(of),
        name: of.to_string(),
        level,
        class,
        parent: parent.map(|(parent, level)| (code(parent), level)),
        eval_group: None,
        valid_from: None,
        valid_to: None,
        successors: Vec::new(),
        source: (Arc::from("test"), 1),
    }
}

fn register() -> Register {
    use Level::{City, County, Institution, Province, Township, Village};
    use UnitClass::{Admin, Direct, Pseudo, Quasi, Run, Town, VillageCommittee, Virtual};
    let container = 419_000_000_000;
    let mut gone = unit(419_001_100_202, Village, VillageCommittee, Some((TOWN_A, Township)));
    gone.valid_to = Some(date(2023, 2, 1));
    Register::new(vec![
        unit(PROVINCE, Province, Admin, None),
        unit(container, City, Pseudo, Some((PROVINCE, Province))),
        unit(COUNTY, County, Direct, Some((container, City))),
        unit(TOWN_A, Township, Town, Some((COUNTY, County))),
        unit(TOWN_B, Township, Town, Some((COUNTY, County))),
        unit(VILLAGE_A, Village, VillageCommittee, Some((TOWN_B, Township))),
        unit(VILLAGE_B, Village, VillageCommittee, Some((TOWN_A, Township))),
        unit(419_001_100_498, Village, Virtual, Some((TOWN_A, Township))),
        unit(419_001_100_301, Village, Quasi, Some((TOWN_A, Township))),
        unit(HOME, Institution, Run, Some((TOWN_A, Township))),
        gone,
    ])
}

fn form(code: &str, valid_to: Option<Date>) -> Form {
    Form {
        code: code.into(),
        zh: format!("{code}表"),
        en: code.into(),
        version: "1".into(),
        number: String::new(),
        issuer: String::new(),
        approval: String::new(),
        valid_from: date(2022, 1, 1),
        valid_to,
        accept: Acceptance::Automatic,
        silent: vec![UnitClass::Quasi],
    }
}

fn asked(form: u8, kind: Kind, frequency: PeriodKind, level: Level) -> Indicator {
    Indicator {
        code: format!("{form}{frequency:?}{level:?}"),
        form: FormIx(form),
        line: 1,
        core: true,
        zh: String::new(),
        sql_zh: String::new(),
        en: String::new(),
        measure: String::new(),
        decimals: 0,
        scale: 0,
        kind,
        rollup: RollUpRule::Sum,
        frequency,
        entry: Entry::At(level),
        national_code: String::new(),
        note: String::new(),
    }
}

/// Form SA asks villages by month and quarter, counties targets by year; form DI asks homes daily
/// and ended with January 2023.
pub(crate) fn catalog() -> Catalog {
    use PeriodKind::{Day, Month, Quarter, Year};
    let indicators = vec![
        asked(0, Kind::Stock, Month, Level::Village),
        asked(0, Kind::Stock, Quarter, Level::Village),
        asked(0, Kind::Target, Year, Level::County),
        asked(1, Kind::Stock, Day, Level::Institution),
    ];
    let line = |kind, level, days, shift| {
        let until = time(18, 0, 0, 0);
        (DeadlineKey { form: None, kind, level }, Deadline { days, until, shift })
    };
    let deadlines = HashMap::from([
        line(Month, Level::Village, 5, Shift::Next),
        line(Quarter, Level::Village, 5, Shift::Next),
        line(Year, Level::County, 25, Shift::Next),
        line(Day, Level::Institution, 0, Shift::None),
    ]);
    let off = Holiday {
        kind: DayKind::Off,
        zh: "清明节".into(),
        en: "Qingming".into(),
        source: "test".into(),
    };
    let holidays = [(date(2023, 4, 5), off)].into();
    let calendar = Calendar { deadlines, holidays, ..Calendar::default() };
    let forms = vec![form("SA", None), form("DI", Some(date(2023, 2, 1)))];
    Catalog::new(register(), forms, indicators, vec![], vec![], calendar, String::new())
}

fn text(catalog: &Catalog, owed: &Obligation) -> String {
    let form = &catalog.form(owed.key.form).code;
    format!("{} {form} {} {}", owed.due.date(), owed.key.unit, owed.key.period)
}

fn list(which: Which, within: Within) -> Vec<String> {
    let catalog = catalog();
    catalog.obligations(which, within).map(|owed| text(&catalog, &owed)).collect()
}

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

fn below(units: &[u64]) -> Within {
    Within::Below(units.iter().map(|&unit| UnitCode::from_u64(unit).unwrap()).collect())
}

#[test]
fn one_deadline_lists_two_kinds_of_period_by_unit() {
    // Month and quarter end on the same day and are due on the same, moved behind Qingming.
    let on = date(2023, 4, 6);
    assert_eq!(
        list(Which::DueBetween(on, on), Within::Everywhere),
        [
            "2023-04-06 SA 419001100201 2023-Q1",
            "2023-04-06 SA 419001100201 2023-03",
            "2023-04-06 SA 419001101201 2023-Q1",
            "2023-04-06 SA 419001101201 2023-03",
        ]
    );
    let before = date(2023, 4, 5);
    assert!(list(Which::DueBetween(before, before), Within::Everywhere).is_empty());
}

#[test]
fn a_period_alone_or_with_what_rolls_up_into_it() {
    let march = list(Which::For(period("2023-03")), Within::Everywhere);
    assert_eq!(march, ["2023-04-06 SA 419001100201 2023-03", "2023-04-06 SA 419001101201 2023-03"]);
    let quarter = list(Which::Inside(period("2023-Q1")), Within::Everywhere);
    // 31 days of the home, three villages in January, two since, both for two kinds of period.
    assert_eq!(quarter.len(), 31 + 3 + 2 + 4);
    // The form had ended.
    assert!(list(Which::For(period("2023-02-01")), Within::Everywhere).is_empty());
}

#[test]
fn targets_are_due_when_their_year_begins() {
    let january = (date(2023, 1, 20), date(2023, 1, 31));
    let owed = list(Which::DueBetween(january.0, january.1), below(&[COUNTY]));
    let targets: Vec<_> = owed.iter().filter(|line| line.contains(" SA ")).collect();
    assert_eq!(targets, ["2023-01-26 SA 419001000000 2023"]);
}

#[test]
fn only_the_subtrees_that_were_asked_for_and_each_unit_once() {
    let of = |units: &[u64]| list(Which::For(period("2023-03")), below(units));
    assert!(of(&[]).is_empty(), "no scope, no returns");
    // By the register, not by the digits of the code.
    assert_eq!(of(&[TOWN_A]), ["2023-04-06 SA 419001101201 2023-03"]);
    assert_eq!(of(&[TOWN_B, COUNTY, VILLAGE_A]).len(), 2);
    assert!(of(&[999_999_999_999]).is_empty());
}

#[test]
fn deadlines_cut_a_year_into_days_without_loss() {
    let (first, last) = (date(2022, 12, 20), date(2024, 1, 10));
    let whole = list(Which::DueBetween(first, last), Within::Everywhere);
    let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
    let parts: Vec<String> = days
        .take_while(|&day| day <= last)
        .flat_map(|day| list(Which::DueBetween(day, day), Within::Everywhere))
        .collect();
    assert_eq!(whole, parts);
    assert!(!whole.is_empty());
}

#[test]
fn the_order_is_deadline_form_unit_period() {
    let catalog = catalog();
    let place = |owed: Obligation| (owed.due, owed.key.form, owed.key.unit, owed.key.period);
    let year = catalog.obligations(Which::Inside(period("2023")), Within::Everywhere).map(place);
    let year: Vec<_> = year.collect();
    assert!(year.len() > 60 && year.windows(2).all(|pair| pair[0] < pair[1]), "{year:#?}");
}

#[test]
fn a_long_stretch_is_not_built_to_see_its_beginning() {
    let catalog = catalog();
    let all = Which::DueBetween(Date::MIN, Date::MAX);
    let mut owed = catalog.obligations(all, Within::Everywhere);
    let first = owed.next().unwrap();
    assert_eq!(text(&catalog, &first), "2022-01-01 DI 419001100000001 2022-01-01");
    assert!(owed.batch.len() < 10);
    // The end of all days is an end.
    let last = Which::DueBetween(date(9999, 12, 1), Date::MAX);
    assert!(catalog.obligations(last, Within::Everywhere).count() > 0);
}
