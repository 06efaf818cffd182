//! Table `early_warnings` (预警): what the levels above are warned of, a function of the accepted state
//! like the findings from context.

use checks::Warning;
use model::UnitCode;
use store::PlainColumn;

use crate::{AggregateError, Aggregator};

/// Name of the table.
const EARLY_WARNINGS: &str = "early_warnings";

impl Aggregator {
    /// Replaces the warnings about units of these provinces.
    pub(crate) async fn commit_warnings(
        &self,
        warnings: &[Warning],
        provinces: &[UnitCode],
    ) -> Result<(), AggregateError> {
        let parts =
            self.by_shard(provinces, warnings, |one| self.state.province_of(one.period, one.unit));
        let columns = |(at, warned): (UnitCode, Vec<&Warning>)| {
            (at.to_string(), self.warning_columns(&warned))
        };
        let parts = parts.into_iter().map(columns).collect();
        self.store.replace_parts_of(EARLY_WARNINGS, parts, self.looked_at(provinces)).await?;
        Ok(())
    }

    fn warning_columns(&self, warned: &[&Warning]) -> Vec<PlainColumn> {
        let text = |pick: fn(&Warning) -> String| warned.iter().map(move |w| pick(w));
        let code = |unit: UnitCode| Some(unit.as_u64() as i64);
        let form = |w: &&Warning| self.catalog.form(w.form).code.clone();
        vec![
            PlainColumn::integer("unit", warned.iter().map(|w| code(w.unit))),
            PlainColumn::integer("to_unit", warned.iter().map(|w| code(w.to))),
            PlainColumn::text("form", warned.iter().map(form)),
            PlainColumn::text("period", text(|w| w.period.to_string())),
            PlainColumn::text("warning_id", text(|w| w.id.clone())),
            PlainColumn::text("urgency", text(|w| w.urgency.name().to_owned())),
            PlainColumn::truth("partial", warned.iter().map(|w| w.partial)),
            PlainColumn::text("found", text(Warning::found)),
            PlainColumn::text("message_zh", text(|w| w.message_zh.clone())),
            PlainColumn::text("message_en", text(|w| w.message_en.clone())),
        ]
    }
}
