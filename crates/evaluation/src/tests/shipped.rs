//! The schemes of `schemas/definitions`: available weights and worked examples.

use std::{path::Path, sync::OnceLock};

use model::{Catalog, Level, PeriodKind, UnitClass, scheme::Scheme};

use crate::{
    Evaluation, Events, Inputs, ItemState, evaluate_within,
    exact::{Exact, of},
    fixture::{Typed, code, period, unit},
    groups,
};

const HUNAN: u64 = 430_000_000_000;
const ZHENGXIANG: u64 = 430_408_000_000;
const SHANDONG: u64 = 370_000_000_000;
const JINING: u64 = 370_800_000_000;
const HENAN: u64 = 410_000_000_000;
const JIYUAN: u64 = 419_001_000_000;

fn shipped() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
        catalog::load(&dir).unwrap_or_else(|error| panic!("{error}"))
    })
}

fn scheme(name: &str) -> &'static Scheme {
    shipped().schemes.iter().find(|scheme| scheme.name == name).unwrap()
}

/// Figures of which whatever is not typed was owed and not reported, by a hair above the coverage
/// of the scheme.
fn typed(units: &[u64]) -> Typed<'static> {
    let mut figures = Typed::new(shipped());
    for &unit in units {
        for level in Level::ALL {
            figures.returns(unit, level, 95, 100);
        }
    }
    figures
}

fn run(figures: &Typed<'_>, name: &str, at: &str, root: u64) -> Evaluation {
    let events = Events::default();
    let inputs = Inputs { catalog: shipped(), figures, events: &events };
    evaluate_within(&inputs, scheme(name), period(at), code(root)).unwrap()
}

fn item(evaluation: &Evaluation, digits: u64, id: &str) -> crate::ItemResult {
    let result = unit(evaluation, digits);
    result.items.iter().find(|item| item.id == id).unwrap().clone()
}

#[test]
fn a_quarter_asks_65_of_a_county_and_35_of_a_township_and_a_year_100_and_50() {
    let asked = |name: &str, kind: PeriodKind| {
        let scheme = scheme(name);
        ["P1", "P2", "P3"].map(|id| {
            let group = scheme.groups.iter().find(|group| group.id == id).unwrap();
            let weights = groups::asked(scheme, group, kind).into_iter();
            Exact(weights.map(|i| of(scheme.items[i].weight)).sum()).to_string()
        })
    };
    assert_eq!(asked("main", PeriodKind::Quarter), ["65", "65", "35"]);
    assert_eq!(asked("main", PeriodKind::Half), ["96", "96", "50"]);
    assert_eq!(asked("main", PeriodKind::Year), ["100", "100", "50"]);
    assert_eq!(asked("safety", PeriodKind::TenDays), ["80", "80", "80"]);
    assert_eq!(asked("safety", PeriodKind::Month), ["90", "90", "80"]);
    assert_eq!(asked("safety", PeriodKind::Year), ["100", "100", "80"]);
}

#[test]
fn the_available_weight_of_a_real_quarter_is_what_is_asked() {
    let evaluation = run(&typed(&[ZHENGXIANG]), "main", "2022-Q1", HUNAN);
    let result = unit(&evaluation, ZHENGXIANG);
    // System counts were not typed here, so the items that divide by them do not apply, and hand
    // their weight on inside their areas.
    assert_eq!(result.available_weight.to_string(), "65");
    let townships = evaluation.groups.iter().find(|group| group.group == "P3").unwrap();
    assert_eq!(townships.asked_weight.to_string(), "35");
    // E3 has 7 of 20 and E4 6 of 20 in a quarter: shown, not scored, and counted all the same.
    let scored: Vec<bool> = result.areas.iter().map(|area| area.score.is_some()).collect();
    assert!(!scored[2] && !scored[3]);
    assert_eq!(result.areas[3].carried_weight.to_string(), "6");
}

#[test]
fn two_of_three_streets_earn_two_of_three_points() {
    let mut figures = typed(&[ZHENGXIANG]);
    for (denominator, units) in [("BS06", 3), ("BS07", 2), ("BS08", 21), ("BS09", 33)] {
        figures.set(ZHENGXIANG, denominator, "2022", units);
    }
    figures.set(ZHENGXIANG, "EC09", "2022-Q4", 2);
    figures.set(ZHENGXIANG, "EC11", "2022-Q4", 1);
    figures.set(ZHENGXIANG, "CW08", "2022-Q4", 1);
    let evaluation = run(&figures, "main", "2022-Q4", HUNAN);
    let streets = item(&evaluation, ZHENGXIANG, "E103");
    assert_eq!(
        (streets.points.to_string(), streets.effective_weight.to_string()),
        ("2".into(), "3".into())
    );
    assert!(
        streets.text_zh.contains("2/3 = 66.67%，目标 80%，即 3 个，得 2/3 分"),
        "{}",
        streets.text_zh
    );
    assert_eq!(streets.to_next.unwrap().missing.to_string(), "1");
    // 60 % of 2 towns are 2, and 20 % of 5 townships are exactly 1.
    assert_eq!(item(&evaluation, ZHENGXIANG, "E104").points.to_string(), "1.5");
    assert_eq!(item(&evaluation, ZHENGXIANG, "E208").points.to_string(), "2");
    assert_eq!(item(&evaluation, ZHENGXIANG, "E102").state, ItemState::Unreported);
}

#[test]
fn jining_pays_the_destitute_1_3_times_the_basic_standard() {
    let tree = shipped().register.tree(period("2023-Q4").end());
    let city = tree.node(code(JINING)).unwrap();
    let real = tree.children(city).filter(|&node| tree.class(node) == UnitClass::Admin);
    let counties: Vec<u64> = real.map(|node| tree.code(node).as_u64()).collect();
    assert_eq!(counties.len(), 11, "its zone is no county");
    let mut units = counties.clone();
    units.push(JINING);
    let mut figures = typed(&units);
    for &unit in &units {
        // Without townships the stations of E208 would hand their weight to E201.
        figures.set(unit, "BS06", "2023", 10);
        figures.set(unit, "BS07", "2023", 5);
    }
    for &county in &counties {
        figures.set(county, "SA22", "2023-Q4", 120_200);
        figures.set(county, "SA13", "2023-Q4", 92_400);
        figures.set(county, "SA23", "2023-Q4", 96_900);
        figures.set(county, "SA14", "2023-Q4", 12 * 74_500);
    }
    let evaluation = run(&figures, "main", "2023-Q4", SHANDONG);
    assert_eq!(item(&evaluation, JINING, "E201").points.to_string(), "4");
    assert_eq!(item(&evaluation, counties[0], "E201").points.to_string(), "4");
    let text = item(&evaluation, counties[0], "E201").text_zh;
    assert!(text.contains("1202/924 = 1.3009") && text.contains("969/745 = 1.3007"), "{text}");
    // One yuan a month less in one county: the rural half is lost there.
    figures.set(counties[0], "SA23", "2023-Q4", 96_800);
    let evaluation = run(&figures, "main", "2023-Q4", SHANDONG);
    assert_eq!(item(&evaluation, counties[0], "E201").points.to_string(), "2");
    let n = counties.len() as i64;
    let expected = crate::exact::whole(4) - num_rational::BigRational::new(2.into(), n.into());
    assert_eq!(item(&evaluation, JINING, "E201").points, Exact(expected));
}

#[test]
fn floors_hold_by_province_and_year() {
    let mut figures = typed(&[ZHENGXIANG, JIYUAN]);
    for unit in [ZHENGXIANG, JIYUAN] {
        figures.set(unit, "SA13", "2022-H1", 60_200);
        figures.set(unit, "SA14", "2022-H1", 567_999);
        figures.set(unit, "DS06", "2022-H1", 6_000);
        figures.set(unit, "DS07", "2022-H1", 7_500);
    }
    let hunan = run(&figures, "main", "2022-H1", HUNAN);
    assert_eq!(item(&hunan, ZHENGXIANG, "E202").share.to_string(), "0.5");
    assert_eq!(item(&hunan, ZHENGXIANG, "E206").share.to_string(), "0.5");
    let henan = run(&figures, "main", "2022-H1", HENAN);
    assert_eq!(item(&henan, JIYUAN, "E206").share.to_string(), "1", "60 in Henan since 2016");
    assert_eq!(item(&henan, JIYUAN, "E202").state, ItemState::Redistributed, "no floor for Henan");
    let cities = henan.groups.iter().find(|group| group.group == "P1").unwrap();
    assert!(cities.units.iter().any(|result| result.unit == code(JIYUAN)));
}

#[test]
fn plans_are_read_at_the_end_of_the_period() {
    let mut figures = typed(&[ZHENGXIANG]);
    figures.set(ZHENGXIANG, "EC17", "2022", 1200);
    figures.set(ZHENGXIANG, "FN02", "2022", 20);
    figures.set(ZHENGXIANG, "EC18", "2022-Q2", 270);
    figures.set(ZHENGXIANG, "FN03", "2022-Q2", 4);
    let evaluation = run(&figures, "main", "2022-Q2", HUNAN);
    // 270 of 1200 is half of the 45 % planned for June; 4 of 20 half of the 40 %.
    assert_eq!(item(&evaluation, ZHENGXIANG, "E106").share.to_string(), "0.5");
    assert_eq!(item(&evaluation, ZHENGXIANG, "E401").share.to_string(), "0.5");
}

#[test]
fn the_schemes_have_the_rows_that_were_decided() {
    let (main, safety) = (scheme("main"), scheme("safety"));
    assert_eq!((main.items.len(), safety.items.len()), (27, 5));
    assert_eq!((main.vetoes.len(), main.bonuses.len(), main.deductions.len()), (4, 3, 4));
    assert_eq!((main.areas.len(), main.grades.len(), main.groups.len()), (4, 4, 3));
    assert_eq!(main.rows + safety.rows + main.groups.len(), 56);
    assert_eq!(main.checks().collect::<Vec<_>>(), ["K72", "K100"]);
    assert_ne!(main.hash, safety.hash);
}
