//! Findings from context and early warnings, kept piece by piece: what was found about a form, period
//! and prefecture stands until rows change that it was read from, and is looked for again then. That
//! can be done a little at a time, what changed first before the rest.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use checks::{
    Context, ContextFinding, DeclaredTotal, PriorColumn, Raised, Warning, Warnings, reaches,
    sort_context, sort_warnings,
};
use model::{Catalog, Figures, FormIx, Node, Period, PeriodKind, Tree, UnitCode};
use rollup::{Slice, State};

/// What lies below a prefecture; `None` are the prefectures themselves and the units above them, which
/// read the rows of one another.
type Piece = Option<UnitCode>;

/// The units of each piece of a tree.
type Pieces = BTreeMap<Piece, Vec<Node>>;

/// The version of `submissions` from which on something may be found otherwise, and before which look
/// that was known.
type Since = (u64, u64);

/// What was found about one piece.
struct Found {
    /// Since when it may be something else; `None` when it is not.
    since: Option<Since>,
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
    /// Rows that changed since the last look.
    changed: BTreeSet<(FormIx, Piece, Period)>,
    /// Forms and periods in which a unit above all prefectures has other cells: every unit below may
    /// inherit them.
    inherited: BTreeSet<(FormIx, Period)>,
    found: BTreeMap<(FormIx, Period), BTreeMap<Piece, Found>>,
    /// Provinces that had recorded anything: another one makes returns due on every form.
    active: Vec<UnitCode>,
    /// The version of `submissions` of which everything was in the state at the last look.
    seen: u64,
    looks: u64,
    /// The trees that were met, in pieces.
    trees: Vec<(Arc<Tree>, Arc<Pieces>)>,
}

impl InContext {
    pub(crate) fn new(catalog: &Arc<Catalog>) -> Self {
        Self {
            checks: Context::new(Arc::clone(catalog)),
            warnings: Warnings::new(Arc::clone(catalog)),
            changed: BTreeSet::new(),
            inherited: BTreeSet::new(),
            found: BTreeMap::new(),
            active: Vec::new(),
            seen: 0,
            looks: 0,
            trees: Vec::new(),
        }
    }

    /// Notes rows that changed.
    pub(crate) fn touch<'a>(&mut self, rows: impl Iterator<Item = &'a (FormIx, Period, Slice)>) {
        for &(form, period, slice) in rows {
            if let Slice::Prefecture(code) = slice {
                self.changed.insert((form, Some(code), period));
            }
            // Prefectures read the rows of their counties.
            self.changed.insert((form, None, period));
        }
    }

    /// Notes new cells of a unit.
    pub(crate) fn entered(&mut self, tree: &Tree, unit: Node, form: FormIx, period: Period) {
        if tree.prefecture(unit).is_none() {
            self.inherited.insert((form, period));
        }
    }

    /// Looks at what changed, what did so first before the rest, until a moment if there is one; at one
    /// piece at least. `complete` is the version of `submissions` of which everything is in the state.
    pub(crate) fn look(
        &mut self,
        state: &State,
        wanted: &BTreeSet<(FormIx, Period)>,
        complete: u64,
        until: Option<Instant>,
    ) {
        self.note(state, wanted);
        self.seen = complete;
        self.looks += 1;
        let newest = newest(wanted);
        let mut due: Vec<_> = self.open().collect();
        due.sort_unstable();
        for (_, of, piece) in due {
            let pieces = self.pieces(&state.tree(of.1));
            let Some(nodes) = pieces.get(&piece) else { continue };
            let found = Found {
                since: None,
                findings: self.checks.of_neighbours(state, of, nodes),
                of_newest: newest.contains(&of).then(|| OfNewest {
                    outliers: self.checks.outliers(state, of, nodes),
                    raised: self.warnings.of_returns(state, of, nodes),
                }),
            };
            self.found.entry(of).or_default().insert(piece, found);
            if until.is_some_and(|until| Instant::now() >= until) {
                break;
            }
        }
    }

    /// The version of `submissions` up to which everything was looked at; 0 before that was so once.
    pub(crate) fn shows(&self) -> u64 {
        self.open().map(|((since, _), ..)| since - 1).fold(self.seen, u64::min)
    }

    /// Whether something changed before the last look and was not looked at yet.
    pub(crate) fn is_behind(&self) -> bool {
        self.open().next().is_some()
    }

    fn open(&self) -> impl Iterator<Item = (Since, (FormIx, Period), Piece)> {
        self.found.iter().flat_map(|(&of, pieces)| {
            pieces.iter().filter_map(move |(&piece, found)| Some((found.since?, of, piece)))
        })
    }

    /// Everything that was found about returns, about declared totals and columns 上期数, and the
    /// warnings, in the order in which it is stored.
    pub(crate) fn all(
        &self,
        state: &State,
        declared: &[DeclaredTotal],
        columns: &[PriorColumn],
    ) -> (Vec<ContextFinding>, Vec<Warning>) {
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

    /// Notes what may be found otherwise now than at the last look.
    fn note(&mut self, state: &State, wanted: &BTreeSet<(FormIx, Period)>) {
        let since = (self.seen + 1, self.looks);
        self.found.retain(|of, _| wanted.contains(of));
        let active = state.active_provinces();
        if self.active != active {
            self.found
                .values_mut()
                .flat_map(BTreeMap::values_mut)
                .for_each(|f| f.may_differ(since));
            self.active = active;
        }
        self.note_changed(state, since);
        for &of in wanted.iter().filter(|of| !self.found.contains_key(of)).collect::<Vec<_>>() {
            let pieces = self.pieces(&state.tree(of.1));
            let unknown = |&piece| (piece, Found::unknown(since));
            self.found.insert(of, pieces.keys().map(unknown).collect());
        }
        let newest = newest(wanted);
        for (of, pieces) in &mut self.found {
            let is_newest = newest.contains(of);
            for found in pieces.values_mut() {
                match is_newest {
                    true if found.of_newest.is_none() => found.may_differ(since),
                    true => {}
                    false => found.of_newest = None,
                }
            }
        }
    }

    /// Notes what was read from rows that changed.
    fn note_changed(&mut self, state: &State, since: Since) {
        // On each tree the first of the periods reaches all that the others do.
        let mut changed: BTreeMap<(FormIx, Piece), Vec<(Arc<Tree>, Period)>> = BTreeMap::new();
        for (form, piece, period) in std::mem::take(&mut self.changed) {
            let (tree, first) = (state.tree(period), changed.entry((form, piece)).or_default());
            match first.iter_mut().find(|(known, _)| Arc::ptr_eq(known, &tree)) {
                Some((_, first)) if first.start() <= period.start() => {}
                Some((_, first)) => *first = period,
                None => first.push((tree, period)),
            }
        }
        // Marked as a whole.
        let mut all: BTreeSet<(FormIx, Period)> = BTreeSet::new();
        for ((form, piece), periods) in changed {
            self.each_reader(form, |kept, of| {
                if all.contains(&of) {
                    return;
                }
                let tree = state.tree(of.1);
                let mut reached =
                    periods.iter().filter(|(_, read)| reaches(*read, of.1)).peekable();
                if reached.peek().is_none() {
                    return;
                }
                // On another tree a unit may have stood in another prefecture.
                if reached.any(|(read, _)| !Arc::ptr_eq(&tree, read)) {
                    kept.values_mut().for_each(|found| found.may_differ(since));
                    all.insert(of);
                } else if let Some(found) = kept.get_mut(&piece) {
                    found.may_differ(since);
                }
            });
        }
        for (form, period) in std::mem::take(&mut self.inherited) {
            self.each_reader(form, |kept, of| {
                if reaches(period, of.1) {
                    kept.values_mut().for_each(|found| found.may_differ(since));
                }
            });
        }
    }

    fn each_reader(
        &mut self,
        form: FormIx,
        mut each: impl FnMut(&mut BTreeMap<Piece, Found>, (FormIx, Period)),
    ) {
        let readers = [self.checks.readers(form), self.warnings.readers(form)];
        let reads = |of: &FormIx| readers.iter().any(|readers| readers.contains(of));
        for (&of, kept) in self.found.iter_mut().filter(|((form, _), _)| reads(form)) {
            each(kept, of);
        }
    }

    fn pieces(&mut self, tree: &Arc<Tree>) -> Arc<Pieces> {
        match self.trees.iter().find(|(known, _)| Arc::ptr_eq(known, tree)) {
            Some((_, pieces)) => Arc::clone(pieces),
            None => {
                let made = Arc::new(pieces(tree));
                self.trees.push((Arc::clone(tree), Arc::clone(&made)));
                made
            }
        }
    }
}

impl Found {
    /// Not looked at yet.
    fn unknown(since: Since) -> Self {
        Self { since: Some(since), findings: Vec::new(), of_newest: None }
    }

    fn may_differ(&mut self, since: Since) {
        self.since.get_or_insert(since);
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

fn pieces(tree: &Tree) -> Pieces {
    let mut top: Vec<Node> = tree.nodes().filter(|&node| tree.parent(node).is_none()).collect();
    let prefectures: Vec<Node> = top.iter().flat_map(|&root| tree.children(root)).collect();
    let below = |&prefecture: &Node| {
        let units = tree.subtree(prefecture).map(Node).filter(|&node| node != prefecture);
        (Some(tree.code(prefecture)), units.collect())
    };
    let mut pieces: Pieces = prefectures.iter().map(below).collect();
    top.extend(prefectures);
    pieces.insert(None, top);
    pieces
}
