//! How an owed return stands: not yet due, missing, received, on time or late, by a given clock.

use jiff::{Timestamp, Unit, civil::DateTime};
use serde::Serialize;

use crate::{calendar::SHANGHAI, submission::KeyStatus};

/// Where an owed return stands at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// Nothing came in, and there is still time.
    NotYetDue,
    /// Nothing came in before the deadline or since.
    Missing {
        /// Days since the deadline, at least one.
        days: u32,
    },
    /// It came in and waits for the level above (待审): the unit has done its part.
    Waiting {
        /// Days since the deadline; 0 while there is still time.
        days: u32,
    },
    /// Something came in, but nothing is accepted: it was refused or sent back.
    Received {
        /// Days since the deadline; 0 while there is still time.
        days: u32,
    },
    /// Accepted, and handed in before the deadline.
    OnTime,
    /// Accepted, but handed in after the deadline.
    Late {
        /// Days between the deadline and the handing in, at least one.
        days: u32,
    },
}

impl Standing {
    /// The standing of a return that is due at `due`, as the clock shows `now`.
    ///
    /// `status` is what coverage counts, so that lists and coverage agree; `late` are the
    /// [`days_late`] of the earliest accepted revision; `waits` tells that the newest revision waits for
    /// the level above.
    pub fn of(due: DateTime, status: KeyStatus, late: u32, waits: bool, now: Timestamp) -> Self {
        let past = days_late(due, now);
        match status {
            KeyStatus { accepted: true, on_time: true, .. } => Self::OnTime,
            KeyStatus { accepted: true, .. } => Self::Late { days: late.max(1) },
            KeyStatus { received: true, .. } if waits => Self::Waiting { days: past },
            KeyStatus { received: true, .. } => Self::Received { days: past },
            _ if past == 0 => Self::NotYetDue,
            _ => Self::Missing { days: past },
        }
    }

    /// Whether the unit still owes the return: nothing is accepted yet.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::OnTime | Self::Late { .. })
    }

    /// Days behind the deadline, of the clock while it is open, else of the handing in.
    pub fn days(self) -> u32 {
        match self {
            Self::NotYetDue | Self::OnTime => 0,
            Self::Missing { days }
            | Self::Waiting { days }
            | Self::Received { days }
            | Self::Late { days } => days,
        }
    }

    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotYetDue => "not_yet_due",
            Self::Missing { .. } => "missing",
            Self::Waiting { .. } => "waiting",
            Self::Received { .. } => "received",
            Self::OnTime => "on_time",
            Self::Late { .. } => "late",
        }
    }

    /// The name in Chinese lists.
    pub fn zh(self) -> &'static str {
        match self {
            Self::NotYetDue => "未到期",
            Self::Missing { .. } => "缺报",
            Self::Waiting { .. } => "待审",
            Self::Received { .. } => "已收未通过",
            Self::OnTime => "按时",
            Self::Late { .. } => "迟报",
        }
    }
}

/// Days from the deadline to the day of `at`, both in Asia/Shanghai; the same day after the hour is
/// one day, and 0 is on time.
pub fn days_late(due: DateTime, at: Timestamp) -> u32 {
    let at = SHANGHAI.to_datetime(at);
    if at <= due {
        return 0;
    }
    let days = due.date().until((Unit::Day, at.date())).map_or(0, |span| span.get_days());
    u32::try_from(days.max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// The quarterly return of a village for 2023-Q1, moved behind Qingming.
    fn due() -> DateTime {
        date(2023, 4, 6).at(23, 59, 59, 0)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn status(received: bool, on_time: bool, accepted: bool) -> KeyStatus {
        KeyStatus { received, on_time, accepted }
    }

    #[test]
    fn days_are_those_of_shanghai_and_the_first_second_is_a_day() {
        assert_eq!(days_late(due(), at("2023-04-06T23:59:59+08:00")), 0);
        assert_eq!(days_late(due(), at("2023-04-06T15:59:59Z")), 0);
        assert_eq!(days_late(due(), at("2023-04-06T16:00:00Z")), 1);
        assert_eq!(days_late(due(), at("2023-04-09T00:30:00+08:00")), 3);
        let noon = date(2023, 4, 6).at(12, 0, 0, 0);
        assert_eq!(days_late(noon, at("2023-04-06T12:00:01+08:00")), 1);
        assert_eq!(days_late(noon, at("2023-04-07T12:00:01+08:00")), 1);
    }

    #[test]
    fn each_standing_in_turn() {
        let (before, after) = (at("2023-04-06T08:00:00+08:00"), at("2023-04-08T08:00:00+08:00"));
        let of = |status, late, now| Standing::of(due(), status, late, false, now);
        let nothing = KeyStatus::default();
        assert_eq!(of(nothing, 0, before), Standing::NotYetDue);
        assert_eq!(of(nothing, 0, after), Standing::Missing { days: 2 });
        let refused = status(true, false, false);
        assert_eq!(of(refused, 0, before), Standing::Received { days: 0 });
        assert_eq!(of(refused, 0, after), Standing::Received { days: 2 });
        let waits = |now| Standing::of(due(), refused, 0, true, now);
        assert_eq!(waits(before), Standing::Waiting { days: 0 });
        assert_eq!(waits(after), Standing::Waiting { days: 2 });
        // Once accepted, the clock no longer matters.
        assert_eq!(of(status(true, true, true), 0, after), Standing::OnTime);
        assert_eq!(of(status(true, false, true), 1, after), Standing::Late { days: 1 });
    }

    #[test]
    fn open_is_what_is_not_accepted() {
        use Standing::{Late, Missing, NotYetDue, OnTime, Received, Waiting};
        let open = [NotYetDue, Missing { days: 2 }, Waiting { days: 5 }, Received { days: 3 }];
        assert!(open.into_iter().all(Standing::is_open));
        assert_eq!(open.map(Standing::days), [0, 2, 5, 3]);
        let closed = [OnTime, Late { days: 4 }];
        assert!(!closed.into_iter().any(Standing::is_open));
        assert_eq!(closed.map(Standing::days), [0, 4]);
    }
}
