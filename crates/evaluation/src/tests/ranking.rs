//! Peer groups, ties, coverage.

use model::{Level, Period, PeriodKind};

use crate::{
    EvaluationError, Events, Inputs, evaluate_within, fixture::*, ranking_rows, score_rows,
};

fn counties(catalog: &model::Catalog, numerators: [i128; 4]) -> Typed<'_> {
    let mut figures = Typed::new(catalog);
    for (county, numerator) in COUNTIES.into_iter().zip(numerators) {
        figures.ratio(county, numerator, 100);
    }
    figures
}

#[test]
fn equal_scores_share_a_rank_and_are_listed_by_code() {
    let catalog = catalog();
    let scheme = scheme(vec![linear(&catalog, "I1", None, "100")]);
    let figures = counties(&catalog, [80, 95, 80, 70]);
    let evaluation = run(&figures, &scheme, &Events::default());
    let group = evaluation.groups.iter().find(|g| g.group == "P2").unwrap();
    let listed: Vec<(u64, Option<u32>)> =
        group.units.iter().map(|u| (u.unit.as_u64(), u.rank)).collect();
    let expected =
        [(COUNTY_B, Some(1)), (COUNTY_A, Some(2)), (COUNTY_C, Some(2)), (COUNTY_D, Some(4))];
    assert_eq!(listed, expected);
}

#[test]
fn scores_that_differ_only_behind_the_rounding_are_equal() {
    let catalog = catalog();
    let scheme = scheme(vec![linear(&catalog, "I1", None, "100")]);
    let mut figures = counties(&catalog, [80, 70, 70, 70]);
    figures.ratio(COUNTY_B, 800_001, 1_000_000);
    let evaluation = run(&figures, &scheme, &Events::default());
    assert_eq!(unit(&evaluation, COUNTY_A).rank, Some(1));
    assert_eq!(unit(&evaluation, COUNTY_B).rank, Some(1));
}

#[test]
fn zones_and_quasi_townships_are_no_peers_and_jiyuan_is_with_the_cities() {
    let catalog = catalog();
    let scheme = scheme(vec![linear(&catalog, "I1", None, "100")]);
    let evaluation = run(&Typed::new(&catalog), &scheme, &Events::default());
    let members = |id: &str| -> Vec<u64> {
        let group = evaluation.groups.iter().find(|g| g.group == id).unwrap();
        let mut codes: Vec<u64> = group.units.iter().map(|u| u.unit.as_u64()).collect();
        codes.sort_unstable();
        codes
    };
    assert_eq!(members("P1"), [CITY, CITY_B, JIYUAN]);
    assert_eq!(members("P2"), [COUNTY_A, COUNTY_B, COUNTY_C, COUNTY_D]);
    assert_eq!(members("P3"), [STREET, TOWN]);
    assert!(evaluation.unit(code(ZONE)).is_none() && evaluation.unit(code(QUASI)).is_none());
}

#[test]
fn below_the_coverage_of_the_scheme_a_unit_is_shown_and_not_ranked() {
    let catalog = catalog();
    let scheme = scheme(vec![linear(&catalog, "I1", None, "100")]);
    let mut figures = counties(&catalog, [100, 90, 80, 70]);
    figures.returns(COUNTY_A, Level::Township, 8, 10);
    figures.returns(COUNTY_B, Level::Township, 9, 10);
    let evaluation = run(&figures, &scheme, &Events::default());
    let low = unit(&evaluation, COUNTY_A);
    assert_eq!((low.rank, score(&evaluation, COUNTY_A)), (None, "100.00".to_owned()));
    let reason = low.not_ranked.as_ref().unwrap();
    assert!(reason.zh.contains("8/10 = 80%") && reason.en.contains("below 90 %"), "{reason:?}");
    let enough = unit(&evaluation, COUNTY_B);
    assert_eq!((enough.rank, enough.partial), (Some(1), true));
    let last = evaluation.groups.iter().find(|g| g.group == "P2").unwrap().units.last().unwrap();
    assert_eq!(last.unit, code(COUNTY_A), "units without a rank stand last");
}

#[test]
fn only_the_asked_subtree_is_compared() {
    let catalog = catalog();
    let scheme = scheme(vec![linear(&catalog, "I1", None, "100")]);
    let figures = counties(&catalog, [70, 80, 90, 100]);
    let events = Events::default();
    let inputs = Inputs { catalog: &catalog, figures: &figures, events: &events };
    let q1: Period = period("2023-Q1");
    let evaluation = evaluate_within(&inputs, &scheme, q1, code(CITY)).unwrap();
    assert_eq!(unit(&evaluation, COUNTY_C).rank, Some(1));
    assert!(evaluation.unit(code(COUNTY_D)).is_none());
    let unknown = evaluate_within(&inputs, &scheme, q1, code(999_999_000_000));
    assert!(matches!(unknown, Err(EvaluationError::UnknownUnit { .. })));
}

#[test]
fn a_period_of_another_kind_is_refused() {
    let catalog = catalog();
    let scheme = scheme(vec![linear(&catalog, "I1", None, "100")]);
    let result = try_run(&Typed::new(&catalog), &scheme, &Events::default(), "2023-01");
    let Err(EvaluationError::NotACycle { cycles, period, .. }) = result else {
        panic!("{result:?}")
    };
    assert_eq!((cycles.as_str(), period.kind()), ("Q Y", PeriodKind::Month));
}

#[test]
fn table_rows_add_up_and_name_the_place() {
    let catalog = catalog();
    let scheme =
        scheme(vec![linear(&catalog, "I1", None, "30"), linear(&catalog, "I2", None, "70")]);
    let figures = counties(&catalog, [83, 95, 80, 70]);
    let evaluation = run(&figures, &scheme, &Events::default());
    let rows = score_rows(&evaluation);
    let own: Vec<_> = rows.iter().filter(|row| row.unit == code(COUNTY_A)).collect();
    let sum: i64 = own.iter().filter_map(|row| row.contribution).map(|a| a.units).sum();
    assert_eq!((own.len(), sum), (2, 5750));
    assert_eq!(own[0].value.map(|v| v.to_string()), Some("83.000000".to_owned()));
    let rankings = ranking_rows(&evaluation);
    let place = rankings.iter().find(|row| row.unit == code(COUNTY_A)).unwrap();
    assert_eq!((place.rank, place.ranked, place.group.as_str()), (Some(2), 4, "P2"));
    assert_eq!((place.province, place.accepted, place.due), (code(PROVINCE), 10, 10));
}
