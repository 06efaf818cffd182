//! The words that definition files use for kinds, levels, dates and flags.

use jiff::civil::Date;
use model::{
    Level, PeriodKind, Severity, UnitClass, UnitCode,
    calendar::{DayKind, Shift},
    check::{CheckKind, CheckLevels, MissingOperand},
    form::Acceptance,
    indicator::{Entry, Kind},
};

/// What stands in a column of each sort, for messages.
pub(crate) mod expected {
    pub(crate) const FLAG: &str = "0, 1";
    pub(crate) const KIND: &str =
        "stock, flow_period, flow_ytd, distinct_ytd, standard, target, ratio";
    pub(crate) const ROLL_UP: &str =
        "sum, sum_with_warning, wmean(A+B), ratio_of_sums, count_units, count_distinct(id)";
    pub(crate) const FREQUENCY: &str = "D, W, T, M, B, Q, H, Y";
    pub(crate) const LEVEL: &str = "institution, village, township, county, city, province";
    pub(crate) const ENTRY: &str =
        "institution, village, township, county, city, province, system, derived";
    pub(crate) const CLASS: &str = "admin, direct, zone, street, town, township, quasi, \
        neighbourhood, village_committee, virtual, pseudo, run, licensed";
    pub(crate) const LEVEL_OR_EMPTY: &str =
        "institution, village, township, county, city, province, (空 empty)";
    pub(crate) const SHIFT: &str = "none, next";
    pub(crate) const DAY_KIND: &str = "off, work";
    pub(crate) const WHOM: &str = "unit, parent";
    pub(crate) const DATE: &str = "2023-06-30";
    pub(crate) const DATE_OR_EMPTY: &str = "2023-06-30, (空 empty)";
    pub(crate) const ACCEPT: &str = "automatic, review";
    pub(crate) const SEVERITY: &str = "hard, verify, hint";
    pub(crate) const CHECK_KIND: &str = "formula, rule";
    pub(crate) const MISSING: &str = "skip, any, zero, (空 empty)";
    pub(crate) const CHECK_LEVELS: &str =
        "all, system, publication, county, county up, … (level, level up)";
    pub(crate) const UNIT_LEVELS: &str = "all, county, county up, … (level, level up)";
    pub(crate) const YES_NO: &str = "yes, no";
    pub(crate) const URGENCY: &str = "red, yellow, blue";
    pub(crate) const ADDRESSEE: &str = "parent, prefecture, province";
    pub(crate) const SMALL_NUMBER: &str = "0–18";
    pub(crate) const CODE: &str =
        "12 位区划代码或 15 位机构代码 (12 digits, or 15 for an institution)";
    pub(crate) const EVAL_GROUP: &str = "prefecture, (空 empty)";
}

/// `1` or `0`.
pub(crate) fn flag(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    }
}

/// Digits behind the point: at most 18, what a stored decimal holds.
pub(crate) fn digits(text: &str) -> Option<u8> {
    text.parse().ok().filter(|&n| n <= 18)
}

/// A date, as 2023-06-30.
pub(crate) fn date(text: &str) -> Option<Date> {
    text.parse().ok()
}

/// A date or nothing.
pub(crate) fn open_date(text: &str) -> Option<Option<Date>> {
    if text.is_empty() { Some(None) } else { date(text).map(Some) }
}

/// The kind of an indicator.
pub(crate) fn kind(text: &str) -> Option<Kind> {
    Some(match text {
        "stock" => Kind::Stock,
        "flow_period" => Kind::FlowPeriod,
        "flow_ytd" => Kind::FlowYtd,
        "distinct_ytd" => Kind::DistinctYtd,
        "standard" => Kind::Standard,
        "target" => Kind::Target,
        "ratio" => Kind::Ratio,
        _ => return None,
    })
}

/// Who enters an indicator.
pub(crate) fn entry(text: &str) -> Option<Entry> {
    match text {
        "system" => Some(Entry::System),
        "derived" => Some(Entry::Derived),
        level => Level::from_name(level).map(Entry::At),
    }
}

/// How a return becomes effective.
pub(crate) fn acceptance(text: &str) -> Option<Acceptance> {
    match text {
        "automatic" => Some(Acceptance::Automatic),
        "review" => Some(Acceptance::Review),
        _ => None,
    }
}

/// What a finding demands.
pub(crate) fn severity(text: &str) -> Option<Severity> {
    match text {
        "hard" => Some(Severity::Hard),
        "verify" => Some(Severity::Verify),
        "hint" => Some(Severity::Hint),
        _ => None,
    }
}

/// Formula or rule.
pub(crate) fn check_kind(text: &str) -> Option<CheckKind> {
    match text {
        "formula" => Some(CheckKind::Formula),
        "rule" => Some(CheckKind::Rule),
        _ => None,
    }
}

/// What a missing operand does; rules, which have none, leave it empty.
pub(crate) fn missing(text: &str) -> Option<MissingOperand> {
    match text {
        "skip" | "" => Some(MissingOperand::Skip),
        "any" => Some(MissingOperand::Any),
        "zero" => Some(MissingOperand::Zero),
        _ => None,
    }
}

/// The levels of a check: `all`, `system`, `publication`, a level, or a level and `up`.
pub(crate) fn check_levels(text: &str) -> Option<CheckLevels> {
    match text {
        "all" => Some(CheckLevels::All),
        "system" => Some(CheckLevels::System),
        "publication" => Some(CheckLevels::Publication),
        _ => match text.strip_suffix(" up") {
            Some(level) => Level::from_name(level.trim()).map(CheckLevels::Up),
            None => Level::from_name(text).map(CheckLevels::Only),
        },
    }
}

/// The levels of units that are watched: as those of a check, but never what no unit has.
pub(crate) fn unit_levels(text: &str) -> Option<CheckLevels> {
    let of_units = |levels: &CheckLevels| {
        matches!(levels, CheckLevels::All | CheckLevels::Only(_) | CheckLevels::Up(_))
    };
    check_levels(text).filter(of_units)
}

/// `yes` or `no`.
pub(crate) fn yes_no(text: &str) -> Option<bool> {
    match text {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// Names of classes, separated by spaces.
pub(crate) fn classes(text: &str) -> Option<Vec<UnitClass>> {
    text.split_whitespace().map(UnitClass::from_name).collect()
}

/// Unit codes, separated by spaces or `;`.
pub(crate) fn codes(text: &str) -> Option<Vec<UnitCode>> {
    let parts = text.split([' ', ';']).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().ok()).collect()
}

/// The peers a unit is ranked with when they are not those of its level.
pub(crate) fn eval_group(text: &str) -> Option<Option<Level>> {
    match text {
        "" => Some(None),
        "prefecture" => Some(Some(Level::City)),
        _ => None,
    }
}

/// What becomes of a deadline on a day off.
pub(crate) fn shift(text: &str) -> Option<Shift> {
    match text {
        "none" => Some(Shift::None),
        "next" => Some(Shift::Next),
        _ => None,
    }
}

/// Whether a day is off or worked.
pub(crate) fn day_kind(text: &str) -> Option<DayKind> {
    match text {
        "off" => Some(DayKind::Off),
        "work" => Some(DayKind::Work),
        _ => None,
    }
}

/// The frequency of an indicator.
pub(crate) fn frequency(text: &str) -> Option<PeriodKind> {
    PeriodKind::from_letter(text)
}
