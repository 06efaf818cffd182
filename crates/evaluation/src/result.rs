//! What an evaluation says: groups, units, items, and why.
//!
//! Numbers are written as text, so that no reader turns them into floats.

use model::{Amount, Coverage, Level, Period, UnitCode};
use serde::{Serialize, Serializer};

use crate::exact::Exact;

/// One scheme applied to one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    /// Name of the scheme.
    pub scheme: String,
    /// Version of the scheme.
    pub scheme_version: String,
    /// SHA-256 of the scheme's files.
    pub scheme_hash: String,
    /// SHA-256 of all definitions.
    pub catalog_hash: String,
    /// The period; its kind is the cycle.
    pub period: Period,
    /// Peer groups, by province and in the order of the scheme.
    pub groups: Vec<GroupResult>,
}

impl Evaluation {
    /// The result as JSON; the same evaluation gives the same bytes.
    ///
    /// # Errors
    /// None that the types allow; the serializer's error is passed on.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// The result of a unit, if it was judged.
    pub fn unit(&self, unit: UnitCode) -> Option<&UnitResult> {
        self.groups.iter().flat_map(|group| &group.units).find(|result| result.unit == unit)
    }
}

/// One peer group of one province.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupResult {
    /// Code of the province.
    pub province: UnitCode,
    /// Id of the group, such as `P2`.
    pub group: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Weight that the cycle asks of the group, before anything is withdrawn from a unit.
    pub asked_weight: Exact,
    /// Number of ranked units.
    pub ranked: u32,
    /// Items of the scheme that are not asked of this group in this cycle.
    pub not_asked: Vec<NotAskedItem>,
    /// Its units: ranked ones by rank, then the others; equals by code.
    pub units: Vec<UnitResult>,
}

/// An item that is not asked of a group in a cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotAskedItem {
    /// Id of the item.
    pub item: String,
    /// Why, in Chinese.
    pub zh: String,
    /// Why, in English.
    pub en: String,
}

/// One unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitResult {
    /// Code.
    pub unit: UnitCode,
    /// Name.
    pub name: String,
    /// Level in the register.
    pub level: Level,
    /// The score, rounded once; `None` if no item applies.
    #[serde(serialize_with = "optional_text")]
    pub score: Option<Amount>,
    /// Place in the group; equal scores share one.
    pub rank: Option<u32>,
    /// The grade, in cycles that give one.
    pub grade: Option<GradeResult>,
    /// Weight of the areas that apply; points are out of it.
    pub available_weight: Exact,
    /// Sum of the points of the items.
    pub points: Exact,
    /// Coverage of the returns that the asked items read.
    #[serde(serialize_with = "coverage")]
    pub coverage: Coverage,
    /// Whether some of those returns are missing.
    pub partial: bool,
    /// Why it is not ranked.
    pub not_ranked: Option<Reason>,
    /// Areas of the scheme.
    pub areas: Vec<AreaResult>,
    /// Items asked of the group in this cycle.
    pub items: Vec<ItemResult>,
    /// What added points.
    pub bonuses: Vec<ExtraResult>,
    /// Sum of the bonuses after the cap.
    pub bonus_points: Exact,
    /// The same in the rounded explanation.
    #[serde(serialize_with = "text")]
    pub bonus_contribution: Amount,
    /// What took points away.
    pub deductions: Vec<ExtraResult>,
    /// Sum of the deductions after the cap, not negative.
    pub deduction_points: Exact,
    /// The same in the rounded explanation, not positive.
    #[serde(serialize_with = "text")]
    pub deduction_contribution: Amount,
    /// Vetoes that apply or could not be excluded.
    pub vetoes: Vec<VetoResult>,
}

/// A reason in two languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// The grade of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GradeResult {
    /// Id, such as `G1`.
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Why it is not the better grade that the score alone would give.
    pub lowered: Vec<Reason>,
}

/// One area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AreaResult {
    /// Id.
    pub area: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Weight in the scheme.
    pub weight: Exact,
    /// Weight of those of its items that count for the unit in this cycle.
    pub available_weight: Exact,
    /// Weight that it carries in the score: that of all its asked items, if any of them counts.
    pub carried_weight: Exact,
    /// Points of its items.
    pub points: Exact,
    /// 100 × points / carried weight, rounded; `None` if less than the scheme's share of its weight
    /// is available: then it is shown and not scored. Its items count all the same.
    #[serde(serialize_with = "optional_text")]
    pub score: Option<Amount>,
}

/// Whether and how an item counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// By its figures.
    Scored,
    /// Owed and not reported: nothing.
    Unreported,
    /// Denominator zero: full marks with a flag.
    FullByZero,
    /// Does not apply: its weight went to the other items of the area.
    Redistributed,
}

/// One item of one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ItemResult {
    /// Id.
    pub id: String,
    /// Whether it counts.
    pub state: ItemState,
    /// Weight in the scheme.
    pub weight: Exact,
    /// Weight after redistribution; 0 if it does not count.
    pub effective_weight: Exact,
    /// Above the line.
    pub numerator: Option<Exact>,
    /// Below the line.
    pub denominator: Option<Exact>,
    /// What was judged, in the measure of the item.
    pub value: Option<Exact>,
    /// Target, floor, plan or group size it was judged by.
    pub bar: String,
    /// Share of the weight, between 0 and 1.
    pub share: Exact,
    /// Share × effective weight.
    pub points: Exact,
    /// The item's part of the score, rounded so that all parts add up to it exactly.
    #[serde(serialize_with = "text")]
    pub contribution: Amount,
    /// Explanation in Chinese.
    pub text_zh: String,
    /// Explanation in English.
    pub text_en: String,
    /// What would raise it.
    pub to_next: Option<ToNext>,
}

/// What would raise the points of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ToNext {
    /// Code of the indicator to raise; empty if it is no single one.
    pub indicator: String,
    /// How much is missing; negative where less is better.
    pub missing: Exact,
    /// Measure of what is missing.
    pub measure: String,
    /// What the score would gain.
    pub gain: Exact,
    /// In Chinese.
    pub text_zh: String,
    /// In English.
    pub text_en: String,
}

/// A bonus or a deduction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExtraResult {
    /// Id.
    pub id: String,
    /// What was counted.
    pub count: Exact,
    /// Points before the cap over all, not negative.
    pub points: Exact,
    /// Explanation in Chinese.
    pub text_zh: String,
    /// Explanation in English.
    pub text_en: String,
}

/// Whether a veto applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VetoState {
    /// It does.
    Applies,
    /// The figure that would exclude it is owed and not reported: a blank is not zero.
    Unreported,
}

/// A veto of one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VetoResult {
    /// Id.
    pub id: String,
    /// Whether it applies.
    pub state: VetoState,
    /// The document of a decision; empty for figures.
    pub document: String,
    /// Explanation in Chinese.
    pub text_zh: String,
    /// Explanation in English.
    pub text_en: String,
}

fn text<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(amount)
}

fn optional_text<S: Serializer>(amount: &Option<Amount>, serializer: S) -> Result<S::Ok, S::Error> {
    match amount {
        Some(amount) => serializer.collect_str(amount),
        None => serializer.serialize_none(),
    }
}

fn coverage<S: Serializer>(coverage: &Coverage, serializer: S) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeStruct;
    let mut fields = serializer.serialize_struct("Coverage", 4)?;
    fields.serialize_field("due", &coverage.due)?;
    fields.serialize_field("received", &coverage.received)?;
    fields.serialize_field("on_time", &coverage.on_time)?;
    fields.serialize_field("accepted", &coverage.accepted)?;
    fields.end()
}
