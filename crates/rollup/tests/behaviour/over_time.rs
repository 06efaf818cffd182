//! A quarter is the last month of a stock, the sum of a flow, the last value of a year-to-date count.

use model::indicator::Reading;

use crate::small::{Book, register::*};

/// January to March of one street: persons on the list, admissions, money since January.
fn quarter() -> Book {
    let mut book = Book::standing();
    for (month, persons, admitted, paid) in [
        ("2023-01", "10", "4", "1.5"),
        ("2023-02", "12", "0", "3.25"),
        ("2023-03", "11", "2", "4.75"),
    ] {
        book.record(COMMUNITY_1, "SA", month, &[("SA02", persons)]);
        book.record(STREET, "SA", month, &[("SA09", admitted), ("SA11", paid)]);
    }
    book.roll_up();
    book
}

#[test]
fn stock_flow_and_year_to_date() {
    let book = quarter();
    let shown = |indicator| book.value(CITY_A, indicator, "2023-Q1");
    assert_eq!(shown("SA02").as_deref(), Some("11"));
    assert_eq!(shown("SA09").as_deref(), Some("6"));
    assert_eq!(shown("SA11").as_deref(), Some("4.7500"));
    // Two months that are no whole quarter, and longer periods.
    assert_eq!(book.value(STREET, "SA09", "2023-B1").as_deref(), Some("4"));
    assert_eq!(book.value(STREET, "SA09", "2023-H1").as_deref(), Some("6"));
    assert_eq!(book.value(STREET, "SA02", "2023-B1").as_deref(), Some("12"));
}

#[test]
fn the_last_month_decides_even_if_it_is_missing() {
    let mut book = quarter();
    book.record(COMMUNITY_1, "SA", "2023-03", &[]);
    book.record(STREET, "SA", "2023-03", &[]);
    book.roll_up();
    assert_eq!(book.value(CITY_A, "SA02", "2023-Q1"), None);
    assert_eq!(book.value(CITY_A, "SA11", "2023-Q1"), None);
    // A flow is what came in.
    assert_eq!(book.value(CITY_A, "SA09", "2023-Q1").as_deref(), Some("4"));
    assert_eq!(book.value(CITY_A, "SA02", "2023"), None);
}

#[test]
fn increments_restart_in_january() {
    let mut book = quarter();
    book.record(STREET, "SA", "2022-12", &[("SA11", "99")]);
    book.roll_up();
    let increment = |when| book.reading(CITY_A, "SA11", Reading::Increment, when);
    assert_eq!(increment("2023-01"), Some(15_000));
    assert_eq!(increment("2023-02"), Some(17_500));
    assert_eq!(increment("2023-Q1"), Some(47_500));
    // The previous quarter or the value itself is missing.
    assert_eq!(increment("2023-Q2"), None);
    assert_eq!(increment("2023-04"), None);
    assert_eq!(increment("2022-12"), None);
}

#[test]
fn month_ends_are_summed_over_those_present() {
    let mut book = quarter();
    let months = |book: &Book, when| book.reading(CITY_A, "SA02", Reading::Months, when);
    assert_eq!(months(&book, "2023-Q1"), Some(33));
    assert_eq!(months(&book, "2023-02"), Some(12));
    assert_eq!(months(&book, "2023"), Some(33));
    book.record(COMMUNITY_1, "SA", "2023-02", &[]);
    book.roll_up();
    assert_eq!(months(&book, "2023-Q1"), Some(21));
    assert_eq!(months(&book, "2023-02"), None);
    // A daily stock has month ends too: its value on the last day.
    book.record(HOME_A, "DI", "2023-01-31", &[("DI01", "50")]);
    book.record(HOME_A, "DI", "2023-01-30", &[("DI01", "70")]);
    book.record(HOME_A, "DI", "2023-02-28", &[("DI01", "60")]);
    book.roll_up();
    assert_eq!(book.reading(STREET, "DI01", Reading::Months, "2023-Q1"), Some(110));
}

#[test]
fn days_fill_weeks_and_thirds_but_weeks_fill_nothing() {
    let mut book = Book::standing();
    for (day, hazards) in
        [("2023-02-27", "1"), ("2023-02-28", "2"), ("2023-03-01", "4"), ("2023-03-05", "8")]
    {
        book.record(HOME_A, "DI", day, &[("DI02", hazards), ("DI01", hazards)]);
    }
    book.roll_up();
    let shown = |indicator, when| book.value(CITY_A, indicator, when);
    assert_eq!(shown("DI02", "2023-W09").as_deref(), Some("15"));
    assert_eq!(shown("DI01", "2023-W09").as_deref(), Some("8"));
    assert_eq!(shown("DI02", "2023-02-T3").as_deref(), Some("3"));
    assert_eq!(shown("DI02", "2023-03").as_deref(), Some("12"));
    assert_eq!(shown("DI02", "2023").as_deref(), Some("15"));
    let form = book.form("DI");
    let weeks = book.state.periods(form).iter().filter(|p| p.to_string().contains('W')).count();
    assert_eq!(weeks, 1);
}
