//! Deductions: points for each event down to a bound, all of them together capped.
//!
//! Late days are counted of the returns that the unit itself owes: a county does not pay twice for
//! what its townships already paid for. Counted indicators are the rolled-up ones of the unit.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Amount, Node, SubmissionKey, UnitCode,
    indicator::Reading,
    scheme::{Counted, Deduction},
};
use num_rational::BigRational;
use num_traits::{Signed, Zero};

use crate::{
    events::{Events, LateRevision},
    exact::{Exact, of, short, whole},
    metric::Reader,
    result::ExtraResult,
};

/// Events by the unit they concern, so that a unit finds its own at once.
pub(crate) struct ByUnit<'a> {
    late: BTreeMap<UnitCode, Vec<(SubmissionKey, u32)>>,
    revisions: BTreeMap<UnitCode, Vec<&'a LateRevision>>,
}

impl<'a> ByUnit<'a> {
    /// Sorts the events.
    pub(crate) fn new(events: &'a Events) -> Self {
        let mut late: BTreeMap<UnitCode, Vec<(SubmissionKey, u32)>> = BTreeMap::new();
        for (&key, &days) in &events.days_late {
            late.entry(key.unit).or_default().push((key, days));
        }
        let mut revisions: BTreeMap<UnitCode, Vec<&LateRevision>> = BTreeMap::new();
        for revision in &events.late_revisions {
            revisions.entry(revision.key.unit).or_default().push(revision);
        }
        Self { late, revisions }
    }
}

/// Deductions of a unit that are not zero, and their sum after the cap.
pub(crate) fn all(
    reader: &Reader<'_>,
    node: Node,
    deductions: &[Deduction],
    cap: BigRational,
    events: &ByUnit<'_>,
) -> (Vec<ExtraResult>, BigRational) {
    let kind = reader.period().kind();
    let mut results = Vec::new();
    let mut sum = BigRational::zero();
    for deduction in deductions.iter().filter(|d| d.cycles.contains(&kind)) {
        let (count, charged, detail) = counted(reader, node, deduction, events);
        if !count.is_positive() {
            continue;
        }
        let points = of(deduction.points) * &charged;
        sum += &points;
        let (n, charged, each) = (short(&count, 2), short(&charged, 2), deduction.points);
        let total = short(&points, 2);
        let measure = &deduction.measure;
        results.push(ExtraResult {
            id: deduction.id.clone(),
            text_zh: format!(
                "{} {n} {measure}{}，计 {charged} × {each} = {total} 分",
                deduction.zh, detail.0
            ),
            text_en: format!(
                "{}: {n}{}, {charged} counted × {each} = {total}",
                deduction.en, detail.1
            ),
            count: Exact(count),
            points: Exact(points),
        });
    }
    (results, sum.min(cap))
}

/// What was counted, how much of it is charged, and a remark in two languages.
fn counted(
    reader: &Reader<'_>,
    node: Node,
    deduction: &Deduction,
    events: &ByUnit<'_>,
) -> (BigRational, BigRational, (String, String)) {
    let period = reader.period();
    let unit = reader.tree().code(node);
    let none = (String::new(), String::new());
    match deduction.counted {
        Counted::Indicator(indicator) => {
            let count = reader
                .value(node, indicator, Reading::Value, period)
                .unwrap_or_else(BigRational::zero);
            let charged = count.clone().min(whole(deduction.bound));
            (count, charged, none)
        }
        Counted::DaysLate => {
            let own = events.late.get(&unit).into_iter().flatten();
            let late: Vec<u64> = own
                .filter(|(key, days)| period.contains(key.period) && *days > 0)
                .map(|&(_, days)| u64::from(days))
                .collect();
            let charged: u64 = late.iter().map(|&days| days.min(u64::from(deduction.bound))).sum();
            let detail =
                (format!("（{} 份）", late.len()), format!(" (of {} returns)", late.len()));
            (whole(late.iter().sum::<u64>()), whole(charged), detail)
        }
        Counted::LateRevisions { moved_percent, free_days } => {
            let own = events.revisions.get(&unit).into_iter().flatten();
            let counted: BTreeSet<(SubmissionKey, u32)> = own
                .filter(|r| period.contains(r.key.period))
                .filter(|r| reader.catalog().indicator(r.indicator).core)
                .filter(|r| !(r.voluntary && r.days_after_lock <= free_days))
                .filter(|r| moves(r, moved_percent))
                .map(|r| (r.key, r.revision))
                .collect();
            let count = counted.len() as u64;
            (whole(count), whole(count.min(u64::from(deduction.bound))), none)
        }
    }
}

/// Whether a revision moves its cell by more than so many percent; a cell that appears, vanishes
/// or leaves zero does.
fn moves(revision: &LateRevision, percent: Amount) -> bool {
    match (revision.before, revision.after) {
        (None, None) => false,
        (Some(before), Some(after)) => {
            let (before, after) = (of(before), of(after));
            (after - &before).abs() * whole(100) > of(percent) * before.abs()
        }
        _ => true,
    }
}
