//! Days and deadlines of a period, worked out once per period.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
};
use model::{Catalog, FormIx, Level, Period, Tree};

use crate::instant::SHANGHAI;

/// Periods that are remembered; period texts come from outside, so the memory is bounded.
const REMEMBERED: usize = 1024;

/// What intake needs to know about one period.
#[derive(Debug)]
pub(crate) struct PeriodDates {
    /// Last day.
    pub(crate) end: Date,
    /// The tree of the last day.
    pub(crate) tree: Arc<Tree>,
    /// Midnight at the beginning of the last day, from when returns are taken.
    pub(crate) open: Timestamp,
    /// Last moment on time, by form and level.
    due: Vec<[Timestamp; Level::ALL.len()]>,
}

impl PeriodDates {
    fn new(catalog: &Catalog, period: Period) -> Self {
        let end = period.end();
        let forms = (0..catalog.forms.len() as u8).map(FormIx);
        let due = |form| Level::ALL.map(|level| instant(catalog.due(form, period, level)));
        Self {
            end,
            tree: catalog.register.tree(end),
            open: instant(end.to_datetime(jiff::civil::Time::midnight())),
            due: forms.map(due).collect(),
        }
    }

    /// The last moment at which a return of this form and level is on time.
    pub(crate) fn due(&self, form: FormIx, level: Level) -> Timestamp {
        self.due[usize::from(form.0)][level as usize]
    }
}

fn instant(shanghai: DateTime) -> Timestamp {
    SHANGHAI.to_timestamp(shanghai).unwrap_or(Timestamp::MAX)
}

/// The periods met so far.
#[derive(Debug, Default)]
pub(crate) struct Dates(RwLock<HashMap<Period, Arc<PeriodDates>>>);

impl Dates {
    pub(crate) fn of(&self, catalog: &Catalog, period: Period) -> Arc<PeriodDates> {
        // A writer only ever inserts finished entries, so a poisoned lock still guards a sound map.
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&period).cloned();
        known.unwrap_or_else(|| {
            let dates = Arc::new(PeriodDates::new(catalog, period));
            let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
            if map.len() >= REMEMBERED {
                map.clear();
            }
            map.insert(period, Arc::clone(&dates));
            dates
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn each_form_has_its_own_deadline_and_a_day_off_moves_it() {
        let catalog = fixture::catalog();
        let due = |form, period: &str, level| {
            let dates = Dates::default().of(&catalog, period.parse().unwrap());
            SHANGHAI.to_datetime(dates.due(catalog.form_by_code(form).unwrap(), level)).to_string()
        };
        // 5 February 2023 is a Sunday; only DS says that it moves.
        assert_eq!(due("SA", "2023-01", Level::Township), "2023-02-05T18:00:00");
        assert_eq!(due("DS", "2023-01", Level::Township), "2023-02-06T18:00:00");
        assert_eq!(due("DS", "2023-01", Level::County), "2023-02-15T23:59:59", "national limit");
    }
}
