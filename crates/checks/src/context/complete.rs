//! Whether every return that a figure is made of is in force.

use model::{
    IndicatorIx, Period, UnitCode,
    form::BlockKey,
    indicator::{Entry, RollUpRule},
};

use super::Scene;

/// Whether the figure of `indicator` for `unit` and `period` is whole rather than partial.
///
/// What the system counts is always whole. Of a ratio every part counts; a part of a coarser
/// frequency is read as of the period's end and was judged in its own time.
pub(crate) fn is_complete(
    scene: Scene<'_>,
    unit: UnitCode,
    indicator: IndicatorIx,
    period: Period,
) -> bool {
    let definition = scene.catalog.indicator(indicator);
    match (definition.entry, &definition.rollup) {
        (Entry::System, _) => true,
        (Entry::At(level), _) => {
            if definition.frequency > period.kind() {
                return true;
            }
            let block = BlockKey { form: definition.form, frequency: definition.frequency, level };
            let coverage = scene.figures.coverage(unit, block, period);
            coverage.due > 0 && !coverage.is_partial()
        }
        (Entry::Derived, RollUpRule::Ratio(ratio)) => {
            ratio.numerator.iter().chain(&ratio.denominator).all(|term| {
                term.indicator != indicator && is_complete(scene, unit, term.indicator, period)
            })
        }
        (Entry::Derived, _) => false,
    }
}
