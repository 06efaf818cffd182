//! Findings from context and early warnings, kept piece by piece: what was found about a form, period
//! and prefecture stands until rows change that it was read from.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use checks::{
    Context, ContextFinding, DeclaredTotal, PriorColumn, Raised, Warning, Warnings, reaches,
    sort_context, sort_warnings,
};
use model::{Catalog, Figures, FormIx, Node, Period, PeriodKind, Tree, UnitCode};
use rollup::{Slice, State};

/// A prefecture with everything below it; `None` are the units above all of them.
type Piece = Option<UnitCode>;

/// What was found about one piece.
#[derive(Default)]
struct Found {
    findings: Vec<ContextFinding>,
    /// Looked for in the newest period of its kind alone.
    of_newest: Option<OfNewest>,
}

/// What is news: outliers, and warnings for the levels above.
struct OfNewest {
    outliers: Vec<ContextFinding>,
    raised: Raised,
}

/// The checks from context and the warnings, and what they found last.
pub(crate) struct InContext {
    checks: Context,
    warnings: Warnings,
    /// Rows that changed since.
    stale: BTreeSet<(FormIx, Piece, Period)>,
    /// Forms and periods in which a unit above all prefectures has other cells: every unit below may
    /// inherit them.
    inherited: BTreeSet<(FormIx, Period)>,
    found: BTreeMap<(FormIx, Period), BTreeMap<Piece, Found>>,
    /// Provinces that had recorded anything: another one makes returns due on every form.
    active: Vec<UnitCode>,
}

impl InContext {
    pub(crate) fn new(catalog: &Arc<Catalog>) -> Self {
        Self {
            checks: Context::new(Arc::clone(catalog)),
            warnings: Warnings::new(Arc::clone(catalog)),
            stale: BTreeSet::new(),
            inherited: BTreeSet::new(),
            found: BTreeMap::new(),
            active: Vec::new(),
        }
    }

    /// Notes rows that changed.
    pub(crate) fn touch<'a>(&mut self, rows: impl Iterator<Item = &'a (FormIx, Period, Slice)>) {
        self.stale.extend(rows.map(|&(form, period, slice)| {
            let piece = match slice {
                Slice::Prefecture(code) => Some(code),
                Slice::Whole | Slice::Province | Slice::Own(_) | Slice::InProvince(_) => None,
            };
            (form, piece, period)
        }));
    }

    /// Notes new cells of a unit.
    pub(crate) fn entered(&mut self, tree: &Tree, unit: UnitCode, form: FormIx, period: Period) {
        if tree.node(unit).is_some_and(|node| tree.prefecture(node).is_none()) {
            self.inherited.insert((form, period));
        }
    }

    /// Everything that stands now about these forms and periods, about declared totals and columns 上期数,
    /// and the warnings, in the order in which it is stored.
    pub(crate) fn find(
        &mut self,
        state: &State,
        declared: &[DeclaredTotal],
        columns: &[PriorColumn],
        wanted: BTreeSet<(FormIx, Period)>,
    ) -> (Vec<ContextFinding>, Vec<Warning>) {
        let active = state.active_provinces();
        if self.active != active {
            self.found.clear();
            self.active = active;
        }
        self.found.retain(|of, _| wanted.contains(of));
        self.forget(state);
        let newest = newest(&wanted);
        for of in wanted {
            let is_newest = newest.contains(&of);
            let kept = self.found.entry(of).or_default();
            let tree = state.tree(of.1);
            for (piece, nodes) in pieces(&tree) {
                let found = kept.entry(piece).or_insert_with(|| Found {
                    findings: self.checks.of_neighbours(state, of, &nodes),
                    of_newest: None,
                });
                if is_newest {
                    found.of_newest.get_or_insert_with(|| OfNewest {
                        outliers: self.checks.outliers(state, of, &nodes),
                        raised: self.warnings.of_returns(state, of, &nodes),
                    });
                } else {
                    found.of_newest = None;
                }
            }
        }
        let mut findings = self.checks.of_declared(state, declared);
        // Columns are few and are looked at anew each time.
        findings.extend(self.checks.of_prior(state, columns));
        let mut warnings = Vec::new();
        for found in self.found.values().flat_map(BTreeMap::values) {
            findings.extend(found.findings.iter().cloned());
            if let Some(OfNewest { outliers, raised }) = &found.of_newest {
                findings.extend(outliers.iter().chain(&raised.undefined).cloned());
                warnings.extend(raised.warnings.iter().cloned());
            }
        }
        sort_context(&mut findings);
        sort_warnings(&mut warnings);
        (findings, warnings)
    }

    /// Drops what was read from rows that changed.
    fn forget(&mut self, state: &State) {
        let mut changed: BTreeMap<(FormIx, Piece), Vec<Period>> = BTreeMap::new();
        for (form, piece, period) in std::mem::take(&mut self.stale) {
            changed.entry((form, piece)).or_default().push(period);
        }
        for ((form, piece), periods) in changed {
            // Units below may read their parent's row.
            let reads_parents = self.checks.reads_parents() || self.warnings.reads_parents();
            let all = piece.is_none() && reads_parents;
            self.drop_readers(form, |kept, of| {
                let tree = state.tree(of);
                let mut reached = periods.iter().filter(|&&read| reaches(read, of)).peekable();
                if reached.peek().is_none() {
                    return;
                }
                // On another tree a unit may have stood in another prefecture.
                if all || reached.any(|&read| !Arc::ptr_eq(&tree, &state.tree(read))) {
                    kept.clear();
                } else {
                    kept.remove(&piece);
                }
            });
        }
        for (form, period) in std::mem::take(&mut self.inherited) {
            self.drop_readers(form, |kept, of| {
                if reaches(period, of) {
                    kept.clear();
                }
            });
        }
    }

    fn drop_readers(
        &mut self,
        form: FormIx,
        mut each: impl FnMut(&mut BTreeMap<Piece, Found>, Period),
    ) {
        let readers = [self.checks.readers(form), self.warnings.readers(form)];
        let reads = |of: &FormIx| readers.iter().any(|readers| readers.contains(of));
        for ((_, period), kept) in self.found.iter_mut().filter(|((of, _), _)| reads(of)) {
            each(kept, *period);
        }
    }
}

/// The last of these periods of each form and kind.
fn newest(periods: &BTreeSet<(FormIx, Period)>) -> BTreeSet<(FormIx, Period)> {
    let mut last: BTreeMap<(FormIx, PeriodKind), Period> = BTreeMap::new();
    for &(form, period) in periods {
        let newest = last.entry((form, period.kind())).or_insert(period);
        if newest.end() < period.end() {
            *newest = period;
        }
    }
    last.into_iter().map(|((form, _), period)| (form, period)).collect()
}

/// The pieces of a tree with their units.
fn pieces(tree: &Tree) -> Vec<(Piece, Vec<Node>)> {
    let roots: Vec<Node> = tree.nodes().filter(|&node| tree.parent(node).is_none()).collect();
    let children = roots.iter().flat_map(|&root| tree.children(root));
    let below = children.map(|child| {
        (Some(tree.code(child)), tree.subtree(child).map(Node).collect::<Vec<Node>>())
    });
    let mut pieces: Vec<_> = below.collect();
    pieces.push((None, roots));
    pieces
}
