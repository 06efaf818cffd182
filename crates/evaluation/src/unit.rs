//! One unit: verdicts of all asked items, points, score, extras, and the words for them.

use model::{
    Coverage, Node,
    scheme::{Item, Scheme},
};
use num_rational::BigRational;
use num_traits::Zero;

use crate::{
    evaluate::EvaluationError,
    exact::{Exact, of, short, to_amount},
    explain,
    method::{Gap, Verdict},
    metric::Reader,
    result::{ExtraResult, ItemResult, ItemState, ToNext, UnitResult},
    score::{self, Points},
    veto::Vetoed,
};

/// What was found out about one unit.
pub(crate) struct Findings {
    /// Verdicts of the asked items.
    pub(crate) verdicts: Vec<Verdict>,
    /// Coverage of the returns they read.
    pub(crate) coverage: Coverage,
    /// Bonuses, and their sum after the cap.
    pub(crate) bonuses: (Vec<ExtraResult>, BigRational),
    /// Deductions, and their sum after the cap.
    pub(crate) deductions: (Vec<ExtraResult>, BigRational),
    /// Vetoes.
    pub(crate) vetoed: Vetoed,
}

/// Puts together the result of a unit; rank and grade come later.
pub(crate) fn result(
    reader: &Reader<'_>,
    node: Node,
    scheme: &Scheme,
    asked: &[usize],
    findings: Findings,
) -> Result<UnitResult, EvaluationError> {
    let tree = reader.tree();
    let Findings { verdicts, coverage, bonuses, deductions, vetoed } = findings;
    let points = score::points(scheme, asked, &verdicts);
    let worth = points.worth();
    let mut parts: Vec<BigRational> = match &worth {
        Some(worth) => points.earned.iter().map(|earned| earned * worth).collect(),
        None => vec![BigRational::zero(); asked.len()],
    };
    parts.push(bonuses.1.clone());
    parts.push(-deductions.1.clone());
    let overflow = || EvaluationError::Overflow { unit: tree.code(node) };
    let exact: BigRational = parts.iter().sum();
    let total = to_amount(&exact, scheme.policy.decimals).ok_or_else(overflow)?;
    let rounded = explain::apportion(&parts, total).ok_or_else(overflow)?;
    let items = (0..asked.len())
        .map(|i| {
            let item = &scheme.items[asked[i]];
            let mut result = item_result(reader, item, &verdicts[i], &points, i);
            result.contribution = rounded[i];
            result
        })
        .collect();
    Ok(UnitResult {
        unit: tree.code(node),
        name: reader.name(node).to_owned(),
        level: tree.level(node),
        score: worth.is_some().then_some(total),
        rank: None,
        grade: None,
        available_weight: Exact(points.available.clone()),
        points: Exact(points.total()),
        coverage,
        partial: coverage.is_partial(),
        not_ranked: None,
        areas: points.areas,
        items,
        bonuses: bonuses.0,
        bonus_points: Exact(bonuses.1),
        bonus_contribution: rounded[asked.len()],
        deductions: deductions.0,
        deduction_points: Exact(deductions.1),
        deduction_contribution: rounded[asked.len() + 1],
        vetoes: vetoed.results,
    })
}

fn item_result(
    reader: &Reader<'_>,
    item: &Item,
    verdict: &Verdict,
    points: &Points,
    place: usize,
) -> ItemResult {
    let (effective, earned) = (&points.effective[place], &points.earned[place]);
    let (text_zh, text_en) = texts(item, verdict, effective, earned);
    let to_next = verdict.gap.as_ref().and_then(|gap| to_next(reader, gap, effective, points));
    ItemResult {
        id: item.id.clone(),
        state: verdict.state,
        weight: Exact(of(item.weight)),
        effective_weight: Exact(effective.clone()),
        numerator: verdict.numerator.clone(),
        denominator: verdict.denominator.clone(),
        value: verdict.value.clone(),
        bar: verdict.bar.clone(),
        share: Exact(verdict.share.clone()),
        points: Exact(earned.clone()),
        contribution: model::Amount { units: 0, scale: 0 },
        text_zh,
        text_en,
        to_next,
    }
}

fn texts(
    item: &Item,
    verdict: &Verdict,
    effective: &BigRational,
    earned: &BigRational,
) -> (String, String) {
    let (zh, en) = (&item.zh, &item.en);
    if verdict.state == ItemState::Redistributed {
        return (
            format!("{zh}：{}，权重 {} 移给本领域其他项目", verdict.zh, item.weight),
            format!(
                "{en}: {}; its weight of {} goes to the other items of the area",
                verdict.en, item.weight
            ),
        );
    }
    let nominal = of(item.weight);
    let (more_zh, more_en) = if *effective == nominal {
        (String::new(), String::new())
    } else {
        (
            format!("（原权重 {}，其余由不适用项目移入）", item.weight),
            format!(" ({} of its own, the rest from items that do not apply)", item.weight),
        )
    };
    let (earned, full) = (short(earned, 4), short(effective, 4));
    (
        format!("{zh}：{}，得 {earned}/{full} 分{more_zh}", verdict.zh),
        format!("{en}: {}; {earned} of {full} points{more_en}", verdict.en),
    )
}

fn to_next(
    reader: &Reader<'_>,
    gap: &Gap,
    effective: &BigRational,
    points: &Points,
) -> Option<ToNext> {
    let gain = &gap.share * effective * points.worth()?;
    let printed = short(&gain, 2);
    let indicator = gap.indicator.map(|ix| reader.catalog().indicator(ix).code.clone());
    Some(ToNext {
        indicator: indicator.unwrap_or_default(),
        missing: Exact(gap.missing.clone()),
        measure: gap.measure.clone(),
        text_zh: format!("{}，总分可增 {printed}", gap.zh),
        text_en: format!("{}: the score gains {printed}", gap.en),
        gain: Exact(gain),
    })
}
