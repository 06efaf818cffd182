//! Reading `submitted_at`: RFC 3339 with an offset, to UTC.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::Offset,
};
pub(crate) use model::calendar::SHANGHAI;

/// The instant that `text` names. The usual shapes `2023-02-02T09:00:00+08:00` and
/// `2023-02-02T01:00:00Z` are read directly; fractions and the rest go to jiff.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    usual(text.as_bytes()).or_else(|| text.parse().ok())
}

fn usual(text: &[u8]) -> Option<Timestamp> {
    let (clock, zone) = text.split_at_checked(19)?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|&(at, mark)| clock[at] != mark) {
        return None;
    }
    let year = i16::from(pair(clock, 0)?) * 100 + i16::from(pair(clock, 2)?);
    let date = Date::new(year, pair(clock, 5)?, pair(clock, 8)?).ok()?;
    let time = Time::new(pair(clock, 11)?, pair(clock, 14)?, pair(clock, 17)?, 0).ok()?;
    offset(zone)?.to_timestamp(DateTime::from_parts(date, time)).ok()
}

fn offset(zone: &[u8]) -> Option<Offset> {
    let ahead = match zone {
        b"Z" => return Some(Offset::UTC),
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return None,
    };
    let (hours, minutes) = (pair(zone, 1)?, pair(zone, 4)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(ahead * (i32::from(hours) * 3600 + i32::from(minutes) * 60)).ok()
}

/// Two digits from `at` on.
fn pair(text: &[u8], at: usize) -> Option<i8> {
    let digit = |at: usize| text[at].is_ascii_digit().then(|| (text[at] - b'0') as i8);
    Some(digit(at)? * 10 + digit(at + 1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_path_agrees_with_jiff() {
        for text in [
            "2023-02-02T09:00:00+08:00",
            "2023-02-02T01:00:00Z",
            "2024-02-29T23:59:59-05:30",
            "1999-12-31T00:00:00+00:00",
        ] {
            let expected: Timestamp = text.parse().unwrap();
            assert_eq!(usual(text.as_bytes()), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_shapes_go_to_jiff_and_nonsense_is_refused() {
        let with_fraction = parse("2023-02-02T09:00:00.250+08:00").unwrap();
        assert_eq!(with_fraction.as_millisecond() % 1000, 250);
        for text in [
            "",
            "2023-02-02",
            "2023-02-02T09:00:00",
            "2023-02-30T09:00:00+08:00",
            "2023-02-02T25:00:00+08:00",
            "2023-02-02T09:00:00+99:00",
            "昨天",
            "2023年02月02日09时",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
