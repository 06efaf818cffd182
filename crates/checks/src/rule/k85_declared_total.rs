//! K85 上报合计与下级汇总不符: a declared total equals the roll-up of children and own.
//!
//! Only where every due return is in force: a partial roll-up proves nothing. The tolerance is the
//! printed precision of the declared value. Distinct persons may be fewer than the sum, since who
//! moved is counted twice there, so only more than the sum is a contradiction.

use std::cmp::Ordering;

use model::{
    Period,
    indicator::{Kind, RollUpRule},
};

use crate::{
    context::{Evaluated, Outcome, Scene, codes, is_complete, list},
    declared::{Bound, DeclaredTotal},
    exact::Exact,
    rule::k92_rounding_note,
    says::{Says, of_check},
};

const ID: &str = "K85";

/// Compares every declared total of what was with the roll-up, where that is whole.
pub(crate) fn check(scene: Scene<'_>, outcomes: &mut Vec<Outcome>) {
    let Some(check) = scene.definition(ID) else { return };
    for declared in scene.declared {
        let Some(period) = declared.period else { continue };
        let adds = declared.terms.iter().all(|&term| {
            let rollup = &scene.catalog.indicator(term).rollup;
            !matches!(rollup, RollUpRule::WeightedMean(_) | RollUpRule::Ratio(_))
        });
        if !adds || !declared.is_actual_value() || !scene.looks_at(check, &declared.units, period) {
            continue;
        }
        let Some(rolled_up) = rolled_up(scene, declared, period) else { continue };
        let Some(difference) = declared.exact_value().minus(rolled_up) else { continue };
        let holds = agrees(scene, declared, difference);
        let says = says(scene, declared, period, rolled_up, difference);
        if holds && within(declared, difference) {
            let note = k92_rounding_note::check(scene, declared, &says.cell, rolled_up, difference);
            outcomes.extend(note);
        }
        outcomes.push(Outcome {
            form: scene.catalog.indicator(declared.terms[0]).form,
            finding: (!holds).then(|| of_check(check, says.clone())),
            evaluated: Evaluated {
                check: ID.to_owned(),
                units: declared.units.clone(),
                period: declared.period,
                found: format!("{} {}", says.cell, says.found),
                holds,
            },
        });
    }
}

/// The roll-up over the units and terms, if it is whole.
fn rolled_up(scene: Scene<'_>, declared: &DeclaredTotal, period: Period) -> Option<Exact> {
    let mut total = Exact::ZERO;
    for &unit in &declared.units {
        for &term in &declared.terms {
            if !is_complete(scene, unit, term, period) {
                return None;
            }
            total = total.plus(Exact::from(scene.figures.value(unit, term, period)?))?;
        }
    }
    Some(total)
}

/// Whether the difference stays within the printed precision.
fn within(declared: &DeclaredTotal, difference: Exact) -> bool {
    let size = difference.absolute().and_then(|d| d.compare(declared.exact_precision()));
    size != Some(Ordering::Greater)
}

/// Whether the difference stays within the precision and on the side that the qualifier allows.
fn agrees(scene: Scene<'_>, declared: &DeclaredTotal, difference: Exact) -> bool {
    let distinct = |&term| scene.catalog.indicator(term).kind == Kind::DistinctYtd;
    let fewer_is_fine = declared.bound() == Bound::AtLeast || declared.terms.iter().any(distinct);
    match declared.bound() {
        _ if within(declared, difference) => true,
        Bound::About => true,
        Bound::AtMost => difference.is_positive(),
        Bound::Exact | Bound::AtLeast => fewer_is_fine && !difference.is_positive(),
    }
}

fn says(
    scene: Scene<'_>,
    declared: &DeclaredTotal,
    period: Period,
    rolled_up: Exact,
    difference: Exact,
) -> Says {
    let cell = codes(scene.catalog, &declared.terms);
    let (value, units) = (declared.exact_value(), list(&declared.units));
    Says {
        zh: format!(
            "{units} {period} {cell} 上报 {value}，下级汇总 {rolled_up}，差 {difference}；请逐级核对，改下级原表或改合计，不得直接改汇总数"
        ),
        en: format!(
            "{units} declares {value} for {cell} of {period}, the units below make {rolled_up}, difference {difference}; find the level that differs and correct its return, or correct the declaration"
        ),
        found: format!("{value} ≠ {rolled_up}"),
        expected: format!("{rolled_up} ± {}", declared.exact_precision()),
        cell,
        head: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{CITY, Written, declared, found, found_ids};

    fn rolled_up(units: i64) -> Written {
        Written::default().value(CITY, "SA12", "2023-03", units)
    }

    #[test]
    fn a_total_that_differs_from_a_whole_roll_up() {
        let total = [declared(CITY, "SA12", "2023-03", "120.5")];
        assert!(found_ids(&rolled_up(1_205_000), &total).is_empty());
        let findings = found(&rolled_up(1_206_000), &total);
        assert_eq!(findings[0].finding.check, "K85");
        assert!(findings[0].finding.message_zh.contains("差 -0.1"));
        assert_eq!(findings[0].finding.cell, "SA12");
    }

    #[test]
    fn the_printed_precision_is_the_tolerance() {
        // Printed with one decimal: half a unit is 0.05.
        let total = [declared(CITY, "SA12", "2023-03", "120.5")];
        assert_eq!(found_ids(&rolled_up(1_205_500), &total), ["K92"]);
        assert_eq!(found_ids(&rolled_up(1_205_501), &total), ["K85"]);
        let mut rough = declared(CITY, "SA12", "2023-03", "120");
        rough.precision = "50".to_owned();
        assert_eq!(found_ids(&rolled_up(1_600_000), &[rough]), ["K92"]);
    }

    #[test]
    fn a_partial_roll_up_proves_nothing() {
        let total = [declared(CITY, "SA12", "2023-03", "120.5")];
        let partial = rolled_up(900_000).without("410421102000");
        assert!(found_ids(&partial, &total).is_empty());
        assert!(found_ids(&Written::default(), &total).is_empty());
    }

    #[test]
    fn distinct_persons_may_be_fewer_than_the_sum_but_not_more() {
        let figures = Written::default().value(CITY, "DS08", "2023-03", 500);
        assert!(found_ids(&figures, &[declared(CITY, "DS08", "2023-03", "490")]).is_empty());
        assert_eq!(found_ids(&figures, &[declared(CITY, "DS08", "2023-03", "501")]), ["K85"]);
    }

    #[test]
    fn a_lower_bound_is_contradicted_from_below_only() {
        let mut bound = declared(CITY, "SA12", "2023-03", "120.5");
        bound.qualifier = "余".to_owned();
        assert!(found_ids(&rolled_up(1_300_000), &[bound.clone()]).is_empty());
        assert_eq!(found_ids(&rolled_up(1_100_000), &[bound]), ["K85"]);
    }
}
