//! When returns are due: deadlines, days off, and the working day to which a deadline moves.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{
    ToSpan,
    civil::{Date, DateTime, Time, Weekday, time},
    tz::Offset,
};
use serde::{Deserialize, Serialize};

use crate::{FormIx, Level, PeriodKind, form::BlockKey, reminder::ReminderRule};

/// The zone of days and deadlines. China has had no summer time since 1991, so the offset is fixed.
pub const SHANGHAI: Offset = Offset::constant(8);

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

/// Which returns a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeadlineKey {
    /// Of this form; without one of any form that has no deadline of its own.
    pub form: Option<FormIx>,
    /// Kind of the period.
    pub kind: PeriodKind,
    /// Entry level.
    pub level: Level,
}

/// When a return of one frequency and level is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Days after the period's last day (for targets: after its first day).
    pub days: u16,
    /// Time of that day, Asia/Shanghai.
    pub until: Time,
    /// What becomes of it on a day off.
    pub shift: Shift,
}

/// What becomes of a deadline that falls on a day off (顺延).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shift {
    /// It stays.
    #[default]
    None,
    /// It moves to the next working day, same time.
    Next,
}

/// What a day is by decree, whatever its weekday says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayKind {
    /// 放假
    Off,
    /// 调休上班: a Saturday or Sunday that is worked to make up for a day off.
    Work,
}

/// A day that the State Council's notice of its year names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// Off or worked.
    pub kind: DayKind,
    /// Chinese name, such as 清明节.
    pub zh: String,
    /// English name.
    pub en: String,
    /// The notice that says so.
    pub source: String,
}

/// The calendar in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The eight rhythms, shortest first.
    pub rhythms: Vec<Rhythm>,
    /// Deadlines by form, frequency and entry level.
    pub deadlines: HashMap<DeadlineKey, Deadline>,
    /// Days off and make-up working days.
    pub holidays: BTreeMap<Date, Holiday>,
    /// When units are reminded.
    pub reminders: Vec<ReminderRule>,
}

impl Calendar {
    /// The last moment at which a return counts as on time, in Asia/Shanghai; its days are counted
    /// behind `behind`, which [`crate::Catalog::due`] knows.
    pub fn due(&self, block: BlockKey, behind: Date) -> DateTime {
        let deadline = self.deadline(block);
        let day = behind.saturating_add(i32::from(deadline.days).days());
        let day = match deadline.shift {
            Shift::None => day,
            Shift::Next => self.working_day_from(day),
        };
        day.to_datetime(deadline.until)
    }

    /// The rule for a sort of return: that of its form, else that of any form, else the national
    /// limit of 15 days.
    pub fn deadline(&self, block: BlockKey) -> Deadline {
        let of = |form| {
            let key = DeadlineKey { form, kind: block.frequency, level: block.level };
            self.deadlines.get(&key).copied()
        };
        let national = Deadline { days: 15, until: time(23, 59, 59, 0), shift: Shift::None };
        of(Some(block.form)).or_else(|| of(None)).unwrap_or(national)
    }

    /// Whether offices work on `day`: what the table says of it, otherwise Monday to Friday.
    pub fn is_working_day(&self, day: Date) -> bool {
        match self.holidays.get(&day) {
            Some(holiday) => holiday.kind == DayKind::Work,
            None => !is_weekend(day),
        }
    }

    /// The first working day from `day` on, itself included.
    pub fn working_day_from(&self, mut day: Date) -> Date {
        // Behind the last day of the table every Monday works, so this ends.
        while !self.is_working_day(day) {
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        day
    }

    /// Years whose notice stands in the table. The days of December do not count: they belong to
    /// the New Year of the notice that follows.
    pub fn holiday_years(&self) -> BTreeSet<i16> {
        let days = self.holidays.keys().filter(|day| day.month() < 12);
        days.map(|day| day.year()).collect()
    }

    /// Years between two days for which the table says nothing, so that deadlines move for weekends
    /// alone; empty when no deadline moves at all.
    pub fn years_without_holidays(&self, first: Date, last: Date) -> Vec<i16> {
        if self.deadlines.values().all(|deadline| deadline.shift == Shift::None) {
            return Vec::new();
        }
        let known = self.holiday_years();
        (first.year()..=last.year()).filter(|year| !known.contains(year)).collect()
    }
}

/// Whether a day is a Saturday or Sunday.
pub fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const SA: FormIx = FormIx(0);
    const GG: FormIx = FormIx(1);

    fn holiday(kind: DayKind) -> Holiday {
        Holiday { kind, zh: String::new(), en: String::new(), source: String::new() }
    }

    /// Spring 2023: Qingming, the May holiday with its make-up days, the Dragon Boat Festival.
    fn calendar() -> Calendar {
        let off = [(4, 5), (4, 29), (4, 30), (5, 1), (5, 2), (5, 3), (6, 22), (6, 23), (6, 24)];
        let work = [(4, 23), (5, 6), (6, 25)];
        let day = |(month, day), kind| (date(2023, month, day), holiday(kind));
        let mut calendar = Calendar::default();
        calendar.holidays.extend(off.map(|at| day(at, DayKind::Off)));
        calendar.holidays.extend(work.map(|at| day(at, DayKind::Work)));
        calendar
    }

    fn block(form: FormIx) -> BlockKey {
        BlockKey { form, frequency: PeriodKind::Quarter, level: Level::Village }
    }

    fn with(mut calendar: Calendar, form: Option<FormIx>, days: u16, shift: Shift) -> Calendar {
        let key = DeadlineKey { form, kind: PeriodKind::Quarter, level: Level::Village };
        calendar.deadlines.insert(key, Deadline { days, until: time(23, 59, 59, 0), shift });
        calendar
    }

    #[test]
    fn a_deadline_on_a_day_off_moves_where_the_table_says_so() {
        let end = date(2023, 3, 31);
        let due = |shift| with(calendar(), None, 5, shift).due(block(SA), end).to_string();
        assert_eq!(due(Shift::None), "2023-04-05T23:59:59");
        assert_eq!(due(Shift::Next), "2023-04-06T23:59:59");
    }

    #[test]
    fn weekends_do_not_work_but_make_up_days_do() {
        let calendar = calendar();
        let from = |month, day| calendar.working_day_from(date(2023, month, day)).to_string();
        assert_eq!(from(4, 28), "2023-04-28", "the Friday before the May holiday");
        assert_eq!(from(4, 29), "2023-05-04", "behind the May holiday");
        assert_eq!(from(4, 15), "2023-04-17", "over an ordinary weekend");
        assert_eq!(from(4, 22), "2023-04-23", "to a Sunday that is worked");
        assert_eq!(from(6, 22), "2023-06-25", "from a holiday to a Sunday that is worked");
        assert_eq!(from(4, 6), "2023-04-06", "a working day stays");
    }

    #[test]
    fn without_a_table_only_weekends_count() {
        let bare = Calendar::default();
        assert_eq!(bare.working_day_from(date(2023, 4, 5)), date(2023, 4, 5));
        assert_eq!(bare.working_day_from(date(2023, 4, 23)), date(2023, 4, 24));
        assert_eq!(bare.working_day_from(Date::MAX), Date::MAX);
    }

    #[test]
    fn the_line_of_a_form_wins_and_without_any_the_national_limit_holds() {
        let both = with(with(calendar(), None, 5, Shift::Next), Some(GG), 8, Shift::None);
        let due = |form| both.due(block(form), date(2023, 3, 31)).to_string();
        assert_eq!(due(SA), "2023-04-06T23:59:59");
        assert_eq!(due(GG), "2023-04-08T23:59:59", "a Saturday that its own line leaves");
        let none = calendar().due(block(SA), date(2023, 4, 14)).to_string();
        assert_eq!(none, "2023-04-29T23:59:59");
    }

    #[test]
    fn years_without_a_notice_are_named_where_deadlines_move() {
        let mut shifting = with(calendar(), None, 5, Shift::Next);
        let years = |calendar: &Calendar| {
            calendar.years_without_holidays(date(2022, 6, 1), date(2024, 1, 25))
        };
        assert_eq!(years(&shifting), [2022, 2024]);
        // The New Year of 2023 begins in December; that is not the notice of 2022.
        shifting.holidays.insert(date(2022, 12, 31), holiday(DayKind::Off));
        assert_eq!(years(&shifting), [2022, 2024]);
        assert!(years(&with(calendar(), None, 5, Shift::None)).is_empty());
    }
}
