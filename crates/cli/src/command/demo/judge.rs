//! Scoring and ranking the quarter under every scheme that runs in it.

use aggregator::Aggregator;
use evaluation::{Evaluation, Events, Inputs, RankingRow, ScoreRow, UnitResult};
use model::{Amount, Period, scheme::Scheme};
use store::{PlainColumn, Store};

use super::summary::{RankedUnit, RankingGroup};
use crate::{failure::OrRefuse, lang::Lang};

/// Scale of exact figures that are shown rounded.
const SIX: u8 = 6;

/// Scale of scores.
const TWO: u8 = 2;

/// Evaluates a period under these schemes.
pub(in crate::command) fn evaluate<'a>(
    aggregator: &Aggregator,
    schemes: impl Iterator<Item = &'a Scheme>,
    period: Period,
) -> anyhow::Result<Vec<Evaluation>> {
    let catalog = aggregator.catalog();
    let late = aggregator.late().iter().map(|(&key, &days)| (key, days));
    let events = Events {
        days_late: late.filter(|(key, _)| period.contains(key.period)).collect(),
        finding_months: aggregator.unpaid().clone(),
        ..Events::default()
    };
    let inputs = Inputs { catalog, figures: aggregator.figures(), events: &events };
    let mut evaluations = Vec::new();
    for scheme in schemes {
        evaluations.push(evaluation::evaluate(&inputs, scheme, period).or_refuse()?);
    }
    // Provinces of which nothing came in have nobody to rank and nothing to show.
    for evaluation in &mut evaluations {
        evaluation.groups.retain(|group| group.units.iter().any(|u| u.coverage.received > 0));
    }
    Ok(evaluations)
}

/// Writes the tables `scores` and `rankings`.
pub(super) async fn commit(store: &Store, evaluations: &[Evaluation]) -> anyhow::Result<()> {
    let scores: Vec<ScoreRow> = evaluations.iter().flat_map(evaluation::score_rows).collect();
    let rankings: Vec<RankingRow> = evaluations.iter().flat_map(evaluation::ranking_rows).collect();
    store.replace_plain("scores", score_columns(&scores)).await.or_refuse()?;
    store.replace_plain("rankings", ranking_columns(&rankings)).await.or_refuse()?;
    Ok(())
}

/// The integer of an amount at a scale; the rows hold each column at one scale.
fn units(amount: Option<Amount>, scale: u8) -> Option<i64> {
    amount.and_then(|amount| amount.rescale(scale)).map(|amount| amount.units)
}

fn score_columns(rows: &[ScoreRow]) -> Vec<PlainColumn> {
    vec![
        PlainColumn::integer("unit", rows.iter().map(|r| Some(r.unit.as_u64() as i64))),
        PlainColumn::text("scheme", rows.iter().map(|r| r.scheme.clone())),
        PlainColumn::text("period", rows.iter().map(|r| r.period.to_string())),
        PlainColumn::text("item", rows.iter().map(|r| r.item.clone())),
        PlainColumn::text("state", rows.iter().map(|r| r.state)),
        PlainColumn::decimal("weight", SIX, rows.iter().map(|r| units(r.weight, SIX))),
        PlainColumn::decimal("points", SIX, rows.iter().map(|r| units(r.points, SIX))),
        PlainColumn::decimal("contribution", SIX, rows.iter().map(|r| units(r.contribution, SIX))),
        PlainColumn::decimal("value", SIX, rows.iter().map(|r| units(r.value, SIX))),
        PlainColumn::decimal("numerator", SIX, rows.iter().map(|r| units(r.numerator, SIX))),
        PlainColumn::decimal("denominator", SIX, rows.iter().map(|r| units(r.denominator, SIX))),
        PlainColumn::text("text_zh", rows.iter().map(|r| r.text_zh.clone())),
        PlainColumn::text("text_en", rows.iter().map(|r| r.text_en.clone())),
        PlainColumn::text("to_next_zh", rows.iter().map(|r| r.to_next_zh.clone())),
        PlainColumn::text("to_next_en", rows.iter().map(|r| r.to_next_en.clone())),
    ]
}

fn ranking_columns(rows: &[RankingRow]) -> Vec<PlainColumn> {
    vec![
        PlainColumn::integer("province", rows.iter().map(|r| Some(r.province.as_u64() as i64))),
        PlainColumn::text("peer_group", rows.iter().map(|r| r.group.clone())),
        PlainColumn::text("peer_group_zh", rows.iter().map(|r| r.group_zh.clone())),
        PlainColumn::integer("unit", rows.iter().map(|r| Some(r.unit.as_u64() as i64))),
        PlainColumn::text("name", rows.iter().map(|r| r.name.clone())),
        PlainColumn::text("scheme", rows.iter().map(|r| r.scheme.clone())),
        PlainColumn::text("period", rows.iter().map(|r| r.period.to_string())),
        PlainColumn::decimal("score", TWO, rows.iter().map(|r| units(r.score, TWO))),
        PlainColumn::integer("rank", rows.iter().map(|r| r.rank.map(i64::from))),
        PlainColumn::integer("ranked", rows.iter().map(|r| Some(i64::from(r.ranked)))),
        PlainColumn::text("grade", rows.iter().map(|r| r.grade.clone())),
        PlainColumn::decimal(
            "available_weight",
            SIX,
            rows.iter().map(|r| units(r.available_weight, SIX)),
        ),
        PlainColumn::integer("accepted", rows.iter().map(|r| Some(i64::from(r.accepted)))),
        PlainColumn::integer("due", rows.iter().map(|r| Some(i64::from(r.due)))),
        PlainColumn::text("reason_zh", rows.iter().map(|r| r.reason_zh.clone())),
        PlainColumn::text("reason_en", rows.iter().map(|r| r.reason_en.clone())),
    ]
}

/// The rankings for the summary.
pub(in crate::command) fn groups(evaluations: &[Evaluation], lang: Lang) -> Vec<RankingGroup> {
    let of = |evaluation: &Evaluation| {
        let scheme = evaluation.scheme.clone();
        let groups = evaluation.groups.iter().map(move |group| RankingGroup {
            scheme: scheme.clone(),
            group: group.group.clone(),
            name: lang.pick(&group.zh, &group.en).to_owned(),
            units: group.units.iter().map(|unit| ranked(unit, lang)).collect(),
        });
        groups.collect::<Vec<_>>()
    };
    evaluations.iter().flat_map(of).collect()
}

fn ranked(unit: &UnitResult, lang: Lang) -> RankedUnit {
    RankedUnit {
        rank: unit.rank,
        unit: unit.unit.to_string(),
        name: unit.name.clone(),
        score: unit.score.map(|score| score.to_string()),
        reason: reason(unit, lang),
    }
}

/// Why it is not ranked, the veto that decided its place, or the item that cost it most.
fn reason(unit: &UnitResult, lang: Lang) -> String {
    if let Some(reason) = &unit.not_ranked {
        return lang.pick(&reason.zh, &reason.en).to_owned();
    }
    let veto = unit.vetoes.iter().find(|veto| veto.state == evaluation::VetoState::Applies);
    if let Some(veto) = veto {
        return lang.pick(&veto.text_zh, &veto.text_en).to_owned();
    }
    let lost = |item: &&evaluation::ItemResult| &item.effective_weight.0 - &item.points.0;
    let worst = unit.items.iter().max_by(|a, b| lost(a).cmp(&lost(b)));
    match worst {
        Some(item) if lost(&item) > num_zero() => {
            lang.pick(&item.text_zh, &item.text_en).to_owned()
        }
        _ => lang.pick("各项满分", "full marks").to_owned(),
    }
}

fn num_zero() -> num_rational::BigRational {
    num_rational::BigRational::from_integer(0.into())
}
