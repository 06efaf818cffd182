//! Owed returns and coverage count the same: who is listed is who is due.

use std::collections::BTreeMap;

use model::{
    Figures, Level, UnitCode,
    form::BlockKey,
    obligation::{Which, Within},
};

use crate::small::{Book, period, register::*, unit};

/// For every unit of the tree of a period and every sort of return: what is listed below it is what
/// coverage says is due.
fn listed_is_due(book: &Book, text: &str) -> usize {
    let (catalog, whole) = (&book.catalog, period(text));
    let tree = catalog.register.tree(whole.end());
    let mut compared = 0;
    for node in tree.subtree(tree.node(unit(PROVINCE)).unwrap()).map(model::Node) {
        let within = Within::Below(vec![tree.code(node)]);
        let mut listed: BTreeMap<BlockKey, u32> = BTreeMap::new();
        for owed in catalog.obligations(Which::Inside(whole), within) {
            let frequency = owed.key.period.kind();
            let block = BlockKey { form: owed.key.form, frequency, level: owed.level };
            *listed.entry(block).or_default() += 1;
        }
        for &(block, _) in catalog.blocks() {
            let rolls = block.frequency.rolls_into(whole.kind());
            if block.frequency != whole.kind() && !rolls {
                continue;
            }
            let due = book.state.coverage(tree.code(node), block, whole).due;
            let of = tree.code(node);
            assert_eq!(listed.remove(&block).unwrap_or(0), due, "{text} {of} {block:?}");
            compared += usize::from(due > 0);
        }
        assert!(listed.is_empty(), "{text}: {listed:?}");
    }
    compared
}

fn started(mut book: Book) -> Book {
    book.record(COMMUNITY_1, "SA", "2023-01", &[("SA02", "1")]);
    book.roll_up();
    book
}

#[test]
fn every_unit_and_sort_of_return_over_every_kind_of_period() {
    let book = started(Book::standing());
    for text in ["2023-03-05", "2023-02-T3", "2023-03", "2023-B1", "2023-Q1", "2023-H1", "2023"] {
        assert!(listed_is_due(&book, text) > 0, "{text} compares something");
    }
    // The forms begin in 2020, and 2019 owes nothing.
    assert_eq!(listed_is_due(&book, "2019"), 0);
    assert!(listed_is_due(&book, "2020") > 0);
}

#[test]
fn each_period_has_the_units_of_its_own_last_day() {
    let book = started(Book::new(merged()));
    assert!(listed_is_due(&book, "2023-01") > 0);
    assert!(listed_is_due(&book, "2023-02") > 0);
    assert!(listed_is_due(&book, "2023-03") > 0);
    // Over the merger the province as a whole still agrees.
    let listed = |level| {
        let within = Within::Below(vec![unit(PROVINCE)]);
        let owed = book.catalog.obligations(Which::Inside(period("2023-Q1")), within);
        let form = book.form("SA");
        let villages = owed.filter(|owed| owed.level == level && owed.key.form == form);
        villages.count() as u32
    };
    let due = book.coverage(PROVINCE, "SA", "M", Level::Village, "2023-Q1")[0];
    assert_eq!(listed(Level::Village), due);
}

#[test]
fn coverage_leaves_out_provinces_that_never_reported_and_a_list_does_so_by_its_scope() {
    let book = started(Book::standing());
    let count = |units: Vec<UnitCode>| {
        book.catalog.obligations(Which::For(period("2023-01")), Within::Below(units)).count()
    };
    assert!(count(vec![unit(OTHER_PROVINCE)]) > 0);
    assert_eq!(book.coverage(OTHER_PROVINCE, "SA", "M", Level::Village, "2023-01"), [0; 4]);
    let everywhere = book.catalog.obligations(Which::For(period("2023-01")), Within::Everywhere);
    assert_eq!(everywhere.count(), count(vec![unit(PROVINCE), unit(OTHER_PROVINCE)]));
}
