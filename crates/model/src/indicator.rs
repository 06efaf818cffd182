//! Indicators (指标): one asked or derived number of a form.

use serde::{Deserialize, Serialize};

use crate::{FormIx, Level, PeriodKind};

/// Place of an indicator in [`crate::Catalog::indicators`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndicatorIx(pub u16);

/// One indicator of one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indicator {
    /// Stable code, such as `SA01`.
    pub code: String,
    /// The form that asks for it.
    pub form: FormIx,
    /// Line number on the form; formulas may name it as `L62`.
    pub line: u16,
    /// Whether every bureau reports it; a cell of a core indicator is required.
    pub core: bool,
    /// Chinese name as printed on the form.
    pub zh: String,
    /// Chinese name as an SQL column: unique in the form and free of punctuation.
    pub sql_zh: String,
    /// English name.
    pub en: String,
    /// Measure (计量单位), such as 人 or 元/人·月.
    pub measure: String,
    /// Digits behind the point in print.
    pub decimals: u8,
    /// Digits behind the point in store.
    pub scale: u8,
    /// What sort of number it is; decides how it adds up over units and time.
    pub kind: Kind,
    /// How a parent's value comes from its children.
    pub rollup: RollUpRule,
    /// Period kind at which it is asked.
    pub frequency: PeriodKind,
    /// Who enters it.
    pub entry: Entry,
    /// Code of the national form line, where there is one.
    pub national_code: String,
    /// Remark of the catalogue.
    pub note: String,
}

/// What sort of number an indicator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 期末数: over time the last value.
    Stock,
    /// 当期数: over time the sum.
    FlowPeriod,
    /// 本年累计: over time the last value of the year; restarts in January.
    FlowYtd,
    /// Cumulative distinct persons: as year-to-date, and sums over units count moves twice.
    DistinctYtd,
    /// 标准: a dated decision; never summed.
    Standard,
    /// 任务数: holds from the first day of its year.
    Target,
    /// Quotient of rolled-up parts.
    Ratio,
}

impl Kind {
    /// Whether values of several periods add up.
    pub fn adds_over_time(self) -> bool {
        self == Kind::FlowPeriod
    }
}

/// How a parent's value comes from its children and its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RollUpRule {
    /// Sum of children and own.
    Sum,
    /// Sum, shown with the warning that moves between units count twice.
    SumWithWarning,
    /// Mean weighted by the sum of these indicators, with lowest and highest.
    WeightedMean(Vec<IndicatorIx>),
    /// Sum of numerators by sum of denominators.
    Ratio(Ratio),
    /// Counted from the unit register.
    CountUnits,
    /// Entries of a register, counted by distinct id; the typed counts are summed.
    CountDistinct(String),
}

/// Parts of a ratio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// Terms that are added above the line.
    pub numerator: Vec<Term>,
    /// Terms that are added below the line.
    pub denominator: Vec<Term>,
    /// 100 for %, otherwise 1: the quotient is multiplied with it.
    pub percent: bool,
}

/// One term of a ratio's part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whose value.
    pub indicator: IndicatorIx,
    /// Which reading of it.
    pub reading: Reading,
    /// Constant factor.
    pub factor: i64,
}

/// Which reading of an indicator a formula takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// The value of the period; of a coarser frequency the latest in force (`asof`).
    Value,
    /// `inc(X)`: increment of a year-to-date value since the previous period of the same kind.
    Increment,
    /// `months(X)`: sum of the month-end values in the period.
    Months,
}

/// Who enters an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// Units of this level.
    At(Level),
    /// The system, from the register, the calendar or the verdicts.
    System,
    /// Nobody: it is computed from others.
    Derived,
}
