//! Units and changes of divisions are counted from the register, with or without any return.

use model::indicator::Reading;

use crate::small::{Book, cell_of, period, register::*};

#[test]
fn classes_are_counted_and_containers_are_not() {
    let book = Book::standing();
    let count = |code, indicator| book.reading(code, indicator, Reading::Value, "2023-Q1");
    assert_eq!(count(PROVINCE, "BS06"), Some(2));
    assert_eq!(count(PROVINCE, "BS07"), Some(4));
    // The virtual village of the township in B is no village.
    assert_eq!(count(PROVINCE, "BS08"), Some(6));
    assert_eq!(count(TOWNSHIP_B, "BS08"), Some(2));
    assert_eq!(count(PROVINCE, "BS09"), Some(3));
    assert_eq!(count(STREET, "BS06"), Some(1));
    assert_eq!(count(ZONE, "BS06"), Some(0));
    assert_eq!(count(COMMUNITY_1, "BS09"), None);
}

#[test]
fn the_tree_of_the_period_s_end_is_counted() {
    let book = Book::new(merged());
    let count = |when| book.reading(COUNTY_A1, "BS07", Reading::Value, when);
    assert_eq!((count("2023-01"), count("2023-02"), count("2023")), (Some(2), Some(1), Some(1)));
    assert_eq!(book.reading(TOWN_M, "BS08", Reading::Value, "2023-03"), Some(2));
    assert_eq!(book.reading(TOWN_T, "BS08", Reading::Value, "2023-01"), Some(2));
    assert_eq!(book.reading(TOWN_T, "BS08", Reading::Value, "2023-03"), None);
}

#[test]
fn rows_of_a_recorded_year_show_them() {
    let mut book = Book::standing();
    book.record(TOWN_T, "BS", "2022", &[("BS01", "1000")]);
    book.roll_up();
    let rows = book.state.rows(book.form("BS"), period("2022"), rollup::Slice::Whole);
    assert_eq!(cell_of(&rows, COUNTY_A1, "bs08").as_deref(), Some("3"));
    assert_eq!(cell_of(&rows, COUNTY_A1, "bs01").as_deref(), Some("1000"));
}

#[test]
fn a_division_that_begins_or_is_absorbed_is_one_change() {
    let book = Book::new(merged());
    let changes = |book: &Book, code, when| book.reading(code, "GN05", Reading::Value, when);
    // One town began; villages are no divisions.
    assert_eq!(changes(&book, PROVINCE, "2023-Q1"), Some(1));
    assert_eq!(changes(&book, TOWN_M, "2023-Q1"), Some(1));
    assert_eq!(changes(&book, CITY_B, "2023-Q1"), Some(0));
    assert_eq!(changes(&book, PROVINCE, "2022-Q4"), Some(0));
    assert_eq!(changes(&book, PROVINCE, "2023"), Some(1));
    assert_eq!(changes(&book, PROVINCE, "2024-Q1"), Some(0));
    // A town that an older one takes over begins nothing, and yet something changed.
    let mut records = standing();
    let absorbed = records.iter_mut().find(|r| r.code == code(TOWN_U)).unwrap();
    (absorbed.valid_to, absorbed.successors) = (Some(MERGER), vec![code(TOWN_T)]);
    let book = Book::new(records);
    assert_eq!(changes(&book, TOWN_T, "2023-Q1"), Some(1));
    assert_eq!(changes(&book, COUNTY_A1, "2023-H1"), Some(1));
    assert_eq!(changes(&book, STREET, "2023-H1"), Some(0));
}
