//! Which rows there are: units that are asked, and those above them, where anything was recorded.

use model::Period;
use rollup::Slice;

use crate::small::{Book, cell_of, period, register::*, unit, units_of};

#[test]
fn slices_divide_the_whole() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1")]);
    book.roll_up();
    let codes = |slice| units_of(&book.state.rows(book.form("SA"), period("2023-01"), slice));
    let whole = codes(Slice::Whole);
    let mut parts = codes(Slice::Province);
    assert_eq!(parts, [PROVINCE]);
    for prefecture in [CITY_A, CITY_B, JIYUAN] {
        parts.extend(codes(Slice::Prefecture(unit(prefecture))));
    }
    assert_eq!(parts, whole);
    assert_eq!(codes(Slice::Prefecture(unit(JIYUAN))), [JIYUAN, STREET_J, COMMUNITY_J]);
    // No prefecture: a county inside one, another province's city.
    assert!(codes(Slice::Prefecture(unit(COUNTY_A1))).is_empty());
    assert!(codes(Slice::Prefecture(unit(OTHER_CITY))).is_empty());
}

#[test]
fn units_that_are_not_asked_have_no_row() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1")]);
    book.record(COUNTY_A1, "GN", "2023-Q1", &[("GN01", "1")]);
    book.record(HOME_A, "DI", "2023-02-01", &[("DI01", "1")]);
    book.roll_up();
    let codes =
        |form, when| units_of(&book.state.rows(book.form(form), period(when), Slice::Whole));
    let sa = codes("SA", "2023-01");
    assert!(sa.contains(&VILLAGE_B1) && !sa.contains(&ZONE) && !sa.contains(&HOME_A));
    assert!(!sa.contains(&OTHER_PROVINCE));
    assert_eq!(
        codes("GN", "2023-Q1"),
        [PROVINCE, CITY_A, COUNTY_A1, COUNTY_A2, CITY_B, COUNTY_B1, JIYUAN]
    );
    let homes = codes("DI", "2023-02-01");
    assert_eq!(
        homes,
        [PROVINCE, CITY_A, COUNTY_A1, STREET, HOME_A, CITY_B, COUNTY_B1, TOWNSHIP_B, HOME_B]
    );
    // Everybody has a row about the quality of reporting.
    assert_eq!(codes("QA", "2023-02-T1").len(), 25);
}

#[test]
fn periods_exist_once_something_inside_was_recorded() {
    let mut book = Book::standing();
    assert!(book.state.periods(book.form("SA")).is_empty());
    book.record(TOWN_T, "SA", "2023-02", &[("SA09", "1")]);
    book.roll_up();
    let names = |book: &Book, form| {
        let periods = book.state.periods(book.form(form));
        periods.iter().map(Period::to_string).collect::<Vec<_>>()
    };
    assert_eq!(names(&book, "SA"), ["2023-B1", "2023-Q1", "2023-H1", "2023", "2023-02"]);
    assert_eq!(
        names(&book, "QA"),
        ["2023-B1", "2023-Q1", "2023-H1", "2023", "2023-02", "2023-02-T3"]
    );
    let mut removed = book.change(TOWN_T, "SA", "2023-02", &[]);
    removed.status = Default::default();
    book.state.record(&removed).unwrap();
    book.roll_up();
    assert!(names(&book, "SA").is_empty() && names(&book, "QA").is_empty());
    // Two months roll up into half a year, not into a quarter.
    book.record(COUNTY_A1, "ZZ", "2023-B2", &[("ZZ01", "1")]);
    assert_eq!(names(&book, "ZZ"), ["2023-H1", "2023", "2023-B2"]);
}

#[test]
fn columns_follow_the_form_and_a_standard_has_three() {
    let mut book = Book::standing();
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1")]);
    book.roll_up();
    let rows = book.state.rows(book.form("SA"), period("2023-01"), Slice::Province);
    let names: Vec<&str> = rows.columns.iter().map(|c| c.name.as_str()).collect();
    let standard = ["sa13", "sa13_min", "sa13_max"];
    assert_eq!(names[..4], ["sa02", "sa04", "sa09", "sa11"]);
    assert_eq!(names[4..7], standard);
    let scale = |name| rows.columns.iter().find(|c| c.name == name).unwrap().scale;
    assert_eq!((scale("sa11"), scale("sa13_max"), scale("sa15")), (4, 2, 6));
    // A quarterly line has a column in a month's rows, without values.
    assert_eq!(cell_of(&rows, PROVINCE, "sa30"), None);
}
