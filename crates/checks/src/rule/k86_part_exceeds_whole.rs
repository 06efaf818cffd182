//! K86 部分大于整体: what units below report together is at most the declared total of the same
//! period.
//!
//! None of these numbers is negative, so all units that reported together are the strongest of all
//! their subsets; a list of units that declared one value together stands in for its units.

use model::indicator::Kind;

use crate::{
    context::{
        Evaluated, Outcome, Scene, codes,
        parts::{compared, shortened, strongest, wholes},
    },
    says::{Says, of_check},
};

const ID: &str = "K86";

/// Compares every declared total that adds up with the strongest part of its own period.
pub(crate) fn check(scene: Scene<'_>, outcomes: &mut Vec<Outcome>) {
    let Some(check) = scene.definition(ID) else { return };
    let adds = |kind| !matches!(kind, Kind::Standard | Kind::Ratio);
    for whole in wholes(scene, check, adds) {
        let Some(part) = strongest(scene, &whole, whole.period) else { continue };
        let holds = !part.exceeds(&whole);
        let cell = codes(scene.catalog, &whole.terms);
        let (below, above) = (shortened(&part.units), shortened(&whole.units));
        let (period, excess) = (whole.period, part.excess(&whole));
        let says = || Says {
            found: part.value.to_string(),
            expected: format!("≤ {}", whole.value),
            zh: format!(
                "{period} {cell}：{below} 合计 {}，{above} 上报 {}，部分比整体多 {excess}；两数不得一并发布，请核对口径、范围和时点后更正",
                part.value, whole.value
            ),
            en: format!(
                "{cell} of {period}: {below} together {}, {above} declares {}, the part is {excess} more; publish neither beside the other until scope, place and date are cleared",
                part.value, whole.value
            ),
            cell: cell.clone(),
            head: None,
        };
        outcomes.push(Outcome {
            form: scene.catalog.indicator(whole.terms[0]).form,
            finding: (!holds).then(|| of_check(check, says())),
            evaluated: Evaluated {
                check: ID.to_owned(),
                found: compared(scene, &whole, &part),
                units: whole.units,
                period: Some(whole.period),
                holds,
            },
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{CITY, SIX_COUNTIES, Written, declared, evaluations, found, found_ids};

    #[test]
    fn a_declared_list_above_its_city() {
        let city = declared(CITY, "SA17+SA18", "2020-09", "22929");
        let mut six = declared(SIX_COUNTIES, "SA17+SA18", "2020-09", "22000");
        let none = Written::default();
        assert!(found_ids(&none, &[city.clone(), six.clone()]).is_empty());
        six.value = "23000".to_owned();
        let findings = found(&none, &[city.clone(), six.clone()]);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].finding.check, "K86");
        assert_eq!(findings[0].units.len(), 1);
        assert!(findings[0].finding.message_zh.contains("部分比整体多 71"));
        // Printed as 2.3万: the true value may be 22,500.
        six.precision = "500".to_owned();
        assert!(found_ids(&none, &[city.clone(), six.clone()]).is_empty());
        assert_eq!(evaluations(&none, &[city, six], "K86"), [true]);
    }

    #[test]
    fn rolled_up_children_above_their_declared_city() {
        let city = [declared(CITY, "SA17", "2023-03", "100")];
        let figures = |other: i64| {
            Written::default().value("410421000000", "SA17", "2023-03", 60).value(
                "410422000000",
                "SA17",
                "2023-03",
                other,
            )
        };
        let partial = |other| figures(other).without("410421100201");
        assert!(found_ids(&partial(40), &city).is_empty());
        assert_eq!(found_ids(&partial(41), &city), ["K86"]);
    }

    #[test]
    fn a_list_stands_in_for_its_units_and_the_rest_is_added() {
        let sent = [
            declared(CITY, "SA17", "2023-03", "100"),
            declared("410421000000+410422000000", "SA17", "2023-03", "70"),
            declared("410423000000", "SA17", "2023-03", "20"),
        ];
        let figures = |rest: i64| {
            Written::default()
                // Inside the list: its declared value is the stronger of the two.
                .value("410421000000", "SA17", "2023-03", 5)
                .value("410482000000", "SA17", "2023-03", rest)
                .without("410421100201")
        };
        assert!(found_ids(&figures(10), &sent).is_empty());
        assert_eq!(found_ids(&figures(11), &sent), ["K86"]);
    }

    #[test]
    fn bounds_and_guesses_prove_only_what_they_say() {
        let none = Written::default();
        let mut city = declared(CITY, "SA17", "2023-03", "100");
        let part = declared("410421000000", "SA17", "2023-03", "101");
        assert_eq!(found_ids(&none, &[city.clone(), part.clone()]), ["K86"]);
        for open_above in ["以上", "约"] {
            city.qualifier = open_above.to_owned();
            assert!(found_ids(&none, &[city.clone(), part.clone()]).is_empty(), "{open_above}");
        }
    }

    #[test]
    fn standards_and_other_periods_are_not_compared() {
        let none = Written::default();
        let standards = [
            declared(CITY, "SA13", "2023-03", "500"),
            declared("410421000000", "SA13", "2023-03", "600"),
        ];
        assert!(found_ids(&none, &standards).is_empty());
        let undated =
            [declared(CITY, "SA17", "", "100"), declared("410421000000", "SA17", "", "101")];
        assert!(found_ids(&none, &undated).is_empty());
    }
}
