//! By how many days a return came late.

use jiff::{Timestamp, Unit, tz::Offset};
use model::{Catalog, Level, SubmissionKey};

/// Days from the deadline to the day it was handed in, both in Asia/Shanghai (UTC+8 all year); a
/// return of the same day but after the hour is one day late.
pub(crate) fn days(catalog: &Catalog, key: SubmissionKey, level: Level, submitted_at: i64) -> u32 {
    let shanghai = Offset::constant(8);
    let Ok(instant) = Timestamp::from_microsecond(submitted_at) else { return 0 };
    let handed_in = shanghai.to_datetime(instant);
    let due = catalog.calendar.due(key.period, level);
    if handed_in <= due {
        return 0;
    }
    let days = due.date().until((Unit::Day, handed_in.date())).map_or(0, |span| span.get_days());
    u32::try_from(days.max(1)).unwrap_or(u32::MAX)
}

/// Keeps the test of the rule short.
#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use model::{FormIx, Register, UnitCode, calendar::Calendar};

    use super::*;

    #[test]
    fn the_first_minute_after_the_deadline_is_a_day() {
        let catalog = Catalog::new(
            Register::new(Vec::new()),
            Vec::new(),
            Vec::new(),
            Vec::new(),
            Vec::new(),
            Calendar::default(),
            String::new(),
        );
        let key = SubmissionKey {
            unit: UnitCode::from_u64(410_102_001_002).unwrap(),
            form: FormIx(0),
            period: "2023-01".parse().unwrap(),
        };
        // Without a rule the national limit holds: 15 days, so 15 February to the last second.
        let at = |day: i8, hour: i8| {
            let local = date(2023, 2, day).at(hour, 0, 0, 0);
            Offset::constant(8).to_timestamp(local).unwrap().as_microsecond()
        };
        let days = |day, hour| days(&catalog, key, Level::Village, at(day, hour));
        assert_eq!((days(15, 23), days(16, 0), days(18, 9)), (0, 1, 3));
    }
}
