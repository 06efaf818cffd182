//! The calendar: shipped days, deadlines that move, planted mistakes, and folders of an older shape.

use jiff::civil::date;
use model::{
    Catalog, Level,
    calendar::{DayKind, Shift},
    reminder::Whom,
};

use crate::folder::{Copy, shipped};

fn catalog() -> Catalog {
    catalog::load(&shipped()).unwrap_or_else(|error| panic!("{error}"))
}

fn due(catalog: &Catalog, form: &str, period: &str, level: Level) -> String {
    let form = catalog.form_by_code(form).unwrap();
    catalog.due(form, period.parse().unwrap(), level).to_string()
}

#[test]
fn the_days_are_those_of_the_three_notices() {
    let calendar = catalog().calendar;
    let count = |year: i16, kind| {
        let of_year = calendar.holidays.iter().filter(|(day, _)| day.year() == year);
        of_year.filter(|(_, holiday)| holiday.kind == kind).count()
    };
    // The New Year of 2023 began on the last day of 2022.
    assert_eq!([2022, 2023, 2024].map(|year| count(year, DayKind::Off)), [32, 26, 28]);
    assert_eq!([2022, 2023, 2024].map(|year| count(year, DayKind::Work)), [7, 7, 8]);
    assert_eq!(Vec::from_iter(calendar.holiday_years()), [2022, 2023, 2024]);
    let qingming = &calendar.holidays[&date(2023, 4, 5)];
    assert_eq!((&*qingming.zh, &*qingming.source), ("清明节", "国办发明电〔2022〕16号"));
    let report = catalog::check(&shipped());
    assert_eq!((report.holidays, report.reminders), (108, 20));
    assert_eq!(report.holiday_years, [2022, 2023, 2024]);
    assert_eq!(report.notes, []);
}

#[test]
fn deadlines_move_to_the_next_working_day_where_the_table_says_so() {
    let catalog = catalog();
    let due = |form, period, level| due(&catalog, form, period, level);
    // Days and ten days stay, also on a Saturday, a Sunday and at Qingming.
    assert_eq!(due("DI", "2023-03-05", Level::Institution), "2023-03-05T18:00:00");
    assert_eq!(due("DI", "2023-04-05", Level::Institution), "2023-04-05T18:00:00");
    assert_eq!(due("SF", "2023-03-T1", Level::Township), "2023-03-11T23:59:59");
    // Three days behind March is a Monday.
    assert_eq!(due("SA", "2023-03", Level::Village), "2023-04-03T23:59:59");
    assert_eq!(due("SA", "2023-03", Level::County), "2023-04-10T23:59:59");
    // Qingming, on which the quarter of the villages would be due.
    assert_eq!(due("EC", "2023-Q1", Level::Village), "2023-04-06T23:59:59");
    // A Saturday.
    assert_eq!(due("EC", "2023-Q1", Level::Township), "2023-04-10T23:59:59");
    // In the Spring Festival, behind which a Saturday is worked.
    assert_eq!(due("BS", "2022", Level::County), "2023-01-28T23:59:59");
    // In the National Day holiday of eight days, which a worked Saturday follows.
    assert_eq!(due("EC", "2023-Q3", Level::Village), "2023-10-07T23:59:59");
    // Saturday 6 May is worked; Sunday 7 May is not.
    assert!(catalog.calendar.is_working_day(date(2023, 5, 6)));
    assert_eq!(catalog.calendar.working_day_from(date(2023, 5, 7)), date(2023, 5, 8));
}

#[test]
fn targets_count_from_the_first_day_of_their_period_and_move_as_well() {
    let catalog = catalog();
    let ahead = catalog.blocks().iter().find(|(block, _)| catalog.is_set_ahead(*block)).unwrap().0;
    let name = &catalog.form(ahead.form).code;
    // 25 days behind 1 January 2023 is the Thursday of the Spring Festival.
    assert_eq!(ahead.level, Level::County);
    assert_eq!(due(&catalog, name, "2023", Level::County), "2023-01-28T23:59:59");
}

#[test]
fn a_line_of_a_form_wins_over_one_of_any() {
    let copy = Copy::new();
    copy.append("calendar/deadlines.csv", "Q,village,8,12:00:00,none,EC");
    let catalog = catalog::load(copy.path()).unwrap();
    assert_eq!(due(&catalog, "EC", "2023-Q1", Level::Village), "2023-04-08T12:00:00");
    assert_eq!(due(&catalog, "GG", "2023-Q1", Level::Village), "2023-04-06T23:59:59");
}

#[test]
fn reminders_know_whom_and_when() {
    let calendar = catalog().calendar;
    let county = calendar.reminders.iter().find(|rule| rule.whom == Whom::Parent).unwrap();
    assert_eq!((county.days, county.level), (1, None));
    assert!(calendar.reminders.iter().any(|rule| rule.days < 0));
}

/// File, the line that begins with this, what becomes of it, and what the finding says. Without a
/// beginning the line is added.
const WRONG: [(&str, &str, &str, &str); 15] = [
    ("holidays", "", "2023-04-05,off,清明节,Qingming,x", "already stands in line"),
    ("holidays", "2023-04-05,", "2023-04-05,free,清明节,Qingming,x", "column kind: \"free\""),
    ("holidays", "2023-04-05,", "2023-04-31,off,清明节,Qingming,x", "column day"),
    ("holidays", "2023-04-05,", "2023-04-05,off,清明节,Qingming,", "column source is empty"),
    ("holidays", "2023-04-05,", "2023-04-05,work,清明节,Qingming,x", "works anyway"),
    ("deadlines", "M,county", "M,county,10,23:59:59,back,", "column shift: \"back\""),
    ("deadlines", "M,county", "M,county,10,23:59:59,,", "column shift: \"\""),
    ("deadlines", "M,county", "M,county,10,23:59:59,next,XX", "unknown form XX"),
    ("deadlines", "", "M,county,9,23:59:59,next,", "deadline of M county is already"),
    ("reminders", "D,,0,", "D,,0,mayor,甲,a", "column whom: \"mayor\""),
    ("reminders", "D,,0,", "D,parish,0,unit,甲,a", "column level: \"parish\""),
    ("reminders", "D,,0,", "D,,soon,unit,甲,a", "column days: \"soon\""),
    ("reminders", "D,,0,", "D,,0,unit,甲{名},a", "\"名\" is no placeholder"),
    ("reminders", "D,,0,", "D,,0,unit,甲,{unit", "\"unit\" is no placeholder"),
    ("reminders", "", "M,village,-1,unit,甲,a", "already reminds the same units"),
];

#[test]
fn each_mistake_is_refused_at_its_line() {
    for (file, start, to, word) in WRONG {
        let copy = Copy::new();
        let file = format!("calendar/{file}.csv");
        let line = if start.is_empty() {
            copy.append(&file, to)
        } else {
            let lines = copy.lines(&file);
            let from = lines.iter().find(|line| line.starts_with(start)).unwrap().clone();
            copy.plant(&file, start, &from, to)
        };
        let refused = catalog::load(copy.path()).unwrap_err().0;
        assert_eq!(refused.len(), 1, "{to}: {refused:#?}");
        assert_eq!((&refused[0].file, refused[0].line), (&file, line), "{to}");
        assert!(refused[0].message_en.contains(word), "{to}: {}", refused[0]);
        assert!(!refused[0].remedy_zh.is_empty() && !refused[0].remedy_en.is_empty(), "{to}");
    }
}

#[test]
fn a_folder_of_an_older_shape_is_read_as_it_was() {
    let copy = Copy::new();
    let old = copy.lines("calendar/deadlines.csv").into_iter().map(|line| {
        let kept: Vec<&str> = line.split(',').take(4).collect();
        kept.join(",")
    });
    let old: Vec<String> = old.collect();
    assert_eq!(old[0], "frequency,level,days,time");
    copy.write("calendar/deadlines.csv", old.join("\n"));
    for file in ["holidays", "reminders"] {
        std::fs::remove_file(copy.path().join(format!("calendar/{file}.csv"))).unwrap();
    }
    let catalog = catalog::load(copy.path()).unwrap();
    assert!(catalog.calendar.deadlines.values().all(|deadline| deadline.shift == Shift::None));
    assert!(catalog.calendar.holidays.is_empty() && catalog.calendar.reminders.is_empty());
    assert_eq!(due(&catalog, "EC", "2023-Q1", Level::Village), "2023-04-05T23:59:59");
    assert_eq!(due(&catalog, "EC", "2023-Q1", Level::Township), "2023-04-08T23:59:59");
    // Nothing moves, so no day off is missed.
    assert_eq!(catalog::check(copy.path()).notes, []);
}

#[test]
fn a_year_without_days_off_is_a_note_and_no_finding() {
    let without = |years: &[&str]| {
        let copy = Copy::new();
        let lines = copy.lines("calendar/holidays.csv");
        let notice = |line: &str| line.split(',').next_back().unwrap_or_default().to_owned();
        let kept = lines.iter().filter(|line| !years.contains(&&*notice(line)));
        copy.write("calendar/holidays.csv", kept.cloned().collect::<Vec<_>>().join("\n"));
        let report = catalog::check(copy.path());
        assert_eq!(report.findings, []);
        report.notes
    };
    let [notice_2022, notice_2023, notice_2024] =
        ["国办发明电〔2021〕11号", "国办发明电〔2022〕16号", "国办发明电〔2023〕7号"];
    let gap = without(&[notice_2023]);
    assert_eq!(gap.len(), 1, "{gap:#?}");
    assert!(gap[0].message_en.contains("no days off of 2023"), "{}", gap[0]);
    assert_eq!(without(&[notice_2024]), []);
    let none = without(&[notice_2022, notice_2023, notice_2024]);
    assert!(none[0].message_en.contains("weekends alone"), "{none:#?}");
}
