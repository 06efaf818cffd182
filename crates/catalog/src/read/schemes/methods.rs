//! Reads how an item's measure becomes points: method, target, floor, time plan.

use model::{
    Amount, PeriodKind,
    scheme::{Bar, Direction, FloorRow, Method, Metric},
};

use super::{
    amount,
    tables::{FloorLine, Plans},
};
use crate::{Problem, csv_file::Row};

const METHODS: &str = "linear_floor_target, linear_floor_target+ceil, progress, threshold, \
    step_deduct, rank_percentile";

/// What was already read of the item, and the tables beside it.
pub(super) struct Parts<'a> {
    pub(super) id: &'a str,
    pub(super) metric: &'a Metric,
    pub(super) direction: Direction,
    /// Cycles of the item in which the scheme scores.
    pub(super) cycles: &'a [PeriodKind],
    /// Time plans; `None` if some could not be read.
    pub(super) plans: Option<&'a Plans>,
    pub(super) floors: &'a [FloorLine],
}

/// Reads the columns `method`, `target`, `floor`, `plan` and `share_of`.
pub(super) fn read(row: Row<'_>, parts: Parts<'_>, problems: &mut Vec<Problem>) -> Option<Method> {
    let method = match row.get("method") {
        "linear_floor_target" => linear(row, parts.direction, problems),
        "linear_floor_target+ceil" => {
            Some(Method::CeilingCount { target: positive(row, "target", problems)? })
        }
        "progress" => progress(row, &parts, problems),
        "threshold" => threshold(row, &parts, problems),
        "step_deduct" => step_deduct(row, problems),
        "rank_percentile" => Some(Method::RankPercentile),
        _ => row.parse("method", METHODS, problems, |_| None),
    }?;
    fits(row, &method, parts.metric, problems).then_some(method)
}

/// Whether the metric is one that the method can judge; a misfit is a problem.
fn fits(row: Row<'_>, method: &Method, metric: &Metric, problems: &mut Vec<Problem>) -> bool {
    let good = match (method, metric) {
        (Method::StepDeduct { .. }, Metric::FindingMonths { .. }) => true,
        (_, Metric::FindingMonths { .. }) => false,
        (Method::Threshold { .. }, Metric::Quotients(_)) => true,
        (Method::CeilingCount { .. }, Metric::Quotients(parts)) => {
            matches!(&parts[..], [one] if one.percent)
        }
        (_, Metric::Quotients(parts)) => parts.len() == 1,
    };
    if !good {
        problems.push(
            row.problem(
                format!("方法 {} 不能评 {}", row.get("method"), row.get("metric")),
                format!("method {} cannot judge {}", row.get("method"), row.get("metric")),
            )
            .remedy(
                "多部分只用于 threshold，+ceil 只用于百分比，finding_months 只用于 step_deduct",
                "several parts need threshold, +ceil a percentage, finding_months step_deduct",
            ),
        );
    }
    good
}

fn linear(row: Row<'_>, direction: Direction, problems: &mut Vec<Problem>) -> Option<Method> {
    let (floor, target) = (amount(row, "floor", problems), amount(row, "target", problems));
    let (floor, target) = (floor?, target?);
    let good = match direction {
        Direction::Up => millionths(floor) < millionths(target),
        Direction::Down => millionths(floor) > millionths(target),
    };
    if !good {
        problems.push(
            row.problem(
                format!("direction 与 floor {floor}、target {target} 矛盾"),
                format!("direction contradicts floor {floor} and target {target}"),
            )
            .remedy(
                "up 时 floor 小于 target，down 时大于",
                "the floor lies below the target for up, above it for down",
            ),
        );
    }
    good.then_some(Method::Linear { floor, target })
}

fn progress(row: Row<'_>, parts: &Parts<'_>, problems: &mut Vec<Problem>) -> Option<Method> {
    let target = positive(row, "target", problems)?;
    let name = row.get("plan");
    let Some(plans) = parts.plans.filter(|_| !name.is_empty()) else {
        return Some(Method::Progress { target, plan: Vec::new() });
    };
    let names = plans.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let plan = row.parse("plan", &names, problems, |name| plans.get(name).cloned())?;
    let asked = |month: &i8| plan.iter().any(|(m, percent)| m == month && percent.units > 0);
    let mut missing: Vec<i8> = parts.cycles.iter().flat_map(|&kind| end_months(kind)).collect();
    missing.retain(|month| !asked(month));
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() {
        return Some(Method::Progress { target, plan });
    }
    let months = missing.iter().map(i8::to_string).collect::<Vec<_>>().join(", ");
    problems.push(
        row.problem(
            format!("时间计划 {name} 缺少 {months} 月末的进度"),
            format!("plan {name} asks nothing at the end of month {months}"),
        )
        .remedy("在 plans.csv 补上这些月份，进度大于 0", "add these months to plans.csv, above 0"),
    );
    None
}

/// Months at whose end a period of this kind may end.
fn end_months(kind: PeriodKind) -> Vec<i8> {
    let step = match kind {
        PeriodKind::Year => 12,
        PeriodKind::Half => 6,
        PeriodKind::Quarter => 3,
        PeriodKind::BiMonth => 2,
        _ => 1,
    };
    (1..=12).filter(|month| month % step == 0).collect()
}

fn threshold(row: Row<'_>, parts: &Parts<'_>, problems: &mut Vec<Problem>) -> Option<Method> {
    let share_of = row.parse("share_of", "county, (空 empty)", problems, |text| match text {
        "" => Some(None),
        level => model::Level::from_name(level).map(Some),
    })?;
    if row.get("target") != "floors" {
        let bar = row.parse("target", "1.3, floors", problems, super::parse_amount)?;
        return Some(Method::Threshold { bar: Bar::Fixed(bar), share_of });
    }
    let Metric::Quotients(quotients) = parts.metric else { return None };
    let mut rows: Vec<FloorRow> = Vec::new();
    for floor in parts.floors.iter().filter(|floor| floor.item == parts.id) {
        if let Some(part) = quotients.iter().position(|quotient| quotient.text == floor.part) {
            rows.push(FloorRow { part, ..floor.row.clone() });
        }
    }
    Some(Method::Threshold { bar: Bar::Floors(rows), share_of })
}

fn step_deduct(row: Row<'_>, problems: &mut Vec<Problem>) -> Option<Method> {
    let (target, floor) = (amount(row, "target", problems), amount(row, "floor", problems));
    let (target, floor) = (target?, floor?);
    if millionths(floor) <= millionths(target) {
        problems.push(
            row.problem(
                format!("floor {floor} 不大于 target {target}"),
                format!("floor {floor} is not above target {target}"),
            )
            .remedy("floor 写扣完为止的次数", "give the count at which nothing is left as floor"),
        );
        return None;
    }
    Some(Method::StepDeduct { target, floor })
}

fn positive(row: Row<'_>, column: &str, problems: &mut Vec<Problem>) -> Option<Amount> {
    row.parse(column, "> 0", problems, |text| super::parse_amount(text).filter(|a| a.units > 0))
}

/// Amounts of a scheme were read so that six decimals hold them.
fn millionths(amount: Amount) -> i64 {
    amount.rescale(6).map_or(0, |a| a.units)
}
