//! A standard is a mean weighted by those who live under it, with both extremes; never a sum.

use model::Figures;

use crate::small::{Book, cell_of, period, register::*, unit};

/// Three counties with their standards; persons in two of them.
fn declared() -> Book {
    let mut book = Book::standing();
    book.record(COUNTY_A1, "SA", "2023-01", &[("SA13", "600"), ("SA46", "100")]);
    book.record(COUNTY_A2, "SA", "2023-01", &[("SA13", "570.5"), ("SA46", "90")]);
    book.record(COUNTY_B1, "SA", "2023-01", &[("SA13", "800")]);
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "30"), ("SA04", "5")]);
    book.record(VILLAGE_A2, "SA", "2023-01", &[("SA02", "10")]);
    book.roll_up();
    book
}

#[test]
fn the_mean_is_weighted_and_the_extremes_count_everybody() {
    let book = declared();
    assert_eq!(book.value(COUNTY_A2, "SA13", "2023-01").as_deref(), Some("570.50"));
    // (600 × 30 + 570.5 × 10) / 40 = 592.625, half up.
    assert_eq!(book.value(CITY_A, "SA13", "2023-01").as_deref(), Some("592.63"));
    // Nobody in B1 is known: left out of the mean, not of the extremes.
    assert_eq!(book.value(PROVINCE, "SA13", "2023-01").as_deref(), Some("592.63"));
    let range = book.state.range(unit(PROVINCE), book.ix("SA13"), period("2023-01"));
    let (low, high) = range.unwrap();
    assert_eq!((low.to_string(), high.to_string()), ("570.50".into(), "800.00".into()));
    let rows = book.state.rows(book.form("SA"), period("2023-01"), rollup::Slice::Whole);
    assert_eq!(cell_of(&rows, CITY_A, "sa13").as_deref(), Some("592.63"));
    assert_eq!(cell_of(&rows, CITY_A, "sa13_min").as_deref(), Some("570.50"));
    assert_eq!(cell_of(&rows, CITY_A, "sa13_max").as_deref(), Some("600.00"));
    assert_eq!(cell_of(&rows, CITY_B, "sa13_max").as_deref(), Some("800.00"));
    // A standard says nothing about units below the one that sets it.
    assert_eq!(cell_of(&rows, STREET, "sa13"), None);
}

#[test]
fn the_exact_quotient_is_kept_before_rounding() {
    let book = declared();
    let parts = book.state.parts(unit(CITY_A), book.ix("SA13"), period("2023-01"));
    // 59262.5 hundredths by 40 persons, both at two decimals.
    assert_eq!(parts, Some((60_000 * 30 + 57_050 * 10, 40 * 100)));
    let own = book.state.parts(unit(COUNTY_A2), book.ix("SA13"), period("2023-01"));
    assert_eq!(own, Some((57_050, 100)));
}

#[test]
fn weights_add_up_and_a_missing_one_is_skipped() {
    let book = declared();
    // A1 weighs 30 + 5, A2 only 10: (100 × 35 + 90 × 10) / 45.
    assert_eq!(book.value(CITY_A, "SA46", "2023-01").as_deref(), Some("97.78"));
}

#[test]
fn where_nobody_is_weighed_there_is_no_mean() {
    let book = declared();
    assert_eq!(book.value(COUNTY_B1, "SA13", "2023-01").as_deref(), Some("800.00"));
    assert_eq!(book.value(CITY_B, "SA13", "2023-01"), None);
    assert_eq!(book.value(JIYUAN, "SA13", "2023-01"), None);
    assert_eq!(book.state.range(unit(JIYUAN), book.ix("SA13"), period("2023-01")), None);
    // An own share above the entry level is nobody's standard.
    let mut book = book;
    book.record(CITY_A, "SA", "2023-01", &[("SA13", "9000")]);
    book.roll_up();
    assert_eq!(book.value(CITY_A, "SA13", "2023-01").as_deref(), Some("592.63"));
}

#[test]
fn a_quarter_shows_its_last_month() {
    let mut book = declared();
    book.record(COUNTY_A1, "SA", "2023-03", &[("SA13", "650")]);
    book.record(COMMUNITY_1, "SA", "2023-03", &[("SA02", "1")]);
    book.roll_up();
    assert_eq!(book.value(CITY_A, "SA13", "2023-Q1").as_deref(), Some("650.00"));
}
