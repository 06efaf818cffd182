//! Reporting periods (报告期): the time that a number describes.

use std::{cmp::Ordering, fmt, str::FromStr};

use jiff::{
    ToSpan,
    civil::{Date, ISOWeekDate, Weekday, date},
};
use serde::{Deserialize, Serialize};

/// Length of a period, from the shortest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PeriodKind {
    /// 日
    #[serde(rename = "D")]
    Day,
    /// ISO week, Monday to Sunday (周)
    #[serde(rename = "W")]
    Week,
    /// 旬: day 1-10, 11-20, 21 to the end of the month
    #[serde(rename = "T")]
    TenDays,
    /// 月
    #[serde(rename = "M")]
    Month,
    /// 双月
    #[serde(rename = "B")]
    BiMonth,
    /// 季
    #[serde(rename = "Q")]
    Quarter,
    /// 半年
    #[serde(rename = "H")]
    Half,
    /// 年
    #[serde(rename = "Y")]
    Year,
}

impl PeriodKind {
    /// All kinds, shortest first.
    pub const ALL: [PeriodKind; 8] = [
        PeriodKind::Day,
        PeriodKind::Week,
        PeriodKind::TenDays,
        PeriodKind::Month,
        PeriodKind::BiMonth,
        PeriodKind::Quarter,
        PeriodKind::Half,
        PeriodKind::Year,
    ];

    /// The letter in definitions.
    pub fn letter(self) -> char {
        match self {
            PeriodKind::Day => 'D',
            PeriodKind::Week => 'W',
            PeriodKind::TenDays => 'T',
            PeriodKind::Month => 'M',
            PeriodKind::BiMonth => 'B',
            PeriodKind::Quarter => 'Q',
            PeriodKind::Half => 'H',
            PeriodKind::Year => 'Y',
        }
    }

    /// The kind with this [`PeriodKind::letter`].
    pub fn from_letter(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| letter.chars().eq([kind.letter()]))
    }

    /// The name in messages.
    pub fn zh(self) -> &'static str {
        match self {
            PeriodKind::Day => "日",
            PeriodKind::Week => "周",
            PeriodKind::TenDays => "旬",
            PeriodKind::Month => "月",
            PeriodKind::BiMonth => "双月",
            PeriodKind::Quarter => "季",
            PeriodKind::Half => "半年",
            PeriodKind::Year => "年",
        }
    }

    /// Whether every period of this kind lies inside exactly one period of kind `longer`.
    ///
    /// Weeks cross the ends of months, so only days roll up into weeks and weeks into nothing.
    pub fn rolls_into(self, longer: PeriodKind) -> bool {
        self < longer
            && self != PeriodKind::Week
            && (longer != PeriodKind::Week || self == PeriodKind::Day)
            && !(self == PeriodKind::BiMonth && longer == PeriodKind::Quarter)
    }

    /// Periods of this kind in a year; 0 where years differ (days, weeks).
    fn per_year(self) -> u16 {
        match self {
            PeriodKind::Day | PeriodKind::Week => 0,
            PeriodKind::TenDays => 36,
            PeriodKind::Month => 12,
            PeriodKind::BiMonth => 6,
            PeriodKind::Quarter => 4,
            PeriodKind::Half => 2,
            PeriodKind::Year => 1,
        }
    }
}

/// One period. Ordered by first day, then by length, so that a month comes before its quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    kind: PeriodKind,
    /// Calendar year; for weeks the ISO year.
    year: i16,
    /// Place in the year from 1 on; for days the day of the year.
    ordinal: u16,
}

/// Why a text is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no period: write 2023-03-05, 2023-W10, 2023-03-T2, 2023-03, 2023-B2, 2023-Q1, 2023-H1 or 2023"
)]
pub struct PeriodError(pub String);

impl Period {
    /// The period of `kind` that holds `day`.
    pub fn containing(kind: PeriodKind, day: Date) -> Self {
        let month = day.month() as u16;
        let (year, ordinal) = match kind {
            PeriodKind::Day => (day.year(), day.day_of_year() as u16),
            PeriodKind::Week => {
                let week = day.iso_week_date();
                (week.year(), week.week() as u16)
            }
            PeriodKind::TenDays => {
                let third = (day.day() as u16 - 1).min(29) / 10;
                (day.year(), (month - 1) * 3 + third.min(2) + 1)
            }
            PeriodKind::Month => (day.year(), month),
            PeriodKind::BiMonth => (day.year(), (month - 1) / 2 + 1),
            PeriodKind::Quarter => (day.year(), (month - 1) / 3 + 1),
            PeriodKind::Half => (day.year(), (month - 1) / 6 + 1),
            PeriodKind::Year => (day.year(), 1),
        };
        Self { kind, year, ordinal }
    }

    /// The kind of this period.
    pub fn kind(self) -> PeriodKind {
        self.kind
    }

    /// The calendar year, for weeks the ISO year.
    pub fn year(self) -> i16 {
        self.year
    }

    /// First day.
    pub fn start(self) -> Date {
        let month = |m: u16, day: i8| date(self.year, m as i8, day);
        match self.kind {
            PeriodKind::Day => {
                date(self.year, 1, 1).saturating_add((i32::from(self.ordinal) - 1).days())
            }
            PeriodKind::Week => ISOWeekDate::new(self.year, self.ordinal as i8, Weekday::Monday)
                .map_or(Date::MAX, ISOWeekDate::date),
            PeriodKind::TenDays => {
                month((self.ordinal - 1) / 3 + 1, ((self.ordinal - 1) % 3) as i8 * 10 + 1)
            }
            PeriodKind::Month => month(self.ordinal, 1),
            PeriodKind::BiMonth => month(self.ordinal * 2 - 1, 1),
            PeriodKind::Quarter => month(self.ordinal * 3 - 2, 1),
            PeriodKind::Half => month(self.ordinal * 6 - 5, 1),
            PeriodKind::Year => month(1, 1),
        }
    }

    /// Last day.
    pub fn end(self) -> Date {
        match self.kind {
            PeriodKind::Day => self.start(),
            PeriodKind::Week => self.start().saturating_add(6.days()),
            PeriodKind::TenDays if self.ordinal % 3 != 0 => self.start().saturating_add(9.days()),
            PeriodKind::TenDays | PeriodKind::Month => self.start().last_of_month(),
            PeriodKind::BiMonth => self.start().saturating_add(1.month()).last_of_month(),
            PeriodKind::Quarter => self.start().saturating_add(2.months()).last_of_month(),
            PeriodKind::Half => self.start().saturating_add(5.months()).last_of_month(),
            PeriodKind::Year => date(self.year, 12, 31),
        }
    }

    /// Whether `day` lies inside.
    pub fn holds(self, day: Date) -> bool {
        self.start() <= day && day <= self.end()
    }

    /// Whether `shorter` lies inside as a whole; a period contains itself.
    pub fn contains(self, shorter: Period) -> bool {
        self.start() <= shorter.start() && shorter.end() <= self.end()
    }

    /// The period of kind `longer` that this one rolls up into, if it does.
    pub fn within(self, longer: PeriodKind) -> Option<Period> {
        self.kind.rolls_into(longer).then(|| Self::containing(longer, self.start()))
    }

    /// The period of the same kind just before.
    pub fn previous(self) -> Period {
        Self::containing(self.kind, self.start().saturating_sub(1.day()))
    }

    /// The period of the same kind just after.
    pub fn next(self) -> Period {
        Self::containing(self.kind, self.end().saturating_add(1.day()))
    }

    /// The same period a year before; 29 February and week 53 may have none.
    pub fn year_before(self) -> Option<Period> {
        let year = self.year - 1;
        match self.kind {
            PeriodKind::Day => {
                let day = self.start();
                Date::new(year, day.month(), day.day())
                    .ok()
                    .map(|day| Self::containing(PeriodKind::Day, day))
            }
            PeriodKind::Week => ISOWeekDate::new(year, self.ordinal as i8, Weekday::Monday)
                .ok()
                .map(|_| Self { year, ..self }),
            _ => Some(Self { year, ..self }),
        }
    }

    /// Whether this is the first period of its kind in the year, where year-to-date values restart.
    pub fn is_first_of_year(self) -> bool {
        self.ordinal == 1
    }

    /// The periods of kind `shorter` inside this one, in order; empty if `shorter` does not roll up
    /// into this kind.
    pub fn parts(self, shorter: PeriodKind) -> impl Iterator<Item = Period> {
        let first = Self::containing(shorter, self.start());
        let none = !shorter.rolls_into(self.kind);
        let end = self.end();
        std::iter::successors((!none).then_some(first), |part| Some(part.next()))
            .take_while(move |part| part.end() <= end)
    }
}

impl PartialOrd for Period {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Period {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.start(), self.kind).cmp(&(other.start(), other.kind))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, n) = (self.year, self.ordinal);
        match self.kind {
            PeriodKind::Day => write!(f, "{}", self.start()),
            PeriodKind::Week => write!(f, "{year}-W{n:02}"),
            PeriodKind::TenDays => write!(f, "{year}-{:02}-T{}", (n - 1) / 3 + 1, (n - 1) % 3 + 1),
            PeriodKind::Month => write!(f, "{year}-{n:02}"),
            PeriodKind::BiMonth => write!(f, "{year}-B{n}"),
            PeriodKind::Quarter => write!(f, "{year}-Q{n}"),
            PeriodKind::Half => write!(f, "{year}-H{n}"),
            PeriodKind::Year => write!(f, "{year}"),
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| PeriodError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Period> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4)? as i16;
    let (second, third) = (parts.next(), parts.next());
    if parts.next().is_some() || year < 1900 {
        return None;
    }
    let of_kind = |kind: PeriodKind, ordinal: u16| {
        (1..=kind.per_year()).contains(&ordinal).then_some(Period { kind, year, ordinal })
    };
    match (second, third) {
        (None, _) => of_kind(PeriodKind::Year, 1),
        (Some(part), None) => match part.split_at_checked(1)? {
            ("W", week) => {
                let day = ISOWeekDate::new(year, number(week, 2)? as i8, Weekday::Monday).ok()?;
                Some(Period::containing(PeriodKind::Week, day.date()))
            }
            ("B", n) => of_kind(PeriodKind::BiMonth, number(n, 1)?),
            ("Q", n) => of_kind(PeriodKind::Quarter, number(n, 1)?),
            ("H", n) => of_kind(PeriodKind::Half, number(n, 1)?),
            _ => of_kind(PeriodKind::Month, number(part, 2)?),
        },
        (Some(month), Some(part)) => {
            let month = number(month, 2)?;
            if let Some(third) = part.strip_prefix('T') {
                let third = number(third, 1)?;
                let inside = (1..=12).contains(&month) && (1..=3).contains(&third);
                return inside.then(|| of_kind(PeriodKind::TenDays, (month - 1) * 3 + third))?;
            }
            let day = Date::new(year, month as i8, number(part, 2)? as i8).ok()?;
            Some(Period::containing(PeriodKind::Day, day))
        }
    }
}

/// A number written with exactly `digits` ASCII digits.
fn number(text: &str, digits: usize) -> Option<u16> {
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    #[test]
    fn every_kind_is_written_as_it_is_read() {
        for text in [
            "2023-03-05",
            "2023-W10",
            "2020-W53",
            "2023-02-T3",
            "2023-03",
            "2023-B2",
            "2023-Q1",
            "2023-H2",
            "2023",
        ] {
            assert_eq!(period(text).to_string(), text);
        }
        for text in [
            "",
            "23",
            "2023-13",
            "2023-Q5",
            "2023-W54",
            "2021-W53",
            "2023-02-30",
            "2023-2",
            "2023-02-T4",
            "2023-00",
            "2023-B0",
            "2023-Q1-1",
            "２０２３",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn ends_and_neighbours() {
        assert_eq!(period("2023-02-T3").end(), date(2023, 2, 28));
        assert_eq!(period("2023-B1").end(), date(2023, 2, 28));
        assert_eq!(period("2023-03-T1").previous(), period("2023-02-T3"));
        assert_eq!(period("2023-01").previous(), period("2022-12"));
        assert_eq!(period("2023-W01").start(), date(2023, 1, 2));
        assert_eq!(period("2023-W01").previous(), period("2022-W52"));
        assert_eq!(period("2024-02-29").year_before(), None);
        assert_eq!(period("2023-Q1").year_before(), Some(period("2022-Q1")));
    }

    #[test]
    fn parts_fill_the_whole() {
        let names = |whole: &str, kind| {
            period(whole).parts(kind).map(|p| p.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names("2023-Q1", PeriodKind::Month), ["2023-01", "2023-02", "2023-03"]);
        assert_eq!(names("2023-02", PeriodKind::TenDays).len(), 3);
        assert_eq!(names("2023-02", PeriodKind::Day).len(), 28);
        assert_eq!(names("2023-W10", PeriodKind::Day).len(), 7);
        assert!(names("2023-02", PeriodKind::Week).is_empty());
        assert!(names("2023-Q1", PeriodKind::BiMonth).is_empty());
        assert_eq!(names("2023-H1", PeriodKind::BiMonth).len(), 3);
        assert!(names("2023", PeriodKind::Year).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn a_day_lies_in_its_period_and_in_no_neighbour(
            year in 1990i16..2060, day_of_year in 1i32..=365, kind in 0usize..8,
        ) {
            let day = date(year, 1, 1).saturating_add((day_of_year - 1).days());
            let whole = Period::containing(PeriodKind::ALL[kind], day);
            proptest::prop_assert!(whole.holds(day));
            proptest::prop_assert!(!whole.previous().holds(day) && !whole.next().holds(day));
            proptest::prop_assert_eq!(whole.next().previous(), whole);
            proptest::prop_assert!(whole.previous() < whole && whole < whole.next());
            proptest::prop_assert_eq!(whole.to_string().parse::<Period>().unwrap(), whole);
        }
    }
}
