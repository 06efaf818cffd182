//! Ratios are taken last, from rolled-up parts, and rounded once.

use model::Figures;

use crate::small::{Book, cell_of, period, register::*, unit};

#[test]
fn a_ratio_of_sums_is_no_mean_of_ratios() {
    let mut book = Book::standing();
    // 1 of 3 and 3 of 4: together 4 of 7, not the mean of 33.3 and 75.
    book.record(STREET, "SA", "2023-01", &[("SA09", "1")]);
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "2"), ("SA04", "1")]);
    book.record(TOWN_T, "SA", "2023-01", &[("SA09", "3")]);
    book.record(VILLAGE_T1, "SA", "2023-01", &[("SA02", "4"), ("SA04", "0")]);
    book.roll_up();
    assert_eq!(book.value(STREET, "SA21", "2023-01").as_deref(), Some("33.333333"));
    assert_eq!(book.value(TOWN_T, "SA21", "2023-01").as_deref(), Some("75.000000"));
    assert_eq!(book.value(PROVINCE, "SA21", "2023-01").as_deref(), Some("57.142857"));
    let parts = book.state.parts(unit(PROVINCE), book.ix("SA21"), period("2023-01"));
    let (numerator, denominator) = parts.unwrap();
    assert_eq!((numerator * 7, denominator > 0), (denominator * 4, true));
}

#[test]
fn a_missing_part_or_an_empty_denominator_gives_nothing() {
    let mut book = Book::standing();
    book.record(STREET, "SA", "2023-01", &[("SA09", "1")]);
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "2")]);
    book.record(TOWN_T, "SA", "2023-01", &[("SA09", "3")]);
    book.record(VILLAGE_T1, "SA", "2023-01", &[("SA02", "0"), ("SA04", "0")]);
    book.roll_up();
    let parts = |code| book.state.parts(unit(code), book.ix("SA21"), period("2023-01"));
    // SA04 is missing below the street, so its sum with SA02 is not known.
    assert_eq!((book.value(STREET, "SA21", "2023-01"), parts(STREET)), (None, None));
    assert_eq!(book.value(TOWN_T, "SA21", "2023-01"), None);
    assert_eq!(parts(TOWN_T), Some((3, 0)));
}

#[test]
fn money_per_head_takes_the_increment_and_the_months() {
    let mut book = Book::standing();
    for (month, persons, paid) in
        [("2023-01", "100", "5"), ("2023-02", "100", "10"), ("2023-03", "140", "17.0001")]
    {
        book.record(COMMUNITY_1, "SA", month, &[("SA02", persons)]);
        book.record(STREET, "SA", month, &[("SA11", paid)]);
    }
    book.roll_up();
    // February: 5 万元 for 100 persons; the quarter: 170001 元 for 340 person-months.
    assert_eq!(book.value(COUNTY_A1, "SA15", "2023-02").as_deref(), Some("500.000000"));
    assert_eq!(book.value(COUNTY_A1, "SA15", "2023-Q1").as_deref(), Some("500.002941"));
    // The numerator has four decimals, the denominator none: parts stand at one scale.
    let parts = book.state.parts(unit(COUNTY_A1), book.ix("SA15"), period("2023-Q1"));
    assert_eq!(parts, Some((1_700_010_000, 3_400_000)));
    assert_eq!(book.value(COMMUNITY_1, "SA15", "2023-02"), None);
}

#[test]
fn a_coarser_part_is_read_as_of_the_end() {
    let mut book = Book::standing();
    book.record(TOWN_T, "BS", "2022-H2", &[("BS05", "40")]);
    book.record(TOWN_T, "SA", "2023-Q1", &[("SA30", "10")]);
    book.record(TOWN_T, "SA", "2023-Q2", &[("SA30", "10")]);
    book.roll_up();
    let share = |book: &Book, when| book.value(COUNTY_A1, "SA31", when);
    assert_eq!(share(&book, "2023-Q1").as_deref(), Some("25.000000"));
    book.record(TOWN_T, "BS", "2023-H1", &[("BS05", "50")]);
    book.roll_up();
    assert_eq!(share(&book, "2023-Q1").as_deref(), Some("25.000000"));
    assert_eq!(share(&book, "2023-Q2").as_deref(), Some("20.000000"));
    assert_eq!(share(&book, "2023-H1").as_deref(), Some("20.000000"));
    let rows = book.state.rows(book.form("SA"), period("2023-Q2"), rollup::Slice::Whole);
    assert_eq!(cell_of(&rows, COUNTY_A1, "sa31").as_deref(), Some("20.000000"));
}

#[test]
fn a_ratio_against_counted_units_needs_no_return() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "EC", "2023-Q1", &[("EC07", "1")]);
    book.roll_up();
    // Two communities in the street, the county and the city; three in the province with 济源.
    assert_eq!(book.value(STREET, "EC08", "2023-Q1").as_deref(), Some("50.000000"));
    assert_eq!(book.value(PROVINCE, "EC08", "2023-Q1").as_deref(), Some("33.333333"));
}
