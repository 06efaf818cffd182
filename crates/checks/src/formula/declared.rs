//! Operands read from the declared values of one unit (or list) and period.
//!
//! Where the period is not known, values belong together when the same document dates them in the
//! same words.

use model::{
    Catalog, Figures, IndicatorIx, Period, PeriodKind,
    indicator::{Kind, Reading},
};

use super::{Operand, Operands, Which};
use crate::{
    declared::{DeclaredTotal, Role, Stated},
    exact::Exact,
    instant::SHANGHAI,
};

/// Reads operands beside one declared value.
pub(crate) struct DeclaredOperands<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) figures: &'a dyn Figures,
    pub(crate) declared: &'a [DeclaredTotal],
    /// The value that says whose and when.
    pub(crate) beside: &'a DeclaredTotal,
}

impl DeclaredOperands<'_> {
    /// The value of exactly these indicators at `period`; none if two differ.
    fn value(&self, terms: &[IndicatorIx], period: Option<Period>) -> Option<Exact> {
        let mut values = self
            .declared
            .iter()
            .filter(|d| d.terms == terms && self.together(d, period) && self.is_value(d))
            .map(DeclaredTotal::exact_value);
        let first = values.next()?;
        values.all(|other| first.compare(other).is_some_and(|o| o.is_eq())).then_some(first)
    }

    fn together(&self, other: &DeclaredTotal, period: Option<Period>) -> bool {
        other.units == self.beside.units
            && other.period == period
            && (period.is_some()
                || (other.dated == self.beside.dated && other.document() == self.beside.document()))
    }

    /// Whether it is a value of the indicator rather than something said about it.
    fn is_value(&self, declared: &DeclaredTotal) -> bool {
        let target = |&term: &IndicatorIx| self.catalog.indicator(term).kind == Kind::Target;
        declared.states == Stated::Value
            && match declared.role {
                Role::Actual | Role::Standard => true,
                Role::Target => declared.terms.iter().all(target),
                Role::Floor => false,
            }
    }

    /// Declared beside, else the roll-up's value of the unit. Without a period only what the
    /// register counts can be read, as of the day when the value was handed in.
    fn as_of(&self, indicator: IndicatorIx) -> Option<Exact> {
        if let Some(value) = self.value(&[indicator], self.beside.period) {
            return Some(value);
        }
        let [unit] = self.beside.units[..] else { return None };
        let definition = self.catalog.indicator(indicator);
        let period = match self.beside.period {
            Some(period) => period,
            None if definition.rollup == model::indicator::RollUpRule::CountUnits => {
                let day = SHANGHAI.to_datetime(self.beside.submitted_at).date();
                Period::containing(PeriodKind::Year, day)
            }
            None => return None,
        };
        let units = self.figures.reading(unit, indicator, Reading::Value, period)?;
        Some(Exact::new(units, definition.scale))
    }
}

impl Operands for DeclaredOperands<'_> {
    fn read(&self, operand: &Operand) -> Option<Exact> {
        let (terms, period) = ([operand.indicator], self.beside.period);
        match operand.which {
            Which::Value => self.value(&terms, period),
            Which::Previous => self.value(&terms, Some(period?.previous())),
            Which::YearBefore => self.value(&terms, Some(period?.year_before()?)),
            Which::AsOf => self.as_of(operand.indicator),
            // A declared value is the unit's own word.
            Which::Inherit | Which::Own => self.value(&terms, period),
            Which::Increment | Which::Months | Which::Children | Which::Parent => None,
        }
    }

    fn read_sum(&self, indicators: &[IndicatorIx]) -> Option<Exact> {
        let mut terms = indicators.to_vec();
        terms.sort_unstable();
        self.value(&terms, self.beside.period)
    }
}
