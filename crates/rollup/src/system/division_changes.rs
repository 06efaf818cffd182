//! GN05: changes of administrative divisions in the year, from the dates of the register.

use std::sync::Arc;

use model::{Level, Period, PeriodKind};

use super::{Located, SystemRule};
use crate::{State, atlas::Ground, source::Source};

/// The rule of the indicator that counts changes.
pub(super) fn rule(code: &str) -> Option<SystemRule> {
    (code == "GN05").then_some(SystemRule::DivisionChanges)
}

impl State {
    /// Divisions (township and above) that began in the year up to the period's end, and those that
    /// an older one took over. A change counts for the unit that holds the place in this tree.
    pub(super) fn division_changes<'a>(
        &'a self,
        period: Period,
        ground: &Arc<Ground>,
    ) -> Source<'a> {
        let year = Period::containing(PeriodKind::Year, period.end());
        let changes = self.atlas.division_changes(year.start(), period.end());
        let place = |code| ground.tree.node(code);
        let events = changes.iter().filter_map(|&(_, code)| Some((place(code)?, 1))).collect();
        Source::Located(Located::new(ground, Level::Township, events))
    }
}
