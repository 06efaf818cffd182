//! Vetoes and grades.

use jiff::civil::date;
use model::{
    Catalog, Level, PeriodKind,
    scheme::{Scheme, Veto, VetoCause, VetoEffect},
};

use crate::{DecisionOnVeto, EvaluationError, Events, VetoState, fixture::*};

fn veto(id: &str, cause: VetoCause, effects: &[VetoEffect]) -> Veto {
    Veto {
        id: id.to_owned(),
        zh: format!("情形{id}"),
        en: format!("case {id}"),
        cause,
        measure: "起".to_owned(),
        effects: effects.to_vec(),
        cycles: vec![PeriodKind::Quarter],
        source: String::new(),
    }
}

/// `V1`: accidents in `AA06`, last place and no 优秀; `V2`: a decision, unranked and 不合格.
fn vetoed(catalog: &Catalog) -> Scheme {
    let mut scheme = scheme(vec![linear(catalog, "I1", None, "100")]);
    scheme.grades = grades();
    let indicator = catalog.indicator_by_code("AA06").unwrap();
    let above = VetoCause::Above { indicator, bar: amount("0") };
    scheme.vetoes = vec![
        veto("V1", above, &[VetoEffect::RankLast, VetoEffect::CapBelow(0)]),
        veto("V2", VetoCause::Decision, &[VetoEffect::Unranked, VetoEffect::Grade(2)]),
    ];
    scheme
}

fn four(catalog: &Catalog) -> Typed<'_> {
    let mut figures = Typed::new(catalog);
    for (county, numerator) in COUNTIES.into_iter().zip([100, 98, 97, 70]) {
        figures.ratio(county, numerator, 100);
        for quarter in ["2023-Q1", "2023-Q2"] {
            figures.set(county, "AA06", quarter, 0);
        }
    }
    figures
}

#[test]
fn an_accident_puts_the_best_last_and_keeps_it_from_the_best_grade() {
    let catalog = catalog();
    let scheme = vetoed(&catalog);
    let mut figures = four(&catalog);
    let clean = run(&figures, &scheme, &Events::default());
    assert_eq!(unit(&clean, COUNTY_A).rank, Some(1));
    assert_eq!(unit(&clean, COUNTY_A).grade.as_ref().unwrap().zh, "优秀");
    figures.set(COUNTY_A, "AA06", "2023-Q1", 1);
    let evaluation = run(&figures, &scheme, &Events::default());
    let result = unit(&evaluation, COUNTY_A);
    assert_eq!((result.rank, score(&evaluation, COUNTY_A)), (Some(4), "100.00".to_owned()));
    let grade = result.grade.as_ref().unwrap();
    assert_eq!(grade.zh, "良好");
    assert!(!grade.lowered.is_empty());
    assert_eq!(unit(&evaluation, COUNTY_B).rank, Some(1));
}

#[test]
fn an_accident_counts_to_the_end_of_its_year() {
    let catalog = catalog();
    let scheme = vetoed(&catalog);
    let mut figures = four(&catalog);
    figures.set(COUNTY_A, "AA06", "2023-Q1", 1);
    for county in COUNTIES {
        figures.set(county, "AA01", "2023-Q2", 90);
        figures.set(county, "AA02", "2023-Q2", 100);
    }
    let second = try_run(&figures, &scheme, &Events::default(), "2023-Q2").unwrap();
    assert_eq!(unit(&second, COUNTY_A).rank, Some(4));
    assert_eq!(unit(&second, COUNTY_A).vetoes[0].state, VetoState::Applies);
}

#[test]
fn a_blank_accident_line_is_told_and_is_no_zero() {
    let catalog = catalog();
    let scheme = vetoed(&catalog);
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 100, 100);
    figures.returns(COUNTY_A, Level::County, 2, 3);
    figures.ratio(STREET, 100, 100);
    figures.returns(STREET, Level::County, 0, 0);
    let evaluation = run(&figures, &scheme, &Events::default());
    let vetoes = &unit(&evaluation, COUNTY_A).vetoes;
    assert_eq!(vetoes[0].state, VetoState::Unreported);
    assert!(vetoes[0].text_zh.contains("零也须填报"));
    assert!(unit(&evaluation, STREET).vetoes.is_empty(), "townships do not enter that line");
}

fn decision(on: jiff::civil::Date, document: &str) -> Events {
    let (unit, veto) = (code(COUNTY_A), "V2".to_owned());
    let document = document.to_owned();
    Events {
        vetoes: vec![DecisionOnVeto { unit, veto, decided: on, document }],
        ..Events::default()
    }
}

#[test]
fn a_decision_takes_rank_and_grade_from_its_day_on() {
    let catalog = catalog();
    let scheme = vetoed(&catalog);
    let figures = four(&catalog);
    let evaluation = run(&figures, &scheme, &decision(date(2023, 3, 31), "豫民〔2023〕1号"));
    let result = unit(&evaluation, COUNTY_A);
    assert_eq!(result.rank, None);
    assert_eq!(result.grade.as_ref().unwrap().zh, "不合格");
    assert!(result.not_ranked.as_ref().unwrap().zh.contains("V2"));
    assert_eq!(result.vetoes[0].document, "豫民〔2023〕1号");
    for other_time in [date(2023, 4, 1), date(2022, 12, 31)] {
        let evaluation = run(&figures, &scheme, &decision(other_time, "豫民〔2023〕1号"));
        assert_eq!(unit(&evaluation, COUNTY_A).rank, Some(1), "{other_time}");
    }
}

#[test]
fn a_decision_needs_a_document_and_a_veto_that_is_decided_by_hand() {
    let catalog = catalog();
    let scheme = vetoed(&catalog);
    let figures = four(&catalog);
    let day = date(2023, 3, 1);
    let without = try_run(&figures, &scheme, &decision(day, " "), "2023-Q1");
    assert!(matches!(without, Err(EvaluationError::NoDocument { .. })));
    let mut wrong = decision(day, "文");
    wrong.vetoes[0].veto = "V1".to_owned();
    let wrong = try_run(&figures, &scheme, &wrong, "2023-Q1");
    assert!(matches!(wrong, Err(EvaluationError::UnknownVeto { .. })));
}

#[test]
fn any_veto_excludes_a_grade_that_wants_none() {
    let catalog = catalog();
    let mut scheme = vetoed(&catalog);
    scheme.grades[0].quota_percent = Some(amount("100"));
    scheme.vetoes[0].effects = vec![VetoEffect::RankLast];
    let mut figures = four(&catalog);
    figures.set(COUNTY_A, "AA06", "2023-Q1", 1);
    let evaluation = run(&figures, &scheme, &Events::default());
    let grade = |county| unit(&evaluation, county).grade.clone().unwrap();
    assert_eq!(grade(COUNTY_B).zh, "优秀");
    assert_eq!(grade(COUNTY_A).zh, "良好");
    assert!(grade(COUNTY_A).lowered[0].zh.contains("不得评为优秀"));
}

#[test]
fn the_quota_is_rounded_down_and_sharers_of_its_last_place_are_in() {
    let catalog = catalog();
    let scheme = vetoed(&catalog);
    let grade = |figures: &Typed<'_>, county| {
        let evaluation = run(figures, &scheme, &Events::default());
        unit(&evaluation, county).grade.as_ref().unwrap().zh.clone()
    };
    // 30 % of four ranked counties is one.
    let figures = four(&catalog);
    assert_eq!(grade(&figures, COUNTY_A), "优秀");
    assert_eq!(grade(&figures, COUNTY_B), "良好");
    assert_eq!(grade(&figures, COUNTY_D), "不合格");
    let mut shared = four(&catalog);
    shared.ratio(COUNTY_B, 100, 100);
    assert_eq!(
        (grade(&shared, COUNTY_A), grade(&shared, COUNTY_B)),
        ("优秀".to_owned(), "优秀".to_owned())
    );
    // 30 % of three is nobody.
    let mut three = four(&catalog);
    three.returns(COUNTY_D, Level::Township, 1, 10);
    assert_eq!(grade(&three, COUNTY_A), "良好");
    let evaluation = run(&three, &scheme, &Events::default());
    assert!(unit(&evaluation, COUNTY_D).grade.is_none(), "who is not ranked has no grade");
}
