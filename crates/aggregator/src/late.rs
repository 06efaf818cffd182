//! By how many days a return came late.

use jiff::Timestamp;
use model::{Catalog, Level, SubmissionKey, standing::days_late};

/// Days from the deadline of a return to the day it was handed in, as [`days_late`] counts them.
pub(crate) fn days(catalog: &Catalog, key: SubmissionKey, level: Level, submitted_at: i64) -> u32 {
    let Ok(instant) = Timestamp::from_microsecond(submitted_at) else { return 0 };
    days_late(catalog.due(key.form, key.period, level), instant)
}

/// Keeps the test of the rule short.
#[cfg(test)]
mod tests {
    use jiff::{civil::date, tz::Offset};
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
