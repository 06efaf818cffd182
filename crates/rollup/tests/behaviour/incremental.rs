//! Whatever the order of changes, corrections and removals: the live sums, a full recomputation, a
//! fresh state and the slow oracle agree in every row, and every row that changed is reported.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    Amount, Cell, FormIx, Level, Node, Period, PeriodKind, Rows, SubmissionKey,
    indicator::{Entry, RollUpRule},
    submission::{KeyChange, KeyStatus},
};
use proptest::prelude::*;
use rollup::{Slice, State, Tally};

use crate::{
    oracle::Oracle,
    small::{self, period, register},
};

const PERIODS: [&str; 24] = [
    "2022-11",
    "2022-12",
    "2023-01",
    "2023-02",
    "2023-03",
    "2023-04",
    "2022-Q4",
    "2023-Q1",
    "2023-Q2",
    "2022-H2",
    "2023-H1",
    "2022",
    "2023",
    "2023-02-10",
    "2023-02-14",
    "2023-02-15",
    "2023-02-28",
    "2023-03-01",
    "2023-02-T1",
    "2023-02-T2",
    "2023-02-T3",
    "2023-03-T1",
    "2023-B1",
    "2023-B2",
];

/// One step of a history, by numbers that every register can resolve.
#[derive(Clone, Debug)]
struct Step {
    unit: usize,
    block: usize,
    period: usize,
    cells: Vec<i64>,
    status: u8,
    what: u8,
}

fn step() -> impl Strategy<Value = Step> {
    let cells = proptest::collection::vec(-3i64..60, 12);
    (0usize..1000, 0usize..1000, 0usize..1000, cells, 0u8..8, 0u8..12).prop_map(
        |(unit, block, period, cells, status, what)| Step {
            unit,
            block,
            period,
            cells,
            status,
            what,
        },
    )
}

/// Whether units of a level have units of the entry level below them.
fn holds(level: Level, entry: Level) -> bool {
    level > entry && level != Level::Village
}

/// The change that a step stands for: a key that the catalogue knows, with some of its cells.
fn resolve(catalog: &model::Catalog, step: &Step) -> KeyChange {
    let (block, _) = &catalog.blocks()[step.block % catalog.blocks().len()];
    let periods: Vec<Period> = PERIODS.iter().map(|text| period(text)).collect();
    let fitting: Vec<Period> =
        periods.into_iter().filter(|p| p.kind() == block.frequency).collect();
    let when = fitting[step.period % fitting.len()];
    let tree = catalog.register.tree(when.end());
    // One step in four is an own share of some unit above the entry level.
    let fits = |n: &Node| {
        let level = tree.level(*n);
        if step.what % 4 == 3 { holds(level, block.level) } else { level == block.level }
    };
    let nodes: Vec<Node> = tree.nodes().filter(fits).collect();
    let node = nodes[step.unit % nodes.len()];
    let level = tree.level(node);
    let mut cells = Vec::new();
    let asked = catalog.indicators_of(block.form).filter(|(_, i)| {
        i.frequency == block.frequency
            && matches!(i.entry, Entry::At(entry) if entry == level || holds(level, entry))
    });
    for ((indicator, definition), &drawn) in asked.zip(&step.cells) {
        match drawn {
            ..0 => {}
            0..3 => cells.push((indicator, Cell::NotApplicable)),
            _ => {
                let amount = Amount { units: (drawn - 8) * 7, scale: definition.scale };
                cells.push((indicator, Cell::Value(amount)));
            }
        }
    }
    let flag = |bit: u8| step.status & bit != 0;
    let mut status = KeyStatus { received: true, on_time: flag(1), accepted: flag(2) };
    if step.what == 0 {
        (cells, status) = (Vec::new(), KeyStatus::default());
    }
    let key = SubmissionKey { unit: tree.code(node), form: block.form, period: when };
    KeyChange { key, status, cells }
}

/// Every row of every table, by form, period and unit.
type Book = BTreeMap<(FormIx, Period, Slice, u64), Vec<String>>;

fn pages(state: &State) -> Book {
    let mut book = Book::new();
    for form in (0..small::definitions::FORMS.len() as u8).map(FormIx) {
        for period in state.periods(form) {
            let rows = state.rows(form, period, Slice::Whole);
            for row in 0..rows.nodes.len() {
                let (slice, code) = place(&rows, row);
                book.insert((form, period, slice, code), line(&rows, row));
            }
        }
    }
    book
}

fn place(rows: &Rows, row: usize) -> (Slice, u64) {
    let node = rows.nodes[row];
    let prefecture = rows.tree.prefecture(node).map(|p| Slice::Prefecture(rows.tree.code(p)));
    (prefecture.unwrap_or(Slice::Province), rows.tree.code(node).as_u64())
}

fn line(rows: &Rows, row: usize) -> Vec<String> {
    let values = rows.columns.iter().map(|c| {
        format!("{} {}", c.name, if c.valid[row] { c.values[row].to_string() } else { "-".into() })
    });
    let coverage = rows.coverage.iter().map(|(key, cells)| format!("{key:?} {:?}", cells[row]));
    let marks = rows.not_applicable.iter().filter(|(r, _)| *r as usize == row);
    values.chain(coverage).chain(marks.map(|(_, i)| format!("n/a {i:?}"))).collect()
}

/// The same book from the oracle.
fn slow_pages(oracle: &Oracle) -> Book {
    let catalog = &oracle.catalog;
    let mut book = Book::new();
    let bases: Vec<Period> = PERIODS.iter().map(|text| period(text)).collect();
    let days = bases.iter().flat_map(|base| [base.start(), base.end()]);
    let mut periods: Vec<Period> =
        days.flat_map(|day| PeriodKind::ALL.map(|kind| Period::containing(kind, day))).collect();
    periods.sort_unstable();
    periods.dedup();
    for form in (0..small::definitions::FORMS.len() as u8).map(FormIx) {
        for &period in &periods {
            let tree = oracle.tree(period);
            for node in oracle.rows(form, period, &tree) {
                let prefecture = tree.prefecture(node).map(|p| Slice::Prefecture(tree.code(p)));
                let slice = prefecture.unwrap_or(Slice::Province);
                let line = slow_line(oracle, catalog, form, period, node);
                book.insert((form, period, slice, tree.code(node).as_u64()), line);
            }
        }
    }
    book
}

fn slow_line(
    oracle: &Oracle,
    catalog: &model::Catalog,
    form: FormIx,
    period: Period,
    node: Node,
) -> Vec<String> {
    let tree = oracle.tree(period);
    let mut line = Vec::new();
    let show = |name: &str, value: Option<i128>| {
        format!("{name} {}", value.map_or("-".into(), |v| v.to_string()))
    };
    for (indicator, definition) in catalog.indicators_of(form) {
        let has_row = catalog.has_row(indicator, period);
        let name = definition.code.to_lowercase();
        let value = || oracle.value(indicator, period, &tree, node);
        line.push(show(&name, if has_row { value() } else { None }));
        if matches!(definition.rollup, RollUpRule::WeightedMean(_)) {
            let declared =
                if has_row { oracle.declared(indicator, period, &tree, node) } else { vec![] };
            let values = || declared.iter().map(|(_, value, _)| *value);
            line.push(show(&format!("{name}_min"), values().min()));
            line.push(show(&format!("{name}_max"), values().max()));
        }
    }
    for (block, _) in catalog.blocks().iter().filter(|(block, _)| block.form == form) {
        line.push(format!("{block:?} {:?}", oracle.coverage(*block, period, &tree, node)));
    }
    let marks = oracle.not_applicable(form, period, tree.code(node));
    line.extend(marks.iter().map(|i| format!("n/a {i:?}")));
    line
}

/// Compares two books and names the first difference.
fn same(left: &Book, right: &Book, what: &str) -> Result<(), TestCaseError> {
    for key in left.keys().chain(right.keys()) {
        prop_assert_eq!(left.get(key), right.get(key), "{} {} {:?}", what, key.1, key);
    }
    Ok(())
}

fn walk(records: Vec<model::UnitRecord>, steps: &[Step]) -> Result<(), TestCaseError> {
    let catalog = small::catalog(records);
    let mut live = State::new(Arc::clone(&catalog));
    let mut oracle = Oracle::new(Arc::clone(&catalog));
    let mut before = pages(&live);
    for batch in steps.chunks(7) {
        for step in batch {
            let change = resolve(&catalog, step);
            live.record(&change).unwrap();
            oracle.record(&change);
            let verdict = match step.what {
                4 => Tally::SentBack,
                5 => Tally::Unexplained,
                6 if !oracle.tallies.contains(&(change.key, Tally::FirstPass)) => Tally::FirstPass,
                _ => continue,
            };
            live.tally(change.key, verdict);
            oracle.tallies.push((change.key, verdict));
        }
        let touched = live.roll_up().unwrap();
        prop_assert!(touched.is_sorted() && touched.windows(2).all(|w| w[0] != w[1]));
        let after = pages(&live);
        for key in before.keys().chain(after.keys()) {
            if before.get(key) != after.get(key) {
                let row = (key.0, key.1, key.2);
                prop_assert!(
                    touched.contains(&row),
                    "{} {:?} changed unseen:\n{:?}\n{:?}",
                    key.1,
                    key,
                    before.get(key),
                    after.get(key)
                );
            }
        }
        before = after;
    }
    let mut again = live.clone();
    again.recompute().unwrap();
    same(&before, &pages(&again), "recomputed")?;
    let mut fresh = State::new(Arc::clone(&catalog));
    for change in oracle.keys.values().rev() {
        fresh.record(change).unwrap();
    }
    for &(key, verdict) in &oracle.tallies {
        fresh.tally(key, verdict);
    }
    fresh.roll_up().unwrap();
    same(&before, &pages(&fresh), "fresh")?;
    same(&before, &slow_pages(&oracle), "oracle")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn on_a_tree_that_stands(steps in proptest::collection::vec(step(), 1..60)) {
        walk(register::standing(), &steps)?;
    }

    #[test]
    fn across_a_merger(steps in proptest::collection::vec(step(), 1..60)) {
        walk(register::merged(), &steps)?;
    }
}
