//! The formulas of the catalogue on rolled-up figures and on declared values.

use model::{Catalog, Level, Severity};

use super::{ContextFinding, Evaluated, Rows, Scene, is_whole, judge};
use crate::{
    declared::DeclaredTotal,
    formula::{DeclaredOperands, Formula, Judged, Operands, Placed, Verdict, undefined},
    says::{Says, of_check},
};

/// Judges a formula from context on those rows that it applies to.
///
/// A total that lacks returns proves nothing: a formula fails only where every figure that it reads is
/// whole.
pub(crate) fn check(rows: &Rows<'_>, placed: &Placed, findings: &mut Vec<ContextFinding>) {
    let Placed { check, formula, judged: Judged::InContext(home) } = placed else { return };
    let Rows { scene, tree, .. } = rows;
    let check = &scene.catalog.checks[*check];
    let nodes = rows.looked_at(home, check.levels);
    judge(rows, &nodes, formula, check.missing, &mut |node, verdict| {
        let operands = rows.operands(node);
        if verdict == Verdict::Overflow {
            let finding = undefined(scene.catalog, &check.id, formula, &operands);
            findings.push(rows.finding(node, finding));
        } else if is_whole(rows, formula, node) {
            let says = says(scene.catalog, formula, &operands, check.severity, tree.level(node));
            findings.push(rows.finding(node, of_check(check, says)));
        }
    });
}

fn says(
    catalog: &Catalog,
    formula: &Formula,
    operands: &dyn Operands,
    severity: Severity,
    level: Level,
) -> Says {
    let found = formula.found(catalog, operands);
    let cell = formula.operands().first().map(|operand| operand.indicator);
    let (zh, en) = match (severity, level <= Level::Township) {
        (Severity::Hard, true) => (
            "请核对并改正；改正前该期不能锁定",
            "check and correct it; until then the period cannot be locked",
        ),
        (Severity::Hard, false) => (
            "请查到下级并改正；改正前该期不能锁定",
            "trace it to the units below and have it corrected; until then the period cannot be locked",
        ),
        (_, true) => ("请核对；属实的写明原因", "check it; if it is so, explain why"),
        (_, false) => (
            "请查到下级并核对；属实的写明原因",
            "trace it to the units below; if it is so, explain why",
        ),
    };
    Says {
        cell: cell.map_or_else(String::new, |i| catalog.indicator(i).code.clone()),
        zh: format!("{found}；{zh}"),
        en: format!("{found}; {en}"),
        expected: formula.to_string(),
        found,
        head: None,
    }
}

/// Judges every formula of the catalogue on the declared values of each unit (or list) and period,
/// whatever levels it is meant for.
pub(crate) fn on_declared(scene: Scene<'_>, formulas: &[Placed]) -> Vec<Evaluated> {
    let mut evaluated = Vec::new();
    for Placed { check, formula, .. } in formulas {
        let check = &scene.catalog.checks[*check];
        for (place, beside) in scene.declared.iter().enumerate() {
            // One judgement per unit and period: beside its first declared value.
            let first = scene.declared[..place].iter().all(|other| !same_place(other, beside));
            let Scene { catalog, figures, declared } = scene;
            let operands = DeclaredOperands { catalog, figures, declared, beside };
            if !first || !declares_one(formula, scene, beside) {
                continue;
            }
            let verdict = formula.judge(model::check::MissingOperand::Skip, &operands);
            if verdict != Verdict::Missing {
                evaluated.push(Evaluated {
                    check: check.id.clone(),
                    units: beside.units.clone(),
                    period: beside.period,
                    found: formula.found(scene.catalog, &operands),
                    holds: verdict == Verdict::Holds,
                });
            }
        }
    }
    evaluated
}

fn same_place(one: &DeclaredTotal, other: &DeclaredTotal) -> bool {
    one.units == other.units
        && one.period == other.period
        && (one.period.is_some()
            || (one.dated == other.dated && one.document() == other.document()))
}

/// Whether the formula reads anything that is declared there; the rest may come from the register.
fn declares_one(formula: &Formula, scene: Scene<'_>, beside: &DeclaredTotal) -> bool {
    let reads = |declared: &DeclaredTotal| {
        formula.operands().iter().any(|operand| declared.terms.contains(&operand.indicator))
    };
    scene.declared.iter().any(|declared| same_place(declared, beside) && reads(declared))
}

#[cfg(test)]
mod tests {
    use model::{FormIx, Period};

    use crate::{
        Context, ContextFinding,
        fixture::{Written, catalog, declared, evaluations},
    };

    const TOWN: &str = "410421100000";

    fn found(figures: &Written, period: &str) -> Vec<ContextFinding> {
        let form: FormIx = catalog().form_by_code("SA").unwrap();
        let period: Period = period.parse().unwrap();
        Context::new(catalog()).all(figures, &[], &[(form, period)])
    }

    fn town(persons: i64, before: i64, after: i64) -> Written {
        Written::default()
            .value(TOWN, "SA02", "2023-03", persons)
            .value(TOWN, "SA11", "2023-02", before)
            .value(TOWN, "SA11", "2023-03", after)
    }

    #[test]
    fn k72_finds_persons_without_money_and_k100_the_rural_ones() {
        let findings = found(&town(12, 500_000, 500_000), "2023-03");
        assert_eq!(findings.len(), 1);
        let finding = &findings[0].finding;
        assert_eq!((finding.check.as_str(), finding.cell.as_str()), ("K72", "SA11"));
        assert_eq!(finding.severity, model::Severity::Verify);
        assert_eq!(finding.found, "inc(SA11) = 0, SA02 = 12");
        assert!(found(&town(12, 500_000, 600_000), "2023-03").is_empty());
        assert!(found(&town(0, 500_000, 500_000), "2023-03").is_empty());
        let rural =
            Written::default().value(TOWN, "SA04", "2023-01", 3).value(TOWN, "SA12", "2023-01", 0);
        assert_eq!(found(&rural, "2023-01")[0].finding.check, "K100");
    }

    #[test]
    fn a_missing_operand_does_not_fire_and_villages_are_not_asked() {
        assert!(
            found(&Written::default().value(TOWN, "SA02", "2023-03", 12), "2023-03").is_empty()
        );
        let village = "410421100201";
        let figures = Written::default()
            .value(village, "SA02", "2023-01", 12)
            .value(village, "SA11", "2023-01", 0);
        assert!(found(&figures, "2023-01").is_empty());
    }

    #[test]
    fn formulas_run_on_the_declared_values_of_one_unit_and_period() {
        let none = Written::default();
        let names = |roads: &str| {
            [("GN01", "24"), ("GN02", roads), ("GN03", "8"), ("GN04", "1")]
                .map(|(code, value)| declared("320282000000", code, "2023-H1", value))
        };
        assert_eq!(evaluations(&none, &names("15"), "K41"), [true]);
        assert_eq!(evaluations(&none, &names("14"), "K41"), [false]);
        assert!(evaluations(&none, &names("15")[..3], "K41").is_empty());
    }

    #[test]
    fn a_sum_known_only_together_stands_in_for_its_terms() {
        let none = Written::default();
        let couples = |foreign: &str| {
            [
                declared("320282000000", "MR01+MR02", "2023-H1", "4577"),
                declared("320282000000", "MR03", "2023-H1", foreign),
            ]
        };
        assert_eq!(evaluations(&none, &couples("7"), "K39"), [true]);
        assert_eq!(evaluations(&none, &couples("4578"), "K39"), [false]);
    }

    #[test]
    fn undated_values_belong_together_when_one_document_dates_them_alike() {
        let none = Written::default();
        let mut sent = [("SA13", "924"), ("SA22", "1202"), ("SA14", "8940"), ("SA23", "969")]
            .map(|(code, value)| declared("370800000000", code, "", value));
        sent.iter_mut().for_each(|d| d.role = "standard".to_owned());
        assert_eq!(evaluations(&none, &sent, "K63"), [true]);
        assert_eq!(evaluations(&none, &sent, "K64"), [true]);
        sent[1].dated = "目前".to_owned();
        assert!(evaluations(&none, &sent, "K63").is_empty());
        sent[3].reference = "another report#2".to_owned();
        assert!(evaluations(&none, &sent, "K64").is_empty());
    }

    #[test]
    fn the_year_before_is_declared_too() {
        let none = Written::default();
        let mut sent = [
            ("SA13", "2019", "520"),
            ("SA13", "2020", "570"),
            ("SA14", "2019", "3860"),
            ("SA14", "2020", "4260"),
        ]
        .map(|(code, period, value)| declared("410400000000", code, period, value));
        assert_eq!(evaluations(&none, &sent, "K81"), [true]);
        sent[1].value = "510".to_owned();
        assert_eq!(evaluations(&none, &sent, "K81"), [false]);
    }
}
