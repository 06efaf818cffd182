//! Owed returns (应报): who owes what for which period by when.

use jiff::civil::{Date, DateTime};

use crate::{
    Catalog, Form, FormIx, Level, Node, Period, SubmissionKey, Tree, UnitCode, form::BlockKey,
};

/// One return that a unit owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Obligation {
    /// Unit, form and period.
    pub key: SubmissionKey,
    /// Level of the unit, which is the entry level of what is asked.
    pub level: Level,
    /// Last moment on time, Asia/Shanghai.
    pub due: DateTime,
}

/// Which returns are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those for exactly this period.
    For(Period),
    /// Those for this period and for the shorter ones that roll up into it, as coverage counts.
    Inside(Period),
    /// Those whose deadline falls on these days, the last included.
    DueBetween(Date, Date),
}

/// Whose returns are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// Everybody's.
    Everywhere,
    /// Those of the units at or below these, on the tree of each period's last day. A code that the
    /// tree of a period does not have has nothing there.
    Below(Vec<UnitCode>),
}

impl Catalog {
    /// The returns that are owed, by deadline, form, unit and period.
    ///
    /// Every unit of the register owes; coverage counts only provinces that report at all, which a
    /// caller names in `within`. A unit owes a return if it is there on the period's last day.
    pub fn obligations(&self, which: Which, within: Within) -> Obligations<'_> {
        let blocks = self.blocks().iter().map(|&(block, _)| block);
        let lanes = blocks.filter_map(|block| Lane::new(self, block, which)).collect();
        Obligations { catalog: self, within, lanes, batch: Vec::new().into_iter() }
    }
}

/// The returns that are owed; holds those of one form and deadline at a time.
#[derive(Debug)]
pub struct Obligations<'a> {
    catalog: &'a Catalog,
    within: Within,
    lanes: Vec<Lane>,
    batch: std::vec::IntoIter<Obligation>,
}

impl Iterator for Obligations<'_> {
    type Item = Obligation;

    fn next(&mut self) -> Option<Obligation> {
        loop {
            if let Some(obligation) = self.batch.next() {
                return Some(obligation);
            }
            let next = self.lanes.iter().map(|lane| (lane.due, lane.block.form)).min()?;
            self.batch = self.take_batch(next).into_iter();
        }
    }
}

impl Obligations<'_> {
    /// Everything of one form and deadline, in order; its lanes go on to what is due later.
    fn take_batch(&mut self, (due, form): (DateTime, FormIx)) -> Vec<Obligation> {
        let mut batch = Vec::new();
        let mut lanes = std::mem::take(&mut self.lanes);
        lanes.retain_mut(|lane| {
            while (lane.due, lane.block.form) == (due, form) {
                self.owed(lane, &mut batch);
                if !lane.advance(self.catalog) {
                    return false;
                }
            }
            true
        });
        self.lanes = lanes;
        batch.sort_unstable_by_key(|owed: &Obligation| (owed.key.unit, owed.key.period));
        // Subtrees that were asked for may hold each other.
        batch.dedup();
        batch
    }

    /// Adds what the units of one sort of return owe for the lane's period.
    fn owed(&self, lane: &Lane, batch: &mut Vec<Obligation>) {
        let Lane { block, period, due, .. } = *lane;
        let form = self.catalog.form(block.form);
        let tree = self.catalog.register.tree(period.end());
        let mut add = |node: Node| {
            if owes(&tree, node, form, block.level) {
                let key = SubmissionKey { unit: tree.code(node), form: block.form, period };
                batch.push(Obligation { key, level: block.level, due });
            }
        };
        match &self.within {
            Within::Everywhere => tree.nodes().for_each(&mut add),
            Within::Below(units) => {
                let roots = units.iter().filter_map(|&unit| tree.node(unit));
                roots.flat_map(|root| tree.subtree(root)).map(Node).for_each(&mut add);
            }
        }
    }
}

/// Whether a unit owes returns of a form that are entered at `level`.
fn owes(tree: &Tree, node: Node, form: &Form, level: Level) -> bool {
    tree.level(node) == level && form.asks(tree.class(node))
}

/// The periods of one sort of return, in order; their deadlines never go back.
#[derive(Clone, Copy, Debug)]
struct Lane {
    block: BlockKey,
    /// The next period, and its deadline.
    period: Period,
    due: DateTime,
    /// Periods that end later are not listed.
    last_end: Date,
    /// Nor are those that are due later.
    last_due: Date,
}

impl Lane {
    fn new(catalog: &Catalog, block: BlockKey, which: Which) -> Option<Self> {
        let kind = block.frequency;
        let (first, last_end, last_due) = match which {
            Which::For(period) if kind == period.kind() => (period, period.end(), Date::MAX),
            Which::Inside(period) if kind == period.kind() || kind.rolls_into(period.kind()) => {
                (Period::containing(kind, period.start()), period.end(), Date::MAX)
            }
            Which::For(_) | Which::Inside(_) => return None,
            Which::DueBetween(from, to) => (first_due(catalog, block, from), Date::MAX, to),
        };
        let in_force = Period::containing(kind, catalog.form(block.form).valid_from);
        Self::at(catalog, block, first.max(in_force), (last_end, last_due))
    }

    /// A lane that begins with `period`, unless that is not listed any more.
    fn at(
        catalog: &Catalog,
        block: BlockKey,
        period: Period,
        (last_end, last_due): (Date, Date),
    ) -> Option<Self> {
        let due = catalog.due(block.form, period, block.level);
        let listed = period.end() <= last_end
            && due.date() <= last_due
            && catalog.form(block.form).in_force(period.end());
        listed.then_some(Self { block, period, due, last_end, last_due })
    }

    /// Goes on to the next period, if there is one.
    fn advance(&mut self, catalog: &Catalog) -> bool {
        let next = self.period.next();
        // The last period that a date can name is followed by itself.
        let after = (next > self.period)
            .then(|| Self::at(catalog, self.block, next, (self.last_end, self.last_due)));
        match after.flatten() {
            Some(lane) => {
                *self = lane;
                true
            }
            None => false,
        }
    }
}

/// The first period of a sort of return that is due on `from` or later, as far back as the form is
/// in force.
fn first_due(catalog: &Catalog, block: BlockKey, from: Date) -> Period {
    let valid_from = catalog.form(block.form).valid_from;
    let is_due = |period| catalog.due(block.form, period, block.level).date() >= from;
    let mut period = Period::containing(block.frequency, from);
    if !is_due(period) {
        // Days of targets count from the first day of their period, which may be long ago.
        return period.next();
    }
    loop {
        let before = period.previous();
        if before >= period || before.end() < valid_from || !is_due(before) {
            return period;
        }
        period = before;
    }
}

#[cfg(test)]
pub(crate) mod tests;
