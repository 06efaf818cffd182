//! Planted mistakes against findings, check by check.

use std::collections::{BTreeMap, BTreeSet};

use model::{Node, Period};

use super::{Run, summary::CaughtLine};

/// The comparison.
pub(super) struct Matched {
    pub(super) lines: Vec<CaughtLine>,
    /// Findings that nobody planted.
    pub(super) on_clean: u64,
}

/// What a finding is about, as far as plants say it: check, submission, unit, form, period, cell.
type Key = (String, String, String, String, String, String);

/// Compares plants and findings; each check is a line, set-asides are one more.
pub(super) fn compare(run: &Run) -> Matched {
    let mut planted: BTreeMap<String, BTreeSet<Key>> = BTreeMap::new();
    for plant in run.planted.plants.values().flatten() {
        let cell = plant.cell.clone();
        let (unit, form) = (plant.unit.clone(), plant.form.clone());
        // A finding from context stands against a total, not against a submission.
        let id = if is_context(&plant.check) { String::new() } else { plant.id.clone() };
        let key = (plant.check.clone(), id, unit, form, plant.period.clone(), cell);
        planted.entry(plant.check.clone()).or_default().insert(key);
    }
    let mut found: BTreeMap<String, BTreeSet<Key>> = BTreeMap::new();
    for caught in &run.caught {
        let (place, finding) = (caught.place.clone(), &caught.finding);
        let cell = finding.cell.clone();
        let key = (finding.check.clone(), place.id, place.unit, place.form, place.period, cell);
        found.entry(finding.check.clone()).or_default().insert(key);
    }
    of_context(run, &mut found);
    planted.insert("K87".to_owned(), incomplete_parents(run));
    let mut checks: Vec<String> = planted.keys().chain(found.keys()).cloned().collect();
    checks.sort_by_key(|check| (check.chars().next(), check[1..].parse::<u32>().ok()));
    checks.dedup();
    let none = BTreeSet::new();
    let mut lines = Vec::new();
    for check in checks {
        let (plants, finds) =
            (planted.get(&check).unwrap_or(&none), found.get(&check).unwrap_or(&none));
        lines.push(CaughtLine {
            planted: plants.len() as u64,
            caught: plants.intersection(finds).count() as u64,
            unplanted: finds.difference(plants).count() as u64,
            check,
        });
    }
    let on_clean = lines.iter().map(|line| line.unplanted).sum();
    lines.push(set_aside(run));
    Matched { lines, on_clean }
}

/// Findings from context of the generated province; those of the real reports are judged case by
/// case.
fn of_context(run: &Run, found: &mut BTreeMap<String, BTreeSet<Key>>) {
    let real: BTreeSet<&model::UnitCode> = run
        .aggregator
        .declared()
        .iter()
        .filter(|total| total.source == "historical")
        .flat_map(|total| &total.units)
        .collect();
    for one in &run.rolled_up.findings {
        // What is random is unusual now and then: an outlier is no mistake, and nobody planted it.
        if matches!(one.finding.check.as_str(), "K101" | "K102") {
            continue;
        }
        let declared = !matches!(one.finding.check.as_str(), "K72" | "K87" | "K100");
        if declared && one.units.iter().all(|unit| real.contains(unit)) {
            continue;
        }
        let unit = one.units.first().map(ToString::to_string).unwrap_or_default();
        let form = run.catalog.form(one.form).code.clone();
        let period = one.period.map(|p| p.to_string()).unwrap_or_default();
        let cell = one.finding.cell.clone();
        let key = (one.finding.check.clone(), String::new(), unit, form, period, cell);
        found.entry(one.finding.check.clone()).or_default().insert(key);
    }
}

/// Whether a check looks at the accepted state instead of at a submission.
fn is_context(check: &str) -> bool {
    matches!(check, "K72" | "K85" | "K86" | "K87" | "K88" | "K89" | "K95" | "K100")
}

/// K87 is planted wherever a return is absent: at every unit above it, for the period of the
/// return and each longer one that was looked at.
fn incomplete_parents(run: &Run) -> BTreeSet<Key> {
    let mut expected = BTreeSet::new();
    for (key, _) in &run.planted.absent {
        let periods: Vec<Period> = run
            .aggregator
            .settled_periods(key.form)
            .into_iter()
            .filter(|&p| p == key.period || key.period.within(p.kind()) == Some(p))
            .collect();
        for period in periods {
            let tree = run.catalog.register.tree(period.end());
            let Some(node) = tree.node(key.unit) else { continue };
            for above in tree.ancestors(node) {
                expected.insert(parent_key(run, &tree, above, key.form, period));
            }
        }
    }
    expected
}

fn parent_key(
    run: &Run,
    tree: &model::Tree,
    node: Node,
    form: model::FormIx,
    period: Period,
) -> Key {
    let (unit, form) = (tree.code(node).to_string(), run.catalog.form(form).code.clone());
    ("K87".to_owned(), String::new(), unit, form, period.to_string(), String::new())
}

/// Entries that could not be read.
fn set_aside(run: &Run) -> CaughtLine {
    let planted = run.planted.set_aside.len() as u64;
    let caught = run.aggregator.account().set_aside;
    CaughtLine {
        check: "set aside".to_owned(),
        planted,
        caught: caught.min(planted),
        unplanted: caught.saturating_sub(planted),
    }
}
