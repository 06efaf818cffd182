//! Reading figures by unit code: the seam to checks and evaluation.

use std::sync::Arc;

use model::{
    Amount, Cell, Coverage, Figures, IndicatorIx, Node, Period, Tree, UnitCode,
    form::BlockKey,
    indicator::{Entry, Reading, RollUpRule},
};

use crate::{State, atlas::Ground};

impl State {
    fn place(&self, unit: UnitCode, period: Period) -> Option<(&Arc<Ground>, Node)> {
        let ground = self.atlas.on(period.end());
        Some((ground, ground.tree.node(unit)?))
    }

    /// Nodes of the tree of `of` in the tree of `ground`, by code.
    fn nodes_in<'a>(
        &'a self,
        ground: &'a Arc<Ground>,
        of: Period,
        nodes: &'a [Node],
    ) -> impl Iterator<Item = Option<Node>> + 'a {
        let known = self.atlas.on(of.end());
        let same = Arc::ptr_eq(known, ground);
        nodes.iter().map(move |&node| match same {
            true => Some(node),
            false => ground.tree.node(known.tree.code(node)),
        })
    }

    fn amount(&self, indicator: IndicatorIx, units: i128) -> Option<Amount> {
        let units = i64::try_from(units).ok()?;
        Some(Amount { units, scale: self.catalog.indicator(indicator).scale })
    }
}

impl Figures for State {
    fn tree(&self, period: Period) -> Arc<Tree> {
        Arc::clone(&self.atlas.on(period.end()).tree)
    }

    fn value(&self, unit: UnitCode, indicator: IndicatorIx, period: Period) -> Option<Amount> {
        if !self.catalog.has_row(indicator, period) {
            return None;
        }
        let (ground, node) = self.place(unit, period)?;
        let value = self.value_source(indicator, period, ground, 0).at(node)?;
        self.amount(indicator, value)
    }

    fn own(&self, unit: UnitCode, indicator: IndicatorIx, period: Period) -> Cell {
        let definition = self.catalog.indicator(indicator);
        let find = || {
            let place = self.layout.place(indicator)?;
            let sheet = self.sheet(definition.form, period)?;
            let node = sheet.ground.tree.node(unit)?;
            (definition.frequency == period.kind())
                .then(|| sheet.own(place.block, place.column, node))
        };
        find().unwrap_or_default()
    }

    fn reading(
        &self,
        unit: UnitCode,
        indicator: IndicatorIx,
        reading: Reading,
        period: Period,
    ) -> Option<i128> {
        let (ground, node) = self.place(unit, period)?;
        self.source(indicator, reading, period, ground, 0).at(node)
    }

    fn readings(
        &self,
        (of, nodes): (Period, &[Node]),
        indicator: IndicatorIx,
        reading: Reading,
        period: Period,
    ) -> Vec<Option<i128>> {
        let ground = self.atlas.on(period.end());
        let source = self.source(indicator, reading, period, ground, 0);
        self.nodes_in(ground, of, nodes).map(|node| source.at(node?)).collect()
    }

    fn own_amounts(
        &self,
        (of, nodes): (Period, &[Node]),
        indicators: &[IndicatorIx],
        period: Period,
    ) -> Vec<Vec<Option<i64>>> {
        let column = |&indicator: &IndicatorIx| {
            let definition = self.catalog.indicator(indicator);
            let place = self.layout.place(indicator)?;
            let sheet = (definition.frequency == period.kind())
                .then(|| self.sheet(definition.form, period))
                .flatten()?;
            let own = |node: Option<Node>| {
                let cell = sheet.own(place.block, place.column, node?);
                cell.value().map(|amount| amount.units)
            };
            Some(self.nodes_in(&sheet.ground, of, nodes).map(own).collect())
        };
        let columns: Option<Vec<_>> = indicators.iter().map(column).collect();
        columns.unwrap_or_default()
    }

    fn parts(
        &self,
        unit: UnitCode,
        indicator: IndicatorIx,
        period: Period,
    ) -> Option<(i128, i128)> {
        if !self.catalog.has_row(indicator, period) {
            return None;
        }
        let (ground, node) = self.place(unit, period)?;
        let definition = self.catalog.indicator(indicator);
        match (&definition.rollup, definition.entry) {
            (RollUpRule::Ratio(ratio), Entry::Derived) => {
                self.quotient(ratio, definition.scale, period, ground, 1).parts(node)
            }
            (RollUpRule::WeightedMean(weights), _) => {
                self.mean(indicator, weights, period, ground, 1)?.parts(node)
            }
            _ => None,
        }
    }

    fn range(
        &self,
        unit: UnitCode,
        indicator: IndicatorIx,
        period: Period,
    ) -> Option<(Amount, Amount)> {
        let definition = self.catalog.indicator(indicator);
        let RollUpRule::WeightedMean(weights) = &definition.rollup else { return None };
        if !self.catalog.has_row(indicator, period) {
            return None;
        }
        let (ground, node) = self.place(unit, period)?;
        let (low, high) = self.mean(indicator, weights, period, ground, 1)?.range(node)?;
        Some((self.amount(indicator, low)?, self.amount(indicator, high)?))
    }

    fn coverage(&self, unit: UnitCode, block: BlockKey, period: Period) -> Coverage {
        let place = self.place(unit, period);
        place.map_or(Coverage::default(), |(_, node)| self.coverage_at(node, block, period))
    }
}
