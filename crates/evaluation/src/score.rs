//! Weights, points and the score.

use model::scheme::Scheme;
use num_rational::BigRational;
use num_traits::Zero;

use crate::{
    exact::{Exact, of, to_amount, whole},
    method::Verdict,
    result::{AreaResult, ItemState},
};

/// What the items of one unit came to.
pub(crate) struct Points {
    /// Weight of each asked item after redistribution.
    pub(crate) effective: Vec<BigRational>,
    /// Points of each asked item.
    pub(crate) earned: Vec<BigRational>,
    /// Weight of the areas that apply.
    pub(crate) available: BigRational,
    /// Areas, in the order of the scheme.
    pub(crate) areas: Vec<AreaResult>,
}

impl Points {
    /// Sum of the points.
    pub(crate) fn total(&self) -> BigRational {
        self.earned.iter().sum()
    }

    /// What one point is worth in the score: 100 / available weight.
    pub(crate) fn worth(&self) -> Option<BigRational> {
        (!self.available.is_zero()).then(|| whole(100) / &self.available)
    }
}

/// Hands out weights and points. `asked` are places of the scheme's items, `verdicts` what was
/// decided of them.
pub(crate) fn points(scheme: &Scheme, asked: &[usize], verdicts: &[Verdict]) -> Points {
    let mut effective = vec![BigRational::zero(); asked.len()];
    let mut available = BigRational::zero();
    let mut areas = Vec::new();
    // Items directly below a scheme without areas share as those of one area do.
    let places = (0..scheme.areas.len()).map(Some).chain([None]);
    for place in places {
        let members: Vec<usize> =
            (0..asked.len()).filter(|&i| scheme.items[asked[i]].area == place).collect();
        let weight = |i: usize| of(scheme.items[asked[i]].weight);
        let counts = |i: usize| verdicts[i].state != ItemState::Redistributed;
        let all: BigRational = members.iter().map(|&i| weight(i)).sum();
        let counted: BigRational = members.iter().filter(|&&i| counts(i)).map(|&i| weight(i)).sum();
        let carried = if counted.is_zero() { BigRational::zero() } else { all };
        for &i in members.iter().filter(|&&i| counts(i)) {
            if !counted.is_zero() {
                effective[i] = weight(i) * &carried / &counted;
            }
        }
        let earned = members.iter().map(|&i| &verdicts[i].share * &effective[i]).sum();
        available += &carried;
        if let Some(place) = place {
            areas.push(area(scheme, place, counted, carried, earned));
        }
    }
    let earned = (0..asked.len()).map(|i| &verdicts[i].share * &effective[i]).collect();
    Points { effective, earned, available, areas }
}

fn area(
    scheme: &Scheme,
    place: usize,
    counted: BigRational,
    carried: BigRational,
    points: BigRational,
) -> AreaResult {
    let area = &scheme.areas[place];
    let weight = of(area.weight);
    let enough = &counted * whole(100) >= of(scheme.policy.area_scored_percent) * &weight;
    let score = (enough && !carried.is_zero())
        .then(|| to_amount(&(whole(100) * &points / &carried), scheme.policy.decimals))
        .flatten();
    AreaResult {
        area: area.id.clone(),
        zh: area.zh.clone(),
        en: area.en.clone(),
        weight: Exact(weight),
        available_weight: Exact(counted),
        carried_weight: Exact(carried),
        points: Exact(points),
        score,
    }
}
