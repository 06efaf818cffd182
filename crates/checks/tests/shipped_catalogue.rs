//! The definitions that ship: every formula can be read, every enforced check exists.

use std::{collections::HashMap, path::Path, sync::LazyLock};

use checks::{Exact, FORMAT_RULES, Formula, Operand, Operands, Verdict, is_enforced};
use model::{
    Catalog, FormIx,
    check::{CheckKind, MissingOperand},
};
use proptest::prelude::*;

fn shipped() -> &'static Catalog {
    static SHIPPED: LazyLock<Catalog> = LazyLock::new(|| {
        let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
        catalog::load(&definitions).expect("the shipped definitions load")
    });
    &SHIPPED
}

fn formula(id: &str) -> Formula {
    let catalog = shipped();
    let check = catalog.checks.iter().find(|check| check.id == id).expect(id);
    let forms: Vec<FormIx> =
        check.forms.iter().filter_map(|code| catalog.form_by_code(code)).collect();
    Formula::parse(&check.expression, catalog, &forms)
        .unwrap_or_else(|error| panic!("{id}: {error}"))
}

#[test]
fn all_formulas_are_read_and_name_what_they_say() {
    let formulas: Vec<&str> = shipped()
        .checks
        .iter()
        .filter(|check| check.kind == CheckKind::Formula)
        .map(|check| check.id.as_str())
        .collect();
    // The hundred, and K101 and K102 beyond them.
    assert_eq!((shipped().checks.len(), formulas.len()), (100 + 2, 70));
    for id in formulas {
        let check = shipped().checks.iter().find(|check| check.id == id).unwrap();
        let formula = formula(id);
        for operand in formula.operands() {
            let name = operand.name(shipped());
            assert!(check.expression.contains(&name), "{id}: {name} in {}", check.expression);
        }
        // As many different operands as different names in the text.
        let mut names: Vec<&str> = check
            .expression
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '(')
            .filter(|word| word.chars().rev().take(2).all(|c| c.is_ascii_digit()))
            .filter(|word| word.chars().any(|c| c.is_ascii_uppercase()))
            .map(|word| match word.rsplit_once('(') {
                Some(("least" | "abs" | "", code)) => code,
                _ => word,
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(formula.operands().len(), names.len(), "{id}: {names:?}");
    }
}

#[test]
fn every_check_is_enforced_and_format_rules_have_ids_of_their_own() {
    let shown_only = shipped().checks.iter().filter(|check| !is_enforced(check));
    let shown_only: Vec<&str> = shown_only.map(|check| check.id.as_str()).collect();
    assert_eq!(shown_only, [""; 0]);
    let ids: Vec<&str> = FORMAT_RULES.iter().map(|rule| rule.id).collect();
    let mut distinct = ids.clone();
    distinct.dedup();
    assert_eq!(ids, distinct);
    assert!(shipped().checks.iter().all(|check| !ids.contains(&check.id.as_str())));
}

/// Values by operand name, at the scale that the formula asks for.
struct Known(HashMap<String, i128>);

impl Operands for Known {
    fn read(&self, operand: &Operand) -> Option<Exact> {
        self.0.get(&operand.name(shipped())).map(|&units| Exact::new(units, operand.scale))
    }
}

fn judged(id: &str, values: &[(&str, i128)]) -> bool {
    let known = Known(values.iter().map(|&(name, units)| (name.to_owned(), units)).collect());
    match formula(id).judge(MissingOperand::Skip, &known) {
        Verdict::Holds => true,
        Verdict::Fails => false,
        other => panic!("{id}: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Formulas of every shape against the same rule written in Rust over plain integers.
    #[test]
    fn formulas_agree_with_their_meaning(
        a in 0i128..40, b in 0i128..40, c in 0i128..40, d in 0i128..40, e in 0i128..40,
    ) {
        prop_assert_eq!(judged("K14", &[("SA01", a), ("SA02", b)]), (a == 0) == (b == 0));
        prop_assert_eq!(
            judged("K33", &[("DS03", a), ("DS01", b), ("DS02", c)]), a <= b.min(c));
        prop_assert_eq!(
            judged("K41", &[("GN01", a), ("GN02", b), ("GN03", c), ("GN04", d)]), a == b + c + d);
        prop_assert_eq!(
            judged("K43", &[("SF09", a), ("SF16", b), ("SF17", c), ("SF06", d), ("SF07", e)]),
            a <= b - c + d - e);
        prop_assert_eq!(
            judged("K77", &[("SA02", a), ("prev(SA02)", b)]), b == 0 || 10 * (a - b).abs() <= b);
        prop_assert_eq!(
            judged("K98", &[("SA45", a), ("SA37", b), ("SA36", c)]), a <= b && b <= c);
        prop_assert_eq!(
            judged("K100", &[("inc(SA12)", a), ("SA04", b)]), a != 0 || b == 0);
        // Money in 0.0001 万元, the standard in 0.01 元: both sides in 元.
        prop_assert_eq!(
            judged("K66", &[("inc(SA11)", a * 100), ("inherit(SA13)", b * 100), ("months(SA02)", c)]),
            a * 100 <= b * c);
        // 10 yuan steps against 9 to 11 times persons and standard.
        let steps = 10 * a * 1000;
        prop_assert_eq!(
            judged("K69", &[("inc(DS04)", a * 1000), ("inherit(DS06)", b * 100), ("months(DS01)", c)]),
            9 * b * c <= steps && steps <= 11 * b * c);
    }
}
