//! Context checks: what the accepted state says about units, totals and neighbours.
//!
//! A pure function of the state: the same figures and declared totals give the same findings in
//! the same order, so they can be recomputed whenever a neighbour changes.

use std::{cmp::Ordering, collections::BTreeSet, sync::Arc};

use model::{
    Catalog, Figures, Finding, FormIx, Level, Node, Period, Tree, UnitCode,
    check::{CheckDefinition, CheckLevels},
};

use crate::{
    declared::DeclaredTotal,
    formula::{Formula, Home, Judged, Placed, Which, placed},
    prior::PriorColumn,
    rule::{
        k49_declared_ratio, k75_prior_column, k82_unit_counts, k85_declared_total,
        k86_part_exceeds_whole, k87_children_complete, k88_declared_ratio, k89_standard_in_range,
        k95_part_exceeds_later_whole,
    },
    says::definition,
};

mod complete;
mod formulas;
pub(crate) mod history;
mod on_rows;
pub(crate) mod parts;
mod quotient;
pub(crate) mod series;
mod whole;

pub(crate) use complete::is_complete;
pub(crate) use on_rows::judge;
pub(crate) use quotient::Quotient;
pub(crate) use whole::is_whole;

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

/// The checks from context, with everything of the catalogue looked up beforehand.
#[derive(Debug)]
pub struct Context {
    catalog: Arc<Catalog>,
    formulas: Vec<Placed>,
    /// By form: those whose findings can change with its rows.
    readers: Vec<BTreeSet<FormIx>>,
}

impl Context {
    /// Reads the formulas of a catalogue.
    pub fn new(catalog: Arc<Catalog>) -> Self {
        let formulas = placed(&catalog);
        let judged = formulas.iter().filter_map(|placed| match placed.judged {
            Judged::InContext(home) => Some((home.form, &placed.formula)),
            Judged::OnReturn(_) => None,
        });
        let mut readers = readers(&catalog, judged);
        // What was entered before is read beside every formula.
        for (readers, form) in readers.iter_mut().zip((0..).map(FormIx)) {
            readers.insert(form);
        }
        Self { catalog, formulas, readers }
    }

    /// Everything: `forms_periods` names the forms and periods whose returns are looked at; declared
    /// totals are judged whatever their period.
    pub fn all(
        &self,
        figures: &dyn Figures,
        declared: &[DeclaredTotal],
        forms_periods: &[(FormIx, Period)],
    ) -> Vec<ContextFinding> {
        let mut findings = self.of_declared(figures, declared);
        for &(form, period) in forms_periods {
            let nodes: Vec<Node> = figures.tree(period).nodes().collect();
            findings.extend(self.of_returns(figures, (form, period), &nodes));
        }
        sort_context(&mut findings);
        findings
    }

    /// What stands against declared totals.
    pub fn of_declared(
        &self,
        figures: &dyn Figures,
        declared: &[DeclaredTotal],
    ) -> Vec<ContextFinding> {
        let scene = Scene { catalog: &self.catalog, figures, declared };
        of_declared(scene).into_iter().filter_map(finding_of).collect()
    }

    /// What stands against these units, of the tree of the period, for one form and period. It
    /// depends on the rows that [`Context::readers`] names, so it can be kept until one of them
    /// changes.
    pub fn of_returns(
        &self,
        figures: &dyn Figures,
        of: (FormIx, Period),
        nodes: &[Node],
    ) -> Vec<ContextFinding> {
        let mut findings = self.of_neighbours(figures, of, nodes);
        findings.extend(self.outliers(figures, of, nodes));
        findings
    }

    /// Outliers in the units' own histories (K101, K102). Every cell is held against two years of its
    /// own, which is as much work as all other checks together: whoever keeps up with what comes in looks
    /// at the newest period alone.
    pub fn outliers(
        &self,
        figures: &dyn Figures,
        of: (FormIx, Period),
        nodes: &[Node],
    ) -> Vec<ContextFinding> {
        let rows = self.rows(figures, of, nodes);
        let mut findings = Vec::new();
        series::check(&rows, &mut findings);
        findings
    }

    fn rows<'a>(
        &'a self,
        figures: &'a dyn Figures,
        (form, period): (FormIx, Period),
        nodes: &'a [Node],
    ) -> Rows<'a> {
        let scene = Scene { catalog: &self.catalog, figures, declared: &[] };
        Rows { scene, form, period, tree: figures.tree(period), nodes }
    }

    /// [`Context::of_returns`] without the outliers.
    pub fn of_neighbours(
        &self,
        figures: &dyn Figures,
        of: (FormIx, Period),
        nodes: &[Node],
    ) -> Vec<ContextFinding> {
        let rows = self.rows(figures, of, nodes);
        let mut findings = Vec::new();
        for placed in &self.formulas {
            formulas::check(&rows, placed, &mut findings);
        }
        history::check(&rows, &mut findings);
        k87_children_complete::check(&rows, &mut findings);
        findings
    }

    /// What stands against columns 上期数 (K75). It depends on the own cells of the same units and forms
    /// in the period before, so it can be kept until one of them or the column changes.
    pub fn of_prior(&self, figures: &dyn Figures, columns: &[PriorColumn]) -> Vec<ContextFinding> {
        let scene = Scene { catalog: &self.catalog, figures, declared: &[] };
        let mut findings = Vec::new();
        k75_prior_column::check(scene, columns, &mut findings);
        findings
    }

    /// Forms whose findings can change when rows of `form` do.
    pub fn readers(&self, form: FormIx) -> &BTreeSet<FormIx> {
        &self.readers[usize::from(form.0)]
    }

    /// Whether any formula reads the row of the unit above.
    pub fn reads_parents(&self) -> bool {
        self.formulas.iter().any(|placed| reads_parents(&placed.formula))
    }

    /// Every check that can be evaluated on the declared values, passed or not: the comparisons of
    /// [`Context::of_declared`], and all formulas of the catalogue.
    pub fn evaluate_declared(
        &self,
        figures: &dyn Figures,
        declared: &[DeclaredTotal],
    ) -> Vec<Evaluated> {
        let scene = Scene { catalog: &self.catalog, figures, declared };
        let compared = of_declared(scene).into_iter().map(|outcome| outcome.evaluated);
        let formulas = formulas::on_declared(scene, &self.formulas);
        let mut all: Vec<Evaluated> = compared.chain(formulas).collect();
        let key = |e: &Evaluated| (number(&e.check), e.units.clone(), e.period);
        all.sort_by_key(key);
        all
    }
}

/// Whether what is said of a period can change with rows of another one: findings read the past, as far
/// back as a value stays in force, and nothing that begins later.
pub fn reaches(read: Period, of: Period) -> bool {
    read.start() <= of.end()
}

/// By form: those whose rows a formula is judged on that reads figures of it.
pub(crate) fn readers<'a>(
    catalog: &Catalog,
    judged: impl Iterator<Item = (FormIx, &'a Formula)>,
) -> Vec<BTreeSet<FormIx>> {
    let mut readers = vec![BTreeSet::new(); catalog.forms.len()];
    for (home, formula) in judged {
        for operand in formula.operands() {
            let form = catalog.indicator(operand.indicator).form;
            readers[usize::from(form.0)].insert(home);
        }
    }
    readers
}

/// Whether a formula reads the row of the unit above.
pub(crate) fn reads_parents(formula: &Formula) -> bool {
    formula.operands().iter().any(|operand| operand.which == Which::Parent)
}

/// The rows that are looked at: units of the tree of one period.
pub(crate) struct Rows<'a> {
    pub(crate) scene: Scene<'a>,
    pub(crate) form: FormIx,
    pub(crate) period: Period,
    pub(crate) tree: Arc<Tree>,
    pub(crate) nodes: &'a [Node],
}

impl Rows<'_> {
    /// Those of the units on which a formula with this home is judged; none on the rows of another form
    /// or kind of period.
    pub(crate) fn looked_at(&self, home: &Home, levels: CheckLevels) -> Vec<Node> {
        if (home.form, home.frequency) != (self.form, self.period.kind()) {
            return Vec::new();
        }
        let looked_at = |node: &Node| {
            let level = self.tree.level(*node);
            home.lowest <= level && levels.include(level)
        };
        self.nodes.iter().copied().filter(looked_at).collect()
    }

    /// A finding about one of the units.
    pub(crate) fn finding(&self, node: Node, finding: Finding) -> ContextFinding {
        ContextFinding {
            units: vec![self.tree.code(node)],
            form: self.form,
            period: Some(self.period),
            finding,
        }
    }
}

/// Brings findings into the order in which they are stored.
pub fn sort_context(findings: &mut [ContextFinding]) {
    findings.sort_by(order);
}

fn of_declared(scene: Scene<'_>) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    k49_declared_ratio::check(scene, &mut outcomes);
    k82_unit_counts::check(scene, &mut outcomes);
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

/// The number in the id of a check or warning, so that K100 comes behind K95.
pub(crate) fn number(id: &str) -> u32 {
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
