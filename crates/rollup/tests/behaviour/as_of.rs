//! What is in force at a period's end: the latest value that has ended by then, a target in its year.

use model::indicator::Reading;

use crate::small::{Book, register::*};

#[test]
fn the_latest_value_of_each_unit_that_has_ended_by_then() {
    let mut book = Book::standing();
    book.record(COUNTY_A1, "BS", "2021", &[("BS02", "100")]);
    book.record(COUNTY_A2, "BS", "2021", &[("BS02", "7")]);
    book.record(COUNTY_A1, "BS", "2022", &[("BS02", "110")]);
    book.record(COUNTY_A1, "BS", "2023", &[("BS02", "120")]);
    book.roll_up();
    let in_force = |code, when| book.reading(code, "BS02", Reading::Value, when);
    assert_eq!(in_force(COUNTY_A1, "2023-Q1"), Some(110));
    assert_eq!(in_force(COUNTY_A1, "2023-11"), Some(110));
    assert_eq!(in_force(COUNTY_A1, "2023-12"), Some(120));
    // A2 was silent in 2022.
    assert_eq!(in_force(COUNTY_A2, "2023-Q1"), Some(7));
    assert_eq!(in_force(COUNTY_B1, "2023-Q1"), None);
    assert_eq!(in_force(COUNTY_A1, "2021-11"), None);
    // At its own frequency it is the value of the year, not of an earlier one.
    assert_eq!(in_force(COUNTY_A2, "2022"), None);
}

#[test]
fn a_target_holds_from_the_first_day_of_its_year() {
    let mut book = Book::standing();
    book.record(COUNTY_A1, "EC", "2022", &[("EC17", "90")]);
    book.record(COUNTY_A1, "EC", "2023", &[("EC17", "80")]);
    book.record(TOWN_T, "EC", "2023-01", &[("EC18", "20")]);
    book.roll_up();
    assert_eq!(book.value(COUNTY_A1, "EC19", "2023-01").as_deref(), Some("25.000000"));
    assert_eq!(book.reading(COUNTY_A1, "EC17", Reading::Value, "2022-12"), Some(90));
    // There is none for 2024 yet, and last year's is over.
    assert_eq!(book.reading(COUNTY_A1, "EC17", Reading::Value, "2024-01"), None);
}

#[test]
fn twenty_four_periods_are_looked_at() {
    let mut book = Book::standing();
    book.record(TOWN_T, "BS", "2010-H2", &[("BS05", "40")]);
    book.roll_up();
    let in_force = |when| book.reading(TOWN_T, "BS05", Reading::Value, when);
    // The second half of 2010 is the 24th that ended by mid-2022.
    assert_eq!(in_force("2022-06"), Some(40));
    assert_eq!(in_force("2022-11"), Some(40));
    assert_eq!(in_force("2022-12"), None);
}
