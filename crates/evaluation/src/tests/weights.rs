//! Redistribution inside an area, available weight, missing against not applicable.

use model::{
    Level,
    scheme::{Method, Metric, Scheme},
};

use crate::{Events, ItemState, fixture::*};

/// Two areas of 60 and 40: `I1` (40) and `I2` (20) in the first, `I3` (40) in the second. `I2` reads
/// `AA07 / AA02`, the others `AA03`.
fn two_areas(catalog: &model::Catalog) -> Scheme {
    let other = Metric::Quotients(vec![quotient(catalog, "AA07", "AA08", (1, 1))]);
    let method = Method::Linear { floor: amount("0"), target: amount("1") };
    let mut scheme = scheme(vec![
        linear(catalog, "I1", Some(0), "40"),
        item("I2", Some(0), "20", other, method),
        linear(catalog, "I3", Some(1), "40"),
    ]);
    scheme.areas = vec![area("A1", "60"), area("A2", "40")];
    scheme
}

#[test]
fn the_weight_of_an_item_without_denominator_goes_to_its_area_alone() {
    let catalog = catalog();
    let scheme = two_areas(&catalog);
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 80, 100);
    figures.set(COUNTY_A, "AA07", "2023-Q1", 0);
    figures.set(COUNTY_A, "AA08", "2023-Q1", 0);
    let evaluation = run(&figures, &scheme, &Events::default());
    let result = unit(&evaluation, COUNTY_A);
    let weights: Vec<String> =
        result.items.iter().map(|i| i.effective_weight.to_string()).collect();
    assert_eq!(weights, ["60", "0", "40"]);
    assert_eq!(result.available_weight.to_string(), "100");
    assert_eq!(score(&evaluation, COUNTY_A), "50.00");
    assert!(result.items[1].text_zh.contains("权重 20 移给本领域其他项目"));
}

#[test]
fn an_area_of_which_nothing_applies_loses_its_weight() {
    let catalog = catalog();
    let mut scheme = two_areas(&catalog);
    scheme.items[0].groups = vec!["P3".to_owned()];
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 80, 100);
    figures.set(COUNTY_A, "AA07", "2023-Q1", 0);
    figures.set(COUNTY_A, "AA08", "2023-Q1", 0);
    let evaluation = run(&figures, &scheme, &Events::default());
    let result = unit(&evaluation, COUNTY_A);
    assert_eq!(result.available_weight.to_string(), "40");
    assert_eq!(score(&evaluation, COUNTY_A), "50.00");
    assert_eq!(evaluation.groups[1].asked_weight.to_string(), "60");
    assert_eq!(evaluation.groups[1].not_asked[0].item, "I1");
}

#[test]
fn an_area_below_half_of_its_weight_is_shown_without_a_score_and_still_counts() {
    let catalog = catalog();
    let mut scheme = two_areas(&catalog);
    scheme.items[0].groups = vec!["P3".to_owned()];
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 80, 100);
    figures.set(COUNTY_A, "AA07", "2023-Q1", 100);
    figures.set(COUNTY_A, "AA08", "2023-Q1", 10000);
    let evaluation = run(&figures, &scheme, &Events::default());
    let result = unit(&evaluation, COUNTY_A);
    // Only 20 of the 60 points of the first area are asked of counties: a third.
    assert_eq!(result.areas[0].score, None);
    assert_eq!(result.areas[0].points.to_string(), "20");
    assert_eq!(result.areas[1].score.map(|s| s.to_string()), Some("50.00".to_owned()));
    // (20 + 20) of 60 points.
    assert_eq!(score(&evaluation, COUNTY_A), "66.67");
}

#[test]
fn an_area_with_exactly_half_of_its_weight_has_a_score() {
    let catalog = catalog();
    let mut scheme = two_areas(&catalog);
    scheme.items[0].groups = vec!["P3".to_owned()];
    scheme.areas[0].weight = amount("40");
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 80, 100);
    figures.set(COUNTY_A, "AA07", "2023-Q1", 1);
    figures.set(COUNTY_A, "AA08", "2023-Q1", 200);
    let evaluation = run(&figures, &scheme, &Events::default());
    let areas = &unit(&evaluation, COUNTY_A).areas;
    assert_eq!(areas[0].score.map(|s| s.to_string()), Some("50.00".to_owned()));
}

#[test]
fn what_is_owed_and_missing_scores_nothing_and_keeps_its_weight() {
    let catalog = catalog();
    let scheme = two_areas(&catalog);
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 100, 100);
    figures.returns(COUNTY_A, Level::Village, 95, 100);
    figures.set(COUNTY_A, "AA08", "2023-Q1", 100);
    let evaluation = run(&figures, &scheme, &Events::default());
    let missing = &unit(&evaluation, COUNTY_A).items[1];
    assert_eq!(missing.state, ItemState::Unreported);
    assert!(missing.text_zh.contains("未报：AA07"), "{}", missing.text_zh);
    assert_eq!(score(&evaluation, COUNTY_A), "80.00");
}

#[test]
fn what_nobody_owes_or_all_declare_not_applicable_is_withdrawn() {
    let catalog = catalog();
    let scheme = two_areas(&catalog);
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 100, 100);
    figures.set(COUNTY_A, "AA08", "2023-Q1", 100);
    for (accepted, due, reason) in [(0, 0, "不填 AA07"), (7, 7, "报为不适用")] {
        figures.returns(COUNTY_A, Level::Village, accepted, due);
        let evaluation = run(&figures, &scheme, &Events::default());
        let item = &unit(&evaluation, COUNTY_A).items[1];
        assert_eq!(item.state, ItemState::Redistributed);
        assert!(item.text_zh.contains(reason), "{}", item.text_zh);
        assert_eq!(score(&evaluation, COUNTY_A), "100.00");
    }
}

#[test]
fn a_unit_to_which_nothing_applies_has_no_score_and_no_rank() {
    let catalog = catalog();
    let scheme = scheme(vec![linear(&catalog, "I1", None, "100")]);
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 0, 0);
    let evaluation = run(&figures, &scheme, &Events::default());
    let result = unit(&evaluation, COUNTY_A);
    assert_eq!((result.score, result.rank), (None, None));
    assert!(result.not_ranked.as_ref().unwrap().zh.contains("没有适用的项目"));
}

#[test]
fn the_rounded_lines_add_up_to_the_score() {
    let catalog = catalog();
    let items = (0..7).map(|i| linear(&catalog, &format!("I{i}"), None, "14.2")).collect();
    let scheme = scheme(items);
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 77, 97);
    let evaluation = run(&figures, &scheme, &Events::default());
    let result = unit(&evaluation, COUNTY_A);
    let sum: i64 = result.items.iter().map(|i| i.contribution.units).sum();
    assert_eq!(Some(sum), result.score.map(|s| s.units));
    let alone = result.items[0].contribution.units;
    assert_ne!(alone * 7, sum, "the case must need apportioning to prove anything");
    let exact: num_rational::BigRational = result.items.iter().map(|i| i.points.0.clone()).sum();
    let exact = exact * crate::exact::whole(100) / &result.available_weight.0;
    assert_eq!(crate::exact::to_amount(&exact, 2), result.score);
}
