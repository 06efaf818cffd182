//! Coverage: how many of the due returns are in a value, of every sort and over every period.

use model::Level::{County, Township, Village};

use crate::small::{Book, LATE, REFUSED, period, register::*};

#[test]
fn due_by_the_register_and_what_came_in() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1")]);
    let mut late = book.change(COMMUNITY_2, "SA", "2023-01", &[("SA02", "1")]);
    late.status = LATE;
    book.state.record(&late).unwrap();
    let mut refused = book.change(VILLAGE_T1, "SA", "2023-01", &[]);
    refused.status = REFUSED;
    book.state.record(&refused).unwrap();
    book.roll_up();
    let of = |code| book.coverage(code, "SA", "M", Village, "2023-01");
    assert_eq!(of(STREET), [2, 2, 1, 2]);
    assert_eq!(of(TOWN_T), [2, 1, 0, 0]);
    assert_eq!(of(COUNTY_A1), [5, 3, 1, 2]);
    assert_eq!(of(PROVINCE), [9, 3, 1, 2]);
    assert_eq!(of(COMMUNITY_1), [1, 1, 1, 1]);
    // Other sorts of return of the same form have their own; the zone owes none.
    assert_eq!(book.coverage(CITY_B, "SA", "M", County, "2023-01"), [1, 0, 0, 0]);
    assert_eq!(book.coverage(PROVINCE, "SA", "M", Township, "2023-01"), [6, 0, 0, 0]);
}

#[test]
fn an_open_half_year_shows_what_is_still_to_come() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1")]);
    book.record(COMMUNITY_1, "SA", "2023-02", &[("SA02", "1")]);
    book.roll_up();
    assert_eq!(book.coverage(STREET, "SA", "M", Village, "2023-Q1"), [6, 2, 2, 2]);
    assert_eq!(book.coverage(STREET, "SA", "M", Village, "2023-H1"), [12, 2, 2, 2]);
    // Nothing of March came in: not covered, which is not the same as nothing being due.
    assert_eq!(book.coverage(STREET, "SA", "M", Village, "2023-03"), [2, 0, 0, 0]);
    // A sort with no row at this kind of period has no coverage.
    assert_eq!(book.coverage(STREET, "SA", "Q", Township, "2023-03"), [0, 0, 0, 0]);
}

#[test]
fn a_province_that_never_reported_owes_nothing() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1")]);
    book.roll_up();
    assert_eq!(book.coverage(OTHER_PROVINCE, "SA", "M", Village, "2023-01"), [0, 0, 0, 0]);
    book.record(OTHER_VILLAGE, "SA", "2023-02", &[("SA02", "1")]);
    book.roll_up();
    assert_eq!(book.coverage(OTHER_PROVINCE, "SA", "M", Village, "2023-01"), [1, 0, 0, 0]);
}

#[test]
fn a_removed_return_is_no_longer_received() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1")]);
    book.record(COMMUNITY_2, "SA", "2023-01", &[("SA02", "1")]);
    book.roll_up();
    let mut removed = book.change(COMMUNITY_1, "SA", "2023-01", &[]);
    removed.status = Default::default();
    book.state.record(&removed).unwrap();
    book.roll_up();
    assert_eq!(book.coverage(CITY_A, "SA", "M", Village, "2023-01"), [6, 1, 1, 1]);
}

#[test]
fn a_form_asks_only_while_it_is_in_force() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1")]);
    book.roll_up();
    assert_eq!(book.coverage(STREET, "SA", "M", Village, "2019-12"), [0, 0, 0, 0]);
    assert_eq!(book.coverage(STREET, "SA", "M", Village, "2020-01"), [2, 0, 0, 0]);
}

#[test]
fn rows_carry_the_coverage_of_every_sort_of_return_of_the_form() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1")]);
    book.roll_up();
    let rows = book.state.rows(book.form("SA"), period("2023-Q1"), rollup::Slice::Whole);
    let sorts: Vec<String> = rows
        .coverage
        .iter()
        .map(|(key, _)| format!("{}{}", key.frequency.letter(), key.level.name()))
        .collect();
    assert_eq!(sorts, ["Mvillage", "Mtownship", "Mcounty", "Qtownship"]);
    let province = rows.nodes.iter().position(|&n| rows.tree.code(n) == code(PROVINCE)).unwrap();
    let due: Vec<u32> = rows.coverage.iter().map(|(_, cells)| cells[province].due).collect();
    assert_eq!(due, [27, 18, 12, 6]);
}
