//! Where a reading comes from: found once, then asked for any number of units.

use std::sync::Arc;

use model::{
    IndicatorIx, Node, Period,
    indicator::{Entry, Reading, RollUpRule},
};

use crate::{
    State,
    atlas::Ground,
    coverage::{ReturnsSource, Shared},
    heirs::Passage,
    ratio::Quotient,
    sheet::Sheet,
    system::{Located, UnitCount},
    weighted_mean::Mean,
};

/// A ratio of ratios of ratios is as deep as definitions sensibly go; beyond lies a cycle.
const MAX_DEPTH: u8 = 8;

/// A reading of one indicator for one period on one tree, in units of the indicator's scale.
#[derive(Debug)]
pub(crate) enum Source<'a> {
    /// Nothing was recorded.
    Nothing,
    /// The rolled-up cells of one base period.
    Base(Base<'a>),
    /// Sum of those present.
    Sum(Vec<Source<'a>>),
    /// The first less the second; missing if either is.
    Difference(Box<(Source<'a>, Source<'a>)>),
    /// The first present.
    Latest(Vec<Source<'a>>),
    /// Mean over entry units below.
    Mean(Box<Mean<'a>>),
    /// Quotient of readings, rounded.
    Quotient(Box<Quotient<'a>>),
    /// Units counted from the register.
    Units(UnitCount),
    /// Events counted by the unit that they belong to.
    Located(Located),
    /// Returns counted by what became of them.
    Returns(Box<ReturnsSource<'a>>),
}

impl Source<'_> {
    /// The readings for many units.
    pub(crate) fn column(&self, nodes: &[Node], shared: &Shared) -> Vec<Option<i128>> {
        match self {
            Source::Quotient(quotient) => quotient.column(nodes, shared),
            Source::Returns(returns) => returns.counts(nodes, shared),
            source => nodes.iter().map(|&node| source.at(node)).collect(),
        }
    }

    /// The reading for a unit of the tree that the source was made for.
    pub(crate) fn at(&self, node: Node) -> Option<i128> {
        match self {
            Source::Nothing => None,
            Source::Base(base) => base.at(node),
            Source::Sum(parts) => {
                let present = parts.iter().filter_map(|part| part.at(node));
                present.fold(None, |sum, part| Some(sum.unwrap_or(0) + part))
            }
            Source::Difference(pair) => Some(pair.0.at(node)? - pair.1.at(node)?),
            Source::Latest(candidates) => candidates.iter().find_map(|part| part.at(node)),
            Source::Mean(mean) => mean.at(node),
            Source::Quotient(quotient) => quotient.at(node),
            Source::Units(count) => count.at(node),
            Source::Located(events) => events.at(node),
            Source::Returns(returns) => returns.at(node),
        }
    }
}

/// One column of one base period, read on some tree.
#[derive(Debug)]
pub(crate) struct Base<'a> {
    pub(crate) sheet: &'a Sheet,
    pub(crate) block: usize,
    pub(crate) column: usize,
    /// From the sheet's tree to the tree of the reader, where they differ.
    pub(crate) passage: Option<Arc<Passage>>,
}

impl Base<'_> {
    /// The rolled-up value of a unit of the reader's tree.
    #[inline]
    fn at(&self, node: Node) -> Option<i128> {
        let whole = |source: Node| self.sheet.value(self.block, self.column, source);
        let Some(passage) = &self.passage else { return whole(node).map(i128::from) };
        let own = |source: Node| {
            let cell = self.sheet.own(self.block, self.column, source);
            cell.value().map(|amount| i128::from(amount.units))
        };
        passage.gather(node, &|source| whole(source).map(i128::from), &own, &|sum, part| {
            *sum = match (*sum, part) {
                (Some(a), Some(b)) => Some(a + b),
                (a, b) => a.or(b),
            };
        })
    }
}

impl State {
    /// A reading for `period` on the tree of `ground`.
    pub(crate) fn source<'a>(
        &'a self,
        indicator: IndicatorIx,
        reading: Reading,
        period: Period,
        ground: &Arc<Ground>,
        depth: u8,
    ) -> Source<'a> {
        if depth > MAX_DEPTH {
            return Source::Nothing;
        }
        match reading {
            Reading::Value if self.catalog.has_row(indicator, period) => {
                self.value_source(indicator, period, ground, depth)
            }
            Reading::Value => self.as_of(indicator, period, ground, depth),
            Reading::Increment => self.increment(indicator, period, ground, depth),
            Reading::Months => self.months(indicator, period, ground, depth),
        }
    }

    /// The value of an indicator in a period for which it has a row.
    pub(crate) fn value_source<'a>(
        &'a self,
        indicator: IndicatorIx,
        period: Period,
        ground: &Arc<Ground>,
        depth: u8,
    ) -> Source<'a> {
        let definition = self.catalog.indicator(indicator);
        match (&definition.rollup, definition.entry) {
            (_, Entry::System) => self.system_source(indicator, period, ground),
            (RollUpRule::Ratio(ratio), _) => {
                let quotient = self.quotient(ratio, definition.scale, period, ground, depth + 1);
                Source::Quotient(Box::new(quotient))
            }
            (RollUpRule::WeightedMean(weights), _) => {
                let mean = self.mean(indicator, weights, period, ground, depth + 1);
                mean.map_or(Source::Nothing, |mean| Source::Mean(Box::new(mean)))
            }
            _ => self.over_time(indicator, period, ground),
        }
    }

    /// The column of an entered indicator in one base period.
    pub(crate) fn base<'a>(
        &'a self,
        indicator: IndicatorIx,
        sheet: &'a Sheet,
        ground: &Arc<Ground>,
    ) -> Option<Base<'a>> {
        let place = self.layout.place(indicator)?;
        let passage = self.atlas.passage(sheet.ground.span, ground.span);
        Some(Base { sheet, block: place.block, column: place.column, passage })
    }
}
