//! `step_deduct`: full at the target, the same loss for every event beyond it, nothing at the floor.
//!
//! Weight 3, target 0, floor 3 months: one point off for each month.

use std::collections::BTreeSet;

use model::{Amount, IndicatorIx, Period, PeriodKind, indicator::Reading};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::{Case, Gap, Verdict, absent, with_measure};
use crate::{
    absence::{Absence, Why},
    exact::{Exact, clamped, of, short, whole},
    metric::Quantity,
};

/// Judges a counted value.
pub(super) fn judge_value(
    case: Case<'_>,
    quantity: &Quantity,
    target: Amount,
    floor: Amount,
) -> Verdict {
    let count = &quantity.value;
    let text = with_measure(count, quantity.percent, &case.item.measure);
    verdict(case, count, target, floor, (text.clone(), text))
}

/// Judges by months with a finding. A month in which nothing was reported that could show the
/// contrary counts like one with a finding; if no month was reported at all the item is 未报.
pub(super) fn judge_months(
    case: Case<'_>,
    (target, floor): (Amount, Amount),
    checks: &[String],
    shown_by: &[IndicatorIx],
) -> Verdict {
    let period = case.reader.period();
    let months: Vec<Period> = match period.kind() {
        PeriodKind::Month => vec![period],
        _ => period.parts(PeriodKind::Month).collect(),
    };
    let unit = case.reader.tree().code(case.node);
    let findings = case.events.finding_months.get(&unit);
    let found = |month: Period| {
        checks.iter().any(|check| findings.is_some_and(|f| f.contains(&(month, check.clone()))))
    };
    let reported = |month: Period| {
        shown_by.iter().any(|&i| case.reader.value(case.node, i, Reading::Value, month).is_some())
    };
    let with_finding: BTreeSet<Period> = months.iter().copied().filter(|&m| found(m)).collect();
    let silent: BTreeSet<Period> =
        months.iter().copied().filter(|&m| !found(m) && !reported(m)).collect();
    if silent.len() == months.len() {
        return nothing_reported(case, shown_by);
    }
    let count = whole((with_finding.len() + silent.len()) as u64);
    let measure = &case.item.measure;
    let (zh, en) = spoken(&with_finding, &silent, &checks.join("/"));
    let text = with_measure(&count, false, measure);
    let mut verdict =
        verdict(case, &count, target, floor, (format!("{text}（{zh}）"), format!("{text} ({en})")));
    verdict.numerator = Some(Exact(count.clone()));
    verdict.value = Some(Exact(count));
    verdict
}

/// Nothing was reported in any month: owed, or not asked of the unit at all.
fn nothing_reported(case: Case<'_>, shown_by: &[IndicatorIx]) -> Verdict {
    let absences: Vec<Absence> =
        shown_by.iter().map(|&i| Absence::of(case.reader, case.node, i)).collect();
    let owed = absences.iter().find(|absence| absence.why == Why::Unreported);
    match owed.or(absences.first()) {
        Some(&absence) => absent(case.reader, absence),
        None => Verdict::withdrawn("项目定义有误", "the item is defined wrongly"),
    }
}

fn spoken(
    findings: &BTreeSet<Period>,
    silent: &BTreeSet<Period>,
    checks: &str,
) -> (String, String) {
    let list = |months: &BTreeSet<Period>| {
        months.iter().map(Period::to_string).collect::<Vec<_>>().join(" ")
    };
    let mut zh = Vec::new();
    let mut en = Vec::new();
    if !findings.is_empty() {
        zh.push(format!("{checks} 有问题：{}", list(findings)));
        en.push(format!("findings of {checks}: {}", list(findings)));
    }
    if !silent.is_empty() {
        zh.push(format!("未报：{}", list(silent)));
        en.push(format!("not reported: {}", list(silent)));
    }
    if zh.is_empty() {
        zh.push(format!("{checks} 无问题"));
        en.push(format!("no finding of {checks}"));
    }
    (zh.join("；"), en.join("; "))
}

fn verdict(
    case: Case<'_>,
    count: &BigRational,
    target: Amount,
    floor: Amount,
    (text_zh, text_en): (String, String),
) -> Verdict {
    let (target, floor) = (of(target), of(floor));
    let lost = clamped((count - &target) / (&floor - &target));
    let share = BigRational::one() - &lost;
    let measure = &case.item.measure;
    let excess = count - &target;
    let gap = (excess.is_positive() && !lost.is_zero()).then(|| Gap {
        indicator: None,
        missing: -&excess,
        measure: measure.clone(),
        share: lost,
        zh: format!("减少 {} {measure}", short(&excess, 4)),
        en: format!("{} ({measure}) fewer", short(&excess, 4)),
    });
    let (target, floor) = (short(&target, 4), short(&floor, 4));
    let zh = format!("{text_zh}，超过 {target} 起扣分，{floor} 扣完");
    let en = format!("{text_en}, points are lost beyond {target}, all of them at {floor}");
    Verdict::scored(share, target, zh, en).with_gap(gap)
}
