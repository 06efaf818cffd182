//! A parent is its children and its own; the missing is skipped, and nothing at all is no zero.

use crate::small::{Book, LATE, REFUSED, period, register::*, unit, units_of};
use model::{Cell, Figures};
use rollup::{RollUpError, Slice};

#[test]
fn a_village_counts_at_every_level_above() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "12"), ("SA04", "0")]);
    book.record(COMMUNITY_2, "SA", "2023-01", &[("SA02", "30")]);
    book.record(VILLAGE_T1, "SA", "2023-01", &[("SA02", "7"), ("SA04", "5")]);
    book.record(COMMUNITY_J, "SA", "2023-01", &[("SA02", "100")]);
    book.roll_up();
    let shown = |code, indicator| book.value(code, indicator, "2023-01");
    assert_eq!(shown(COMMUNITY_1, "SA02").as_deref(), Some("12"));
    assert_eq!(shown(STREET, "SA02").as_deref(), Some("42"));
    assert_eq!(shown(TOWN_T, "SA02").as_deref(), Some("7"));
    assert_eq!(shown(COUNTY_A1, "SA02").as_deref(), Some("49"));
    assert_eq!(shown(CITY_A, "SA02").as_deref(), Some("49"));
    assert_eq!(shown(PROVINCE, "SA02").as_deref(), Some("149"));
    assert_eq!(shown(STREET, "SA04").as_deref(), Some("0"));
    assert_eq!(shown(COUNTY_A1, "SA04").as_deref(), Some("5"));
    // Nobody below said anything: missing, not zero.
    assert_eq!(shown(TOWN_U, "SA02"), None);
    assert_eq!(shown(CITY_B, "SA02"), None);
    assert_eq!(shown(JIYUAN, "SA04"), None);
}

#[test]
fn the_own_share_of_a_level_is_added_to_its_children() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "12")]);
    // A township's own return together with its own share of a village line.
    book.record(STREET, "SA", "2023-01", &[("SA09", "3"), ("SA02", "5")]);
    // A city enters nothing on this form, so all it has is own share.
    book.record(CITY_A, "SA", "2023-01", &[("SA02", "1000"), ("SA09", "40")]);
    book.roll_up();
    assert_eq!(book.value(STREET, "SA02", "2023-01").as_deref(), Some("17"));
    assert_eq!(book.value(COUNTY_A1, "SA02", "2023-01").as_deref(), Some("17"));
    assert_eq!(book.value(CITY_A, "SA02", "2023-01").as_deref(), Some("1017"));
    assert_eq!(book.value(PROVINCE, "SA09", "2023-01").as_deref(), Some("43"));
    let own = |code| book.state.own(unit(code), book.ix("SA02"), period("2023-01"));
    assert_eq!(own(CITY_A).value().map(|a| a.units), Some(1000));
    assert_eq!(own(STREET).value().map(|a| a.units), Some(5));
    assert_eq!(own(COUNTY_A1), Cell::Missing);
    let cells = book.state.own_cells(book.key(STREET, "SA", "2023-01"));
    assert_eq!(cells.len(), 2);
}

#[test]
fn a_correction_replaces_and_a_removal_takes_away() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "12"), ("SA04", "3")]);
    book.record(STREET, "SA", "2023-01", &[("SA02", "5")]);
    book.roll_up();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "20")]);
    book.record(STREET, "SA", "2023-01", &[]);
    book.roll_up();
    assert_eq!(book.value(PROVINCE, "SA02", "2023-01").as_deref(), Some("20"));
    assert_eq!(book.value(PROVINCE, "SA04", "2023-01"), None);
}

#[test]
fn not_applicable_is_neither_missing_nor_a_number() {
    let mut book = Book::standing();
    book.record(VILLAGE_T1, "SA", "2023-01", &[("SA02", "-"), ("SA04", "9")]);
    book.roll_up();
    assert_eq!(book.value(VILLAGE_T1, "SA02", "2023-01"), None);
    let own = |code| book.state.own(unit(code), book.ix("SA02"), period("2023-01"));
    assert_eq!(own(VILLAGE_T1), Cell::NotApplicable);
    assert_eq!(own(VILLAGE_T2), Cell::Missing);
    for when in ["2023-01", "2023-Q1"] {
        let rows = book.state.rows(book.form("SA"), period(when), Slice::Whole);
        let row = units_of(&rows).iter().position(|&code| code == VILLAGE_T1).unwrap();
        let expected = if when == "2023-01" { vec![(row as u32, book.ix("SA02"))] } else { vec![] };
        assert_eq!(rows.not_applicable, expected, "{when}");
    }
}

#[test]
fn a_sum_beyond_eighteen_digits_names_its_place_and_can_be_put_right() {
    let mut book = Book::standing();
    let most = "999999999999999999";
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", most)]);
    book.record(COMMUNITY_2, "SA", "2023-01", &[("SA02", "1")]);
    let error = book.state.roll_up().unwrap_err();
    let expected = RollUpError::Overflow {
        unit: unit(STREET),
        indicator: "SA02".to_owned(),
        period: period("2023-01"),
    };
    assert_eq!(error, expected);
    assert!(error.to_string().contains("410102001000") && error.to_string().contains("2023-01"));
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "2")]);
    assert!(!book.roll_up().is_empty());
    assert_eq!(book.value(PROVINCE, "SA02", "2023-01").as_deref(), Some("3"));
}

#[test]
fn opposite_signs_that_cancel_are_no_overflow() {
    let mut book = Book::standing();
    let most = "999999999999999999";
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", most)]);
    book.record(COMMUNITY_2, "SA", "2023-01", &[("SA02", most)]);
    book.record(STREET, "SA", "2023-01", &[("SA02", "-999999999999999999")]);
    book.roll_up();
    assert_eq!(book.value(PROVINCE, "SA02", "2023-01").as_deref(), Some(most));
}

#[test]
fn cells_that_do_not_belong_are_refused_and_change_nothing() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "12")]);
    let refused = |book: &mut Book, change: model::submission::KeyChange| {
        book.state.record(&change).unwrap_err()
    };
    // A township's line from a village, another frequency, another form.
    for (form, when, cell) in [
        ("SA", "2023-01", "SA09"),
        ("SA", "2023-01", "SA30"),
        ("SA", "2023-01", "EC07"),
        ("SA", "2023-Q1", "SA02"),
        ("SA", "2023-01", "SA15"),
    ] {
        let change = book.change(COMMUNITY_1, form, when, &[(cell, "1")]);
        assert!(matches!(refused(&mut book, change), RollUpError::NotAsked { .. }), "{cell}");
    }
    // Institutions hang under townships, so a village has no share of their lines.
    let change = book.change(COMMUNITY_1, "EC", "2023-Q1", &[("EC02", "1")]);
    assert!(matches!(refused(&mut book, change), RollUpError::NotAsked { .. }));
    let twice = book.change(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1"), ("SA02", "2")]);
    assert!(matches!(refused(&mut book, twice), RollUpError::Twice { .. }));
    let mut scale = book.change(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1")]);
    scale.cells[0].1 = Cell::Value(model::Amount { units: 1, scale: 2 });
    assert!(matches!(refused(&mut book, scale), RollUpError::Scale { expected: 0, found: 2, .. }));
    let mut unknown = book.change(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1")]);
    unknown.key.unit = unit(419_999_999_999);
    assert!(matches!(refused(&mut book, unknown.clone()), RollUpError::UnknownUnit { .. }));
    // Refused at intake already: nothing to roll up, nothing to complain about.
    unknown.cells.clear();
    unknown.status = REFUSED;
    book.state.record(&unknown).unwrap();
    book.roll_up();
    assert_eq!(book.value(PROVINCE, "SA02", "2023-01").as_deref(), Some("12"));
}

#[test]
fn the_status_of_a_key_is_kept_and_listed() {
    let mut book = Book::standing();
    let mut late = book.change(COMMUNITY_2, "SA", "2023-01", &[("SA02", "1")]);
    late.status = LATE;
    book.state.record(&late).unwrap();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "12")]);
    book.record(CITY_A, "SA", "2023-01", &[("SA02", "1")]);
    assert_eq!(book.state.status(late.key), Some(LATE));
    assert_eq!(book.state.status(book.key(VILLAGE_T1, "SA", "2023-01")), None);
    let keys = book.state.keys(book.form("SA"), period("2023-01"));
    let codes: Vec<u64> = keys.iter().map(|(code, _)| code.as_u64()).collect();
    assert_eq!(codes, [CITY_A, COMMUNITY_1, COMMUNITY_2]);
}
