//! On the shipped register, what is owed by name is what coverage counts as due.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use model::{
    Figures, Level, Period, SubmissionKey, UnitCode,
    form::BlockKey,
    obligation::{Which, Within},
    submission::{KeyChange, KeyStatus},
};
use rollup::State;

#[test]
fn the_lists_of_a_quarter_are_as_long_as_coverage_says() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
    let catalog = Arc::new(catalog::load(&dir).unwrap());
    let quarter: Period = "2023-Q1".parse().unwrap();
    let henan = UnitCode::from_u64(410_000_000_000).unwrap();
    let mut state = State::new(Arc::clone(&catalog));
    let tree = catalog.register.tree(quarter.end());
    let mut below = tree.subtree(tree.node(henan).unwrap()).map(model::Node);
    let village = below.find(|&node| tree.level(node) == Level::Village).unwrap();
    let key = SubmissionKey {
        unit: tree.code(village),
        form: catalog.form_by_code("SA").unwrap(),
        period: "2023-01".parse().unwrap(),
    };
    let status = KeyStatus { received: true, ..KeyStatus::default() };
    state.record(&KeyChange { key, status, cells: Vec::new() }).unwrap();
    state.roll_up().unwrap();

    let mut listed: BTreeMap<(BlockKey, UnitCode), u32> = BTreeMap::new();
    let mut before = None;
    for owed in catalog.obligations(Which::Inside(quarter), Within::Below(vec![henan])) {
        let place = (owed.due, owed.key.form, owed.key.unit, owed.key.period);
        assert!(before < Some(place), "{owed:?} stands in its place");
        before = Some(place);
        let frequency = owed.key.period.kind();
        let block = BlockKey { form: owed.key.form, frequency, level: owed.level };
        let node = tree.node(owed.key.unit).unwrap();
        for above in std::iter::once(node).chain(tree.ancestors(node)) {
            *listed.entry((block, tree.code(above))).or_default() += 1;
        }
    }
    let of_interest = |level| matches!(level, Level::Province | Level::City | Level::County);
    let mut returns = 0;
    for node in tree.subtree(tree.node(henan).unwrap()).map(model::Node) {
        if !of_interest(tree.level(node)) {
            continue;
        }
        for &(block, _) in catalog.blocks() {
            let kind = block.frequency;
            if kind == quarter.kind() || kind.rolls_into(quarter.kind()) {
                let unit = tree.code(node);
                let due = state.coverage(unit, block, quarter).due;
                let found = listed.get(&(block, unit)).copied().unwrap_or(0);
                assert_eq!(found, due, "{unit} {block:?}");
                returns += if unit == henan { due } else { 0 };
            }
        }
    }
    // Several forms of 52,329 villages and more than two thousand townships.
    assert!(returns > 500_000, "{returns}");
}
