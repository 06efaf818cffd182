//! Standards: the mean over entry units, weighted by those who live under each, with both extremes.

use std::sync::Arc;

use model::{IndicatorIx, Node, Period, amount::divide_half_up, indicator::Reading};

use crate::{
    State,
    atlas::Ground,
    source::{Base, Source},
};

/// A standard in one period: declared by entry units, read on some tree.
#[derive(Debug)]
pub(crate) struct Mean<'a> {
    /// What was declared in the last base period of the period.
    declared: Base<'a>,
    /// What weighs it, on the tree on which it was declared.
    weights: Vec<(Source<'a>, i128)>,
    scale: u8,
}

impl Mean<'_> {
    /// Numerator and denominator at one scale; `None` when nothing was declared below. A unit whose
    /// weight is missing is left out of the mean.
    pub(crate) fn parts(&self, node: Node) -> Option<(i128, i128)> {
        let one = 10i128.pow(u32::from(self.scale));
        let mut declared = self.declared_below(node);
        let (first_unit, first) = declared.next()?;
        let Some((unit, value)) = declared.next() else {
            return Some(self.single(node, first_unit, first, one));
        };
        let all = [(first_unit, first), (unit, value)].into_iter().chain(declared);
        let weighted = all.filter_map(|(unit, value)| Some((value, self.weight(unit)?)));
        weighted.into_iter().try_fold((0i128, 0i128), |(num, den), (value, weight)| {
            let product = value.checked_mul(weight)?;
            Some((num.checked_add(product)?, den.checked_add(weight.checked_mul(one)?)?))
        })
    }

    /// The only value below: at the unit that declared it it holds whatever its weight.
    fn single(&self, node: Node, unit: Node, value: i128, one: i128) -> (i128, i128) {
        if self.lands_on(unit, node) {
            return (value, one);
        }
        self.weight(unit).map_or((0, 0), |weight| (value * weight, weight * one))
    }

    /// The mean, rounded half-up; `None` when nothing was declared or nothing weighs.
    pub(crate) fn at(&self, node: Node) -> Option<i128> {
        let (numerator, denominator) = self.parts(node)?;
        divide_half_up(numerator, denominator, self.scale).map(i128::from)
    }

    /// Lowest and highest declared value.
    pub(crate) fn range(&self, node: Node) -> Option<(i128, i128)> {
        self.declared_below(node).fold(None, |range, (_, value)| match range {
            None => Some((value, value)),
            Some((low, high)) => Some((value.min(low), value.max(high))),
        })
    }

    fn weight(&self, unit: Node) -> Option<i128> {
        let present = self.weights.iter().filter_map(|(source, up)| Some(source.at(unit)? * up));
        present.fold(None, |sum, part| Some(sum.unwrap_or(0) + part))
    }

    fn lands_on(&self, unit: Node, node: Node) -> bool {
        match &self.declared.passage {
            None => unit == node,
            Some(passage) => passage.landing(unit) == Some(node),
        }
    }

    /// Entry units in the subtree of `node` with their own values, as nodes of the sheet's tree.
    fn declared_below(&self, node: Node) -> Box<dyn Iterator<Item = (Node, i128)> + '_> {
        let (sheet, block, column) =
            (self.declared.sheet, self.declared.block, self.declared.column);
        if let Some(passage) = &self.declared.passage {
            let entry = move |unit: Node| {
                let (held, slot) = sheet.slot(block, unit)?;
                let value = held.value(slot, column).filter(|_| held.scope.is_entry(slot))?;
                Some((unit, i128::from(value)))
            };
            return Box::new(passage.landing_below(node).filter_map(entry));
        }
        let Some((held, slot)) = sheet.slot(block, node) else {
            return Box::new(std::iter::empty());
        };
        let slots = (slot..held.scope.end(slot)).filter(|&slot| held.scope.is_entry(slot));
        Box::new(slots.filter_map(move |slot| {
            Some((held.scope.node(slot), i128::from(held.value(slot, column)?)))
        }))
    }
}

impl State {
    /// A weighted mean for a period: the values of its last base period, weighted by the rolled-up
    /// weights of the entry units for the whole period.
    pub(crate) fn mean<'a>(
        &'a self,
        indicator: IndicatorIx,
        weights: &[IndicatorIx],
        period: Period,
        ground: &Arc<Ground>,
        depth: u8,
    ) -> Option<Mean<'a>> {
        let definition = self.catalog.indicator(indicator);
        let last = Period::containing(definition.frequency, period.end());
        let sheet = self.sheet(definition.form, last)?;
        let declared = self.base(indicator, sheet, ground)?;
        let scale_of = |i: IndicatorIx| self.catalog.indicator(i).scale;
        let finest = weights.iter().map(|&i| scale_of(i)).max().unwrap_or(0);
        let weigh = |&weight: &IndicatorIx| {
            let up = 10i128.pow(u32::from(finest - scale_of(weight)));
            (self.source(weight, Reading::Value, period, &sheet.ground, depth), up)
        };
        let weights = weights.iter().map(weigh).collect();
        Some(Mean { declared, weights, scale: definition.scale })
    }
}
