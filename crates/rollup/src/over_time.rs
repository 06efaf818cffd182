//! Values over time: the last base period of a stock, the sum of a flow, months and increments.

use std::sync::Arc;

use model::{IndicatorIx, Period, PeriodKind, indicator::Reading};

use crate::{State, atlas::Ground, source::Source};

impl State {
    /// An entered indicator over a period: flows of the period add up; everything else is the value
    /// of the last base period inside, even if that one is missing.
    pub(crate) fn over_time<'a>(
        &'a self,
        indicator: IndicatorIx,
        period: Period,
        ground: &Arc<Ground>,
    ) -> Source<'a> {
        let definition = self.catalog.indicator(indicator);
        let frequency = definition.frequency;
        if frequency != period.kind() && definition.kind.adds_over_time() {
            let (first, last) = (period.start(), period.end());
            let sheets = self.sheets_between(definition.form, frequency, first, last);
            let bases = sheets.filter_map(|sheet| self.base(indicator, sheet, ground));
            return Source::Sum(bases.map(Source::Base).collect());
        }
        let last = Period::containing(frequency, period.end());
        let sheet = self.sheet(definition.form, last);
        let base = sheet.and_then(|sheet| self.base(indicator, sheet, ground));
        base.map_or(Source::Nothing, Source::Base)
    }

    /// `inc(X)`: the value less that of the previous period of the same kind. Year-to-date values
    /// restart in January, so the first period of a year is its own increment.
    pub(crate) fn increment<'a>(
        &'a self,
        indicator: IndicatorIx,
        period: Period,
        ground: &Arc<Ground>,
        depth: u8,
    ) -> Source<'a> {
        let value = |of| self.source(indicator, Reading::Value, of, ground, depth + 1);
        if period.is_first_of_year() {
            return value(period);
        }
        Source::Difference(Box::new((value(period), value(period.previous()))))
    }

    /// `months(X)`: sum of the values at the ends of the months in the period. In a period that holds
    /// no month it is the value itself.
    pub(crate) fn months<'a>(
        &'a self,
        indicator: IndicatorIx,
        period: Period,
        ground: &Arc<Ground>,
        depth: u8,
    ) -> Source<'a> {
        let value = |of| self.source(indicator, Reading::Value, of, ground, depth + 1);
        if !PeriodKind::Month.rolls_into(period.kind()) {
            return value(period);
        }
        Source::Sum(period.parts(PeriodKind::Month).map(value).collect())
    }
}
