//! Reading rolled-up figures: the seam between the roll-up and those who judge it.

use std::{ops::AddAssign, sync::Arc};

use crate::{
    Amount, Cell, IndicatorIx, Node, Period, Tree, UnitCode, form::BlockKey, indicator::Reading,
};

/// How many of the due returns are in a value (报送率).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Coverage {
    /// Returns due.
    pub due: u32,
    /// Returns of which something readable came in.
    pub received: u32,
    /// Returns first accepted in time.
    pub on_time: u32,
    /// Returns in force.
    pub accepted: u32,
}

impl Coverage {
    /// Whether a value over these returns is partial.
    pub fn is_partial(self) -> bool {
        self.accepted < self.due
    }
}

impl AddAssign for Coverage {
    fn add_assign(&mut self, other: Self) {
        self.due += other.due;
        self.received += other.received;
        self.on_time += other.on_time;
        self.accepted += other.accepted;
    }
}

/// Figures of the accepted state. Amounts are exact; `None` is missing, never zero.
///
/// `period` may be any period for which the indicator has a row: its own kind or a longer one.
pub trait Figures {
    /// The tree of the period: that of its last day.
    fn tree(&self, period: Period) -> Arc<Tree>;

    /// The rolled-up value: children and own. For ratios and weighted means the rounded value that
    /// the table shows; use [`Figures::parts`] to judge by the exact quotient.
    fn value(&self, unit: UnitCode, indicator: IndicatorIx, period: Period) -> Option<Amount>;

    /// The unit's own cell for a base period, as accepted.
    fn own(&self, unit: UnitCode, indicator: IndicatorIx, period: Period) -> Cell;

    /// A reading of an indicator, in units of its scale. An indicator of a coarser frequency is read
    /// as of the period's end (targets: the year that contains it).
    fn reading(
        &self,
        unit: UnitCode,
        indicator: IndicatorIx,
        reading: Reading,
        period: Period,
    ) -> Option<i128>;

    /// [`Figures::reading`] for many units of the tree of another period, `of`.
    fn readings(
        &self,
        (of, nodes): (Period, &[Node]),
        indicator: IndicatorIx,
        reading: Reading,
        period: Period,
    ) -> Vec<Option<i128>> {
        let tree = self.tree(of);
        let one = |&node: &Node| self.reading(tree.code(node), indicator, reading, period);
        nodes.iter().map(one).collect()
    }

    /// The amounts of [`Figures::own`] for many units of the tree of `of`: a column for each
    /// indicator, or none at all when nothing was entered for the period.
    fn own_amounts(
        &self,
        (of, nodes): (Period, &[Node]),
        indicators: &[IndicatorIx],
        period: Period,
    ) -> Vec<Vec<Option<i64>>> {
        let tree = self.tree(of);
        let own = |indicator, node| {
            let cell = self.own(tree.code(node), indicator, period);
            cell.value().map(|amount| amount.units)
        };
        let column = |&i: &IndicatorIx| nodes.iter().map(|&node| own(i, node)).collect();
        indicators.iter().map(column).collect()
    }

    /// Numerator and denominator of a ratio or of a weighted mean, at one common scale, before the
    /// factor 100 of a percentage; `None` when a part is missing. The denominator may be 0.
    fn parts(&self, unit: UnitCode, indicator: IndicatorIx, period: Period)
    -> Option<(i128, i128)>;

    /// Lowest and highest value below a unit, for standards.
    fn range(
        &self,
        unit: UnitCode,
        indicator: IndicatorIx,
        period: Period,
    ) -> Option<(Amount, Amount)>;

    /// Coverage of the returns of `block` in the subtree of `unit`, summed over the periods inside
    /// `period`.
    fn coverage(&self, unit: UnitCode, block: BlockKey, period: Period) -> Coverage;
}
