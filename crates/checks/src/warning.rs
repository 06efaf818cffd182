//! Early warnings (监测预警): what the unit above is told of, found in the accepted state.
//!
//! The conditions are formulas of the catalogue, judged on the same figures, rows and periods as the
//! formulas from context, and a pure function of the state as they are. A warning is raised where its
//! condition holds, on the list of a unit above the one that it is about.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{
    Catalog, Figures, FormIx, Node, Period, UnitCode,
    check::MissingOperand,
    warning::{Urgency, WarningDefinition},
};

use crate::{
    Exact,
    context::{ContextFinding, Rows, Scene, is_whole, judge, number, readers, reads_parents},
    formula::{Formula, Home, Operand, Verdict, Which, compile, home, undefined},
};

mod addressee;
mod regrouped;
mod words;

#[cfg(test)]
mod tests;

use addressee::addressee;
use regrouped::regrouped;

/// One early warning: a row on the list of [`Warning::to`].
#[derive(Clone, Debug)]
pub struct Warning {
    /// Id of its definition.
    pub id: String,
    /// How soon somebody has to look.
    pub urgency: Urgency,
    /// The unit that it is about.
    pub unit: UnitCode,
    /// The unit above, by the tree of the period, on whose list it is.
    pub to: UnitCode,
    /// The form on whose rows it was raised.
    pub form: FormIx,
    /// The period.
    pub period: Period,
    /// Whether returns or cells were missing from what it was raised on.
    pub partial: bool,
    /// What triggered it: everything that the condition reads, in the order of its text.
    pub triggers: Vec<Trigger>,
    /// Chinese message, with the figures.
    pub message_zh: String,
    /// English message, with the figures.
    pub message_en: String,
}

/// A figure that triggered a warning.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// As the condition names it: `SA29`, `prev(SA29)`.
    pub operand: String,
    /// What stood there.
    pub amount: Exact,
}

impl Warning {
    /// The figures as text: `SA29 = 120, prev(SA29) = 100`.
    pub fn found(&self) -> String {
        let one = |trigger: &Trigger| format!("{} = {}", trigger.operand, trigger.amount);
        self.triggers.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// What the warnings came to on some rows.
#[derive(Clone, Debug, Default)]
pub struct Raised {
    /// The warnings.
    pub warnings: Vec<Warning>,
    /// Where a condition has no result because its numbers exceed exact arithmetic: no warning, but a
    /// finding (W12) against the unit whose figures they are, so that nothing is passed over in silence.
    pub undefined: Vec<ContextFinding>,
}

impl Raised {
    /// Takes in those of other rows.
    pub fn extend(&mut self, other: Raised) {
        self.warnings.extend(other.warnings);
        self.undefined.extend(other.undefined);
    }
}

/// The warnings of a catalogue, with everything looked up beforehand.
#[derive(Debug)]
pub struct Warnings {
    catalog: Arc<Catalog>,
    watched: Vec<Watched>,
    /// By form: those whose warnings can change with its rows.
    readers: Vec<BTreeSet<FormIx>>,
}

/// One warning that can be raised.
#[derive(Debug)]
struct Watched {
    /// Place among the catalogue's warnings.
    definition: usize,
    /// Fails where the condition holds, so that it is judged like the formula of a check.
    denied: Formula,
    home: Home,
}

impl Warnings {
    /// Reads the conditions of a catalogue.
    pub fn new(catalog: Arc<Catalog>) -> Self {
        let watched: Vec<Watched> = catalog
            .warnings
            .iter()
            .enumerate()
            .filter_map(|(place, definition)| {
                // One that cannot be read is a fault of the catalogue, reported where it is loaded.
                let condition = compile(&catalog, &definition.condition, &definition.forms).ok()?;
                let home = home(&catalog, condition.operands())?;
                Some(Watched { definition: place, denied: condition.negated(), home })
            })
            .collect();
        let readers = readers(&catalog, watched.iter().map(|one| (one.home.form, &one.denied)));
        Self { catalog, watched, readers }
    }

    /// Those of all units, for these forms and periods, in the order in which they are stored.
    pub fn all(&self, figures: &dyn Figures, forms_periods: &[(FormIx, Period)]) -> Raised {
        let mut raised = Raised::default();
        for &(form, period) in forms_periods {
            let nodes: Vec<Node> = figures.tree(period).nodes().collect();
            raised.extend(self.of_returns(figures, (form, period), &nodes));
        }
        sort_warnings(&mut raised.warnings);
        crate::sort_context(&mut raised.undefined);
        raised
    }

    /// Those of these units, of the tree of the period, for one form and period. They depend on the rows
    /// that [`Warnings::readers`] names, so they can be kept until one of them changes.
    pub fn of_returns(
        &self,
        figures: &dyn Figures,
        (form, period): (FormIx, Period),
        nodes: &[Node],
    ) -> Raised {
        let scene = Scene { catalog: &self.catalog, figures, declared: &[] };
        let rows = Rows { scene, form, period, tree: figures.tree(period), nodes };
        let mut watch = Watch { rows, regrouped: BTreeMap::new(), raised: Raised::default() };
        for watched in &self.watched {
            watch.judge(watched);
        }
        watch.raised
    }

    /// Forms whose warnings can change when rows of `form` do.
    pub fn readers(&self, form: FormIx) -> &BTreeSet<FormIx> {
        &self.readers[usize::from(form.0)]
    }

    /// Whether any condition reads the row of the unit above.
    pub fn reads_parents(&self) -> bool {
        self.watched.iter().any(|one| reads_parents(&one.denied))
    }
}

/// Brings warnings into the order in which they are stored: by id, form, period and unit.
pub fn sort_warnings(warnings: &mut [Warning]) {
    let key = |w: &Warning| (number(&w.id), w.id.clone(), w.form, w.period, w.unit);
    warnings.sort_by_cached_key(key);
}

/// The rows that are watched, and what was raised on them.
struct Watch<'a> {
    rows: Rows<'a>,
    /// Units that cover something else than they did in an earlier period.
    regrouped: BTreeMap<Period, BTreeSet<UnitCode>>,
    raised: Raised,
}

impl Watch<'_> {
    fn judge(&mut self, watched: &Watched) {
        let definition = &self.rows.scene.catalog.warnings[watched.definition];
        let mut nodes = self.rows.looked_at(&watched.home, definition.levels);
        if nodes.is_empty() {
            return;
        }
        for earlier in self.compared_with(&watched.denied) {
            let tree = Arc::clone(&self.rows.tree);
            let changed = self.regrouped_since(earlier);
            nodes.retain(|&node| !changed.contains(&tree.code(node)));
        }
        let Self { rows, raised, .. } = self;
        judge(rows, &nodes, &watched.denied, MissingOperand::Skip, &mut |node, verdict| {
            if verdict == Verdict::Overflow {
                let (catalog, denied) = (rows.scene.catalog, &watched.denied);
                let finding = undefined(catalog, &definition.id, denied, &rows.operands(node));
                raised.undefined.push(rows.finding(node, finding));
                return;
            }
            let partial = !is_whole(rows, &watched.denied, node);
            if !partial || definition.partial {
                raised.warnings.extend(warning(rows, definition, &watched.denied, node, partial));
            }
        });
    }

    /// Earlier periods whose values are compared with those of now. An increment needs no care: the
    /// roll-up hands what was there before on to those who took over.
    fn compared_with(&self, condition: &Formula) -> BTreeSet<Period> {
        let period = self.rows.period;
        let earlier = |which| match which {
            Which::Previous => Some(period.previous()),
            Which::YearBefore => period.year_before(),
            _ => None,
        };
        condition.operands().iter().filter_map(|operand| earlier(operand.which)).collect()
    }

    fn regrouped_since(&mut self, earlier: Period) -> &BTreeSet<UnitCode> {
        let Rows { scene, period, tree, .. } = &self.rows;
        let changed = || {
            let then = scene.figures.tree(earlier);
            regrouped(&scene.catalog.register, (earlier, &then), (*period, tree))
        };
        self.regrouped.entry(earlier).or_insert_with(changed)
    }
}

/// The row about a unit; none where nobody is above it.
fn warning(
    rows: &Rows<'_>,
    definition: &WarningDefinition,
    condition: &Formula,
    node: Node,
    partial: bool,
) -> Option<Warning> {
    let catalog = rows.scene.catalog;
    let figures = condition.read_from(&rows.operands(node));
    let (zh, en) = words::messages(catalog, definition, &figures, partial);
    let trigger =
        |&(operand, amount): &(Operand, Exact)| Trigger { operand: operand.name(catalog), amount };
    Some(Warning {
        id: definition.id.clone(),
        urgency: definition.urgency,
        unit: rows.tree.code(node),
        to: rows.tree.code(addressee(&rows.tree, node, definition.to)?),
        form: rows.form,
        period: rows.period,
        partial,
        triggers: figures.iter().map(trigger).collect(),
        message_zh: zh,
        message_en: en,
    })
}
