//! The one place where the program asks what time it is.

use jiff::{Timestamp, tz::Offset};

/// Milliseconds since 1970, UTC.
#[expect(clippy::disallowed_methods, reason = "every other place is handed its clock")]
pub(crate) fn now_millis() -> i64 {
    Timestamp::now().as_millisecond()
}

/// The time of day in Asia/Shanghai, RFC 3339.
pub(crate) fn now_shanghai() -> String {
    let instant = Timestamp::from_millisecond(now_millis()).unwrap_or(Timestamp::UNIX_EPOCH);
    let local = Offset::constant(8).to_datetime(instant);
    format!(
        "{}T{:02}:{:02}:{:02}+08:00",
        local.date(),
        local.hour(),
        local.minute(),
        local.second()
    )
}
