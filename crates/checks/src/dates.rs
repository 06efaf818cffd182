//! Days and deadlines of a period, worked out once per period.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::{
    Span, Timestamp,
    civil::{Date, DateTime},
};
use model::{Catalog, Level, Period, Tree};

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
    /// Last moment on time, by level.
    due: [Timestamp; Level::ALL.len()],
    /// The same for returns of targets, counted from the first day of the period.
    due_of_targets: [Timestamp; Level::ALL.len()],
}

impl PeriodDates {
    fn new(catalog: &Catalog, period: Period) -> Self {
        let end = period.end();
        let due = Level::ALL.map(|level| catalog.calendar.due(period, level));
        Self {
            end,
            tree: catalog.register.tree(end),
            open: instant(end.to_datetime(jiff::civil::Time::midnight())),
            due: due.map(instant),
            due_of_targets: due.map(|due| instant(from_the_start(period, due))),
        }
    }

    /// The last moment at which a return of this level is on time.
    pub(crate) fn due(&self, level: Level, targets: bool) -> Timestamp {
        let due = if targets { &self.due_of_targets } else { &self.due };
        due[level as usize]
    }
}

/// The deadline as far behind the period's first day as `due` is behind its last.
fn from_the_start(period: Period, due: DateTime) -> DateTime {
    let days = period.end().until(due.date()).map_or(0, |span| span.get_days());
    let day = period.start().saturating_add(Span::new().days(days));
    day.to_datetime(due.time())
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
