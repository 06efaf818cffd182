//! The dated and undated values of five bureau reports (济源 2022, 平顶山 2020, 宜兴 2023H1, 济宁),
//! as declared totals beside an empty roll-up: one contradiction, found by rule, and no other.

use std::{path::Path, sync::Arc};

use checks::{Context, DeclaredTotal, Evaluated, resolve_declared};
use model::{Catalog, envelope::Declared};
use rollup::State;

const SIX: &str = "410423000000+410422000000+410481000000+410421000000+410425000000+410404000000";
const PINGDINGSHAN: &str = "410400000000";
const YIXING: &str = "320282000000";
const JINING: &str = "370800000000";
const JIYUAN: &str = "419001000000";

/// Units, indicator, period or nothing, words of dating, value, half a unit of the last digit
/// printed.
const FACTS: &[(&str, &str, &str, &str, &str, &str)] = &[
    (JIYUAN, "SP05", "2022", "2022年", "4", "0.5"),
    (JIYUAN, "SP07", "2022", "2022年", "21", "0.5"),
    (JIYUAN, "EC08", "2022", "2022年", "100", "0.5"),
    (JIYUAN, "SA30", "2022", "2022年", "1310", "0.5"),
    (JIYUAN, "GG04", "2022", "2022年", "452", "0.5"),
    (PINGDINGSHAN, "SF01", "", "2020年工作完成情况", "120", "0.5"),
    (PINGDINGSHAN, "SA14", "2019", "", "3860", "0.5"),
    (PINGDINGSHAN, "SA14", "2020", "2020年", "4260", "0.5"),
    (PINGDINGSHAN, "SA13", "2019", "", "520", "0.5"),
    (PINGDINGSHAN, "SA13", "2020", "2020年", "570", "0.5"),
    (SIX, "SA04", "2020-09", "截至9月底", "85000", "500"),
    (SIX, "SA12", "2020-09", "截至9月底", "15428", "0.5"),
    (SIX, "SA17+SA18", "2020-09", "截至9月底", "22000", "500"),
    (SIX, "SA20", "2020-09", "截至9月底", "11876", "0.5"),
    (SIX, "SA25", "2020-09", "截至9月底", "468", "0.5"),
    (SIX, "DS08", "2020-09", "截至9月底", "48701", "0.5"),
    (SIX, "DS04", "2020-09", "截至9月底", "2744.216", "0.0005"),
    (SIX, "DS09", "2020-09", "截至9月底", "55439", "0.5"),
    (SIX, "DS05", "2020-09", "截至9月底", "3524.88", "0.005"),
    (PINGDINGSHAN, "SA02+SA04", "", "截至目前", "111721", "0.5"),
    (PINGDINGSHAN, "SA11+SA12", "", "截至目前", "24966", "0.5"),
    (PINGDINGSHAN, "SA17+SA18", "2020-09", "截至第三季度末", "22929", "0.5"),
    (PINGDINGSHAN, "SA20", "2020-09", "截至第三季度末", "12222", "0.5"),
    (PINGDINGSHAN, "SA25", "2020-09", "截至第三季度末", "663", "0.5"),
    (PINGDINGSHAN, "SA27", "2020-09", "截止9月份", "3403", "0.5"),
    (PINGDINGSHAN, "SA28", "2020-09", "截止9月份", "1083000", "500"),
    (PINGDINGSHAN, "EC31", "2020-09", "截止9月底", "4583.97", "0.005"),
    (PINGDINGSHAN, "DS06", "2020", "2020年工作完成情况", "60", "0.5"),
    (PINGDINGSHAN, "DS07", "2020", "2020年工作完成情况", "60", "0.5"),
    (PINGDINGSHAN, "DS10", "2020", "2020年工作完成情况", "100", "0.5"),
    (PINGDINGSHAN, "DS08", "2020-10", "截止10月底", "38624", "0.5"),
    (PINGDINGSHAN, "DS09", "2020-10", "截止10月底", "47951", "0.5"),
    (PINGDINGSHAN, "DS04+DS05", "2020-10", "截止10月底", "5524.54", "0.005"),
    (YIXING, "CH01", "2023-H1", "上半年", "2419.5", "0.05"),
    (YIXING, "CH02", "2023-H1", "上半年", "1497.28", "0.005"),
    (YIXING, "GN01", "2023-H1", "上半年", "24", "0.5"),
    (YIXING, "GN02", "2023-H1", "上半年", "15", "0.5"),
    (YIXING, "GN03", "2023-H1", "上半年", "8", "0.5"),
    (YIXING, "GN04", "2023-H1", "上半年", "1", "0.5"),
    (YIXING, "MR01+MR02", "2023-H1", "上半年", "4577", "0.5"),
    (YIXING, "MR03", "2023-H1", "上半年", "7", "0.5"),
    (YIXING, "CH04", "2023-H1", "上半年", "9218.2", "0.05"),
    (YIXING, "SF06", "", "今年以来", "554", "0.5"),
    (YIXING, "SF07", "", "今年以来", "554", "0.5"),
    (YIXING, "SF18", "", "截至目前", "180", "0.5"),
    (YIXING, "SF11", "", "截至目前", "59", "0.5"),
    (JINING, "SA13", "", "", "924", "0.5"),
    (JINING, "SA14", "", "", "8940", "6"),
    (JINING, "SA22", "", "", "1202", "0.5"),
    (JINING, "SA23", "", "", "969", "0.5"),
    (JINING, "CW05", "", "", "2310", "0.5"),
    (JINING, "CW06", "", "", "1848", "0.5"),
    (JINING, "CH01", "", "", "4500", "0.5"),
    (JINING, "CH01", "", "", "45000", "500"),
    (JINING, "SO09", "", "", "156", "0.5"),
];

fn shipped() -> Arc<Catalog> {
    let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
    Arc::new(catalog::load(&definitions).expect("the shipped definitions load"))
}

fn totals(catalog: &Catalog, change: impl Fn(&mut Declared)) -> Vec<DeclaredTotal> {
    let one = |&(units, indicator, period, dated, value, precision): &_| {
        let standard = catalog
            .indicator_by_code(indicator)
            .is_some_and(|i| catalog.indicator(i).kind == model::indicator::Kind::Standard);
        let mut sent = Declared {
            wire: 1,
            id: format!("{units} {indicator} {period} {value}"),
            units: str::split(units, '+').map(str::to_owned).collect(),
            indicator: str::to_owned(indicator),
            states: "value".to_owned(),
            role: if standard { "standard" } else { "actual" }.to_owned(),
            period: (!str::is_empty(period)).then(|| str::to_owned(period)),
            dated: str::to_owned(dated),
            value: str::to_owned(value),
            qualifier: String::new(),
            stated: String::new(),
            precision: str::to_owned(precision),
            submitted_at: "2023-12-25T09:00:00+08:00".to_owned(),
            signer: String::new(),
            source: "historical".to_owned(),
            reference: format!("《{units}工作总结》#{indicator}"),
        };
        change(&mut sent);
        resolve_declared(catalog, &sent).unwrap_or_else(|e| panic!("{}: {e:?}", sent.id))
    };
    FACTS.iter().map(one).collect()
}

fn found(catalog: &Arc<Catalog>, declared: &[DeclaredTotal]) -> Vec<(String, String)> {
    let state = State::new(Arc::clone(catalog));
    let findings = Context::new(Arc::clone(catalog)).all(&state, declared, &[]);
    findings.into_iter().map(|one| (one.finding.check, one.finding.cell)).collect()
}

#[test]
fn one_contradiction_found_three_times_and_no_other() {
    let catalog = shipped();
    let found = found(&catalog, &totals(&catalog, |_| {}));
    let expected = ["DS04+DS05", "DS08", "DS09"].map(|cell| ("K95".to_owned(), cell.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn six_counties_below_their_city_contradict_nothing() {
    let catalog = shipped();
    let lower = totals(&catalog, |sent| {
        let value = match (sent.units.len(), sent.indicator.as_str()) {
            (6, "DS08") => "30000",
            (6, "DS09") => "40000",
            (6, "DS04") => "1999.66",
            _ => return,
        };
        value.clone_into(&mut sent.value);
    });
    assert!(found(&catalog, &lower).is_empty());
}

#[test]
fn checks_that_the_reports_can_be_held_against_pass() {
    let catalog = shipped();
    let state = State::new(Arc::clone(&catalog));
    let all: Vec<Evaluated> =
        Context::new(Arc::clone(&catalog)).evaluate_declared(&state, &totals(&catalog, |_| {}));
    let of = |check: &str| -> Vec<(String, bool)> {
        let hits = all.iter().filter(|one| one.check == check);
        hits.map(|one| (one.units[0].to_string(), one.holds)).collect()
    };
    let passes = |unit: &str| (unit.to_owned(), true);
    for (check, unit) in [
        ("K37", YIXING),
        ("K39", YIXING),
        ("K41", YIXING),
        ("K42", YIXING),
        ("K58", JINING),
        ("K63", JINING),
        ("K64", JINING),
        ("K68", JINING),
        ("K81", PINGDINGSHAN),
    ] {
        assert_eq!(of(check), [passes(unit)], "{check}");
    }
    assert!(of("K65").contains(&passes(PINGDINGSHAN)) && of("K65").contains(&passes(JINING)));
    // Parts within the printed precision: destitute persons, their money, relief.
    assert_eq!(of("K86"), [passes(PINGDINGSHAN), passes(PINGDINGSHAN), passes(PINGDINGSHAN)]);
    // 家 is not 家次, the parts of 通办 and the end of 截至目前 are not known.
    for check in ["K45", "K40", "K57", "K66", "K67"] {
        assert!(of(check).is_empty(), "{check}");
    }
}
