//! Coverage (报送率): returns due by the register, and what came in, over any period and tree.

use std::{collections::BTreeMap, sync::Arc};

use model::{Coverage, Form, Level, Node, Period, PeriodKind, form::BlockKey};

use crate::{
    State, atlas::Ground, block::Returns, heirs::Passage, scope::Scope, sheet::Sheet,
    system::Counted,
};

/// Returns of some sorts and base periods, counted for the units of one tree.
#[derive(Debug)]
pub(crate) struct ReturnsSource<'a> {
    ground: Arc<Ground>,
    /// Whether a province recorded anything at all, by root.
    active: Vec<bool>,
    counted: Counted,
    due: BTreeMap<(BlockKey, u32), Due<'a>>,
    /// What came in: sheet, block, and the way from its tree.
    came: Vec<(&'a Sheet, usize, Option<Arc<Passage>>)>,
    /// What came in on this very tree, added up: by province, and by slot of the scope.
    added: Vec<(usize, Arc<Scope>, Vec<Returns>)>,
    /// What is due on this very tree, added up: how much stands before each node.
    due_before: Vec<u32>,
}

/// Returns that one tree owes, for a number of base periods.
#[derive(Debug)]
struct Due<'a> {
    ground: Arc<Ground>,
    passage: Option<Arc<Passage>>,
    form: &'a Form,
    level: Level,
    times: u32,
}

impl Due<'_> {
    fn at(&self, node: Node) -> u32 {
        let tree = &self.ground.tree;
        let whole = |unit: Node| self.ground.census().due(tree, unit, self.form, self.level);
        let own = |unit: Node| {
            u32::from(tree.level(unit) == self.level && self.form.asks(tree.class(unit)))
        };
        let once = match &self.passage {
            None => whole(node),
            Some(passage) => passage.gather(node, &whole, &own, &|sum, part| *sum += part),
        };
        once * self.times
    }
}

impl<'a> ReturnsSource<'a> {
    /// Counts nothing yet.
    pub(crate) fn new(state: &State, ground: &Arc<Ground>, counted: Counted) -> Self {
        Self {
            ground: Arc::clone(ground),
            active: ground.roots.iter().map(|&root| state.is_active(ground, root)).collect(),
            counted,
            due: BTreeMap::new(),
            came: Vec::new(),
            added: Vec::new(),
            due_before: Vec::new(),
        }
    }

    /// Adds up what is due and came in on this very tree: worth it when many units are asked for.
    pub(crate) fn add_up(&mut self) {
        self.add_up_due();
        for (sheet, block, _) in self.came.iter().filter(|(_, _, passage)| passage.is_none()) {
            for (root, province) in sheet.provinces.iter().enumerate() {
                let Some(province) = province else { continue };
                let block = &province.blocks[*block];
                let same = |(of, scope, _): &&mut (usize, Arc<Scope>, Vec<Returns>)| {
                    *of == root && Arc::ptr_eq(scope, &block.scope)
                };
                let slots = 0..block.scope.len() as u32;
                match self.added.iter_mut().find(same) {
                    Some((_, _, sums)) => {
                        for (sum, slot) in sums.iter_mut().zip(slots) {
                            sum.add(block.returns(slot));
                        }
                    }
                    None => {
                        let sums = slots.map(|slot| block.returns(slot)).collect();
                        self.added.push((root, Arc::clone(&block.scope), sums));
                    }
                }
            }
        }
        self.came.retain(|(_, _, passage)| passage.is_some());
    }

    fn add_up_due(&mut self) {
        let mut totals = vec![0; self.ground.tree.len() + 1];
        for due in self.due.values().filter(|due| due.passage.is_none()) {
            due.ground.census().add_due(&mut totals, due.form, due.level, due.times);
        }
        self.due.retain(|_, due| due.passage.is_some());
        self.due_before = totals;
    }

    /// Adds the returns of one sort for every base period inside `period`.
    pub(crate) fn add_block(&mut self, state: &'a State, key: BlockKey, period: Period) {
        let shapes = state.layout.shapes(key.form, key.frequency);
        let Some(block) = shapes.iter().position(|shape| shape.key == key) else { return };
        if key.frequency == period.kind() {
            self.add_base(state, key, block, period);
        }
        if key.frequency == PeriodKind::Day && period.kind() != PeriodKind::Day {
            self.add_days(state, key, block, period);
            return;
        }
        for base in period.parts(key.frequency) {
            self.add_base(state, key, block, base);
        }
    }

    /// Adds the daily returns of one sort for every day of `period`, one stretch of days at a time.
    pub(crate) fn add_days(
        &mut self,
        state: &'a State,
        key: BlockKey,
        block: usize,
        period: Period,
    ) {
        let form = state.catalog.form(key.form);
        let last_in_force = form.valid_to.and_then(|end| end.yesterday().ok());
        let last = last_in_force.map_or(period.end(), |end| end.min(period.end()));
        let mut day = form.valid_from.max(period.start());
        while day <= last {
            let span = state.atlas.span(day);
            let stretch = state.atlas.last_day(span).min(last);
            let days = (stretch - day).get_days().unsigned_abs() + 1;
            self.due(state, key, span).times += days;
            let Ok(next) = stretch.tomorrow() else { break };
            day = next;
        }
        for sheet in state.sheets_between(key.form, key.frequency, period.start(), period.end()) {
            let passage = state.atlas.passage(sheet.ground.span, self.ground.span);
            self.came.push((sheet, block, passage));
        }
    }

    /// What the tree of a span owes of one sort.
    fn due(&mut self, state: &'a State, key: BlockKey, span: u32) -> &mut Due<'a> {
        let target = self.ground.span;
        self.due.entry((key, span)).or_insert_with(|| Due {
            ground: Arc::clone(state.atlas.ground(span)),
            passage: state.atlas.passage(span, target),
            form: state.catalog.form(key.form),
            level: key.level,
            times: 0,
        })
    }

    /// Adds the returns of one sort for one base period.
    pub(crate) fn add_base(
        &mut self,
        state: &'a State,
        key: BlockKey,
        block: usize,
        base: Period,
    ) {
        let form = state.catalog.form(key.form);
        if form.in_force(base.end()) {
            let span = state.atlas.on(base.end()).span;
            self.due(state, key, span).times += 1;
        }
        if let Some(sheet) = state.sheet(key.form, base) {
            let passage = state.atlas.passage(sheet.ground.span, self.ground.span);
            self.came.push((sheet, block, passage));
        }
    }

    /// Returns in the subtree of a unit; nothing is due in a province that never recorded anything.
    pub(crate) fn returns(&self, node: Node) -> Returns {
        let mut sum = Returns::default();
        if !self.active[self.ground.root_of(node)] {
            return sum;
        }
        for (sheet, block, passage) in &self.came {
            let whole = |unit: Node| sheet.returns(*block, unit);
            let own = |unit: Node| sheet.own_return(*block, unit);
            sum.add(match passage {
                None => whole(node),
                Some(passage) => passage.gather(node, &whole, &own, &Returns::add),
            });
        }
        for (_, scope, sums) in &self.added {
            if let Some(slot) = scope.slot(node) {
                sum.add(sums[slot as usize]);
            }
        }
        sum.coverage.due = self.due.values().map(|due| due.at(node)).sum();
        if !self.due_before.is_empty() {
            let subtree = self.ground.tree.subtree(node);
            let before = |place: u32| self.due_before[place as usize];
            sum.coverage.due += before(subtree.end) - before(subtree.start);
        }
        sum
    }

    /// The count that is wanted; `None` in a province that never recorded anything.
    pub(crate) fn at(&self, node: Node) -> Option<i128> {
        if !self.active[self.ground.root_of(node)] {
            return None;
        }
        Some(self.counted.of(self.returns(node)))
    }
}

impl Counted {
    /// The count among all.
    pub(crate) fn of(self, returns: Returns) -> i128 {
        let Returns { coverage, first_pass } = returns;
        i128::from(match self {
            Counted::Due => coverage.due,
            Counted::Received => coverage.received,
            Counted::OnTime => coverage.on_time,
            Counted::FirstPass => first_pass,
        })
    }
}

impl State {
    /// Coverage of one sort of return over a period, on the tree of `ground`.
    pub(crate) fn coverage_source<'a>(
        &'a self,
        block: BlockKey,
        period: Period,
        ground: &Arc<Ground>,
    ) -> ReturnsSource<'a> {
        let mut returns = ReturnsSource::new(self, ground, Counted::Due);
        returns.add_block(self, block, period);
        returns
    }

    /// Coverage of one unit; nothing for a unit that the tree does not have.
    pub(crate) fn coverage_at(&self, node: Node, block: BlockKey, period: Period) -> Coverage {
        let ground = self.atlas.on(period.end());
        self.coverage_source(block, period, ground).returns(node).coverage
    }
}
