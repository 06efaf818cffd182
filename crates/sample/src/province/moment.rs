//! When returns are handed in: office hours of Asia/Shanghai between the end of the period and the
//! deadline, or behind it.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::Offset,
};

use super::draw::Draw;

/// China has had no summer time since 1991, so the offset is fixed.
const SHANGHAI: Offset = Offset::constant(8);
const MORNING: i64 = 8 * 3600;
const EVENING: i64 = 18 * 3600 - 1;

/// A moment in Asia/Shanghai.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) day: Date,
    /// Seconds since midnight.
    pub(super) second: u32,
}

/// The time in which a sort of return is handed in.
#[derive(Clone, Debug)]
pub(super) struct Window {
    days: Vec<Date>,
    due: u32,
}

impl Window {
    /// From `first` to the deadline; the deadline's own day if that comes earlier.
    pub(super) fn new(first: Date, due: DateTime) -> Self {
        let until = due.date();
        let mut days: Vec<Date> = first.series(1.day()).take_while(|&day| day <= until).collect();
        if days.is_empty() {
            days.push(until);
        }
        let time = due.time();
        let due = i64::from(time.hour()) * 3600
            + i64::from(time.minute()) * 60
            + i64::from(time.second());
        Self { days, due: due as u32 }
    }

    /// First day.
    pub(super) fn first(&self) -> Date {
        self.days[0]
    }

    /// The day of the deadline.
    pub(super) fn last(&self) -> Date {
        self.days[self.days.len() - 1]
    }

    /// A moment on time.
    pub(super) fn on_time(&self, draw: &mut Draw) -> Moment {
        let at = draw.below(self.days.len() as u32) as usize;
        self.during(draw, at)
    }

    /// A moment on time behind `first`, for a correction.
    pub(super) fn again(&self, draw: &mut Draw, first: Moment) -> Moment {
        let left: Vec<usize> =
            (0..self.days.len()).filter(|&at| self.days[at] > first.day).collect();
        if left.is_empty() {
            let last = if Some(&first.day) == self.days.last() { self.due } else { 86_399 };
            return Moment { day: first.day, second: (first.second + 1800).min(last) };
        }
        let at = *draw.pick(&left);
        self.during(draw, at)
    }

    /// A moment behind the deadline, by at most six days.
    pub(super) fn late(&self, draw: &mut Draw) -> Moment {
        let day = self.last().saturating_add(draw.between(1, 6).days());
        Moment { day, second: draw.between(MORNING, EVENING) as u32 }
    }

    fn during(&self, draw: &mut Draw, at: usize) -> Moment {
        let mut second = draw.between(MORNING, EVENING) as u32;
        if at + 1 == self.days.len() && second > self.due {
            second = self.due - draw.below(self.due.clamp(1, 3600));
        }
        Moment { day: self.days[at], second }
    }
}

impl Moment {
    /// Office hours of a day.
    pub(super) fn on(day: Date, draw: &mut Draw) -> Self {
        Self { day, second: draw.between(MORNING, EVENING) as u32 }
    }

    /// The instant, UTC.
    pub(super) fn timestamp(self) -> Timestamp {
        let midnight = self.day.to_datetime(jiff::civil::Time::midnight());
        let start = SHANGHAI.to_timestamp(midnight).unwrap_or(Timestamp::MIN);
        let seconds = start.as_second() + i64::from(self.second);
        Timestamp::from_second(seconds).unwrap_or(start)
    }

    /// As RFC 3339 with the offset of Asia/Shanghai.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        let (hour, minute, second) = (self.second / 3600, self.second / 60 % 60, self.second % 60);
        digits(out, self.day.year() as u32, 4);
        for (mark, number) in [
            (b'-', self.day.month() as u32),
            (b'-', self.day.day() as u32),
            (b'T', hour),
            (b':', minute),
            (b':', second),
        ] {
            out.push(mark);
            digits(out, number, 2);
        }
        out.extend_from_slice(b"+08:00");
    }

    /// The same as a text.
    pub(super) fn text(self) -> String {
        let mut out = Vec::with_capacity(25);
        self.write(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }
}

fn digits(out: &mut Vec<u8>, number: u32, width: u32) {
    for place in (0..width).rev() {
        out.push(b'0' + (number / 10u32.pow(place) % 10) as u8);
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;
    use crate::province::draw::Purpose;

    #[test]
    fn moments_lie_in_their_window_and_are_written_as_they_are() {
        let due = date(2023, 2, 3).to_datetime(time(10, 0, 0, 0));
        let limit = SHANGHAI.to_timestamp(due).unwrap();
        let window = Window::new(date(2023, 2, 1), due);
        let mut draw = Draw::keyed(1, Purpose::Habits, 0);
        for _ in 0..500 {
            let first = window.on_time(&mut draw);
            assert!(first.day >= date(2023, 2, 1) && first.timestamp() <= limit);
            let again = window.again(&mut draw, first);
            assert!(again.timestamp() >= first.timestamp() && again.timestamp() <= limit);
            let late = window.late(&mut draw);
            assert!(late.timestamp() > limit && late.day <= date(2023, 2, 9));
            assert_eq!(late.text().parse::<Timestamp>().unwrap(), late.timestamp());
        }
    }

    #[test]
    fn a_day_whose_deadline_is_its_own_evening_has_one_day() {
        let window = Window::new(date(2023, 2, 2), date(2023, 2, 1).to_datetime(time(18, 0, 0, 0)));
        assert_eq!(window.first(), date(2023, 2, 1));
    }
}
