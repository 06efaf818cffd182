//! Evaluation schemes (评估办法): what is judged, how, among whom, and what it is worth.
//!
//! All of it is data of `schemas/definitions/schemes`; nothing here knows a form or an indicator.

use crate::{Amount, IndicatorIx, Level, PeriodKind, UnitClass, UnitCode};

/// One scheme: an administrator's decision on how units are scored, ranked and graded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Name in commands and file names, such as `main`.
    pub name: String,
    /// Version that every result names.
    pub version: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Kinds of periods for which it scores, shortest first.
    pub cycles: Vec<PeriodKind>,
    /// What a unit with full marks has: the sum of the weights, 100.
    pub weight: Amount,
    /// Thresholds and caps that concern the scheme as a whole.
    pub policy: Policy,
    /// Parts of the scheme; none if its items stand directly below it.
    pub areas: Vec<Area>,
    /// What earns points.
    pub items: Vec<Item>,
    /// What costs the place or the grade.
    pub vetoes: Vec<Veto>,
    /// What adds points beyond the items.
    pub bonuses: Vec<Bonus>,
    /// What takes points away.
    pub deductions: Vec<Deduction>,
    /// Grades, the best first.
    pub grades: Vec<Grade>,
    /// Who is compared with whom.
    pub groups: Vec<PeerGroup>,
    /// Number of rows of its own files (scheme, areas, items, vetoes, bonuses, deductions, grades).
    pub rows: usize,
    /// SHA-256 over its files, in hex.
    pub hash: String,
    /// Remark.
    pub note: String,
}

impl Scheme {
    /// The area of an item; `None` if it stands directly below the scheme.
    pub fn area_of(&self, item: &Item) -> Option<&Area> {
        item.area.map(|place| &self.areas[place])
    }

    /// The grade at a place of [`Scheme::grades`].
    pub fn grade(&self, place: usize) -> &Grade {
        &self.grades[place]
    }

    /// Checks whose findings the scheme counts: the caller has to supply their months.
    pub fn checks(&self) -> impl Iterator<Item = &str> {
        self.items.iter().flat_map(|item| match &item.metric {
            Metric::FindingMonths { checks, .. } => checks.iter().map(String::as_str).collect(),
            Metric::Quotients(_) => Vec::new(),
        })
    }
}

/// Thresholds and caps of a scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Accepted by due returns, in percent, below which a unit is not ranked.
    pub coverage_percent: Amount,
    /// Share of its weight, in percent, below which an area is shown but has no score of its own.
    pub area_scored_percent: Amount,
    /// Most points that all bonuses together add.
    pub bonus_cap: Amount,
    /// Most points that all deductions together take.
    pub deduction_cap: Amount,
    /// Digits behind the point of a score; it is rounded once, half-up, before ranking.
    pub decimals: u8,
    /// Fewest units with a value for which a percentile of ranks means anything.
    pub smallest_group: u32,
}

/// A part of a scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Id, such as `E1`.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Sum of the weights of its items.
    pub weight: Amount,
}

/// One line that earns points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Id, such as `E101`.
    pub id: String,
    /// Place of its area in [`Scheme::areas`]; `None` if it stands directly below the scheme.
    pub area: Option<usize>,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Most points that it earns.
    pub weight: Amount,
    /// What is measured.
    pub metric: Metric,
    /// Whether more is better.
    pub direction: Direction,
    /// How the measure becomes points.
    pub method: Method,
    /// Measure of the value, such as % or 月.
    pub measure: String,
    /// Where the target comes from.
    pub source: String,
    /// Kinds of periods in which it counts.
    pub cycles: Vec<PeriodKind>,
    /// Ids of the peer groups it applies to.
    pub groups: Vec<String>,
    /// What a denominator of zero does.
    pub den_zero: DenZero,
    /// Remark.
    pub note: String,
}

/// What an item measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Figures; several parts (written `A ; B`) share the weight equally.
    Quotients(Vec<Quotient>),
    /// Months of the period in which one of these checks has a finding about the unit.
    FindingMonths {
        /// Ids of the checks.
        checks: Vec<String>,
        /// Indicators that must have a value for a month without finding to prove anything.
        shown_by: Vec<IndicatorIx>,
    },
}

/// An exact product of indicators over another: `factor.0 × numerator / (factor.1 × denominator)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quotient {
    /// As written in the definition, such as `SA23 / (SA14 / 12)`.
    pub text: String,
    /// Indicators multiplied above the line.
    pub numerator: Vec<IndicatorIx>,
    /// Indicators multiplied below the line; empty for a value that is no quotient.
    pub denominator: Vec<IndicatorIx>,
    /// Constants above and below the line.
    pub factor: (i64, i64),
    /// Whether the quotient is multiplied by 100.
    pub percent: bool,
}

impl Quotient {
    /// The one indicator that it consists of, if it does.
    pub fn lone(&self) -> Option<IndicatorIx> {
        match (&self.numerator[..], &self.denominator[..], self.factor) {
            ([one], [], (1, 1)) => Some(*one),
            _ => None,
        }
    }

    /// All indicators that it names.
    pub fn indicators(&self) -> impl Iterator<Item = IndicatorIx> {
        self.numerator.iter().chain(&self.denominator).copied()
    }
}

/// Which values are better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
}

/// How a measure becomes a share of the weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// Nothing at or beyond the floor, everything at the target, straight between.
    Linear {
        /// Where the points begin.
        floor: Amount,
        /// Where they are complete.
        target: Amount,
    },
    /// As a count of whole units: numerator by the target's share of the denominator, rounded up.
    CeilingCount {
        /// Share of the denominator, in the measure of the item.
        target: Amount,
    },
    /// Value by what the time plan asks at the end of the period, at most 1.
    Progress {
        /// What the year asks.
        target: Amount,
        /// What is asked at the end of a month (1 to 12); empty: the target at any time.
        plan: Vec<(i8, Amount)>,
    },
    /// All or nothing for each part; above `share_of` the share of the units there that comply.
    Threshold {
        /// What must be reached.
        bar: Bar,
        /// Level whose units are counted for a unit above it.
        share_of: Option<Level>,
    },
    /// Full at the target, the same loss for every event beyond it, nothing left at the floor.
    StepDeduct {
        /// Count up to which nothing is lost.
        target: Amount,
        /// Count at which nothing is left.
        floor: Amount,
    },
    /// 1 - (rank - 1) / (n - 1) inside the peer group.
    RankPercentile,
}

/// What a threshold asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bar {
    /// The same everywhere.
    Fixed(Amount),
    /// By part of the metric, province and year; a row holds until a later one replaces it.
    Floors(Vec<FloorRow>),
}

/// One row of a floor table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FloorRow {
    /// Part of the metric it is about, from 0 on.
    pub part: usize,
    /// The province.
    pub province: UnitCode,
    /// First year.
    pub year: i16,
    /// The floor, in the measure of the part.
    pub value: Amount,
    /// Where it comes from.
    pub source: String,
}

impl Bar {
    /// What part `part` must reach in `province` in `year`; `None` if nobody has decided it.
    pub fn of(&self, part: usize, province: Option<UnitCode>, year: i16) -> Option<Amount> {
        match self {
            Bar::Fixed(bar) => Some(*bar),
            Bar::Floors(rows) => rows
                .iter()
                .filter(|r| r.part == part && Some(r.province) == province && r.year <= year)
                .max_by_key(|r| r.year)
                .map(|r| r.value),
        }
    }
}

/// What a denominator of zero does to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DenZero {
    /// Its weight goes to the other items of its area.
    Redistribute,
    /// Full marks, with this flag shown.
    Full {
        /// The flag in Chinese.
        flag_zh: String,
        /// The flag in English.
        flag_en: String,
    },
}

/// What costs the place or the grade (一票否决).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Veto {
    /// Id, such as `V1`.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// What triggers it.
    pub cause: VetoCause,
    /// Measure of the figure that triggers it.
    pub measure: String,
    /// What it does.
    pub effects: Vec<VetoEffect>,
    /// Kinds of periods in which it counts.
    pub cycles: Vec<PeriodKind>,
    /// Where it comes from.
    pub source: String,
}

/// What triggers a veto.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VetoCause {
    /// The indicator from the first day of the year to the end of the period is above the bar.
    Above {
        /// The indicator.
        indicator: IndicatorIx,
        /// The highest value that is still allowed.
        bar: Amount,
    },
    /// A decision of a person, with a document.
    Decision,
}

/// What a veto does to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VetoEffect {
    /// It ranks behind all units without.
    RankLast,
    /// It is not ranked.
    Unranked,
    /// It gets this grade, by place in [`Scheme::grades`].
    Grade(usize),
    /// It gets no grade as good as this one.
    CapBelow(usize),
}

/// What adds points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bonus {
    /// Id, such as `B1`.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Points for each.
    pub points: Amount,
    /// What is counted.
    pub indicator: IndicatorIx,
    /// Measure of the count.
    pub measure: String,
    /// Kinds of periods in which it counts.
    pub cycles: Vec<PeriodKind>,
    /// Where it comes from.
    pub source: String,
}

/// What takes points away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deduction {
    /// Id, such as `D1`.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Points taken for each, as a positive amount.
    pub points: Amount,
    /// What is counted.
    pub counted: Counted,
    /// Events beyond which nothing more is taken; for late returns days of each return.
    pub bound: u32,
    /// Measure of the count.
    pub measure: String,
    /// Kinds of periods in which it counts.
    pub cycles: Vec<PeriodKind>,
    /// Where it comes from.
    pub source: String,
}

/// What a deduction counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// An indicator of the period.
    Indicator(IndicatorIx),
    /// Days late of each return that the unit itself owes.
    DaysLate,
    /// Revisions after the lock that move a core indicator.
    LateRevisions {
        /// By more than this many percent.
        moved_percent: Amount,
        /// A voluntary one within this many days after the lock is free.
        free_days: u32,
    },
}

/// One grade (等次).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grade {
    /// Id, such as `G1`.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Lowest score; the last grade takes whatever is below.
    pub from: Amount,
    /// Share of the ranked units of a group, in percent, that may have it: the first so many,
    /// rounded down.
    pub quota_percent: Option<Amount>,
    /// Whether any veto excludes it.
    pub no_veto: bool,
    /// Kinds of periods in which grades are given.
    pub cycles: Vec<PeriodKind>,
    /// Where it comes from.
    pub source: String,
}

/// Units that are compared with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerGroup {
    /// Id, such as `P1`.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Level of its units, and the `eval_group` by which others join it.
    pub level: Level,
    /// Classes that belong to it; empty for all of the level.
    pub classes: Vec<UnitClass>,
}

impl PeerGroup {
    /// Whether a unit belongs: one that is ranked with another level only there, all others with
    /// their own.
    pub fn holds(&self, level: Level, class: UnitClass, eval_group: Option<Level>) -> bool {
        match eval_group {
            Some(with) => with == self.level,
            None => {
                level == self.level && (self.classes.is_empty() || self.classes.contains(&class))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_holds_until_a_later_row_replaces_it() {
        let hunan = UnitCode::from_u64(430_000_000_000).unwrap();
        let henan = UnitCode::from_u64(410_000_000_000).unwrap();
        let row = |year, units| FloorRow {
            part: 0,
            province: hunan,
            year,
            value: Amount { units, scale: 0 },
            source: String::new(),
        };
        let bar = Bar::Floors(vec![row(2024, 650), row(2022, 602)]);
        let units = |part, province, year| bar.of(part, Some(province), year).map(|a| a.units);
        assert_eq!(units(0, hunan, 2021), None);
        assert_eq!(units(0, hunan, 2023), Some(602));
        assert_eq!(units(0, hunan, 2024), Some(650));
        assert_eq!(units(0, henan, 2024), None);
        assert_eq!(units(1, hunan, 2024), None);
    }

    #[test]
    fn who_is_ranked_elsewhere_leaves_its_own_level() {
        let group = |level, classes: &[UnitClass]| PeerGroup {
            id: String::new(),
            zh: String::new(),
            en: String::new(),
            level,
            classes: classes.to_vec(),
        };
        let cities = group(Level::City, &[]);
        let counties = group(Level::County, &[UnitClass::Admin, UnitClass::Direct]);
        let jiyuan = (Level::County, UnitClass::Direct, Some(Level::City));
        assert!(cities.holds(jiyuan.0, jiyuan.1, jiyuan.2));
        assert!(!counties.holds(jiyuan.0, jiyuan.1, jiyuan.2));
        assert!(counties.holds(Level::County, UnitClass::Admin, None));
        assert!(!counties.holds(Level::County, UnitClass::Zone, None));
        assert!(!cities.holds(Level::County, UnitClass::Admin, None));
    }
}
