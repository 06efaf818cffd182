//! The quality of reporting counts every return in the third of a month to which it belongs.

use rollup::{Tallies, Tally};

use crate::small::{Book, LATE, cell_of, period, register::*};

#[test]
fn a_return_belongs_to_the_third_that_holds_its_last_day() {
    let mut book = Book::standing();
    let mut late = book.change(COMMUNITY_1, "SA", "2023-02", &[("SA02", "1")]);
    late.status = LATE;
    book.state.record(&late).unwrap();
    book.record(COMMUNITY_2, "SA", "2023-02", &[("SA02", "1")]);
    book.roll_up();
    let rows = book.state.rows(book.form("QA"), period("2023-02-T3"), rollup::Slice::Whole);
    let cell = |code, column| cell_of(&rows, code, column);
    // A village owes SA for the month; its township's and its own quarter end elsewhere.
    assert_eq!(cell(COMMUNITY_1, "qa01").as_deref(), Some("1"));
    assert_eq!(cell(COMMUNITY_1, "qa02").as_deref(), Some("0"));
    assert_eq!(cell(COMMUNITY_1, "qa08").as_deref(), Some("1"));
    assert_eq!(cell(STREET, "qa02").as_deref(), Some("1"));
    assert_eq!(cell(STREET, "qa08").as_deref(), Some("2"));
    // 2 villages × SA, the street's SA and EC, the home's 8 days: 12.
    assert_eq!(cell(STREET, "qa01").as_deref(), Some("12"));
    assert_eq!(cell(STREET, "qa03").as_deref(), Some("8.333333"));
    // The county's 旬 return of SF and its own SA, EC nothing: counted at the county, not below.
    assert_eq!(cell(ZONE, "qa01").as_deref(), Some("0"));
    let none = book.state.rows(book.form("QA"), period("2023-02-T2"), rollup::Slice::Whole);
    assert!(none.nodes.is_empty());
}

#[test]
fn targets_belong_to_the_first_day_of_their_year() {
    let mut book = Book::standing();
    book.record(COUNTY_A1, "EC", "2023", &[("EC17", "80")]);
    book.record(COUNTY_A1, "BS", "2023", &[("BS02", "80")]);
    book.roll_up();
    assert_eq!(book.value(COUNTY_A1, "QA08", "2023-01-T1").as_deref(), Some("1"));
    assert_eq!(book.value(COUNTY_A1, "QA08", "2023-12-T3").as_deref(), Some("1"));
    assert_eq!(book.value(COUNTY_A1, "QA08", "2023").as_deref(), Some("2"));
    assert_eq!(book.value(OTHER_COUNTY, "QA08", "2023"), None);
}

#[test]
fn verdicts_are_counted_and_can_be_replaced() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-02", &[("SA02", "1")]);
    book.record(COMMUNITY_2, "SA", "2023-02", &[("SA02", "1")]);
    let key = book.key(COMMUNITY_1, "SA", "2023-02");
    for what in [Tally::SentBack, Tally::SentBack, Tally::Unexplained, Tally::FirstPass] {
        book.state.tally(key, what);
    }
    // The city has only own shares: no return of its own that could pass.
    book.state.tally(book.key(CITY_A, "SA", "2023-02"), Tally::FirstPass);
    book.state.tally(book.key(CITY_A, "SA", "2023-02"), Tally::Unexplained);
    book.roll_up();
    let shown = |book: &Book, indicator, when| book.value(CITY_A, indicator, when);
    assert_eq!(shown(&book, "QA04", "2023-02-T3").as_deref(), Some("2"));
    assert_eq!(shown(&book, "QA05", "2023-02").as_deref(), Some("1"));
    assert_eq!(shown(&book, "QA06", "2023-02").as_deref(), Some("50.000000"));
    assert_eq!(shown(&book, "QA07", "2023-Q1").as_deref(), Some("2"));
    assert_eq!(shown(&book, "QA04", "2023-02-T2").as_deref(), Some("0"));
    book.state.set_tallies(key, Tallies { sent_back: 2, unexplained: 0 });
    let touched = book.roll_up();
    assert!(touched.iter().any(|(form, p, _)| *form == book.form("QA") && *p == period("2023-Q1")));
    assert_eq!(shown(&book, "QA07", "2023-Q1").as_deref(), Some("1"));
    // A correction keeps what was said about the first revision.
    book.record(COMMUNITY_1, "SA", "2023-02", &[("SA02", "2")]);
    book.roll_up();
    assert_eq!(shown(&book, "QA05", "2023-02").as_deref(), Some("1"));
}
