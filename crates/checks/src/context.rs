//! Context checks: what the accepted state says about units, totals and neighbours.
//!
//! A pure function of the state: the same figures and declared totals give the same findings in
//! the same order, so they can be recomputed whenever a neighbour changes.

use std::cmp::Ordering;

use model::{Catalog, Figures, Finding, FormIx, Level, Period, UnitCode, check::CheckDefinition};

use crate::{
    declared::DeclaredTotal,
    rule::{
        FORMULAS, k85_declared_total, k86_part_exceeds_whole, k87_children_complete,
        k88_declared_ratio, k89_standard_in_range, k95_part_exceeds_later_whole,
    },
    says::definition,
};

mod complete;
mod formulas;
pub(crate) mod parts;

pub(crate) use complete::is_complete;

/// A finding about a unit in its context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextFinding {
    /// The unit against which it stands; of a declared list, all of its units.
    pub units: Vec<UnitCode>,
    /// The form.
    pub form: FormIx,
    /// The period, where it is known.
    pub period: Option<Period>,
    /// What was found.
    pub finding: Finding,
}

/// One check that was evaluated on declared values, whether it found something or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluated {
    /// Check id.
    pub check: String,
    /// Whose values.
    pub units: Vec<UnitCode>,
    /// The period, where it is known.
    pub period: Option<Period>,
    /// The figures that were compared, as text.
    pub found: String,
    /// Whether the check passed.
    pub holds: bool,
}

/// What the context checks look at.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) figures: &'a dyn Figures,
    pub(crate) declared: &'a [DeclaredTotal],
}

/// What one context check says: its evaluation, with the finding when it did not pass.
pub(crate) struct Outcome {
    pub(crate) evaluated: Evaluated,
    pub(crate) form: FormIx,
    pub(crate) finding: Option<Finding>,
}

/// Runs every enforced context check.
///
/// `forms_periods` names the forms and periods whose returns are looked at (K72, K87, K100);
/// declared totals are judged whatever their period.
pub fn context(
    catalog: &Catalog,
    figures: &dyn Figures,
    declared: &[DeclaredTotal],
    forms_periods: &[(FormIx, Period)],
) -> Vec<ContextFinding> {
    let mut findings = context_of_declared(catalog, figures, declared);
    findings.extend(context_of_returns(catalog, figures, forms_periods));
    sort_context(&mut findings);
    findings
}

/// The part of [`context()`] that is about declared totals.
pub fn context_of_declared(
    catalog: &Catalog,
    figures: &dyn Figures,
    declared: &[DeclaredTotal],
) -> Vec<ContextFinding> {
    let scene = Scene { catalog, figures, declared };
    of_declared(scene).into_iter().filter_map(finding_of).collect()
}

/// The part of [`context()`] that is about returns. What it says of one form and period depends on
/// the figures that [`reads()`] names, so that it can be kept until one of them changes.
pub fn context_of_returns(
    catalog: &Catalog,
    figures: &dyn Figures,
    forms_periods: &[(FormIx, Period)],
) -> Vec<ContextFinding> {
    let scene = Scene { catalog, figures, declared: &[] };
    let mut findings = Vec::new();
    formulas::check(scene, forms_periods, &mut findings);
    k87_children_complete::check(scene, forms_periods, &mut findings);
    findings
}

/// Whether what [`context_of_returns`] says of a form and period can change with the rows of another
/// form and period: completeness reads its own rows, formulas also read earlier ones, of up to a
/// year before, and those of other forms.
pub fn reads(catalog: &Catalog, (form, period): (FormIx, Period), row: (FormIx, Period)) -> bool {
    if row == (form, period) {
        return true;
    }
    let of_form = |check: &CheckDefinition| check.forms.contains(&catalog.form(form).code);
    let mut enforced = FORMULAS.iter().filter_map(|id| definition(catalog, id));
    let year_before = period.start().saturating_sub(jiff::Span::new().years(1));
    let (first, last) = (row.1.start(), row.1.end());
    enforced.any(of_form) && first <= period.end() && year_before <= last
}

/// Brings findings into the order in which they are stored.
pub fn sort_context(findings: &mut [ContextFinding]) {
    findings.sort_by(order);
}

/// Every check that can be evaluated on the declared values, passed or not: the comparisons of
/// [`context()`], and all formulas of the catalogue, enforced or not.
pub fn evaluate_declared(
    catalog: &Catalog,
    figures: &dyn Figures,
    declared: &[DeclaredTotal],
) -> Vec<Evaluated> {
    let scene = Scene { catalog, figures, declared };
    let compared = of_declared(scene).into_iter().map(|outcome| outcome.evaluated);
    let mut all: Vec<Evaluated> = compared.chain(formulas::on_declared(scene)).collect();
    let key = |e: &Evaluated| (number(&e.check), e.units.clone(), e.period);
    all.sort_by_key(key);
    all
}

fn of_declared(scene: Scene<'_>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    k85_declared_total::check(scene, &mut outcomes);
    k86_part_exceeds_whole::check(scene, &mut outcomes);
    k88_declared_ratio::check(scene, &mut outcomes);
    k89_standard_in_range::check(scene, &mut outcomes);
    k95_part_exceeds_later_whole::check(scene, &mut outcomes);
    outcomes
}

fn finding_of(outcome: Outcome) -> Option<ContextFinding> {
    let Evaluated { units, period, .. } = outcome.evaluated;
    let form = outcome.form;
    outcome.finding.map(|finding| ContextFinding { units, form, period, finding })
}

fn order(one: &ContextFinding, other: &ContextFinding) -> Ordering {
    let key = |f: &ContextFinding| (number(&f.finding.check), f.form, f.period);
    key(one)
        .cmp(&key(other))
        .then_with(|| one.units.cmp(&other.units))
        .then_with(|| one.finding.cell.cmp(&other.finding.cell))
}

/// The number in a check id, so that K100 comes behind K95.
fn number(id: &str) -> u32 {
    id.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(u32::MAX)
}

impl<'a> Scene<'a> {
    /// The definition of a check, if the catalogue has it.
    pub(crate) fn definition(&self, id: &str) -> Option<&'a CheckDefinition> {
        definition(self.catalog, id)
    }

    /// Level of a unit in the tree of `period`.
    pub(crate) fn level(&self, unit: UnitCode, period: Period) -> Option<Level> {
        let tree = self.figures.tree(period);
        tree.node(unit).map(|node| tree.level(node))
    }

    /// Whether a check looks at a declared total of these units.
    pub(crate) fn looks_at(
        &self,
        check: &CheckDefinition,
        units: &[UnitCode],
        period: Period,
    ) -> bool {
        let level = units.first().and_then(|&unit| self.level(unit, period));
        level.is_some_and(|level| check.levels.include(level))
    }
}

/// Units as text: `410404000000+410421000000`.
pub(crate) fn list(units: &[UnitCode]) -> String {
    units.iter().map(ToString::to_string).collect::<Vec<_>>().join("+")
}

/// Terms as text: `DS04+DS05`.
pub(crate) fn codes(catalog: &Catalog, terms: &[model::IndicatorIx]) -> String {
    terms.iter().map(|&t| catalog.indicator(t).code.as_str()).collect::<Vec<_>>().join("+")
}
