//! When returns are due, and which periods take no more.

use std::collections::HashMap;

use jiff::{
    ToSpan,
    civil::{Date, DateTime, Time, time},
};
use serde::{Deserialize, Serialize};

use crate::{Level, Period, PeriodKind};

/// One of the eight evaluation rhythms (周期).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Chinese name, such as 月通报.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Kind of the period that it looks at.
    pub kind: PeriodKind,
    /// Days after the period's end at which its edition is due.
    pub due_days: u8,
}

/// When a return of one frequency and level is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Days after the period's last day (for targets: after its first day).
    pub days: u16,
    /// Time of that day, Asia/Shanghai.
    pub until: Time,
}

/// The calendar in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The eight rhythms, shortest first.
    pub rhythms: Vec<Rhythm>,
    /// Deadlines by frequency and entry level.
    pub deadlines: HashMap<(PeriodKind, Level), Deadline>,
}

impl Calendar {
    /// The last moment at which a return counts as on time, in Asia/Shanghai.
    ///
    /// Without a rule the national limit of 15 days applies.
    pub fn due(&self, period: Period, level: Level) -> DateTime {
        let fallback = Deadline { days: 15, until: time(23, 59, 59, 0) };
        let deadline = self.deadlines.get(&(period.kind(), level)).copied().unwrap_or(fallback);
        let day: Date = period.end().saturating_add(i32::from(deadline.days).days());
        day.to_datetime(deadline.until)
    }
}
