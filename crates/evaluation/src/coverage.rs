//! How complete the returns are that the asked items read.

use std::collections::BTreeSet;

use model::{
    Catalog, Coverage, IndicatorIx, Node,
    form::BlockKey,
    indicator::{Entry, RollUpRule},
    scheme::{Item, Metric},
};

use crate::metric::Reader;

/// The sorts of returns that the items read, through the parts of ratios, as far as they are due
/// inside a period of this kind. Targets and base figures of coarser frequency are not.
pub(crate) fn blocks<'a>(
    reader: &Reader<'_>,
    items: impl Iterator<Item = &'a Item>,
) -> Vec<BlockKey> {
    let kind = reader.period().kind();
    let mut blocks = BTreeSet::new();
    for item in items {
        match &item.metric {
            Metric::Quotients(parts) => {
                for indicator in parts.iter().flat_map(|part| part.indicators()) {
                    collect(reader.catalog(), indicator, &mut blocks);
                }
            }
            Metric::FindingMonths { shown_by, .. } => {
                for &indicator in shown_by {
                    collect(reader.catalog(), indicator, &mut blocks);
                }
            }
        }
    }
    let inside = |b: &BlockKey| b.frequency == kind || b.frequency.rolls_into(kind);
    blocks.into_iter().filter(inside).collect()
}

fn collect(catalog: &Catalog, indicator: IndicatorIx, blocks: &mut BTreeSet<BlockKey>) {
    let definition = catalog.indicator(indicator);
    match (&definition.entry, &definition.rollup) {
        (&Entry::At(level), _) => {
            let (form, frequency) = (definition.form, definition.frequency);
            blocks.insert(BlockKey { form, frequency, level });
        }
        (_, RollUpRule::Ratio(ratio)) => {
            for term in ratio.numerator.iter().chain(&ratio.denominator) {
                // Parts of a ratio are never ratios, so this goes one step down.
                if matches!(catalog.indicator(term.indicator).entry, Entry::At(_)) {
                    collect(catalog, term.indicator, blocks);
                }
            }
        }
        _ => {}
    }
}

/// Coverage of a unit over these sorts of returns.
pub(crate) fn of(reader: &Reader<'_>, node: Node, blocks: &[BlockKey]) -> Coverage {
    let unit = reader.tree().code(node);
    let mut whole = Coverage::default();
    for &block in blocks {
        whole += reader.figures().coverage(unit, block, reader.period());
    }
    whole
}

/// Whether coverage reaches `percent`; where nothing is due there is nothing to miss.
pub(crate) fn reaches(coverage: Coverage, percent: model::Amount) -> bool {
    let scale = 10i128.pow(u32::from(percent.scale));
    i128::from(coverage.accepted) * 100 * scale
        >= i128::from(percent.units) * i128::from(coverage.due)
}

#[cfg(test)]
mod tests {
    use model::Amount;

    use super::*;

    #[test]
    fn ninety_percent_is_enough_and_a_hair_less_is_not() {
        let percent = Amount { units: 900, scale: 1 };
        let coverage = |accepted, due| Coverage { due, accepted, ..Coverage::default() };
        assert!(reaches(coverage(9, 10), percent));
        assert!(!reaches(coverage(899, 1000), percent));
        assert!(reaches(coverage(0, 0), percent));
    }
}
