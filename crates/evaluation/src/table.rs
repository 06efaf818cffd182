//! Rows of the tables `scores` and `rankings`.

use model::{Amount, Period, UnitCode};
use num_rational::BigRational;

use crate::{
    exact::to_amount,
    result::{Evaluation, ExtraResult, GroupResult, ItemResult, ItemState, UnitResult},
};

/// Digits behind the point of points, weights, values and their parts in the tables.
const SCALE: u8 = 6;

/// One line of a unit's score. The contributions of a unit add up to its score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreRow {
    /// Code of the unit.
    pub unit: UnitCode,
    /// Name of the scheme.
    pub scheme: String,
    /// The period.
    pub period: Period,
    /// Id of the item, bonus or deduction; `bonus` and `deduction` for their capped sums.
    pub item: String,
    /// How it counts: `scored`, `unreported`, `full_by_zero`, `redistributed`, `bonus`, `deduction`.
    pub state: &'static str,
    /// Weight after redistribution, six decimals; none for bonuses and deductions.
    pub weight: Option<Amount>,
    /// Points out of the weight, six decimals, rounded; negative for deductions.
    pub points: Option<Amount>,
    /// Part of the score, rounded so that all parts add up to it.
    pub contribution: Option<Amount>,
    /// What was judged, six decimals, rounded.
    pub value: Option<Amount>,
    /// Above the line, six decimals.
    pub numerator: Option<Amount>,
    /// Below the line, six decimals.
    pub denominator: Option<Amount>,
    /// Explanation in Chinese.
    pub text_zh: String,
    /// Explanation in English.
    pub text_en: String,
    /// What would raise it, in Chinese; empty if nothing.
    pub to_next_zh: String,
    /// What would raise it, in English; empty if nothing.
    pub to_next_en: String,
}

/// One unit's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankingRow {
    /// Code of the province inside which it is compared.
    pub province: UnitCode,
    /// Id of the peer group.
    pub group: String,
    /// Chinese name of the peer group.
    pub group_zh: String,
    /// Code of the unit.
    pub unit: UnitCode,
    /// Its name.
    pub name: String,
    /// Name of the scheme.
    pub scheme: String,
    /// The period.
    pub period: Period,
    /// The score.
    pub score: Option<Amount>,
    /// The rank.
    pub rank: Option<u32>,
    /// Ranked units of the group.
    pub ranked: u32,
    /// Chinese name of the grade; empty if none is given.
    pub grade: String,
    /// Weight of the areas that apply, six decimals.
    pub available_weight: Option<Amount>,
    /// Accepted returns of those that the asked items read.
    pub accepted: u32,
    /// Due returns of those that the asked items read.
    pub due: u32,
    /// Why it is not ranked, or what a veto did, in Chinese; otherwise empty.
    pub reason_zh: String,
    /// The same in English.
    pub reason_en: String,
}

/// Rows of the table `scores`, in the order of the evaluation.
pub fn score_rows(evaluation: &Evaluation) -> Vec<ScoreRow> {
    let mut rows = Vec::new();
    for unit in evaluation.groups.iter().flat_map(|group| &group.units) {
        rows.extend(unit.items.iter().map(|item| item_row(evaluation, unit, item)));
        let bonuses = (unit.bonuses.iter()).map(|b| extra_row(evaluation, unit, b, "bonus"));
        rows.extend(bonuses);
        if !unit.bonuses.is_empty() {
            let sum = (&unit.bonus_points.0, unit.bonus_contribution);
            rows.push(sum_row(evaluation, unit, "bonus", sum));
        }
        let deductions =
            (unit.deductions.iter()).map(|d| extra_row(evaluation, unit, d, "deduction"));
        rows.extend(deductions);
        if !unit.deductions.is_empty() {
            let sum = (&-&unit.deduction_points.0, unit.deduction_contribution);
            rows.push(sum_row(evaluation, unit, "deduction", sum));
        }
    }
    rows
}

/// Rows of the table `rankings`, in the order of the evaluation.
pub fn ranking_rows(evaluation: &Evaluation) -> Vec<RankingRow> {
    let row = |group: &GroupResult, unit: &UnitResult| {
        let reasons = unit.not_ranked.iter().map(|reason| (&reason.zh, &reason.en));
        let vetoes = unit.vetoes.iter().map(|veto| (&veto.text_zh, &veto.text_en));
        let (zh, en): (Vec<&str>, Vec<&str>) =
            reasons.chain(vetoes).map(|(zh, en)| (zh.as_str(), en.as_str())).unzip();
        RankingRow {
            province: group.province,
            group: group.group.clone(),
            group_zh: group.zh.clone(),
            unit: unit.unit,
            name: unit.name.clone(),
            scheme: evaluation.scheme.clone(),
            period: evaluation.period,
            score: unit.score,
            rank: unit.rank,
            ranked: group.ranked,
            grade: unit.grade.as_ref().map(|grade| grade.zh.clone()).unwrap_or_default(),
            available_weight: to_amount(&unit.available_weight.0, SCALE),
            accepted: unit.coverage.accepted,
            due: unit.coverage.due,
            reason_zh: zh.join("；"),
            reason_en: en.join("; "),
        }
    };
    let groups = evaluation.groups.iter();
    groups.flat_map(|group| group.units.iter().map(move |unit| row(group, unit))).collect()
}

fn item_row(evaluation: &Evaluation, unit: &UnitResult, item: &ItemResult) -> ScoreRow {
    let amount = |number: &crate::Exact| to_amount(&number.0, SCALE);
    let texts = item.to_next.as_ref().map(|next| (next.text_zh.clone(), next.text_en.clone()));
    let (to_next_zh, to_next_en) = texts.unwrap_or_default();
    ScoreRow {
        item: item.id.clone(),
        state: match item.state {
            ItemState::Scored => "scored",
            ItemState::Unreported => "unreported",
            ItemState::FullByZero => "full_by_zero",
            ItemState::Redistributed => "redistributed",
        },
        weight: amount(&item.effective_weight),
        points: amount(&item.points),
        contribution: Some(item.contribution),
        value: item.value.as_ref().and_then(amount),
        numerator: item.numerator.as_ref().and_then(amount),
        denominator: item.denominator.as_ref().and_then(amount),
        text_zh: item.text_zh.clone(),
        text_en: item.text_en.clone(),
        to_next_zh,
        to_next_en,
        ..empty(evaluation, unit)
    }
}

fn extra_row(
    evaluation: &Evaluation,
    unit: &UnitResult,
    extra: &ExtraResult,
    state: &'static str,
) -> ScoreRow {
    let points =
        if state == "deduction" { -extra.points.0.clone() } else { extra.points.0.clone() };
    ScoreRow {
        item: extra.id.clone(),
        state,
        points: to_amount(&points, SCALE),
        numerator: to_amount(&extra.count.0, SCALE),
        text_zh: extra.text_zh.clone(),
        text_en: extra.text_en.clone(),
        ..empty(evaluation, unit)
    }
}

fn sum_row(
    evaluation: &Evaluation,
    unit: &UnitResult,
    state: &'static str,
    (points, contribution): (&BigRational, Amount),
) -> ScoreRow {
    let (zh, en) = if state == "bonus" {
        ("加分合计", "all bonuses")
    } else {
        ("扣分合计", "all deductions")
    };
    ScoreRow {
        item: state.to_owned(),
        state,
        points: to_amount(points, SCALE),
        contribution: Some(contribution),
        text_zh: zh.to_owned(),
        text_en: en.to_owned(),
        ..empty(evaluation, unit)
    }
}

fn empty(evaluation: &Evaluation, unit: &UnitResult) -> ScoreRow {
    ScoreRow {
        unit: unit.unit,
        scheme: evaluation.scheme.clone(),
        period: evaluation.period,
        item: String::new(),
        state: "",
        weight: None,
        points: None,
        contribution: None,
        value: None,
        numerator: None,
        denominator: None,
        text_zh: String::new(),
        text_en: String::new(),
        to_next_zh: String::new(),
        to_next_en: String::new(),
    }
}
