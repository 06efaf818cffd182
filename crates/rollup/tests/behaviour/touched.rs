//! A roll-up reports exactly the tables' slices to rewrite: complete, and no other prefecture.

use std::collections::BTreeSet;

use rollup::Slice;

use crate::small::{Book, register::*, unit};

/// Rolls up and gives form, period and slice of what was touched as text.
fn roll_up(book: &mut Book) -> BTreeSet<String> {
    let touched = book.roll_up();
    let slice = |slice: &Slice| match slice {
        Slice::Prefecture(code) => code.to_string(),
        Slice::Province => "province".to_owned(),
        other => panic!("{other:?} is no part that a roll-up names"),
    };
    let row = |(form, period, s): &(model::FormIx, model::Period, Slice)| {
        format!("{} {period} {}", book.catalog.form(*form).code, slice(s))
    };
    touched.iter().map(row).collect()
}

/// A book with a quarter of SA, EC and BS in both cities.
fn filled() -> Book {
    let mut book = Book::standing();
    for month in ["2023-01", "2023-02", "2023-03"] {
        for (village, town) in [(COMMUNITY_1, STREET), (VILLAGE_B1, TOWNSHIP_B)] {
            book.record(village, "SA", month, &[("SA02", "1"), ("SA04", "1")]);
            book.record(town, "SA", month, &[("SA09", "1"), ("SA11", "1")]);
            book.record(town, "EC", month, &[("EC18", "1")]);
        }
    }
    book.record(TOWN_T, "BS", "2022-H2", &[("BS05", "5")]);
    book.record(COUNTY_A1, "EC", "2023", &[("EC17", "5")]);
    book.roll_up();
    book
}

#[test]
fn a_corrected_cell_touches_its_prefecture_and_the_province() {
    let mut book = filled();
    book.record(COMMUNITY_1, "SA", "2023-03", &[("SA02", "7"), ("SA04", "1")]);
    let touched = roll_up(&mut book);
    let expected: BTreeSet<String> = ["2023-03", "2023-B2", "2023-Q1", "2023-H1", "2023"]
        .iter()
        .flat_map(|p| [format!("SA {p} 410100000000"), format!("SA {p} province")])
        .filter(|row| {
            !row.contains("2023-B2")
                || book.state.has_rows(book.form("SA"), "2023-B2".parse().unwrap())
        })
        .collect();
    assert_eq!(touched, expected);
}

#[test]
fn nothing_new_touches_nothing() {
    let mut book = filled();
    book.record(COMMUNITY_1, "SA", "2023-03", &[("SA02", "1"), ("SA04", "1")]);
    assert!(book.roll_up().is_empty());
    assert!(book.roll_up().is_empty());
}

#[test]
fn the_next_month_reads_an_increment() {
    let mut book = filled();
    book.record(STREET, "SA", "2023-01", &[("SA09", "1"), ("SA11", "0.5")]);
    let touched = roll_up(&mut book);
    assert!(touched.contains("SA 2023-02 410100000000"));
    assert!(!touched.contains("SA 2023-03 410100000000"));
    assert!(!touched.iter().any(|row| row.contains("410200000000")));
}

#[test]
fn a_base_figure_touches_the_forms_that_read_it() {
    let mut book = filled();
    book.record(TOWN_T, "SA", "2023-Q1", &[("SA30", "1")]);
    book.roll_up();
    book.record(TOWN_T, "BS", "2022-H2", &[("BS05", "6")]);
    let touched = roll_up(&mut book);
    for row in ["BS 2022-H2 410100000000", "SA 2023-Q1 410100000000", "SA 2023-Q1 province"] {
        assert!(touched.contains(row), "{row}");
    }
    // What is derived from something derived follows: EC30 reads SA31, which reads BS05.
    assert!(touched.contains("EC 2023-Q1 410100000000"));
    // A year's row reads the halves of that year only.
    assert!(!touched.iter().any(|row| row.starts_with("SA 2023 ")));
    // A target reaches every month of its year.
    book.record(COUNTY_A1, "EC", "2023", &[("EC17", "6")]);
    let touched = roll_up(&mut book);
    assert!(touched.contains("EC 2023-01 410100000000") && touched.contains("EC 2023-03 province"));
}

#[test]
fn a_status_touches_coverage_and_the_quality_of_reporting() {
    let mut book = filled();
    let mut late = book.change(COMMUNITY_1, "SA", "2023-03", &[("SA02", "1"), ("SA04", "1")]);
    late.status.on_time = false;
    book.state.record(&late).unwrap();
    let touched = roll_up(&mut book);
    for row in ["SA 2023-03 410100000000", "QA 2023-03-T3 410100000000", "QA 2023 province"] {
        assert!(touched.contains(row), "{row}");
    }
    assert!(!touched.iter().any(|row| row.starts_with("EC") || row.contains("410200000000")));
}

#[test]
fn the_first_return_of_a_province_makes_all_its_rows() {
    let mut book = filled();
    book.record(COMMUNITY_J, "SA", "2023-04", &[("SA02", "1")]);
    let touched = book.roll_up();
    let slices: BTreeSet<Slice> = touched
        .iter()
        .filter(|(form, p, _)| *form == book.form("SA") && p.to_string() == "2023-04")
        .map(|(_, _, slice)| *slice)
        .collect();
    let prefecture = |code| Slice::Prefecture(unit(code));
    let all = [Slice::Province, prefecture(CITY_A), prefecture(CITY_B), prefecture(JIYUAN)];
    assert_eq!(slices, BTreeSet::from(all));
}
