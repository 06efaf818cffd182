//! The formulas of the catalogue on rolled-up figures and on declared values.

use model::{
    Catalog, FormIx, Level, Period,
    check::{CheckDefinition, CheckKind},
};

use super::{ContextFinding, Evaluated, Scene};
use crate::{
    declared::DeclaredTotal,
    formula::{DeclaredOperands, FigureOperands, Formula, FormulaError, Operands, Verdict, Which},
    rule::FORMULAS,
    says::{Says, of_check},
};

/// The formula of a check, with the check's forms as the place where its names are looked for.
pub(crate) fn compile(catalog: &Catalog, check: &CheckDefinition) -> Result<Formula, FormulaError> {
    let forms: Vec<FormIx> =
        check.forms.iter().filter_map(|code| catalog.form_by_code(code)).collect();
    Formula::parse(&check.expression, catalog, &forms)
}

/// Judges the enforced context formulas on the figures of every unit that they apply to.
pub(crate) fn check(
    scene: Scene<'_>,
    forms_periods: &[(FormIx, Period)],
    findings: &mut Vec<ContextFinding>,
) {
    for check in FORMULAS.iter().filter_map(|id| scene.definition(id)) {
        // A formula that cannot be read is a fault of the catalogue, reported where it is loaded.
        let Ok(formula) = compile(scene.catalog, check) else { continue };
        for &(form, period) in forms_periods {
            let applies = check.forms.contains(&scene.catalog.form(form).code);
            if applies && has_rows(scene.catalog, &formula, period) {
                on_units(scene, check, &formula, (form, period), findings);
            }
        }
    }
}

/// Whether every operand of the period itself has a row for periods of this kind.
fn has_rows(catalog: &Catalog, formula: &Formula, period: Period) -> bool {
    let of_the_period = |which| !matches!(which, Which::AsOf | Which::Inherit);
    formula
        .operands()
        .iter()
        .filter(|operand| of_the_period(operand.which))
        .all(|operand| catalog.has_row(operand.indicator, period))
}

fn on_units(
    scene: Scene<'_>,
    check: &CheckDefinition,
    formula: &Formula,
    (form, period): (FormIx, Period),
    findings: &mut Vec<ContextFinding>,
) {
    let tree = scene.figures.tree(period);
    for node in tree.nodes().filter(|&node| check.levels.include(tree.level(node))) {
        let unit = tree.code(node);
        let operands = FigureOperands::new(scene.catalog, scene.figures, unit, period);
        let verdict = formula.judge(check.missing, &operands);
        if matches!(verdict, Verdict::Fails | Verdict::Overflow) {
            let says = says(scene.catalog, formula, &operands, verdict, tree.level(node));
            let finding = of_check(check, says);
            findings.push(ContextFinding {
                units: vec![unit],
                form,
                period: Some(period),
                finding,
            });
        }
    }
}

fn says(
    catalog: &Catalog,
    formula: &Formula,
    operands: &dyn Operands,
    verdict: Verdict,
    level: Level,
) -> Says {
    let found = formula.found(catalog, operands);
    let cell = formula.operands().first().map(|operand| operand.indicator);
    let (zh, en) = match verdict {
        Verdict::Overflow => {
            ("数值过大，无法计算；请核对计量单位", "too large to compute; check the measure")
        }
        _ if level <= Level::Township => {
            ("请核对；属实的写明原因", "check it; if it is so, explain why")
        }
        _ => (
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
pub(crate) fn on_declared(scene: Scene<'_>) -> Vec<Evaluated> {
    let mut evaluated = Vec::new();
    let formulas = scene.catalog.checks.iter().filter(|check| check.kind == CheckKind::Formula);
    for check in formulas {
        let Ok(formula) = compile(scene.catalog, check) else { continue };
        for (place, beside) in scene.declared.iter().enumerate() {
            // One judgement per unit and period: beside its first declared value.
            let first = scene.declared[..place].iter().all(|other| !same_place(other, beside));
            let Scene { catalog, figures, declared } = scene;
            let operands = DeclaredOperands { catalog, figures, declared, beside };
            if !first || !declares_one(&formula, scene, beside) {
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
        ContextFinding, context,
        fixture::{Written, catalog, declared, evaluations},
    };

    const TOWN: &str = "410421100000";

    fn found(figures: &Written, period: &str) -> Vec<ContextFinding> {
        let form: FormIx = catalog().form_by_code("SA").unwrap();
        let period: Period = period.parse().unwrap();
        context(&catalog(), figures, &[], &[(form, period)])
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
