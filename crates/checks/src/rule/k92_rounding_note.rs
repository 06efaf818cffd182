//! K92 四舍五入差: a declared total differs from its parts by no more than rounding explains; whoever
//! publishes it prints the note.

use crate::{
    context::{Evaluated, Outcome, Scene},
    declared::DeclaredTotal,
    exact::Exact,
    says::{Says, of_check},
};

const ID: &str = "K92";

/// What is said of a total within its printed precision of `parts`, unless both are the same number.
pub(crate) fn check(
    scene: Scene<'_>,
    declared: &DeclaredTotal,
    cell: &str,
    parts: Exact,
    difference: Exact,
) -> Option<Outcome> {
    let check = scene.definition(ID)?;
    if difference.compare(Exact::ZERO)?.is_eq() {
        return None;
    }
    let value = declared.exact_value();
    let says = Says {
        cell: cell.to_owned(),
        found: format!("{value} ≈ {parts}"),
        expected: "注 / note".to_owned(),
        zh: format!(
            "{cell} 合计 {value} 与分项之和 {parts} 差 {difference}，在四舍五入之内；公布时加注"
        ),
        en: format!(
            "{cell} {value} differs from its parts, {parts}, by {difference}, which rounding explains; print the note"
        ),
        head: None,
    };
    Some(Outcome {
        form: scene.catalog.indicator(*declared.terms.first()?).form,
        finding: Some(of_check(check, says)),
        evaluated: Evaluated {
            check: ID.to_owned(),
            units: declared.units.clone(),
            period: declared.period,
            found: format!("{cell} {value} ≈ {parts}"),
            holds: false,
        },
    })
}

#[cfg(test)]
mod tests {
    use model::Severity;

    use crate::fixture::{CITY, Written, declared, found};

    #[test]
    fn a_difference_that_rounding_explains_wants_a_note() {
        // 12.3456 万元 below, printed with one decimal above.
        let below = Written::default().value(CITY, "SA11", "2023-03", 123_456);
        let told = |value: &str| {
            let findings = found(&below, &[declared(CITY, "SA11", "2023-03", value)]);
            findings.into_iter().map(|f| (f.finding.check, f.finding.severity)).collect::<Vec<_>>()
        };
        assert_eq!(told("12.3"), [("K92".to_owned(), Severity::Hint)]);
        assert_eq!(told("12.3456"), []);
        assert_eq!(told("12.4"), [("K85".to_owned(), Severity::Hard)]);
    }
}
