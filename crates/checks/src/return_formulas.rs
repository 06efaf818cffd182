//! Formulas that a return answers by itself, judged on its own cells.

use model::{
    Catalog, Cell, Finding, IndicatorIx, Level, Severity,
    check::{CheckDefinition, CheckLevels},
    form::BlockKey,
};

use crate::{
    exact::Exact,
    formula::{Formula, Judged, Operand, Operands, Placed, Verdict, Which, undefined},
    intake::Submitted,
    rule::k94_explained,
    says::{Says, of_check},
};

/// The formulas of all returns.
#[derive(Debug)]
pub(crate) struct ReturnFormulas(Vec<Placed>);

impl ReturnFormulas {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let mut all = crate::formula::placed(catalog);
        all.retain(|placed| matches!(placed.judged, Judged::OnReturn(_)));
        Self(all)
    }

    /// Places of the formulas that a return of this sort answers. A unit above the level that enters
    /// the cells has only its own share (本级) of them, and answers for that.
    pub(crate) fn of(&self, catalog: &Catalog, key: BlockKey) -> Vec<u16> {
        let answers = |placed: &Placed| {
            let check = &catalog.checks[placed.check];
            let form = &catalog.form(key.form).code;
            let Judged::OnReturn(entered) = placed.judged else { return false };
            (entered.form, entered.frequency) == (key.form, key.frequency)
                && (entered.level == key.level
                    || entered.level < key.level && key.level >= Level::Township)
                && (check.forms.is_empty() || check.forms.contains(form))
                && applies(check, entered.level, key.level)
        };
        let places = self.0.iter().enumerate().filter(|(_, placed)| answers(placed));
        places.map(|(place, _)| place as u16).collect()
    }
}

/// Whether the check is meant for the unit, or for values of its cells at all: what is meant for
/// higher levels only is judged where its cells are entered, since nobody above can change them.
fn applies(check: &CheckDefinition, entered: Level, level: Level) -> bool {
    match check.levels {
        CheckLevels::Up(lowest) if lowest > entered => level == entered || level >= lowest,
        CheckLevels::Only(only) if only > entered => level == entered || level == only,
        levels => levels.include(level),
    }
}

/// Judges all formulas of the return; verify findings without an explanation are found as that too.
/// A cell against which something hard stands already would only be found once more.
pub(crate) fn check(
    submitted: &Submitted<'_>,
    cells: &[(IndicatorIx, Cell)],
    findings: &mut Vec<Finding>,
) {
    let intake = submitted.intake;
    let hard = findings.iter().filter(|finding| finding.severity == Severity::Hard);
    let wrong = hard.filter_map(|finding| intake.catalog.indicator_by_code(&finding.cell));
    let wrong: Vec<IndicatorIx> = wrong.collect();
    for &place in &submitted.block.formulas {
        let Placed { check, formula, judged } = &intake.formulas.0[usize::from(place)];
        let operands = OwnCells(cells);
        let share =
            !matches!(judged, Judged::OnReturn(key) if key.level == submitted.resolved.level);
        // A unit that sends no own share of the cells has nothing to answer for.
        if share && formula.operands().iter().all(|operand| operands.read(operand).is_none()) {
            continue;
        }
        if formula.operands().iter().any(|operand| wrong.contains(&operand.indicator)) {
            continue;
        }
        let check = &intake.catalog.checks[*check];
        match formula.judge(check.missing, &operands) {
            Verdict::Holds | Verdict::Missing => {}
            Verdict::Overflow => {
                findings.push(undefined(&intake.catalog, &check.id, formula, &operands))
            }
            Verdict::Fails => {
                let mut finding = of_check(check, says(submitted, check, formula, &operands));
                k94_explained::check(submitted, &mut finding, findings);
                findings.push(finding);
            }
        }
    }
}

/// The cells of one return.
struct OwnCells<'a>(&'a [(IndicatorIx, Cell)]);

impl Operands for OwnCells<'_> {
    fn read(&self, operand: &Operand) -> Option<Exact> {
        debug_assert_eq!(operand.which, Which::Value);
        let at = self.0.binary_search_by_key(&operand.indicator, |(indicator, _)| *indicator);
        self.0[at.ok()?].1.value().map(Exact::from)
    }
}

fn says(
    submitted: &Submitted<'_>,
    check: &CheckDefinition,
    formula: &Formula,
    operands: &OwnCells<'_>,
) -> Says {
    let catalog = &submitted.intake.catalog;
    let found = formula.found(catalog, operands);
    let first = formula.operands().first().map(|operand| operand.indicator);
    let names: Vec<String> =
        formula.operands().iter().map(|operand| submitted.name(operand.indicator)).collect();
    let names = names.join("、");
    let (zh, en) = match check.severity {
        Severity::Hard => (
            format!("{found}（{names}），应满足 {formula}；请改正填错的格后重报"),
            format!("{found}, but {formula} must hold; correct the wrong cell and send again"),
        ),
        Severity::Verify => (
            format!(
                "{found}（{names}），应满足 {formula}；填错的改正，属实的在 explanations 的 {} 下写明原因",
                check.id
            ),
            format!(
                "{found}, but {formula} should hold; correct it, or if it is so, say why under {} in explanations",
                check.id
            ),
        ),
        Severity::Hint => (
            format!("{found}（{names}），一般满足 {formula}；请留意"),
            format!("{found}, while {formula} usually holds; have a look"),
        ),
    };
    Says {
        cell: first.map_or_else(String::new, |i| catalog.indicator(i).code.clone()),
        expected: formula.to_string(),
        found,
        zh,
        en,
        head: None,
    }
}
