//! The formulas of the catalogue on rolled-up figures and on declared values.

use std::collections::BTreeSet;

use model::{
    Catalog, Cell, IndicatorIx, Level, Node, Period, Severity, Tree, UnitCode,
    check::MissingOperand,
    indicator::{Entry, Kind},
};

use super::{ContextFinding, Evaluated, Rows, Scene, is_complete};
use crate::{
    declared::DeclaredTotal,
    formula::{
        Column, DeclaredOperands, FigureOperands, Formula, Judged, Operand, Operands, Placed,
        Verdict, Which, column, undefined,
    },
    says::{Says, of_check},
};

/// Judges a formula from context on those rows that it applies to.
///
/// A total that lacks returns proves nothing: a formula fails only where every figure that it reads is
/// whole.
pub(crate) fn check(rows: &Rows<'_>, placed: &Placed, findings: &mut Vec<ContextFinding>) {
    let Placed { check, formula, judged: Judged::InContext(home) } = placed else { return };
    let Rows { scene, period, tree, .. } = rows;
    let check = &scene.catalog.checks[*check];
    if (home.form, home.frequency) != (rows.form, period.kind()) {
        return;
    }
    let looked_at = |node: &&Node| {
        let level = tree.level(**node);
        home.lowest <= level && check.levels.include(level)
    };
    let nodes: Vec<Node> = rows.nodes.iter().filter(looked_at).copied().collect();
    let read = Read::new(scene, formula, tree, *period, &nodes);
    let mut found = |row: usize, verdict| {
        let node = nodes[row];
        let unit = tree.code(node);
        let operands = FigureOperands::new(scene.catalog, scene.figures, unit, *period);
        if verdict == Verdict::Overflow {
            let finding = undefined(scene.catalog, check, formula, &operands);
            findings.push(rows.finding(node, finding));
        } else if is_whole(rows, formula, node) {
            let says = says(scene.catalog, formula, &operands, check.severity, tree.level(node));
            findings.push(rows.finding(node, of_check(check, says)));
        }
    };
    read.judge(formula, check.missing, &mut found);
    for &row in &read.wide {
        let unit = tree.code(nodes[row]);
        let operands = FigureOperands::new(scene.catalog, scene.figures, unit, *period);
        let verdict = formula.judge(check.missing, &operands);
        if matches!(verdict, Verdict::Fails | Verdict::Overflow) {
            found(row, verdict);
        }
    }
}

/// What a formula reads in many rows, column by column.
struct Read {
    rows: usize,
    units: Vec<Vec<i64>>,
    valid: Vec<Vec<bool>>,
    /// Rows with a figure beyond 64 bits, which are judged one by one.
    wide: BTreeSet<usize>,
}

impl Read {
    fn new(
        scene: &Scene<'_>,
        formula: &Formula,
        tree: &Tree,
        period: Period,
        nodes: &[Node],
    ) -> Self {
        let of = (scene.catalog, scene.figures, period);
        let (mut units, mut valid, mut wide) = (Vec::new(), Vec::new(), BTreeSet::new());
        for operand in formula.operands() {
            let column = column(of, tree, nodes, operand);
            let fitting = |u: &Option<i128>| u.and_then(|u| i64::try_from(u).ok());
            let narrow: Vec<Option<i64>> = column.iter().map(fitting).collect();
            let beyond = |row: &usize| column[*row].is_some() && narrow[*row].is_none();
            wide.extend((0..nodes.len()).filter(beyond));
            valid.push(narrow.iter().map(Option::is_some).collect());
            units.push(narrow.into_iter().map(Option::unwrap_or_default).collect());
        }
        Self { rows: nodes.len(), units, valid, wide }
    }

    fn judge(
        &self,
        formula: &Formula,
        missing: MissingOperand,
        report: &mut dyn FnMut(usize, Verdict),
    ) {
        let columns = self.units.iter().zip(&self.valid);
        let columns: Vec<Column<'_>> =
            columns.map(|(units, valid)| Column { units, valid: Some(valid) }).collect();
        formula.judge_columns(missing, &columns, self.rows, &mut |row, verdict| {
            if !self.wide.contains(&row) {
                report(row, verdict);
            }
        });
    }
}

/// Whether every figure that the formula reads for the unit is made of all its returns.
fn is_whole(rows: &Rows<'_>, formula: &Formula, node: Node) -> bool {
    let Rows { scene, period, tree, .. } = rows;
    let (unit, parent) = (tree.code(node), tree.parent(node).map(|above| tree.code(above)));
    let whole = |unit, operand: &Operand, period| {
        is_complete(*scene, unit, operand.indicator, period)
            && every_cell(*scene, unit, operand.indicator, period)
    };
    formula.operands().iter().all(|operand| match operand.which {
        // One unit's own word.
        Which::Inherit | Which::Own => true,
        Which::AsOf => {
            read_at(*scene, unit, operand, *period).is_some_and(|of| whole(unit, operand, of))
        }
        Which::Value | Which::Months | Which::Children => whole(unit, operand, *period),
        Which::Previous => whole(unit, operand, period.previous()),
        Which::YearBefore => {
            period.year_before().is_some_and(|before| whole(unit, operand, before))
        }
        Which::Increment => {
            whole(unit, operand, *period)
                && (period.is_first_of_year() || whole(unit, operand, period.previous()))
        }
        Which::Parent => parent.is_some_and(|parent| whole(parent, operand, *period)),
    })
}

/// How many periods `asof` looks at in the roll-up.
const LOOKED_AT: usize = 24;

/// The period whose value `asof` reads for a unit: of a target the one that holds the day, else the
/// latest that is over and has a value.
fn read_at(scene: Scene<'_>, unit: UnitCode, operand: &Operand, period: Period) -> Option<Period> {
    let indicator = scene.catalog.indicator(operand.indicator);
    let latest = if scene.catalog.has_row(operand.indicator, period) {
        period
    } else {
        let holding = Period::containing(indicator.frequency, period.end());
        match indicator.kind == Kind::Target || holding.end() <= period.end() {
            true => holding,
            false => holding.previous(),
        }
    };
    let back = if indicator.kind == Kind::Target { 1 } else { LOOKED_AT };
    std::iter::successors(Some(latest), |of| Some(of.previous()))
        .take(back)
        .find(|&of| scene.figures.value(unit, operand.indicator, of).is_some())
}

/// Whether every unit below that enters a cell which need not be filled in has filled it in, or said
/// that it does not apply: what is left blank is missing from the sum.
fn every_cell(scene: Scene<'_>, unit: UnitCode, indicator: IndicatorIx, period: Period) -> bool {
    let definition = scene.catalog.indicator(indicator);
    let Entry::At(level) = definition.entry else { return true };
    let tree = scene.figures.tree(period);
    let Some(top) = tree.node(unit).filter(|&top| !definition.core && tree.level(top) > level)
    else {
        return true;
    };
    let form = scene.catalog.form(definition.form);
    let base: Vec<Period> = match definition.frequency == period.kind() {
        true => vec![period],
        false => period.parts(definition.frequency).collect(),
    };
    tree.subtree(top).map(Node).all(|node| {
        tree.level(node) != level
            || !form.asks(tree.class(node))
            || base
                .iter()
                .all(|&of| scene.figures.own(tree.code(node), indicator, of) != Cell::Missing)
    })
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
