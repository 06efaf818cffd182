//! Outliers on a real roll-up: the order in which returns come in does not decide, and a correction
//! does.

use std::sync::Arc;

use checks::Context;
use model::{
    Amount, Catalog, Cell, Figures, Period, SubmissionKey,
    submission::{KeyChange, KeyStatus},
};
use proptest::prelude::*;
use rollup::State;

use super::place::{FullCatalog, code, county, period, unit_of};

/// The township's new admissions, the latest last.
const MONTHS: [i64; 10] = [11, 10, 13, 12, 11, 13, 12, 14, 12, 90];

fn catalog() -> Arc<Catalog> {
    static CATALOG: std::sync::LazyLock<Arc<Catalog>> =
        std::sync::LazyLock::new(|| Arc::new(county(&FullCatalog::load(), None)));
    Arc::clone(&CATALOG)
}

/// The `n`-th of the months up to 2023-03.
fn month(n: usize) -> Period {
    (n + 1..MONTHS.len()).fold(period("2023-03"), |month, _| month.previous())
}

fn record(state: &mut State, catalog: &Catalog, n: usize, units: i64) {
    let form = catalog.form_by_code("SA").unwrap();
    let key = SubmissionKey { unit: code(unit_of("t")), form, period: month(n) };
    let status = KeyStatus { received: true, on_time: true, accepted: true };
    let indicator = catalog.indicator_by_code("SA09").unwrap();
    let cells = vec![(indicator, Cell::Value(Amount { units, scale: 0 }))];
    state.record(&KeyChange { key, status, cells }).unwrap();
}

/// What is said of the last month.
fn hints(state: &mut State, catalog: &Arc<Catalog>) -> Vec<String> {
    state.roll_up().unwrap();
    let of = (catalog.form_by_code("SA").unwrap(), month(MONTHS.len() - 1));
    let nodes: Vec<_> = state.tree(of.1).nodes().collect();
    let findings = Context::new(Arc::clone(catalog)).of_returns(state, of, &nodes);
    let hints = findings.iter().filter(|one| matches!(&*one.finding.check, "K101" | "K102"));
    hints.map(|one| one.finding.message_en.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn the_order_of_arrival_does_not_decide(
        order in Just((0..MONTHS.len()).collect::<Vec<usize>>()).prop_shuffle(),
        together in 1usize..5,
    ) {
        let catalog = catalog();
        let mut state = State::new(Arc::clone(&catalog));
        for (place, &n) in order.iter().enumerate() {
            record(&mut state, &catalog, n, MONTHS[n]);
            if place % together == 0 {
                state.roll_up().unwrap();
            }
        }
        let found = hints(&mut state, &catalog);
        prop_assert_eq!(found.len(), 2);
        prop_assert!(found[0].contains("is 90; the median of the unit's 9 earlier periods is 12"));
        prop_assert!(found[1].contains("it was 12 in 2023-02, 7.50 times as much"), "{}", found[1]);
        // The correction of the last month takes both back.
        record(&mut state, &catalog, MONTHS.len() - 1, 12);
        prop_assert!(hints(&mut state, &catalog).is_empty());
    }
}

#[test]
fn a_code_that_named_another_unit_has_no_history_of_then() {
    for (from, hinted) in [("2022-08-01", 1), ("2022-10-01", 0)] {
        let mut full = FullCatalog::load();
        full.begin_anew(unit_of("t"), from.parse().unwrap());
        let catalog = Arc::new(county(&full, None));
        let mut state = State::new(Arc::clone(&catalog));
        (0..MONTHS.len()).for_each(|n| record(&mut state, &catalog, n, MONTHS[n]));
        // From August on there are seven earlier months, from October on five.
        assert_eq!(hints(&mut state, &catalog).len(), hinted, "{from}");
    }
}

#[test]
fn what_is_not_in_force_is_no_history() {
    let catalog = catalog();
    let mut state = State::new(Arc::clone(&catalog));
    let recorded = [0, 2, 4, 6, 8, 9];
    recorded.iter().for_each(|&n| record(&mut state, &catalog, n, MONTHS[n]));
    assert!(hints(&mut state, &catalog).is_empty());
    // The sixth earlier month is enough for the one, and no month has a neighbour for the other.
    record(&mut state, &catalog, 7, MONTHS[7]);
    assert_eq!(hints(&mut state, &catalog).len(), 1);
}
