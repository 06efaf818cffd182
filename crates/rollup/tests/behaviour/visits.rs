//! Institution-days due and reported come from the daily returns, not from anybody's typing.

use crate::small::{Book, cell_of, period, register::*};

#[test]
fn days_are_counted_for_every_unit_above_the_institution() {
    let mut book = Book::standing();
    for day in ["2023-02-01", "2023-02-02", "2023-02-10"] {
        book.record(HOME_A, "DI", day, &[("DI01", "50")]);
    }
    book.record(HOME_B, "DI", "2023-02-01", &[("DI01", "9")]);
    book.roll_up();
    // The days make rows of their ten days from the first on; no return of the form itself came in.
    let (form, kind) = (book.form("SF"), model::PeriodKind::TenDays);
    assert!(book.state.periods(form).contains(&period("2023-02-T1")));
    assert_eq!(book.state.recorded(form, kind).count(), 0);
    let rows = book.state.rows(book.form("SF"), period("2023-02-T1"), rollup::Slice::Whole);
    let cell = |code, column| cell_of(&rows, code, column);
    assert_eq!(cell(PROVINCE, "sf02").as_deref(), Some("20"));
    assert_eq!(cell(PROVINCE, "sf03").as_deref(), Some("4"));
    assert_eq!(cell(PROVINCE, "sf04").as_deref(), Some("20.000000"));
    assert_eq!(cell(CITY_B, "sf03").as_deref(), Some("1"));
    // A county without institutions owes no days.
    assert_eq!(cell(COUNTY_A2, "sf02").as_deref(), Some("0"));
    assert_eq!(cell(COUNTY_A2, "sf04"), None);
    assert_eq!(book.value(PROVINCE, "SF02", "2023-02").as_deref(), Some("56"));
    assert_eq!(book.value(PROVINCE, "SF03", "2023-Q1").as_deref(), Some("4"));
}
