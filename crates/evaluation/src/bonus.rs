//! `per_item`: points for each honour, all bonuses together capped.

use std::collections::{BTreeMap, BTreeSet};

use model::{Node, indicator::Reading, scheme::Bonus};
use num_rational::BigRational;
use num_traits::Zero;

use crate::{
    events::Honour,
    exact::{Exact, of, short, whole},
    metric::Reader,
    result::ExtraResult,
};

/// Bonuses of a unit that are not zero, and their sum after the cap.
///
/// With an honours register the titles of the unit and all below count, by year of the award and
/// up to the period's end; of several for one deed only the highest. Without one the figures count.
pub(crate) fn all(
    reader: &Reader<'_>,
    node: Node,
    bonuses: &[Bonus],
    cap: BigRational,
    honours: Option<&[Honour]>,
) -> (Vec<ExtraResult>, BigRational) {
    let kind = reader.period().kind();
    let asked: Vec<&Bonus> = bonuses.iter().filter(|bonus| bonus.cycles.contains(&kind)).collect();
    let registered = honours.map(|honours| titles(reader, node, &asked, honours));
    let mut results = Vec::new();
    let mut sum = BigRational::zero();
    for bonus in asked {
        let count = match &registered {
            Some(titles) => whole(titles.get(bonus.id.as_str()).copied().unwrap_or(0)),
            None => reader
                .value(node, bonus.indicator, Reading::Value, reader.period())
                .unwrap_or_else(BigRational::zero),
        };
        if count.is_zero() {
            continue;
        }
        let points = of(bonus.points) * &count;
        sum += &points;
        let (n, each) = (short(&count, 2), bonus.points);
        let total = short(&points, 2);
        results.push(ExtraResult {
            id: bonus.id.clone(),
            text_zh: format!("{} {n} {} × {each} = {total} 分", bonus.zh, bonus.measure),
            text_en: format!("{}: {n} × {each} = {total}", bonus.en),
            count: Exact(count),
            points: Exact(points),
        });
    }
    (results, sum.min(cap))
}

/// Number of titles by bonus.
fn titles<'a>(
    reader: &Reader<'_>,
    node: Node,
    asked: &[&'a Bonus],
    honours: &[Honour],
) -> BTreeMap<&'a str, u64> {
    let tree = reader.tree();
    let below = tree.subtree(node);
    let period = reader.period();
    let mut ids = BTreeSet::new();
    let mut deeds: BTreeMap<&str, &'a Bonus> = BTreeMap::new();
    let mut counts = BTreeMap::new();
    for honour in honours {
        let inside = tree.node(honour.unit).is_some_and(|unit| below.contains(&unit.0));
        let in_time = honour.awarded.year() == period.year() && honour.awarded <= period.end();
        let bonus = asked.iter().find(|bonus| bonus.id == honour.bonus);
        let Some(bonus) = bonus.filter(|_| inside && in_time) else { continue };
        if !ids.insert(honour.id.as_str()) {
            continue;
        }
        if honour.deed.is_empty() {
            *counts.entry(bonus.id.as_str()).or_insert(0) += 1;
            continue;
        }
        let best = deeds.entry(&honour.deed).or_insert(bonus);
        if of(bonus.points) > of(best.points) {
            *best = bonus;
        }
    }
    for bonus in deeds.into_values() {
        *counts.entry(bonus.id.as_str()).or_insert(0) += 1;
    }
    counts
}
