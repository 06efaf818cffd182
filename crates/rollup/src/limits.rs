//! Sums over time must not need more than 18 digits; a bound settles it for all ordinary numbers.

use model::{IndicatorIx, Period, amount::within};

use crate::{RollUpError, State};

/// If the sizes of all own cells of every base period stay below this, no sum of any part of them
/// over any part of a year (366 days at most) can pass 18 digits.
const SAFE_SIZE: u128 = 10u128.pow(18) / 400;

impl State {
    /// Remembers indicators whose sums over time have to be looked at.
    pub(crate) fn note_large(&mut self) {
        let mut large = Vec::new();
        for (place, changes) in &self.rolled {
            let Some(block) = self.block(*place) else { continue };
            let flows = self.changed_flows(*place, &changes.columns);
            large.extend(flows.filter(|(_, column)| block.size(*column) >= SAFE_SIZE));
        }
        self.large.extend(large.into_iter().map(|(indicator, _)| indicator));
    }

    /// Makes the sums over time of large flows that changed, and reports one that is too long.
    pub(crate) fn check_over_time(&self) -> Result<(), RollUpError> {
        if self.large.is_empty() {
            return Ok(());
        }
        for (place, changes) in &self.rolled {
            let sheet = &self.sheets[place.0 as usize];
            for (indicator, _) in self.changed_flows(*place, &changes.columns) {
                if !self.large.contains(&indicator) {
                    continue;
                }
                for period in self.ladder(sheet.form, sheet.period) {
                    self.check_sums(indicator, period)?;
                }
            }
        }
        Ok(())
    }

    fn check_sums(&self, indicator: IndicatorIx, period: Period) -> Result<(), RollUpError> {
        let ground = self.atlas.on(period.end());
        let source = self.value_source(indicator, period, ground, 0);
        for node in ground.tree.nodes() {
            let Some(total) = source.at(node) else { continue };
            if !i64::try_from(total).is_ok_and(within) {
                let unit = ground.tree.code(node);
                let indicator = self.indicator_code(indicator);
                return Err(RollUpError::Overflow { unit, indicator, period });
            }
        }
        Ok(())
    }

    /// Changed columns of a block that add up over time.
    fn changed_flows(
        &self,
        (sheet, _, block): crate::state::BlockPlace,
        columns: &[u64],
    ) -> impl Iterator<Item = (IndicatorIx, usize)> {
        let sheet = &self.sheets[sheet as usize];
        let shape = &self.layout.shapes(sheet.form, sheet.period.kind())[block];
        let changed = |column: usize| columns[column / 64] >> (column % 64) & 1 == 1;
        let flows = shape.columns.iter().enumerate().filter(move |(column, indicator)| {
            changed(*column) && self.catalog.indicator(**indicator).kind.adds_over_time()
        });
        flows.map(|(column, &indicator)| (indicator, column))
    }
}
