//! The same figures by plain loops over own cells, slow and without any of the engine's parts: what
//! the roll-up must equal.

use std::{cell::RefCell, collections::BTreeMap, collections::HashMap, sync::Arc};

use jiff::civil::Date;
use model::{
    Catalog, Cell, Coverage, FormIx, IndicatorIx, Level, Node, Period, PeriodKind, SubmissionKey,
    Tree, UnitClass, UnitCode,
    amount::divide_half_up,
    form::BlockKey,
    indicator::{Entry, Kind, Reading, RollUpRule, Term},
    submission::KeyChange,
};
use rollup::Tally;

/// Everything that was recorded.
pub(crate) struct Oracle {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) keys: BTreeMap<SubmissionKey, KeyChange>,
    pub(crate) tallies: Vec<(SubmissionKey, Tally)>,
    /// What lands where, kept so that the same question is not worked out again for every unit.
    cells: RefCell<HashMap<(IndicatorIx, Period, Date), Landed<i128>>>,
    belonging: RefCell<HashMap<(BlockKey, Period), Periods>>,
    came: RefCell<HashMap<(BlockKey, Period, Date), Returns>>,
}

/// Nodes with what landed on them.
type Landed<T> = Arc<Vec<(Node, T)>>;
/// Due, received, on time, accepted, passed first.
type Returns = Landed<[u32; 5]>;
type Periods = Arc<Vec<Period>>;

impl Oracle {
    pub(crate) fn new(catalog: Arc<Catalog>) -> Self {
        let (cells, came, belonging) = Default::default();
        let (keys, tallies) = (BTreeMap::new(), Vec::new());
        Self { catalog, keys, tallies, cells, came, belonging }
    }

    pub(crate) fn record(&mut self, change: &KeyChange) {
        self.keys.insert(change.key, change.clone());
    }

    pub(crate) fn tree(&self, period: Period) -> Arc<Tree> {
        self.catalog.register.tree(period.end())
    }

    fn is_recorded(change: &KeyChange) -> bool {
        change.status.received || change.status.accepted || !change.cells.is_empty()
    }

    fn root(tree: &Tree, node: Node) -> UnitCode {
        tree.code(tree.ancestors(node).last().unwrap_or(node))
    }

    /// Where a unit of the tree of `from` lands in `to`.
    fn landing(&self, code: UnitCode, from: &Tree, to: &Tree) -> Option<Node> {
        let register = &self.catalog.register;
        if std::ptr::eq(from, to) {
            return to.node(code);
        }
        let found: Vec<Node> = if from.day() <= to.day() {
            register.heirs(code, from.day(), to)
        } else {
            let here = from.node(code)?;
            let inherits = |n: &Node| register.heirs(to.code(*n), to.day(), from).contains(&here);
            to.nodes().filter(inherits).collect()
        };
        match to.common_ancestor(&found) {
            Some(node) => Some(node),
            None => self.landing(from.code(from.parent(from.node(code)?)?), from, to),
        }
    }

    /// Sum of the own cells of one base period that land below a node.
    fn base(&self, indicator: IndicatorIx, base: Period, to: &Tree, node: Node) -> Option<i128> {
        let key = (indicator, base, to.day());
        let known = self.cells.borrow().get(&key).cloned();
        let landed = known.unwrap_or_else(|| {
            let landed = Arc::new(self.landed_cells(indicator, base, to));
            self.cells.borrow_mut().insert(key, Arc::clone(&landed));
            landed
        });
        let below = landed.iter().filter(|(n, _)| to.subtree(node).contains(&n.0));
        below.map(|(_, units)| *units).reduce(|a, b| a + b)
    }

    fn landed_cells(&self, indicator: IndicatorIx, base: Period, to: &Tree) -> Vec<(Node, i128)> {
        let form = self.catalog.indicator(indicator).form;
        let from = self.tree(base);
        let mut landed = Vec::new();
        for change in self.keys.values().filter(|c| c.key.form == form && c.key.period == base) {
            for (_, cell) in change.cells.iter().filter(|(i, _)| *i == indicator) {
                let Some(amount) = cell.value() else { continue };
                let node = self.landing(change.key.unit, &from, to);
                landed.extend(node.map(|node| (node, i128::from(amount.units))));
            }
        }
        landed
    }

    pub(crate) fn value(
        &self,
        indicator: IndicatorIx,
        p: Period,
        to: &Tree,
        node: Node,
    ) -> Option<i128> {
        let definition = self.catalog.indicator(indicator);
        let scale = definition.scale;
        match (&definition.rollup, definition.entry) {
            (_, Entry::System) => self.system(indicator, p, to, node),
            (RollUpRule::Ratio(ratio), _) => {
                let sum = |terms: &[Term]| {
                    terms.iter().try_fold(0i128, |sum, term| {
                        let up = 6 - self.catalog.indicator(term.indicator).scale;
                        let value = self.reading(term.indicator, term.reading, p, to, node)?;
                        Some(sum + value * i128::from(term.factor) * 10i128.pow(up.into()))
                    })
                };
                let (num, den) = (sum(&ratio.numerator)?, sum(&ratio.denominator)?);
                let factor = if ratio.percent { 100 } else { 1 };
                divide_half_up(num * factor, den, scale).map(i128::from)
            }
            (RollUpRule::WeightedMean(_), _) => {
                let declared = self.declared(indicator, p, to, node);
                if let [(unit, value, _)] = declared[..]
                    && self.landing(unit, &self.tree(p), to) == Some(node)
                {
                    return Some(value);
                }
                let weighed = declared.iter().filter_map(|&(_, value, w)| Some((value, w?)));
                let num: i128 = weighed.clone().map(|(value, weight)| value * weight).sum();
                let den: i128 = weighed.map(|(_, weight)| weight * 10i128.pow(scale.into())).sum();
                divide_half_up(num, den, scale).map(i128::from)
            }
            _ if definition.kind == Kind::FlowPeriod && definition.frequency != p.kind() => {
                let parts = p.parts(definition.frequency);
                let present = parts.filter_map(|part| self.base(indicator, part, to, node));
                present.reduce(|a, b| a + b)
            }
            _ => {
                let last = p.parts(definition.frequency).last().unwrap_or(p);
                self.base(indicator, last, to, node)
            }
        }
    }

    /// Values declared by entry units that land below a node, with their weights.
    pub(crate) fn declared(
        &self,
        indicator: IndicatorIx,
        p: Period,
        to: &Tree,
        node: Node,
    ) -> Vec<(UnitCode, i128, Option<i128>)> {
        let definition = self.catalog.indicator(indicator);
        let RollUpRule::WeightedMean(weights) = &definition.rollup else { return vec![] };
        let Entry::At(level) = definition.entry else { return vec![] };
        let last = p.parts(definition.frequency).last().unwrap_or(p);
        let from = self.tree(last);
        let mut declared = Vec::new();
        let of_form = |c: &&KeyChange| c.key.form == definition.form && c.key.period == last;
        for change in self.keys.values().filter(of_form) {
            let unit = change.key.unit;
            let Some(source) = from.node(unit).filter(|&n| from.level(n) == level) else {
                continue;
            };
            let landed = self.landing(unit, &from, to);
            if !landed.is_some_and(|n| to.subtree(node).contains(&n.0)) {
                continue;
            }
            for (_, cell) in change.cells.iter().filter(|(i, _)| *i == indicator) {
                let Some(amount) = cell.value() else { continue };
                let weigh = |&w: &IndicatorIx| self.reading(w, Reading::Value, p, &from, source);
                let weight = weights.iter().filter_map(weigh).reduce(|a, b| a + b);
                declared.push((unit, i128::from(amount.units), weight));
            }
        }
        declared
    }

    pub(crate) fn reading(
        &self,
        indicator: IndicatorIx,
        reading: Reading,
        p: Period,
        to: &Tree,
        node: Node,
    ) -> Option<i128> {
        let value = |p| self.reading(indicator, Reading::Value, p, to, node);
        match reading {
            Reading::Increment if p.is_first_of_year() => value(p),
            Reading::Increment => Some(value(p)? - value(p.previous())?),
            Reading::Months if p.kind() <= PeriodKind::Month => value(p),
            Reading::Months => p.parts(PeriodKind::Month).filter_map(value).reduce(|a, b| a + b),
            Reading::Value => {
                let definition = self.catalog.indicator(indicator);
                let frequency = definition.frequency;
                if frequency == p.kind() || frequency.rolls_into(p.kind()) {
                    return self.value(indicator, p, to, node);
                }
                let mut of = Period::containing(frequency, p.end());
                if definition.kind == Kind::Target {
                    return self.value(indicator, of, to, node);
                }
                if definition.rollup == RollUpRule::CountUnits && definition.entry == Entry::System
                {
                    return self.system(indicator, p, to, node);
                }
                if of.end() > p.end() {
                    of = of.previous();
                }
                let back = std::iter::successors(Some(of), |of| Some(of.previous()));
                back.take(24).find_map(|of| self.value(indicator, of, to, node))
            }
        }
    }

    /// Returns of a block for one base period below a node: due, received, on time, accepted, passed
    /// first.
    fn returns(&self, block: BlockKey, base: Period, to: &Tree, node: Node) -> [u32; 5] {
        let key = (block, base, to.day());
        let known = self.came.borrow().get(&key).cloned();
        let landed = known.unwrap_or_else(|| {
            let landed = Arc::new(self.landed_returns(block, base, to));
            self.came.borrow_mut().insert(key, Arc::clone(&landed));
            landed
        });
        let mut sum = [0; 5];
        for (_, counts) in landed.iter().filter(|(n, _)| to.subtree(node).contains(&n.0)) {
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        sum
    }

    fn landed_returns(&self, block: BlockKey, base: Period, to: &Tree) -> Vec<(Node, [u32; 5])> {
        let from = self.tree(base);
        let form = self.catalog.form(block.form);
        let asked = |n: &Node| from.level(*n) == block.level && form.asks(from.class(*n));
        let mut landed = Vec::new();
        for unit in from.nodes().filter(asked) {
            let code = from.code(unit);
            let Some(node) = self.landing(code, &from, to) else { continue };
            let key = SubmissionKey { unit: code, form: block.form, period: base };
            let status = self.keys.get(&key).map(|c| c.status).unwrap_or_default();
            let passed = self.tallies.contains(&(key, Tally::FirstPass));
            let counts = [true, status.received, status.on_time, status.accepted, passed];
            landed.push((node, counts.map(u32::from)));
        }
        landed
    }

    fn is_active(&self, to: &Tree, node: Node) -> bool {
        let root = Self::root(to, node);
        self.keys.values().filter(|c| Self::is_recorded(c)).any(|c| {
            let tree = self.tree(c.key.period);
            Self::root(&tree, tree.node(c.key.unit).unwrap()) == root
        })
    }

    pub(crate) fn coverage(&self, block: BlockKey, p: Period, to: &Tree, node: Node) -> Coverage {
        let mut sum = Coverage::default();
        let itself = (block.frequency == p.kind()).then_some(p);
        for base in itself.into_iter().chain(p.parts(block.frequency)) {
            if self.is_active(to, node) {
                let [due, received, on_time, accepted, _] = self.returns(block, base, to, node);
                sum += Coverage { due, received, on_time, accepted };
            }
        }
        sum
    }

    /// The day to which the quality of reporting assigns a return.
    fn belongs_to(&self, block: Option<BlockKey>, base: Period) -> Date {
        let targets = block.is_some_and(|b| {
            let asked = self.catalog.asked(b.form, b.frequency, b.level);
            asked.iter().all(|&i| self.catalog.indicator(i).kind == Kind::Target)
        });
        if targets { base.start() } else { base.end() }
    }

    fn system(&self, indicator: IndicatorIx, p: Period, to: &Tree, node: Node) -> Option<i128> {
        let code = self.catalog.indicator(indicator).code.as_str();
        let count = |classes: &[UnitClass]| {
            let below = to.subtree(node).map(Node);
            let n = below.filter(|&n| classes.contains(&to.class(n))).count();
            (to.level(node) >= Level::Township).then_some(n as i128)
        };
        match code {
            "BS06" => return count(&[UnitClass::Street]),
            "BS07" => return count(&[UnitClass::Town, UnitClass::Township]),
            "BS08" => return count(&[UnitClass::VillageCommittee]),
            "BS09" => return count(&[UnitClass::Neighbourhood]),
            "GN05" => return self.divisions_begun(p, to, node),
            _ => {}
        }
        if !self.is_active(to, node) {
            return None;
        }
        match code {
            "SF02" | "SF03" => {
                let form = self.catalog.form_by_code("DI").unwrap();
                let frequency = PeriodKind::Day;
                let daily = BlockKey { form, frequency, level: Level::Institution };
                let coverage = self.coverage(daily, p, to, node);
                Some(i128::from(if code == "SF02" { coverage.due } else { coverage.received }))
            }
            "QA04" => Some(self.verdicts(Tally::SentBack, p, to, node)),
            "QA07" => Some(self.verdicts(Tally::Unexplained, p, to, node)),
            "QA01" => Some(self.quality(0, p, to, node)),
            "QA02" => Some(self.quality(2, p, to, node)),
            "QA05" => Some(self.quality(4, p, to, node)),
            "QA08" => Some(self.quality(1, p, to, node)),
            _ => None,
        }
    }

    /// Divisions that began this year up to the period's end, by the place that they have now.
    fn divisions_begun(&self, p: Period, to: &Tree, node: Node) -> Option<i128> {
        let year = Period::containing(PeriodKind::Year, p.end());
        let begun = self.catalog.register.records().iter().filter(|r| {
            let this_year = |day| year.start() <= day && day <= p.end();
            r.level >= Level::Township && r.valid_from.is_some_and(this_year)
        });
        let here =
            begun.filter(|r| to.node(r.code).is_some_and(|n| to.subtree(node).contains(&n.0)));
        (to.level(node) >= Level::Township).then(|| here.count() as i128)
    }

    fn quality(&self, which: usize, p: Period, to: &Tree, node: Node) -> i128 {
        let mut sum = 0;
        for (block, _) in self.catalog.blocks() {
            for &base in self.belonging(*block, p).iter() {
                sum += i128::from(self.returns(*block, base, to, node)[which]);
            }
        }
        sum
    }

    /// Base periods of a block that belong to a period.
    fn belonging(&self, block: BlockKey, p: Period) -> Periods {
        let known = self.belonging.borrow().get(&(block, p)).cloned();
        known.unwrap_or_else(|| {
            let first = Period::containing(block.frequency, p.start());
            let all = std::iter::successors(Some(first), |base| Some(base.next()));
            let near = all.take_while(|base| base.start() <= p.end());
            let inside = near.filter(|base| p.holds(self.belongs_to(Some(block), *base)));
            let found = Arc::new(inside.collect::<Vec<_>>());
            self.belonging.borrow_mut().insert((block, p), Arc::clone(&found));
            found
        })
    }

    fn verdicts(&self, what: Tally, p: Period, to: &Tree, node: Node) -> i128 {
        let mut sum = 0;
        for (key, _) in self.tallies.iter().filter(|(_, tally)| *tally == what) {
            let from = self.tree(key.period);
            let level = from.level(from.node(key.unit).unwrap());
            let block = BlockKey { form: key.form, frequency: key.period.kind(), level };
            let known = self.catalog.blocks().iter().any(|(b, _)| *b == block);
            let landed = self.landing(key.unit, &from, to);
            let below = landed.is_some_and(|n| to.subtree(node).contains(&n.0));
            if below && p.holds(self.belongs_to(known.then_some(block), key.period)) {
                sum += 1;
            }
        }
        sum
    }

    /// Units that have rows.
    pub(crate) fn rows(&self, form: FormIx, p: Period, to: &Tree) -> Vec<Node> {
        let nests = |kind: PeriodKind| kind == p.kind() || kind.rolls_into(p.kind());
        let blocks = self.catalog.blocks().iter().map(|(b, _)| *b);
        let own: Vec<BlockKey> = blocks.filter(|b| b.form == form).collect();
        let code = self.catalog.form(form).code.as_str();
        let shows = |change: &KeyChange, tree: &Tree| {
            let key = change.key;
            let level = tree.level(tree.node(key.unit).unwrap());
            let block = BlockKey { form: key.form, frequency: key.period.kind(), level };
            let known = self.catalog.blocks().iter().any(|(b, _)| *b == block);
            let daily = self.catalog.form(key.form).code == "DI" && level == Level::Institution;
            let inside = p.contains(key.period) && nests(key.period.kind());
            match code {
                "QA" => p.holds(self.belongs_to(known.then_some(block), key.period)),
                "SF" if daily => p.kind() >= PeriodKind::TenDays && inside,
                _ => key.form == form && inside,
            }
        };
        if !self.catalog.row_kinds(form).contains(&p.kind()) {
            return vec![];
        }
        let mut roots = Vec::new();
        for change in self.keys.values().filter(|c| Self::is_recorded(c)) {
            let tree = self.tree(change.key.period);
            if shows(change, &tree) {
                roots.push(Self::root(&tree, tree.node(change.key.unit).unwrap()));
            }
        }
        let definition = self.catalog.form(form);
        let asked = |n: u32| {
            let (level, class) = (to.level(Node(n)), to.class(Node(n)));
            own.iter().any(|b| nests(b.frequency) && b.level == level && definition.asks(class))
        };
        let shown = |n: &Node| {
            roots.contains(&Self::root(to, *n)) && (own.is_empty() || to.subtree(*n).any(asked))
        };
        to.nodes().filter(shown).collect()
    }

    /// Cells that rows' units declared not applicable in the last base period.
    pub(crate) fn not_applicable(
        &self,
        form: FormIx,
        p: Period,
        code: UnitCode,
    ) -> Vec<IndicatorIx> {
        let mut found = Vec::new();
        for change in self.keys.values().filter(|c| c.key.form == form && c.key.unit == code) {
            let kind = change.key.period.kind();
            let last = p.parts(kind).last().unwrap_or(p);
            let cells = change.cells.iter().filter(|(_, cell)| *cell == Cell::NotApplicable);
            if last == change.key.period {
                found.extend(cells.map(|(i, _)| *i));
            }
        }
        found.sort_unstable();
        found
    }
}
