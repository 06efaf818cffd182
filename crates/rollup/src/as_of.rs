//! `asof(X)`: what is in force at the end of a period for which an indicator has no row.

use std::sync::Arc;

use jiff::civil::Date;
use model::{
    IndicatorIx, Period, PeriodKind,
    indicator::{Entry, Kind},
};

use crate::{State, atlas::Ground, source::Source};

/// How many periods of the indicator's kind are looked at, the latest included.
const LOOKED_AT: usize = 24;

/// First days of the oldest and of the latest period of `kind` that is looked at on `day`: the
/// latest that has ended by then and those before it.
pub(crate) fn window(kind: PeriodKind, day: Date) -> (Date, Date) {
    let holding = Period::containing(kind, day);
    let latest = if holding.end() <= day { holding } else { holding.previous() };
    let oldest = (1..LOOKED_AT).fold(latest, |period, _| period.previous());
    (oldest.start(), latest.start())
}

impl State {
    /// The value in force at the period's end: of a target that of the year (the period of its kind)
    /// that holds the day; otherwise the unit's latest value whose period has ended by then.
    pub(crate) fn as_of<'a>(
        &'a self,
        indicator: IndicatorIx,
        period: Period,
        ground: &Arc<Ground>,
        depth: u8,
    ) -> Source<'a> {
        let definition = self.catalog.indicator(indicator);
        let (frequency, day) = (definition.frequency, period.end());
        let value = |of: Period| self.value_source(indicator, of, ground, depth + 1);
        if definition.kind == Kind::Target {
            return value(Period::containing(frequency, day));
        }
        if self.layout.system(indicator).is_some_and(|rule| rule.is_always_known()) {
            return value(period);
        }
        let (oldest, latest) = window(frequency, day);
        if matches!(definition.entry, Entry::At(_)) {
            let sheets = self.sheets_between(definition.form, frequency, oldest, latest);
            return Source::Latest(sheets.rev().map(|sheet| value(sheet.period)).collect());
        }
        let known = |of: &Period| of.kind() == frequency && (oldest..=latest).contains(&of.start());
        let periods = self.existing(definition.form).rev().filter(known);
        Source::Latest(periods.map(value).collect())
    }
}
