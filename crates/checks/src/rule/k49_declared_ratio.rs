//! K49 比率与分子分母不符: a declared ratio equals its declared numerator by its declared denominator,
//! within half a unit of its last printed digit.

use model::indicator::{Reading, RollUpRule, Term};

use crate::{
    context::{Evaluated, Outcome, Quotient, Scene, codes, list},
    declared::{Bound, DeclaredTotal},
    exact::Exact,
    formula::{DeclaredOperands, Operand, Operands, Which},
    says::{Says, of_check},
};

const ID: &str = "K49";

/// Compares every declared ratio whose parts are declared beside it.
pub(crate) fn check(scene: Scene<'_>, outcomes: &mut Vec<Outcome>) {
    let Some(check) = scene.definition(ID) else { return };
    for declared in scene.declared {
        if !declared.is_actual_value() || declared.bound() != Bound::Exact {
            continue;
        }
        let Some(parts) = parts(scene, declared) else { continue };
        let Some(holds) = parts.agrees(declared) else { continue };
        let (cell, value) = (codes(scene.catalog, &declared.terms), declared.exact_value());
        let (quotient, units) = (parts.shown(), list(&declared.units));
        let Quotient { numerator, denominator, .. } = parts;
        let says = Says {
            found: value.to_string(),
            expected: format!("{quotient} = {numerator} / {denominator}"),
            zh: format!(
                "{units} {cell} 填 {value}，按所填分子分母为 {quotient}（{numerator} / {denominator}）；请改正三数之一"
            ),
            en: format!(
                "{units} states {value} for {cell}, its own parts make {quotient} ({numerator} / {denominator}); correct one of the three"
            ),
            cell: cell.clone(),
            head: None,
        };
        outcomes.push(Outcome {
            form: scene.catalog.indicator(declared.terms[0]).form,
            finding: (!holds).then(|| of_check(check, says)),
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

/// The parts of a ratio that were declared in the same place.
fn parts(scene: Scene<'_>, beside: &DeclaredTotal) -> Option<Quotient> {
    let [indicator] = beside.terms[..] else { return None };
    let RollUpRule::Ratio(ratio) = &scene.catalog.indicator(indicator).rollup else { return None };
    let Scene { catalog, figures, declared } = scene;
    let operands = DeclaredOperands { catalog, figures, declared, beside };
    let sum = |terms: &[Term]| {
        terms.iter().try_fold(Exact::ZERO, |sum, term| {
            let plain = term.reading == Reading::Value;
            let scale = catalog.indicator(term.indicator).scale;
            let operand = Operand { indicator: term.indicator, which: Which::Value, scale };
            let value = operands.read(&operand).filter(|_| plain)?;
            sum.plus(value.times(Exact::new(i128::from(term.factor), 0))?)
        })
    };
    Quotient::new(sum(&ratio.numerator)?, sum(&ratio.denominator)?, ratio.percent)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{CITY, Written, declared, evaluations, found_ids};

    fn stated(ratio: &str) -> [model::envelope::Declared; 3] {
        [("EC02", "1131"), ("EC03", "733"), ("EC04", ratio)]
            .map(|(code, value)| declared(CITY, code, "2023-Q1", value))
    }

    #[test]
    fn the_printed_digits_decide() {
        let none = Written::default();
        // 733 / 1131 = 64.8099… %
        for fits in ["64.81", "64.8", "65"] {
            assert_eq!(evaluations(&none, &stated(fits), "K49"), [true], "{fits}");
            assert!(found_ids(&none, &stated(fits)).is_empty());
        }
        assert_eq!(found_ids(&none, &stated("64.80")), ["K49"]);
        assert_eq!(found_ids(&none, &stated("65.0")), ["K49"]);
        // Without one of the parts nothing can be said.
        assert!(evaluations(&none, &stated("64.80")[1..], "K49").is_empty());
    }
}
