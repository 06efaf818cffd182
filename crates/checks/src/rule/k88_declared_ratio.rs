//! K88 比率不得平均: a declared ratio of a level equals the sum of the numerators by the sum of the
//! denominators below it, within the printed precision.

use model::{Period, indicator::RollUpRule};

use crate::{
    context::{Evaluated, Outcome, Quotient, Scene, codes, is_complete, list},
    declared::{Bound, DeclaredTotal},
    exact::Exact,
    says::{Says, of_check},
};

const ID: &str = "K88";

/// Compares every declared ratio with the quotient of the rolled-up parts, where they are whole.
pub(crate) fn check(scene: Scene<'_>, outcomes: &mut Vec<Outcome>) {
    let Some(check) = scene.definition(ID) else { return };
    for declared in scene.declared {
        let Some(period) = declared.period else { continue };
        let usable = declared.is_actual_value()
            && declared.bound() == Bound::Exact
            && scene.looks_at(check, &declared.units, period);
        let Some(parts) = usable.then(|| parts(scene, declared, period)).flatten() else {
            continue;
        };
        let Some(holds) = parts.agrees(declared) else { continue };
        let cell = codes(scene.catalog, &declared.terms);
        let (value, quotient) = (declared.exact_value(), parts.shown());
        let (numerator, denominator, units) =
            (parts.numerator, parts.denominator, list(&declared.units));
        let says = || Says {
            found: value.to_string(),
            expected: format!("{quotient} = {numerator} / {denominator}"),
            zh: format!(
                "{units} {period} {cell} 上报 {value}，按下级分子分母合计为 {quotient}（{numerator} / {denominator}）；比率按合计重算，不取平均"
            ),
            en: format!(
                "{units} declares {value} for {cell} of {period}, the parts below make {quotient} ({numerator} / {denominator}); divide the sums, do not average the ratios"
            ),
            cell: cell.clone(),
            head: None,
        };
        outcomes.push(Outcome {
            form: scene.catalog.indicator(declared.terms[0]).form,
            finding: (!holds).then(|| of_check(check, says())),
            evaluated: Evaluated {
                check: ID.to_owned(),
                units: declared.units.clone(),
                period: declared.period,
                found: format!("{cell} {value} = {numerator} / {denominator}"),
                holds,
            },
        });
    }
}

fn parts(scene: Scene<'_>, declared: &DeclaredTotal, period: Period) -> Option<Quotient> {
    let [indicator] = declared.terms[..] else { return None };
    let RollUpRule::Ratio(ratio) = &scene.catalog.indicator(indicator).rollup else { return None };
    let (mut numerator, mut denominator) = (0i128, 0i128);
    for &unit in &declared.units {
        if !is_complete(scene, unit, indicator, period) {
            return None;
        }
        let (above, below) = scene.figures.parts(unit, indicator, period)?;
        numerator = numerator.checked_add(above)?;
        denominator = denominator.checked_add(below)?;
    }
    // The common scale of the parts cancels out in the comparison; it matters for showing them.
    let terms = ratio.numerator.iter().chain(&ratio.denominator);
    let scale = terms.map(|term| scene.catalog.indicator(term.indicator).scale).max()?;
    Quotient::new(Exact::new(numerator, scale), Exact::new(denominator, scale), ratio.percent)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{CITY, Written, declared, evaluations, found, found_ids};

    fn beds() -> Written {
        Written::default().parts(CITY, "EC04", "2023-Q1", (2, 3))
    }

    #[test]
    fn the_sums_decide_within_the_printed_precision() {
        for fits in ["66.67", "66.7", "67"] {
            let sent = [declared(CITY, "EC04", "2023-Q1", fits)];
            assert!(found_ids(&beds(), &sent).is_empty(), "{fits}");
            assert_eq!(evaluations(&beds(), &sent, "K88"), [true]);
        }
        // The mean of 50 % and 100 % is not the ratio of the whole.
        let findings = found(&beds(), &[declared(CITY, "EC04", "2023-Q1", "75.00")]);
        assert_eq!(findings[0].finding.check, "K88");
        assert!(findings[0].finding.message_zh.contains("66.67（2 / 3）"));
        assert_eq!(found_ids(&beds(), &[declared(CITY, "EC04", "2023-Q1", "66.66")]), ["K88"]);
    }

    #[test]
    fn partial_parts_and_an_empty_denominator_decide_nothing() {
        let sent = [declared(CITY, "EC04", "2023-Q1", "75")];
        assert!(found_ids(&beds().without("410421100000001"), &sent).is_empty());
        let empty = Written::default().parts(CITY, "EC04", "2023-Q1", (0, 0));
        assert!(found_ids(&empty, &sent).is_empty());
    }
}
