//! The facts of the five reports through the real definitions and checks: every one is readable, and
//! every case comes out as its file says.

use std::{path::Path, sync::Arc};

use checks::{Context, DeclaredTotal, resolve_declared};
use model::{Catalog, UnitCode};
use rollup::State;
use sample::{
    cases::{CaseOutcome, Evidence, Outcome, SeenCheck, SeenFinding, judge},
    facts::{Fact, facts, replay},
};

fn definitions() -> Arc<Catalog> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
    Arc::new(catalog::load(&dir).expect("the definitions load"))
}

fn codes(units: &[UnitCode]) -> Vec<String> {
    units.iter().map(ToString::to_string).collect()
}

/// Findings of the declared values of these facts, and what the cases make of them.
fn judged(catalog: &Arc<Catalog>, facts: &[Fact]) -> (Vec<SeenFinding>, Vec<CaseOutcome>) {
    let replay = replay(facts).unwrap();
    let all = replay.declared.iter().chain(&replay.targets).chain(&replay.beside);
    let totals: Vec<DeclaredTotal> = all
        .map(|sent| {
            resolve_declared(catalog, sent).unwrap_or_else(|f| panic!("{}: {f:#?}", sent.id))
        })
        .collect();
    let mut state = State::new(Arc::clone(catalog));
    state.roll_up().unwrap();
    let findings: Vec<SeenFinding> = Context::new(Arc::clone(catalog))
        .all(&state, &totals, &[])
        .into_iter()
        .map(|f| SeenFinding {
            check: f.finding.check,
            units: codes(&f.units),
            cell: f.finding.cell,
        })
        .collect();
    let evaluated: Vec<SeenCheck> = Context::new(Arc::clone(catalog))
        .evaluate_declared(&state, &totals)
        .into_iter()
        .map(|e| SeenCheck { check: e.check, units: codes(&e.units), holds: e.holds })
        .collect();
    let evidence =
        Evidence { facts, replay: &replay, findings: &findings, evaluated: &evaluated, catalog };
    let outcomes = judge(&evidence).unwrap();
    (findings, outcomes)
}

#[test]
fn every_case_is_as_its_file_says_and_c07_hangs_on_the_numbers_alone() {
    let catalog = definitions();
    let mut facts = facts().unwrap();
    let (findings, outcomes) = judged(&catalog, &facts);
    let wrong: Vec<_> = outcomes.iter().filter(|o| o.as_file_says == Outcome::No).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let cells: Vec<&str> =
        findings.iter().filter(|f| f.check == "K95").map(|f| f.cell.as_str()).collect();
    assert_eq!(cells, ["DS04+DS05", "DS08", "DS09"]);
    assert_eq!(findings.len(), 3, "{findings:#?}");

    // The six counties below the city: persons and money.
    for (fact, lower) in [("F048", "38000"), ("F050", "47000"), ("F049", "2300"), ("F051", "3200")]
    {
        let fact = facts.iter_mut().find(|f| f.id == fact).unwrap();
        fact.figure = sample::exact::Figure::parse(lower, "test").unwrap();
        fact.printed = lower.to_owned();
    }
    let (findings, outcomes) = judged(&catalog, &facts);
    assert!(findings.is_empty(), "{findings:#?}");
    let c07 = outcomes.iter().find(|o| o.case == "C07").unwrap();
    assert_eq!(c07.as_file_says, Outcome::No);
}
