//! Coverage (报送率): returns due by the register, and what came in, over any period and tree.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use model::{Coverage, Form, Level, Node, Period, PeriodKind, form::BlockKey};

use crate::{State, atlas::Ground, block::Returns, heirs::Passage, sheet::Sheet, system::Counted};

/// Which returns a [`ReturnsSource`] has: of one sort or, without, of all; and of which period.
type Name = (Option<BlockKey>, Period);

/// Returns of some sorts and base periods, counted for the units of one tree.
#[derive(Debug)]
pub(crate) struct ReturnsSource<'a> {
    name: Name,
    ground: Arc<Ground>,
    /// Whether a province recorded anything at all, by root.
    active: Vec<bool>,
    counted: Counted,
    due: BTreeMap<(BlockKey, u32), Due>,
    /// What came in: sheet, block, and the way from its tree.
    came: Vec<(&'a Sheet, usize, Option<Arc<Passage>>)>,
}

/// Returns that one tree owes, for a number of base periods.
#[derive(Debug)]
struct Due {
    ground: Arc<Ground>,
    passage: Option<Arc<Passage>>,
    selected: Vec<usize>,
    /// Whether a unit owes one itself, by node; only for another tree.
    owes: Vec<bool>,
    times: u32,
}

impl Due {
    fn new(ground: &Arc<Ground>, passage: Option<Arc<Passage>>, form: &Form, level: Level) -> Self {
        let tree = &ground.tree;
        let owes = |node: Node| tree.level(node) == level && form.asks(tree.class(node));
        Self {
            selected: ground.census().owing(form, level),
            owes: if passage.is_some() { tree.nodes().map(owes).collect() } else { Vec::new() },
            ground: Arc::clone(ground),
            passage,
            times: 0,
        }
    }

    fn at(&self, node: Node) -> u32 {
        let ground = &self.ground;
        let whole = |unit: Node| ground.census().count(&self.selected, &ground.tree, unit);
        let own = |unit: Node| u32::from(self.owes[unit.index()]);
        let once = match &self.passage {
            None => whole(node),
            Some(passage) => passage.gather(node, &whole, &own, &|sum, part| *sum += part),
        };
        once * self.times
    }
}

impl<'a> ReturnsSource<'a> {
    /// Returns of a sort (or of all) that belong to `period`; none are added yet.
    pub(crate) fn new(state: &State, name: Name, ground: &Arc<Ground>, counted: Counted) -> Self {
        Self {
            name,
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
        } else if key.frequency == PeriodKind::Day {
            self.add_days(state, key, block, period);
        } else {
            for base in period.parts(key.frequency) {
                self.add_base(state, key, block, base);
            }
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
            let ground = state.atlas.on(day);
            let stretch = state.atlas.last_day(ground.span).min(last);
            let days = (stretch - day).get_days().unsigned_abs() + 1;
            self.add_due(state, key, ground, days);
            let Ok(next) = stretch.tomorrow() else { break };
            day = next;
        }
        for sheet in state.sheets_between(key.form, key.frequency, period.start(), period.end()) {
            self.add_sheet(state, sheet, block);
        }
    }

    /// Adds the returns of one sort for one base period.
    pub(crate) fn add_base(&mut self, state: &'a State, key: BlockKey, block: usize, base: Period) {
        if state.catalog.form(key.form).in_force(base.end()) {
            self.add_due(state, key, state.atlas.on(base.end()), 1);
        }
        if let Some(sheet) = state.sheet(key.form, base) {
            self.add_sheet(state, sheet, block);
        }
    }

    fn add_due(&mut self, state: &State, key: BlockKey, ground: &Arc<Ground>, times: u32) {
        let target = self.ground.span;
        let due = self.due.entry((key, ground.span)).or_insert_with(|| {
            let passage = state.atlas.passage(ground.span, target);
            Due::new(ground, passage, state.catalog.form(key.form), key.level)
        });
        due.times += times;
    }

    fn add_sheet(&mut self, state: &State, sheet: &'a Sheet, block: usize) {
        let passage = state.atlas.passage(sheet.ground.span, self.ground.span);
        self.came.push((sheet, block, passage));
    }

    /// Returns in the subtree of a unit; nothing is due in a province that never recorded anything.
    pub(crate) fn returns(&self, node: Node) -> Returns {
        self.column(&[node]).first().copied().unwrap_or_default()
    }

    /// Returns in the subtrees of many units.
    pub(crate) fn column(&self, nodes: &[Node]) -> Vec<Returns> {
        let mut sums = self.came(nodes);
        let here = self.due_here();
        let elsewhere: Vec<&Due> = self.due.values().filter(|due| due.passage.is_some()).collect();
        let (census, tree) = (self.ground.census(), &self.ground.tree);
        for (sum, &node) in sums.iter_mut().zip(nodes) {
            if self.active[self.ground.root_of(node)] {
                sum.coverage.due = census.weighted(&here, tree, node)
                    + elsewhere.iter().map(|due| due.at(node)).sum::<u32>();
            }
        }
        sums
    }

    /// How often units of each sort owe a return on this very tree: many sorts of returns are owed by
    /// the same few sorts of units.
    fn due_here(&self) -> Vec<(usize, u32)> {
        let mut times: BTreeMap<usize, u32> = BTreeMap::new();
        for due in self.due.values().filter(|due| due.passage.is_none()) {
            for &sort in &due.selected {
                *times.entry(sort).or_default() += due.times;
            }
        }
        times.into_iter().collect()
    }

    /// What came in from the subtrees of many units.
    fn came(&self, nodes: &[Node]) -> Vec<Returns> {
        let mut sums = vec![Returns::default(); nodes.len()];
        for (sheet, block, passage) in &self.came {
            let whole = |unit: Node| sheet.returns(*block, unit);
            let own = |unit: Node| sheet.own_return(*block, unit);
            let sums = sums.iter_mut().zip(nodes);
            match passage {
                None => sums.for_each(|(sum, &node)| sum.add(whole(node))),
                Some(passage) => sums.for_each(|(sum, &node)| {
                    sum.add(passage.gather(node, &whole, &own, &Returns::add));
                }),
            }
        }
        sums
    }

    /// The count that is wanted; `None` in a province that never recorded anything.
    pub(crate) fn at(&self, node: Node) -> Option<i128> {
        self.active[self.ground.root_of(node)].then(|| self.counted.of(self.returns(node)))
    }

    /// The counts of many units, made once for all columns that count the same returns.
    pub(crate) fn counts(&self, nodes: &[Node], shared: &Shared) -> Vec<Option<i128>> {
        let cell = shared.cell(self.name);
        let all = cell.get_or_init(|| self.column(nodes));
        let count = |(&node, &returns): (&Node, &Returns)| {
            self.active[self.ground.root_of(node)].then(|| self.counted.of(returns))
        };
        nodes.iter().zip(all).map(count).collect()
    }
}

impl Counted {
    /// The count among all.
    fn of(self, returns: Returns) -> i128 {
        let Returns { coverage, first_pass } = returns;
        i128::from(match self {
            Counted::Due => coverage.due,
            Counted::Received => coverage.received,
            Counted::OnTime => coverage.on_time,
            Counted::FirstPass => first_pass,
        })
    }
}

/// Returns that several columns of the same rows count.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    cells: Mutex<BTreeMap<Name, Arc<OnceLock<Vec<Returns>>>>>,
}

impl Shared {
    fn cell(&self, name: Name) -> Arc<OnceLock<Vec<Returns>>> {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(cells.entry(name).or_default())
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
        let name = (Some(block), period);
        let mut returns = ReturnsSource::new(self, name, ground, Counted::Due);
        returns.add_block(self, block, period);
        returns
    }

    /// Coverage of one unit; nothing for a unit that the tree does not have.
    pub(crate) fn coverage_at(&self, node: Node, block: BlockKey, period: Period) -> Coverage {
        let ground = self.atlas.on(period.end());
        self.coverage_source(block, period, ground).returns(node).coverage
    }
}
