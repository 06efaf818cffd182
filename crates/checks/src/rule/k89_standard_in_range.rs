//! K89 标准超出下级范围: the declared standard of a level lies between the lowest and the highest
//! below it, whatever the weights of its mean.

use model::{Period, UnitCode, indicator::Kind};

use crate::{
    context::{Evaluated, Outcome, Scene, codes, is_complete},
    declared::{Bound, DeclaredTotal, Role, Stated},
    exact::Exact,
    says::{Says, of_check},
};

const ID: &str = "K89";

/// Compares every declared standard of one unit with what all units below it set.
pub(crate) fn check(scene: Scene<'_>, outcomes: &mut Vec<Outcome>) {
    let Some(check) = scene.definition(ID) else { return };
    for declared in scene.declared {
        let ([unit], Some(period)) = (&declared.units[..], declared.period) else { continue };
        if !is_standard(scene, declared) || !scene.looks_at(check, &declared.units, period) {
            continue;
        }
        let Some((low, high)) = rolled_up(scene, declared, *unit, period)
            .or_else(|| declared_below(scene, declared, *unit, period))
        else {
            continue;
        };
        let Some(holds) = inside(declared, low, high) else { continue };
        let (cell, value) = (codes(scene.catalog, &declared.terms), declared.exact_value());
        let says = || Says {
            found: value.to_string(),
            expected: format!("{low} … {high}"),
            zh: format!(
                "{unit} {period} {cell} 上报 {value}，下级为 {low} 至 {high}；请核对年、月口径和各地标准"
            ),
            en: format!(
                "{unit} declares {value} for {cell} of {period}, the units below set {low} to {high}; check year against month and the standards below"
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
                found: format!("{cell} {low} ≤ {value} ≤ {high}"),
                holds,
            },
        });
    }
}

fn is_standard(scene: Scene<'_>, declared: &DeclaredTotal) -> bool {
    let kind = |&term: &model::IndicatorIx| scene.catalog.indicator(term).kind;
    declared.states == Stated::Value
        && matches!(declared.role, Role::Standard | Role::Actual)
        && declared.bound() == Bound::Exact
        && declared.terms.iter().map(kind).eq([Kind::Standard])
}

fn inside(declared: &DeclaredTotal, low: Exact, high: Exact) -> Option<bool> {
    let (value, precision) = (declared.exact_value(), declared.exact_precision());
    let (least, most) = (value.minus(precision)?, value.plus(precision)?);
    Some(low.compare(most)?.is_le() && least.compare(high)?.is_le())
}

/// Lowest and highest of the roll-up, where every county below has its standard in force.
fn rolled_up(
    scene: Scene<'_>,
    declared: &DeclaredTotal,
    unit: UnitCode,
    period: Period,
) -> Option<(Exact, Exact)> {
    let indicator = declared.terms[0];
    let (low, high) = scene.figures.range(unit, indicator, period)?;
    let whole = is_complete(scene, unit, indicator, period);
    whole.then_some((Exact::from(low), Exact::from(high)))
}

/// Lowest and highest of what every single child declares for the same period.
fn declared_below(
    scene: Scene<'_>,
    declared: &DeclaredTotal,
    unit: UnitCode,
    period: Period,
) -> Option<(Exact, Exact)> {
    let tree = scene.figures.tree(period);
    let mut range = None::<(Exact, Exact)>;
    for child in tree.children(tree.node(unit)?) {
        let code = tree.code(child);
        let by_child = scene.declared.iter().find(|other| {
            other.units == [code]
                && other.terms == declared.terms
                && other.period == declared.period
                && is_standard(scene, other)
        });
        let value = by_child?.exact_value();
        range = Some(match range {
            None => (value, value),
            Some((low, high)) => (
                if value.compare(low)?.is_lt() { value } else { low },
                if value.compare(high)?.is_gt() { value } else { high },
            ),
        });
    }
    range
}

#[cfg(test)]
mod tests {
    use model::envelope::Declared;

    use crate::fixture::{CITY, Written, declared, found, found_ids};

    fn standard(unit: &str, value: &str) -> Declared {
        Declared { role: "standard".to_owned(), ..declared(unit, "SA13", "2023-03", value) }
    }

    #[test]
    fn a_mean_lies_between_what_it_is_made_of() {
        let figures = Written::default().range(CITY, "SA13", "2023-03", (60_000, 75_000));
        for fits in ["600", "700", "750", "750.4"] {
            let holds = found_ids(&figures, &[standard(CITY, fits)]).is_empty();
            assert_eq!(holds, fits != "750.4", "{fits}");
        }
        let findings = found(&figures, &[standard(CITY, "7000")]);
        assert_eq!(findings[0].finding.check, "K89");
        assert_eq!(findings[0].finding.expected, "600 … 750");
    }

    #[test]
    fn a_county_sets_its_own_and_a_partial_range_proves_nothing() {
        let figures = Written::default().range(CITY, "SA13", "2023-03", (60_000, 75_000)).range(
            "410421000000",
            "SA13",
            "2023-03",
            (60_000, 60_000),
        );
        assert!(found_ids(&figures, &[standard("410421000000", "900")]).is_empty());
        let partial = figures.without("410422000000");
        assert!(found_ids(&partial, &[standard(CITY, "900")]).is_empty());
    }

    #[test]
    fn declared_children_make_a_range_when_all_of_them_declare() {
        let none = Written::default();
        let province = "410000000000";
        let mut sent = vec![standard(province, "900"), standard(CITY, "600")];
        assert!(found_ids(&none, &sent).is_empty());
        sent.push(standard("419001000000", "630"));
        assert_eq!(found_ids(&none, &sent), ["K89"]);
    }
}
