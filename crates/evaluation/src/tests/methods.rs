//! Each method on values whose points are known.

use std::collections::BTreeMap;

use model::{
    Level,
    scheme::{Bar, DenZero, Direction, FloorRow, Item, Method, Metric, Scheme},
};

use crate::{Events, ItemResult, ItemState, fixture::*};

fn ratio_item(catalog: &model::Catalog, method: Method) -> Item {
    let metric = Metric::Quotients(vec![quotient(catalog, "AA03", "", (1, 1))]);
    item("I1", None, "100", metric, method)
}

fn first(scheme: &Scheme, figures: &Typed<'_>, unit_code: u64) -> ItemResult {
    let evaluation = run(figures, scheme, &Events::default());
    unit(&evaluation, unit_code).items[0].clone()
}

#[test]
fn linear_is_nothing_at_the_floor_full_at_the_target_and_straight_between() {
    let catalog = catalog();
    let scheme = scheme(vec![linear(&catalog, "I1", None, "100")]);
    for (numerator, points) in
        [(60, "0"), (59, "0"), (61, "2.5"), (80, "50"), (100, "100"), (103, "100")]
    {
        let mut figures = Typed::new(&catalog);
        figures.ratio(COUNTY_A, numerator, 100);
        assert_eq!(first(&scheme, &figures, COUNTY_A).points.to_string(), points, "{numerator}");
    }
}

#[test]
fn linear_works_downwards_too() {
    let catalog = catalog();
    let method = Method::Linear { floor: amount("40"), target: amount("10") };
    let mut item = ratio_item(&catalog, method);
    item.direction = Direction::Down;
    let scheme = scheme(vec![item]);
    for (numerator, points) in [(40, "0"), (50, "0"), (25, "50"), (10, "100"), (5, "100")] {
        let mut figures = Typed::new(&catalog);
        figures.ratio(COUNTY_A, numerator, 100);
        assert_eq!(first(&scheme, &figures, COUNTY_A).points.to_string(), points, "{numerator}");
    }
}

#[test]
fn what_is_missing_to_the_target_is_told_in_whole_units_with_its_gain() {
    let catalog = catalog();
    let scheme = scheme(vec![linear(&catalog, "I1", None, "100")]);
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 5, 7);
    let next = first(&scheme, &figures, COUNTY_A).to_next.unwrap();
    assert_eq!((next.indicator.as_str(), next.missing.to_string()), ("AA01", "2".to_owned()));
    // 5/7 earns (71.43 - 60) / 40 of the weight, so 5/7 of it is still open.
    assert_eq!(next.gain.to_string(), "500/7");
    // 90 % of 7 are 6.3: the seventh is needed.
    let method = Method::Linear { floor: amount("60"), target: amount("90") };
    let lower = self::scheme(vec![ratio_item(&catalog, method)]);
    assert_eq!(first(&lower, &figures, COUNTY_A).to_next.unwrap().missing.to_string(), "2");
}

#[test]
fn a_ceiling_asks_for_whole_units() {
    let catalog = catalog();
    let scheme = scheme(vec![ratio_item(&catalog, Method::CeilingCount { target: amount("80") })]);
    for (numerator, denominator, share) in [
        (2, 3, "2/3"),
        (3, 3, "1"),
        (4, 5, "1"),
        (3, 5, "0.75"),
        (0, 1, "0"),
        (9, 11, "1"),
        (8, 11, "8/9"),
    ] {
        let mut figures = Typed::new(&catalog);
        figures.ratio(COUNTY_A, numerator, denominator);
        let item = first(&scheme, &figures, COUNTY_A);
        assert_eq!(item.share.to_string(), share, "{numerator}/{denominator}");
    }
}

#[test]
fn progress_follows_the_plan_of_the_month_in_which_the_period_ends() {
    let catalog = catalog();
    let plan = vec![(3, amount("15")), (6, amount("45")), (12, amount("100"))];
    let metric = Metric::Quotients(vec![{
        let mut q = quotient(&catalog, "AA01", "AA05", (1, 1));
        q.percent = true;
        q
    }]);
    let method = Method::Progress { target: amount("100"), plan };
    let scheme = scheme(vec![item("I1", None, "100", metric, method)]);
    let share = |at: &str, done| {
        let mut figures = Typed::new(&catalog);
        figures.set(COUNTY_A, "AA05", "2023", 200);
        figures.set(COUNTY_A, "AA01", at, done);
        let evaluation = try_run(&figures, &scheme, &Events::default(), at).unwrap();
        unit(&evaluation, COUNTY_A).items[0].share.to_string()
    };
    assert_eq!(share("2023-Q1", 24), "0.8");
    assert_eq!(share("2023-Q1", 30), "1");
    assert_eq!(share("2023-Q2", 30), "1/3");
    assert_eq!(share("2023", 30), "0.15");
}

fn standard_scheme(catalog: &model::Catalog, bar: Bar) -> Scheme {
    let parts =
        vec![quotient(catalog, "AA04", "AA08", (1, 1)), quotient(catalog, "AA08", "AA04", (12, 1))];
    let method = Method::Threshold { bar, share_of: Some(Level::County) };
    scheme(vec![item("I1", None, "100", Metric::Quotients(parts), method)])
}

#[test]
fn a_threshold_is_all_or_nothing_for_each_half_and_decided_exactly() {
    let catalog = catalog();
    let scheme = standard_scheme(&catalog, fixed("1.3"));
    let mut figures = Typed::new(&catalog);
    // 130.00 / 100.00 is exactly 1.3; the second part, 12 × 100 / 130, is far above.
    figures.set(COUNTY_A, "AA04", "2023-Q1", 13_000);
    figures.set(COUNTY_A, "AA08", "2023-Q1", 10_000);
    assert_eq!(first(&scheme, &figures, COUNTY_A).share.to_string(), "1");
    figures.set(COUNTY_A, "AA04", "2023-Q1", 12_999);
    let item = first(&scheme, &figures, COUNTY_A);
    assert_eq!(item.share.to_string(), "0.5");
    let next = item.to_next.unwrap();
    assert_eq!(
        (next.missing.to_string(), next.gain.to_string()),
        ("0.01".to_owned(), "50".to_owned())
    );
}

#[test]
fn a_city_earns_the_share_of_its_counties_that_comply_and_zones_are_no_counties() {
    let catalog = catalog();
    let scheme = standard_scheme(&catalog, fixed("1.3"));
    let mut figures = Typed::new(&catalog);
    for (county, standard) in [(COUNTY_A, 13_000), (COUNTY_B, 11_000), (ZONE, 5_000)] {
        figures.set(county, "AA04", "2023-Q1", standard);
        figures.set(county, "AA08", "2023-Q1", 10_000);
    }
    // COUNTY_C owes its standards and reported none: it does not comply with either half.
    figures.returns(COUNTY_C, Level::County, 9, 10);
    let item = first(&scheme, &figures, CITY);
    assert_eq!(item.share.to_string(), "0.5", "1 of 3 and 2 of 3 counties");
    assert!(
        item.text_zh.contains(&format!("未达标：U{COUNTY_B}、U{COUNTY_C}")),
        "{}",
        item.text_zh
    );
    // Ranked with the cities, but a county itself: judged by its own standards.
    figures.set(JIYUAN, "AA04", "2023-Q1", 13_000);
    figures.set(JIYUAN, "AA08", "2023-Q1", 10_000);
    assert_eq!(first(&scheme, &figures, JIYUAN).share.to_string(), "1");
}

#[test]
fn without_a_floor_of_the_province_the_item_is_withdrawn() {
    let catalog = catalog();
    let row = |part, year, value: &str| FloorRow {
        part,
        province: code(PROVINCE),
        year,
        value: amount(value),
        source: String::new(),
    };
    let mut figures = Typed::new(&catalog);
    figures.set(COUNTY_A, "AA04", "2023-Q1", 13_000);
    figures.set(COUNTY_A, "AA08", "2023-Q1", 10_000);
    let later = standard_scheme(&catalog, Bar::Floors(vec![row(0, 2024, "1")]));
    assert_eq!(first(&later, &figures, COUNTY_A).state, ItemState::Redistributed);
    let half = standard_scheme(&catalog, Bar::Floors(vec![row(0, 2022, "1.4"), row(0, 2020, "1")]));
    let item = first(&half, &figures, COUNTY_A);
    assert_eq!((item.state, item.share.to_string()), (ItemState::Scored, "0".to_owned()));
}

#[test]
fn steps_are_deducted_down_to_nothing() {
    let catalog = catalog();
    let metric = Metric::Quotients(vec![quotient(&catalog, "AA06", "", (1, 1))]);
    let method = Method::StepDeduct { target: amount("0"), floor: amount("10") };
    let scheme = scheme(vec![item("I1", None, "20", metric, method)]);
    for (count, points) in [(0, "20"), (1, "18"), (9, "2"), (10, "0"), (25, "0")] {
        let mut figures = Typed::new(&catalog);
        figures.set(COUNTY_A, "AA06", "2023-Q1", count);
        assert_eq!(first(&scheme, &figures, COUNTY_A).points.to_string(), points, "{count}");
    }
}

#[test]
fn a_month_with_a_finding_or_without_any_return_is_not_a_paid_month() {
    let catalog = catalog();
    let metric = Metric::FindingMonths {
        checks: vec!["K72".to_owned(), "K100".to_owned()],
        shown_by: vec![catalog.indicator_by_code("AA06").unwrap()],
    };
    let method = Method::StepDeduct { target: amount("0"), floor: amount("3") };
    let scheme = scheme(vec![item("I1", None, "3", metric, method)]);
    let mut figures = Typed::new(&catalog);
    let mut events = Events::default();
    let points = |figures: &Typed<'_>, events: &Events| {
        let result = unit(&run(figures, &scheme, events), COUNTY_A).items[0].clone();
        (result.state, result.points.to_string())
    };
    for month in ["2023-01", "2023-02", "2023-03"] {
        figures.set(COUNTY_A, "AA06", month, 5);
    }
    assert_eq!(points(&figures, &events), (ItemState::Scored, "3".to_owned()));
    let findings =
        [("2023-02", "K72"), ("2023-02", "K100"), ("2023-04", "K72"), ("2023-01", "K05")];
    let months = findings.map(|(month, check)| (period(month), check.to_owned()));
    events.finding_months = BTreeMap::from([(code(COUNTY_A), months.into_iter().collect())]);
    assert_eq!(points(&figures, &events), (ItemState::Scored, "2".to_owned()));
    let mut silent = Typed::new(&catalog);
    silent.set(COUNTY_A, "AA06", "2023-01", 5);
    silent.set(COUNTY_A, "AA06", "2023-02", 5);
    assert_eq!(points(&silent, &events), (ItemState::Scored, "1".to_owned()));
    let mut nothing = Typed::new(&catalog);
    nothing.returns(COUNTY_A, Level::County, 9, 10);
    assert_eq!(points(&nothing, &Events::default()), (ItemState::Unreported, "0".to_owned()));
}

#[test]
fn ranks_become_percentiles_and_equals_share_them() {
    let catalog = catalog();
    let scheme = scheme(vec![ratio_item(&catalog, Method::RankPercentile)]);
    let mut figures = Typed::new(&catalog);
    for (county, numerator) in COUNTIES.into_iter().zip([90, 40, 90, 70]) {
        figures.ratio(county, numerator, 100);
    }
    let evaluation = run(&figures, &scheme, &Events::default());
    let shares = COUNTIES.map(|c| unit(&evaluation, c).items[0].share.to_string());
    assert_eq!(shares, ["1", "0", "1", "1/3"]);
    let next = unit(&evaluation, COUNTY_D).items[0].to_next.clone().unwrap();
    assert_eq!(
        (next.missing.to_string(), next.gain.to_string()),
        ("20".to_owned(), "200/3".to_owned())
    );
}

#[test]
fn fewer_than_three_units_are_not_ranked_by_percentile() {
    let catalog = catalog();
    let scheme = scheme(vec![ratio_item(&catalog, Method::RankPercentile)]);
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 90, 100);
    figures.ratio(COUNTY_B, 80, 100);
    assert_eq!(first(&scheme, &figures, COUNTY_A).state, ItemState::Redistributed);
    figures.ratio(COUNTY_C, 70, 100);
    let evaluation = run(&figures, &scheme, &Events::default());
    let shares =
        [COUNTY_A, COUNTY_B, COUNTY_C].map(|c| unit(&evaluation, c).items[0].share.to_string());
    assert_eq!(shares, ["1", "0.5", "0"]);
}

#[test]
fn an_incomplete_unit_does_not_shift_the_percentiles_of_others() {
    let catalog = catalog();
    let scheme = scheme(vec![ratio_item(&catalog, Method::RankPercentile)]);
    let mut figures = Typed::new(&catalog);
    for (county, numerator) in COUNTIES.into_iter().zip([90, 80, 70, 99]) {
        figures.ratio(county, numerator, 100);
    }
    figures.returns(COUNTY_D, Level::Township, 1, 10);
    let evaluation = run(&figures, &scheme, &Events::default());
    let shares = COUNTIES.map(|c| unit(&evaluation, c).items[0].share.to_string());
    assert_eq!(shares, ["1", "0.5", "0", "1"]);
}

#[test]
fn a_zero_denominator_is_full_with_a_flag_or_withdrawn() {
    let catalog = catalog();
    let mut full = linear(&catalog, "I1", None, "100");
    full.den_zero =
        DenZero::Full { flag_zh: "无案件".to_owned(), flag_en: "no case".to_owned() };
    let mut figures = Typed::new(&catalog);
    figures.ratio(COUNTY_A, 0, 0);
    let with_flag = first(&scheme(vec![full]), &figures, COUNTY_A);
    assert_eq!(
        (with_flag.state, with_flag.points.to_string()),
        (ItemState::FullByZero, "100".to_owned())
    );
    assert!(with_flag.text_zh.contains("无案件") && with_flag.text_en.contains("no case"));
    let withdrawn = first(&scheme(vec![linear(&catalog, "I1", None, "100")]), &figures, COUNTY_A);
    assert_eq!(withdrawn.state, ItemState::Redistributed);
    assert_eq!(withdrawn.effective_weight.to_string(), "0");
}
