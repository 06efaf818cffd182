//! Grades (等次): thresholds, the quota of the best, and what vetoes do to them.

use model::{
    Amount,
    scheme::{Grade, Scheme, VetoEffect},
};
use num_traits::ToPrimitive;

use crate::{
    exact::{of, whole},
    result::{GradeResult, Reason},
    veto::Vetoed,
};

/// What a unit's grade depends on.
pub(crate) struct Standing<'a> {
    /// The rounded score.
    pub(crate) score: Option<Amount>,
    /// The rank; units that are not ranked get no grade but one that a veto gives.
    pub(crate) rank: Option<u32>,
    /// Number of ranked units of the group.
    pub(crate) ranked: u32,
    /// Its vetoes.
    pub(crate) vetoed: &'a Vetoed,
}

/// The grade of a unit in a cycle that gives grades.
///
/// A quota of 30 % of 11 units is 3: whoever ranks third or better may have the grade, so units
/// that share the third place all have it.
pub(crate) fn of_unit(
    scheme: &Scheme,
    grades: &[usize],
    standing: &Standing<'_>,
) -> Option<GradeResult> {
    let &last = grades.last()?;
    let mut lowered = Vec::new();
    let mut best = match (standing.score, standing.rank) {
        (Some(score), Some(rank)) => {
            by_score(scheme, grades, (score, rank), standing, &mut lowered)
        }
        _ => None,
    };
    for &(place, effect) in &standing.vetoed.effects {
        let forced = match effect {
            VetoEffect::Grade(grade) => grade,
            VetoEffect::CapBelow(grade) if best.is_some_and(|b| b <= grade) => {
                grades.iter().copied().find(|&g| g > grade).unwrap_or(last)
            }
            _ => continue,
        };
        if best.is_none_or(|b| b < forced) {
            let veto = &scheme.vetoes[place];
            lowered.push(Reason {
                zh: format!("否决 {} {}", veto.id, veto.zh),
                en: format!("veto {} {}", veto.id, veto.en),
            });
            best = Some(forced);
        }
    }
    let grade = scheme.grade(best?);
    let (id, zh, en) = (grade.id.clone(), grade.zh.clone(), grade.en.clone());
    Some(GradeResult { id, zh, en, lowered })
}

fn by_score(
    scheme: &Scheme,
    grades: &[usize],
    (score, rank): (Amount, u32),
    standing: &Standing<'_>,
    lowered: &mut Vec<Reason>,
) -> Option<usize> {
    for &place in grades {
        let grade = scheme.grade(place);
        if of(score) < of(grade.from) {
            continue;
        }
        if let Some(quota) = quota(grade, standing.ranked)
            && rank > quota
        {
            lowered.push(Reason {
                zh: format!("达到{}分数线，但名次 {rank} 在前 {quota} 名之外", grade.zh),
                en: format!(
                    "the score reaches {:?}, but place {rank} is not among the first {quota}",
                    grade.en
                ),
            });
            continue;
        }
        if grade.no_veto && standing.vetoed.any() {
            lowered.push(Reason {
                zh: format!("有否决情形，不得评为{}", grade.zh),
                en: format!("a veto excludes {:?}", grade.en),
            });
            continue;
        }
        return Some(place);
    }
    grades.last().copied()
}

/// Places that may have the grade: the share of the ranked units, rounded down.
fn quota(grade: &Grade, ranked: u32) -> Option<u32> {
    let percent = of(grade.quota_percent?);
    (percent * whole(ranked) / whole(100)).floor().to_integer().to_u32()
}
