//! Sums over time that need more than 18 digits are refused, not cut.

use rollup::RollUpError;

use crate::small::{Book, period, register::*, unit};

#[test]
fn three_months_that_fit_may_make_a_quarter_that_does_not() {
    let mut book = Book::standing();
    for month in ["2023-01", "2023-02"] {
        book.record(STREET, "SA", month, &[("SA09", "400000000000000000")]);
    }
    book.roll_up();
    assert_eq!(book.value(PROVINCE, "SA09", "2023-Q1").as_deref(), Some("800000000000000000"));
    book.record(STREET, "SA", "2023-03", &[("SA09", "200000000000000000")]);
    let error = book.state.roll_up().unwrap_err();
    let RollUpError::Overflow { indicator, period: when, unit: whose } = error else {
        panic!("{error}");
    };
    assert_eq!((indicator.as_str(), when), ("SA09", period("2023-Q1")));
    assert_eq!(whose, unit(PROVINCE));
    book.record(STREET, "SA", "2023-03", &[("SA09", "199999999999999999")]);
    let touched = book.roll_up();
    // What was rolled up before the error is reported now.
    assert!(touched.iter().any(|(_, p, _)| *p == period("2023-03")));
    assert_eq!(book.value(PROVINCE, "SA09", "2023-Q1").as_deref(), Some("999999999999999999"));
}

#[test]
fn a_small_month_beside_large_ones_is_looked_at_too() {
    let mut book = Book::standing();
    book.record(STREET, "SA", "2023-01", &[("SA09", "999999999999999999")]);
    book.roll_up();
    book.record(TOWN_T, "SA", "2023-02", &[("SA09", "1")]);
    assert!(matches!(book.state.roll_up(), Err(RollUpError::Overflow { .. })));
}

#[test]
fn a_tree_on_which_a_sum_does_not_fit_is_refused() {
    let mut book = Book::new(merged());
    // The two towns merge later; alone each fits, and the county has an own share that evens out.
    for town in [TOWN_T, TOWN_U] {
        book.record(town, "SA", "2023-01", &[("SA09", "999999999999999999")]);
    }
    book.record(COUNTY_A1, "SA", "2023-01", &[("SA09", "-999999999999999999")]);
    // January itself fits on its own tree, the quarter on the later one does not.
    let error = book.state.roll_up().unwrap_err();
    assert!(matches!(error, RollUpError::Overflow { unit: of, .. } if of == unit(TOWN_M)));
    let form = book.form("SA");
    let later = jiff::civil::date(2023, 3, 1);
    assert!(book.state.rows_on(form, period("2023-01"), later).is_err());
}
