//! Declared totals (上报合计) with their units, indicators and period found.

use jiff::Timestamp;
use model::{Amount, IndicatorIx, Period, UnitCode};

mod resolve;

pub use resolve::resolve_declared;

use crate::exact::Exact;

/// A value that a level, or a list of sibling units together, declares itself. It is compared with
/// the roll-up and with other declared values, shown beside them, and never added to anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredTotal {
    /// Submission id.
    pub id: String,
    /// One unit, or the siblings that the value covers together; ascending.
    pub units: Vec<UnitCode>,
    /// The indicator, or those whose sum the value is; ascending.
    pub terms: Vec<IndicatorIx>,
    /// What is stated.
    pub states: Stated,
    /// What the value is to the catalogue.
    pub role: Role,
    /// The period, when the source says it.
    pub period: Option<Period>,
    /// The source's own words of dating.
    pub dated: String,
    /// The value at the finest scale of its terms; for [`Stated::Growth`] in percent as written.
    pub value: Amount,
    /// Half a unit of the last printed digit: as sent, or taken from the value's own digits, where
    /// whole counts are exact.
    pub precision: Amount,
    /// 约, 以上, 余, 不低于 and the like; empty for an exact value.
    pub qualifier: String,
    /// The value as the source prints it.
    pub stated: String,
    /// When it was handed in, UTC.
    pub submitted_at: Timestamp,
    /// Who answers for it.
    pub signer: String,
    /// How it came in.
    pub source: String,
    /// Document and place in it.
    pub reference: String,
}

/// What a declared total states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stated {
    /// The value itself.
    Value,
    /// 增加额: the increase against the year before.
    Increase,
    /// 增长率: the growth in percent.
    Growth,
}

/// What a declared value is to the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Something that was.
    Actual,
    /// A dated decision.
    Standard,
    /// Something to reach.
    Target,
    /// A lower bound that a rule sets.
    Floor,
}

/// What a qualifier makes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The value as printed, within its precision.
    Exact,
    /// The true value is this or more.
    AtLeast,
    /// The true value is this or less.
    AtMost,
    /// Near it, nobody knows how near.
    About,
}

impl Bound {
    /// The bound that a qualifier means; `None` for a word that is not known.
    pub fn of(qualifier: &str) -> Option<Self> {
        Some(match qualifier {
            "" | "达到" => Bound::Exact,
            "余" | "以上" | "不低于" | "不少于" | "至少" | "超过" => Bound::AtLeast,
            "不超过" | "不高于" | "最高" | "至多" | "以内" => Bound::AtMost,
            "约" | "左右" | "预计" => Bound::About,
            _ => return None,
        })
    }
}

impl DeclaredTotal {
    /// What its qualifier makes of the value.
    pub fn bound(&self) -> Bound {
        Bound::of(&self.qualifier).unwrap_or(Bound::About)
    }

    /// The document that [`DeclaredTotal::reference`] names, without the place in it: everything
    /// before the last `#`, as in `《报告》#F042`.
    pub fn document(&self) -> &str {
        self.reference.rsplit_once('#').map_or(self.reference.as_str(), |(document, _)| document)
    }

    /// Whether this is a plain value of what was.
    pub(crate) fn is_actual_value(&self) -> bool {
        self.states == Stated::Value && self.role == Role::Actual
    }

    pub(crate) fn exact_value(&self) -> Exact {
        Exact::from(self.value)
    }

    pub(crate) fn exact_precision(&self) -> Exact {
        Exact::from(self.precision)
    }
}
