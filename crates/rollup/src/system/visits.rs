//! SF02 and SF03: institution-days due and reported, from the daily returns of institutions.

use std::sync::Arc;

use model::{Catalog, Level, Period, PeriodKind, form::BlockKey};

use super::{Counted, SystemRule};
use crate::{State, atlas::Ground, coverage::ReturnsSource, source::Source};

/// Form of the daily returns of institutions (机构日报).
const DAILY_FORM: &str = "DI";

/// The rule of an indicator that counts institution-days.
pub(super) fn rule(code: &str, catalog: &Catalog) -> Option<SystemRule> {
    let counted = match code {
        "SF02" => Counted::Due,
        "SF03" => Counted::Received,
        _ => return None,
    };
    let form = catalog.form_by_code(DAILY_FORM)?;
    let daily = BlockKey { form, frequency: PeriodKind::Day, level: Level::Institution };
    Some(SystemRule::Visits(daily, counted))
}

impl State {
    /// Returns of one sort for the base periods inside `period`.
    pub(super) fn visits<'a>(
        &'a self,
        block: BlockKey,
        counted: Counted,
        period: Period,
        ground: &Arc<Ground>,
    ) -> Source<'a> {
        let mut returns = ReturnsSource::new(self, (Some(block), period), ground, counted);
        returns.add_block(self, block, period);
        Source::Returns(Box::new(returns))
    }
}
