//! Coverage (报送率): returns due by the register, and what came in, over any period and tree.

use std::{collections::BTreeMap, sync::Arc};

use model::{Coverage, Form, Level, Node, Period, form::BlockKey};

use crate::{
    State, atlas::Ground, block::Returns, heirs::Passage, sheet::Sheet, system::Counted,
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
        }
    }

    /// Adds the returns of one sort for every base period inside `period`.
    pub(crate) fn add_block(&mut self, state: &'a State, key: BlockKey, period: Period) {
        let shapes = state.layout.shapes(key.form, key.frequency);
        let Some(block) = shapes.iter().position(|shape| shape.key == key) else { return };
        if key.frequency == period.kind() {
            self.add_base(state, key, block, period);
        }
        for base in period.parts(key.frequency) {
            self.add_base(state, key, block, base);
        }
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
            let span = state.atlas.span(base.end());
            let due = self.due.entry((key, span)).or_insert_with(|| Due {
                ground: Arc::clone(state.atlas.on(base.end())),
                passage: state.atlas.passage(span, self.ground.span),
                form,
                level: key.level,
                times: 0,
            });
            due.times += 1;
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
        sum.coverage.due = self.due.values().map(|due| due.at(node)).sum();
        sum
    }

    /// The count that is wanted; `None` in a province that never recorded anything.
    pub(crate) fn at(&self, node: Node) -> Option<i128> {
        if !self.active[self.ground.root_of(node)] {
            return None;
        }
        let Returns { coverage, first_pass } = self.returns(node);
        Some(i128::from(match self.counted {
            Counted::Due => coverage.due,
            Counted::Received => coverage.received,
            Counted::OnTime => coverage.on_time,
            Counted::FirstPass => first_pass,
        }))
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
