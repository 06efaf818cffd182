//! What holds for any figures.

use model::scheme::{Counted, Deduction, Method, Metric, Scheme};
use proptest::prelude::*;

use crate::{Evaluation, Events, fixture::*};

/// One item of each method that reads `AA03`, in two areas.
fn every_method(catalog: &model::Catalog) -> Scheme {
    let ratio = || Metric::Quotients(vec![quotient(catalog, "AA03", "", (1, 1))]);
    let mut items = vec![
        linear(catalog, "I1", Some(0), "30"),
        item("I2", Some(0), "30", ratio(), Method::CeilingCount { target: amount("80") }),
        item(
            "I3",
            Some(1),
            "13.7",
            ratio(),
            Method::Progress { target: amount("100"), plan: vec![(3, amount("15"))] },
        ),
        item("I4", Some(1), "16.3", ratio(), Method::RankPercentile),
        item("I5", Some(1), "10", ratio(), Method::Threshold { bar: fixed("70"), share_of: None }),
    ];
    for item in &mut items {
        item.groups = vec!["P2".to_owned()];
    }
    let mut scheme = scheme(items);
    scheme.areas = vec![area("A1", "60"), area("A2", "40")];
    scheme.grades = grades();
    scheme.deductions = vec![Deduction {
        id: "D1".to_owned(),
        zh: "扣分".to_owned(),
        en: "deduction".to_owned(),
        points: amount("0.3"),
        counted: Counted::Indicator(catalog.indicator_by_code("AA06").unwrap()),
        bound: 100,
        measure: "次".to_owned(),
        cycles: vec![model::PeriodKind::Quarter],
        source: String::new(),
    }];
    scheme
}

fn evaluation(
    catalog: &model::Catalog,
    scheme: &Scheme,
    units: &[(u64, (i128, i128))],
) -> Evaluation {
    let mut figures = Typed::new(catalog);
    for &(unit, (numerator, denominator)) in units {
        figures.ratio(unit, numerator, denominator);
        figures.set(unit, "AA06", "2023-Q1", numerator % 60);
    }
    run(&figures, scheme, &Events::default())
}

fn points(evaluation: &Evaluation, digits: u64) -> Vec<num_rational::BigRational> {
    unit(evaluation, digits).items.iter().map(|item| item.points.0.clone()).collect()
}

proptest! {
    #[test]
    fn more_of_a_good_thing_never_costs_points(
        values in proptest::collection::vec((0i128..60, 1i128..60), 4), more in 1i128..30,
    ) {
        let catalog = catalog();
        let scheme = every_method(&catalog);
        let mut units: Vec<_> = COUNTIES.into_iter().zip(values).collect();
        let before = points(&evaluation(&catalog, &scheme, &units), COUNTY_B);
        units[1].1.0 += more;
        let after = points(&evaluation(&catalog, &scheme, &units), COUNTY_B);
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(after >= before);
        }
    }

    #[test]
    fn who_bears_which_code_does_not_matter(
        values in proptest::collection::vec((0i128..60, 0i128..60), 4),
        order in Just(vec![0usize, 1, 2, 3]).prop_shuffle(),
    ) {
        let catalog = catalog();
        let scheme = every_method(&catalog);
        let straight: Vec<_> = COUNTIES.into_iter().zip(values.iter().copied()).collect();
        let mixed: Vec<_> =
            COUNTIES.into_iter().zip(order.iter().map(|&i| values[i])).collect();
        let (a, b) = (evaluation(&catalog, &scheme, &straight), evaluation(&catalog, &scheme, &mixed));
        for (place, &i) in order.iter().enumerate() {
            let (was, is) = (unit(&a, COUNTIES[i]), unit(&b, COUNTIES[place]));
            prop_assert_eq!(was.score, is.score);
            prop_assert_eq!(was.rank, is.rank);
            prop_assert_eq!(&was.grade, &is.grade);
        }
    }

    #[test]
    fn scores_stay_in_bounds_and_their_parts_add_up(
        values in proptest::collection::vec((0i128..200, 0i128..60), 4),
    ) {
        let catalog = catalog();
        let scheme = every_method(&catalog);
        let units: Vec<_> = COUNTIES.into_iter().zip(values).collect();
        let evaluation = evaluation(&catalog, &scheme, &units);
        for county in COUNTIES {
            let result = unit(&evaluation, county);
            let Some(score) = result.score else { continue };
            prop_assert!((-1000..=10_500).contains(&score.units));
            let parts: i64 = result.items.iter().map(|i| i.contribution.units).sum();
            let extras = result.bonus_contribution.units + result.deduction_contribution.units;
            prop_assert_eq!(parts + extras, score.units);
            let weights: num_rational::BigRational =
                result.items.iter().map(|i| i.effective_weight.0.clone()).sum();
            prop_assert_eq!(weights, result.available_weight.0.clone());
            let rate = crate::exact::whole(100) / &result.available_weight.0;
            let exact = &result.points.0 * rate + &result.bonus_points.0 - &result.deduction_points.0;
            prop_assert_eq!(crate::exact::to_amount(&exact, 2), Some(score));
        }
    }

    #[test]
    fn the_same_figures_give_the_same_bytes(
        values in proptest::collection::vec((0i128..60, 0i128..60), 4),
    ) {
        let catalog = catalog();
        let scheme = every_method(&catalog);
        let units: Vec<_> = COUNTIES.into_iter().zip(values).collect();
        let mut reversed = units.clone();
        reversed.reverse();
        let json = |units: &[_]| evaluation(&catalog, &scheme, units).to_json().unwrap();
        prop_assert_eq!(json(&units), json(&reversed));
    }
}
