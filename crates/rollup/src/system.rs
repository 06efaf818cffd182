//! Indicators that nobody enters: counted from the register, the calendar and the verdicts.

mod division_changes;
mod quality;
mod unit_counts;
mod visits;

use std::sync::Arc;

use model::{
    Catalog, IndicatorIx, Level, Node, Period, UnitClass, form::BlockKey, indicator::Entry,
};

use crate::{State, atlas::Ground, source::Source};

pub(crate) use unit_counts::UnitCount;

/// How the system makes an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SystemRule {
    /// Units of these classes in the register at the period's end.
    Units(&'static [UnitClass]),
    /// Changes of divisions in the year up to the period's end.
    DivisionChanges,
    /// Returns of one sort for the base periods inside the period.
    Visits(BlockKey, Counted),
    /// Returns of all sorts that belong to the period.
    Quality(Counted),
    /// How often returns were sent back.
    SentBack,
    /// Verify findings without explanation.
    Unexplained,
}

impl SystemRule {
    /// Whether the register alone gives the value, for any period.
    pub(crate) fn is_always_known(self) -> bool {
        matches!(self, SystemRule::Units(_) | SystemRule::DivisionChanges)
    }

    /// Whether the value changes with the status of a return.
    pub(crate) fn follows_status(self) -> bool {
        matches!(self, SystemRule::Visits(..) | SystemRule::Quality(_))
    }
}

/// Which returns are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// 应报
    Due,
    /// 实报
    Received,
    /// 按时
    OnTime,
    /// 一次通过
    FirstPass,
}

/// Rules by indicator. The catalogue says that the system makes a value; how it does so is code, so
/// the tables stand with the code, one in each file of this module.
pub(crate) fn rules(catalog: &Catalog) -> Vec<Option<SystemRule>> {
    let rule = |code: &str| {
        unit_counts::rule(code)
            .or_else(|| division_changes::rule(code))
            .or_else(|| visits::rule(code, catalog))
            .or_else(|| quality::rule(code))
    };
    let made = |entry: Entry| entry == Entry::System;
    let indicators = catalog.indicators.iter();
    indicators.map(|i| if made(i.entry) { rule(&i.code) } else { None }).collect()
}

impl State {
    /// The value of a system indicator for a period of any kind.
    pub(crate) fn system_source<'a>(
        &'a self,
        indicator: IndicatorIx,
        period: Period,
        ground: &Arc<Ground>,
    ) -> Source<'a> {
        match self.layout.system(indicator) {
            None => Source::Nothing,
            Some(SystemRule::Units(classes)) => Source::Units(UnitCount::new(ground, classes)),
            Some(SystemRule::DivisionChanges) => self.division_changes(period, ground),
            Some(SystemRule::Visits(block, counted)) => self.visits(block, counted, period, ground),
            Some(SystemRule::Quality(counted)) => self.quality(counted, period, ground),
            Some(SystemRule::SentBack) => self.verdicts(period, ground, |t| t.sent_back),
            Some(SystemRule::Unexplained) => self.verdicts(period, ground, |t| t.unexplained),
        }
    }
}

/// Counts that belong to units, summed over subtrees.
#[derive(Debug)]
pub(crate) struct Located {
    ground: Arc<Ground>,
    lowest: Level,
    /// Provinces for which there is a value at all, by root; empty for all.
    shown: Vec<bool>,
    places: Vec<Node>,
    /// Running sums, one more than places.
    sums: Vec<i128>,
}

impl Located {
    fn new(ground: &Arc<Ground>, lowest: Level, mut events: Vec<(Node, u32)>) -> Self {
        events.sort_unstable();
        let mut sums = vec![0];
        let mut sum = 0;
        for (_, n) in &events {
            sum += i128::from(*n);
            sums.push(sum);
        }
        let places = events.into_iter().map(|(node, _)| node).collect();
        Self { ground: Arc::clone(ground), lowest, shown: Vec::new(), places, sums }
    }

    /// Events in the subtree of a unit.
    pub(crate) fn at(&self, node: Node) -> Option<i128> {
        let tree = &self.ground.tree;
        let shown = self.shown.is_empty() || self.shown[self.ground.root_of(node)];
        if tree.level(node) < self.lowest || !shown {
            return None;
        }
        let subtree = tree.subtree(node);
        let start = self.places.partition_point(|n| n.0 < subtree.start);
        let end = self.places.partition_point(|n| n.0 < subtree.end);
        Some(self.sums[end] - self.sums[start])
    }
}
