//! A merger moves what was held to the heirs; totals stay what they were at every level above.

use jiff::civil::date;
use model::{Level::Village, indicator::Reading};
use rollup::Slice;

use crate::small::{Book, cell_of, period, register::*, units_of};

/// January on the old tree, February and March on the new: one person-count of 1, 2, 4, … each.
fn quarter() -> Book {
    let mut book = Book::new(merged());
    for (unit, flow) in
        [(TOWN_T, "1"), (TOWN_U, "2"), (TOWN_A2, "4"), (TOWNSHIP_B, "8"), (STREET, "16")]
    {
        book.record(unit, "SA", "2023-01", &[("SA09", flow), ("SA11", flow)]);
    }
    for (unit, flow) in [(TOWN_M, "32"), (TOWN_A2, "64")] {
        book.record(unit, "SA", "2023-02", &[("SA09", flow), ("SA11", "100")]);
    }
    for (unit, persons) in [
        (VILLAGE_T1, "1"),
        (VILLAGE_T2, "2"),
        (VILLAGE_U1, "4"),
        (VILLAGE_A2, "8"),
        (VILLAGE_B1, "16"),
        (VILLAGE_B2, "32"),
    ] {
        book.record(unit, "SA", "2023-01", &[("SA02", persons)]);
    }
    book.roll_up();
    book
}

#[test]
fn flows_before_the_merger_count_for_the_heir_and_every_total_is_kept() {
    let book = quarter();
    let flow = |code| book.value(code, "SA09", "2023-Q1");
    assert_eq!(flow(TOWN_M).as_deref(), Some("35"));
    assert_eq!(flow(TOWN_T), None);
    assert_eq!(flow(COUNTY_A1).as_deref(), Some("51"));
    assert_eq!(flow(CITY_A).as_deref(), Some("119"));
    assert_eq!(flow(PROVINCE).as_deref(), Some("127"));
    let january = |code| book.value(code, "SA09", "2023-01");
    assert_eq!(january(TOWN_T).as_deref(), Some("1"));
    assert_eq!(january(TOWN_M), None);
}

#[test]
fn an_increment_over_the_merger_takes_both_parents() {
    let book = quarter();
    let increment = |code| book.reading(code, "SA11", Reading::Increment, "2023-02");
    assert_eq!(increment(TOWN_M), Some(1_000_000 - 30_000));
}

#[test]
fn month_ends_of_a_split_village_stay_with_the_unit_above() {
    let book = quarter();
    let months = |code| book.reading(code, "SA02", Reading::Months, "2023-Q1");
    // T1 and U1 became one village; T2 moved under the new town as it is.
    assert_eq!(months(VILLAGE_M1), Some(5));
    assert_eq!(months(VILLAGE_T2), Some(2));
    assert_eq!(months(TOWN_M), Some(7));
    // Nobody knows how A2's eight divide over its two heirs.
    assert_eq!(months(VILLAGE_S1), None);
    assert_eq!(months(TOWN_A2), Some(8));
    // B2 was dissolved: what it held stays with its township.
    assert_eq!(months(TOWNSHIP_B), Some(48));
    assert_eq!(months(PROVINCE), Some(63));
}

#[test]
fn coverage_of_a_quarter_counts_each_month_on_its_own_tree() {
    let book = quarter();
    // January: 2 villages under T and 1 under U; then 2 under M.
    assert_eq!(book.coverage(TOWN_M, "SA", "M", Village, "2023-Q1"), [7, 3, 3, 3]);
    assert_eq!(book.coverage(TOWN_A2, "SA", "M", Village, "2023-Q1"), [5, 1, 1, 1]);
    assert_eq!(book.coverage(PROVINCE, "SA", "M", Village, "2023-Q1"), [9 + 8 + 8, 6, 6, 6]);
}

#[test]
fn a_month_can_be_cast_back_onto_another_tree() {
    let book = quarter();
    let form = book.form("SA");
    let on = |when, day| book.state.rows_on(form, period(when), day).unwrap();
    let after = on("2023-01", date(2023, 6, 30));
    assert_eq!(cell_of(&after, TOWN_M, "sa09").as_deref(), Some("3"));
    assert_eq!(cell_of(&after, VILLAGE_M1, "sa02").as_deref(), Some("5"));
    assert_eq!(cell_of(&after, PROVINCE, "sa02").as_deref(), Some("63"));
    assert!(units_of(&after).contains(&TOWN_M) && !units_of(&after).contains(&TOWN_T));
    // The other way: February's merged town cannot be divided again, so its county holds it.
    let before = on("2023-02", date(2023, 1, 1));
    assert_eq!(cell_of(&before, TOWN_T, "sa09"), None);
    assert_eq!(cell_of(&before, COUNTY_A1, "sa09").as_deref(), Some("32"));
    assert_eq!(cell_of(&before, CITY_A, "sa09").as_deref(), Some("96"));
    // On its own tree it is the same as its rows.
    let same = on("2023-01", date(2023, 1, 31));
    let rows = book.state.rows(form, period("2023-01"), Slice::Whole);
    assert_eq!((same.columns, same.nodes), (rows.columns, rows.nodes));
}

#[test]
fn standards_of_merged_units_are_weighed_together() {
    let mut book = Book::new(merged());
    // Entered by villages here: T1 and U1 become one.
    for (unit, standard, persons) in
        [(VILLAGE_T1, "500", "1"), (VILLAGE_U1, "600", "3"), (VILLAGE_T2, "700", "4")]
    {
        book.record(unit, "SA", "2023-01", &[("SA50", standard), ("SA02", persons)]);
    }
    book.roll_up();
    let rows = book.state.rows_on(book.form("SA"), period("2023-01"), date(2023, 6, 30)).unwrap();
    assert_eq!(cell_of(&rows, VILLAGE_M1, "sa50").as_deref(), Some("575.00"));
    assert_eq!(cell_of(&rows, VILLAGE_T2, "sa50").as_deref(), Some("700.00"));
    assert_eq!(cell_of(&rows, TOWN_M, "sa50").as_deref(), Some("637.50"));
    assert_eq!(cell_of(&rows, TOWN_M, "sa50_min").as_deref(), Some("500.00"));
}
