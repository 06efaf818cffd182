//! The dated trees with what is derived from them, built once per span between two changes.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use jiff::civil::Date;
use model::{Catalog, Level, Node, Tree, UnitClass, UnitCode};

use crate::{census::Census, heirs::Passage, scope::Scope};

/// The tree of one span and its look-ups.
#[derive(Debug)]
pub(crate) struct Ground {
    /// Place of the span in the register's history.
    pub(crate) span: u32,
    /// The tree.
    pub(crate) tree: Arc<Tree>,
    /// Provinces, ascending.
    pub(crate) roots: Vec<Node>,
    scopes: Vec<OnceLock<Arc<Scope>>>,
    census: OnceLock<Census>,
}

impl Ground {
    fn new(span: u32, tree: Arc<Tree>) -> Self {
        let first = (!tree.is_empty()).then_some(Node(0));
        let after = |root: &Node| {
            let end = tree.subtree(*root).end;
            ((end as usize) < tree.len()).then_some(Node(end))
        };
        let roots: Vec<Node> = std::iter::successors(first, after).collect();
        let scopes = (0..roots.len() * Level::ALL.len()).map(|_| OnceLock::new()).collect();
        Self { span, tree, roots, scopes, census: OnceLock::new() }
    }

    /// Place of the province of a node in [`Ground::roots`].
    #[inline]
    pub(crate) fn root_of(&self, node: Node) -> usize {
        if self.roots.len() == 1 {
            return 0;
        }
        self.roots.partition_point(|root| root.0 <= node.0).saturating_sub(1)
    }

    /// Code of the province of a node.
    pub(crate) fn root_code(&self, node: Node) -> UnitCode {
        self.tree.code(self.roots[self.root_of(node)])
    }

    /// The units of a province that returns of an entry level concern.
    pub(crate) fn scope(&self, root: usize, entry: Level) -> &Arc<Scope> {
        let place = root * Level::ALL.len() + entry as usize;
        let build = || Arc::new(Scope::new(&self.tree, self.roots[root], entry));
        self.scopes[place].get_or_init(build)
    }

    /// Counts of units by level and class.
    pub(crate) fn census(&self) -> &Census {
        self.census.get_or_init(|| Census::new(&self.tree))
    }
}

/// Trees by day, and the ways from one to another.
#[derive(Debug)]
pub(crate) struct Atlas {
    catalog: Arc<Catalog>,
    /// First days of the spans, ascending.
    changes: Vec<Date>,
    grounds: Vec<OnceLock<Arc<Ground>>>,
    passages: RwLock<BTreeMap<(u32, u32), Arc<Passage>>>,
    /// Changes of administrative divisions: day and unit, ascending.
    division_changes: Vec<(Date, UnitCode)>,
}

impl Atlas {
    pub(crate) fn new(catalog: Arc<Catalog>) -> Self {
        let records = catalog.register.records();
        let mut changes: Vec<Date> =
            records.iter().flat_map(|r| [r.valid_from, r.valid_to]).flatten().collect();
        changes.push(Date::MIN);
        changes.sort_unstable();
        changes.dedup();
        let grounds = changes.iter().map(|_| OnceLock::new()).collect();
        let division_changes = division_changes(&catalog);
        Self { catalog, changes, grounds, passages: RwLock::default(), division_changes }
    }

    /// The span that holds `day`.
    pub(crate) fn span(&self, day: Date) -> u32 {
        self.changes.partition_point(|&first| first <= day).saturating_sub(1) as u32
    }

    /// First day of a span.
    fn first_day(&self, span: u32) -> Date {
        self.changes[span as usize]
    }

    /// Last day of a span.
    pub(crate) fn last_day(&self, span: u32) -> Date {
        let next = self.changes.get(span as usize + 1);
        next.and_then(|day| day.yesterday().ok()).unwrap_or(Date::MAX)
    }

    /// The ground of a span.
    pub(crate) fn ground(&self, span: u32) -> &Arc<Ground> {
        let day = self.changes[span as usize];
        let build = || Arc::new(Ground::new(span, self.catalog.register.tree(day)));
        self.grounds[span as usize].get_or_init(build)
    }

    /// The ground of a day.
    pub(crate) fn on(&self, day: Date) -> &Arc<Ground> {
        let span = self.span(day);
        let build = || Arc::new(Ground::new(span, self.catalog.register.tree(day)));
        self.grounds[span as usize].get_or_init(build)
    }

    /// How cells travel from the tree of one span to that of another; `None` within one span.
    pub(crate) fn passage(&self, from: u32, to: u32) -> Option<Arc<Passage>> {
        if from == to {
            return None;
        }
        let known = self.passages.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(passage) = known.get(&(from, to)) {
            return Some(Arc::clone(passage));
        }
        drop(known);
        let (source, target) = (self.ground(from), self.ground(to));
        let day = self.first_day(from.min(to));
        let passage = Arc::new(Passage::new(&self.catalog.register, source, target, day));
        let mut known = self.passages.write().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(known.entry((from, to)).or_insert(passage)))
    }

    /// Changes of divisions from `first` to `last`.
    pub(crate) fn division_changes(&self, first: Date, last: Date) -> &[(Date, UnitCode)] {
        let start = self.division_changes.partition_point(|&(day, _)| day < first);
        let end = self.division_changes.partition_point(|&(day, _)| day <= last);
        &self.division_changes[start..end.max(start)]
    }
}

/// Every division that began on a known day, and every one that was absorbed by an older one.
///
/// Divisions are units from the township up that civil affairs recognises.
fn division_changes(catalog: &Catalog) -> Vec<(Date, UnitCode)> {
    let register = &catalog.register;
    let divisions = register.records().iter().filter(|record| {
        record.level >= Level::Township
            && !record.class.is_container()
            && !matches!(record.class, UnitClass::Zone | UnitClass::Quasi)
    });
    let mut changes = Vec::new();
    for record in divisions {
        changes.extend(record.valid_from.map(|day| (day, record.code)));
        let Some(end) = record.valid_to else { continue };
        let begins = |code: UnitCode| register.spans_of(code).any(|r| r.valid_from == Some(end));
        let absorbed =
            !record.successors.is_empty() && !record.successors.iter().any(|&s| begins(s));
        if absorbed {
            changes.push((end, record.successors[0]));
        }
    }
    changes.sort_unstable();
    changes
}
