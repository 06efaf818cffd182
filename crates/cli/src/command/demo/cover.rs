//! Coverage of the quarter by prefecture, over all forms.

use model::{Coverage, Figures, Node};

use super::{Run, summary::CoverageLine};

/// One line per prefecture of the provinces that reported, by code.
pub(super) fn by_prefecture(run: &Run) -> Vec<CoverageLine> {
    let tree = run.catalog.register.tree(run.quarter.end());
    let roots = tree.nodes().filter(|&node| tree.parent(node).is_none());
    let prefectures = roots.flat_map(|root| tree.children(root).collect::<Vec<Node>>());
    prefectures
        .filter_map(|node| {
            let coverage = of_unit(run, tree.code(node));
            let record = run.catalog.register.record(tree.record(node));
            (coverage.received > 0).then(|| CoverageLine {
                unit: tree.code(node).to_string(),
                name: record.name.clone(),
                due: u64::from(coverage.due),
                received: u64::from(coverage.received),
                on_time: u64::from(coverage.on_time),
                accepted: u64::from(coverage.accepted),
            })
        })
        .collect()
}

/// All returns of a subtree that lie inside the quarter.
fn of_unit(run: &Run, unit: model::UnitCode) -> Coverage {
    let quarter = run.quarter;
    let mut sum = Coverage::default();
    for (block, _) in run.catalog.blocks() {
        let frequency = block.frequency;
        if frequency == quarter.kind() || frequency.rolls_into(quarter.kind()) {
            sum += run.aggregator.figures().coverage(unit, *block, quarter);
        }
    }
    sum
}
