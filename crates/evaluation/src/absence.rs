//! Why a figure is missing: owed and not reported, or nothing that the unit owes.

use model::{
    Indicator, IndicatorIx, Node, Period,
    form::BlockKey,
    indicator::{Entry, Kind},
};

use crate::metric::Reader;

/// Why an operand has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nobody at or below the unit owes it.
    NotAsked,
    /// All who owe it reported, and declared it not applicable.
    NotApplicable,
    /// Owed and not reported.
    Unreported,
}

/// A missing operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Absence {
    /// What is missing.
    pub(crate) indicator: IndicatorIx,
    /// Why.
    pub(crate) why: Why,
}

impl Absence {
    /// Tells why `indicator`, which has no value for `node`, has none.
    pub(crate) fn of(reader: &Reader<'_>, node: Node, indicator: IndicatorIx) -> Self {
        let definition = reader.catalog().indicator(indicator);
        let Entry::At(level) = definition.entry else {
            return Self { indicator, why: Why::NotAsked };
        };
        let block = BlockKey { form: definition.form, frequency: definition.frequency, level };
        let period = owed_in(definition, reader.period());
        let coverage = reader.figures().coverage(reader.tree().code(node), block, period);
        let why = if coverage.due == 0 {
            Why::NotAsked
        } else if coverage.accepted < coverage.due {
            Why::Unreported
        } else {
            Why::NotApplicable
        };
        Self { indicator, why }
    }
}

/// The period whose returns hold the value: the judged one, or of a coarser frequency the one in
/// force at its end. A target is owed for the year that has begun, everything else for the last
/// period that is over.
fn owed_in(indicator: &Indicator, period: Period) -> Period {
    let frequency = indicator.frequency;
    if frequency == period.kind() || frequency.rolls_into(period.kind()) {
        return period;
    }
    let current = Period::containing(frequency, period.end());
    if indicator.kind == Kind::Target || current.end() <= period.end() {
        current
    } else {
        current.previous()
    }
}
