//! The shipped definitions: what is in them, and what the register says of days gone by.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use model::{
    Catalog, Level, Node, PeriodKind, Tree, UnitClass, UnitCode,
    calendar::DeadlineKey,
    form::Acceptance,
    indicator::{Entry, Reading, RollUpRule},
};

use crate::folder::shipped;

fn catalog() -> Catalog {
    catalog::load(&shipped()).unwrap_or_else(|error| panic!("{error}"))
}

fn code(digits: u64) -> UnitCode {
    UnitCode::from_u64(digits).unwrap()
}

fn node(tree: &Tree, digits: u64) -> Node {
    tree.node(code(digits)).unwrap_or_else(|| panic!("{digits} is not in the tree"))
}

#[test]
fn the_counts_are_those_of_the_sources() {
    let report = catalog::check(&shipped());
    assert_eq!(report.findings, []);
    assert_eq!((report.forms, report.indicators, report.core_indicators), (15, 196, 163));
    assert_eq!((report.checks, report.rhythms), (102, 8));
    let henan = report.provinces.iter().find(|p| p.name == "河南省").unwrap();
    let units = BTreeMap::from([
        (Level::Province, 1),
        (Level::City, 17),
        (Level::County, 181),
        (Level::Township, 2586),
        (Level::Village, 52_378 - 49),
    ]);
    assert_eq!(henan.units, units);
    assert_eq!(henan.containers, BTreeMap::from([(Level::City, 1), (Level::Village, 49)]));
    assert_eq!(henan.zones, 24);
}

#[test]
fn the_ragged_places_hang_where_they_belong() {
    let catalog = catalog();
    let tree = catalog.register.tree(date(2023, 6, 30));
    let (henan, jiyuan) = (node(&tree, 410_000_000_000), node(&tree, 419_001_000_000));
    assert_eq!(tree.parent(jiyuan), Some(henan));
    assert_eq!((tree.level(jiyuan), tree.class(jiyuan)), (Level::County, UnitClass::Direct));
    assert_eq!(tree.eval_group(jiyuan), Some(Level::City));
    assert_eq!(tree.children(jiyuan).count(), 16);
    assert!(tree.node(code(419_000_000_000)).is_none(), "the pseudo prefecture is no unit");
    let places =
        [(320_282_000_000, 21), (430_408_000_000, 5), (370_800_000_000, 12), (410_400_000_000, 12)];
    for (place, children) in places {
        assert_eq!(tree.children(node(&tree, place)).count(), children, "{place}");
    }
    let jining = tree.subtree(node(&tree, 370_800_000_000)).map(Node);
    let townships =
        jining.filter(|&n| tree.level(n) == Level::Township && tree.class(n) != UnitClass::Quasi);
    assert_eq!(townships.count(), 156);
    let zones = tree.subtree(henan).map(Node).filter(|&n| tree.class(n) == UnitClass::Zone);
    let below: Vec<Node> = zones.flat_map(|zone| tree.subtree(zone).map(Node)).collect();
    let of = |level| below.iter().filter(|&&n| tree.level(n) == level).count();
    assert_eq!((of(Level::County), of(Level::Township)), (24, 92));
}

/// Old code, first day without it, the code that took over.
const CHANGES: [(u64, i16, u64); 9] = [
    (410_211_000_000, 2014, 410_202_000_000),
    (410_224_000_000, 2014, 410_212_000_000),
    (410_306_000_000, 2021, 410_308_000_000),
    (410_322_000_000, 2021, 410_308_000_000),
    (410_381_000_000, 2021, 410_307_000_000),
    (410_728_000_000, 2019, 410_783_000_000),
    (411_023_000_000, 2016, 411_003_000_000),
    (411_222_000_000, 2015, 411_203_000_000),
    (411_626_000_000, 2019, 411_603_000_000),
];

#[test]
fn the_nine_changes_since_2014_have_heirs() {
    let register = catalog().register;
    let today = register.tree(date(2023, 6, 30));
    for (old, year, new) in CHANGES {
        let (day, eve) = (date(year, 1, 1), date(year - 1, 12, 31));
        let (before, after) = (register.tree(eve), register.tree(day));
        assert!(before.node(code(old)).is_some() && after.node(code(old)).is_none(), "{old}");
        for tree in [&after, &today] {
            assert_eq!(register.heirs(code(old), eve, tree), [node(tree, new)], "{old}");
        }
        let begins = new != 410_202_000_000;
        assert_eq!(before.node(code(new)).is_none(), begins, "{new} before the change");
        if begins {
            assert!(before.children(node(&before, old)).count() > 3, "{old} has its townships");
        }
    }
    let tree = register.tree(date(2020, 12, 31));
    let jili: Vec<u64> =
        tree.children(node(&tree, 410_306_000_000)).map(|n| tree.code(n).as_u64()).collect();
    assert_eq!(jili, [410_308_002_000, 410_308_003_000, 410_308_004_000, 410_308_005_000]);
}

/// Villages by prefecture.
fn villages(tree: &Tree) -> BTreeMap<UnitCode, usize> {
    let mut counts = BTreeMap::new();
    for node in tree.nodes().filter(|&n| tree.level(n) == Level::Village) {
        *counts.entry(tree.code(tree.prefecture(node).unwrap())).or_default() += 1;
    }
    counts
}

#[test]
fn no_change_loses_a_village() {
    let register = catalog().register;
    let today = villages(&register.tree(date(2023, 6, 30)));
    assert_eq!(today.values().sum::<usize>(), 52_329 + 309 + 54);
    for year in 2000..=2023 {
        let counts = villages(&register.tree(date(year, 12, 31)));
        assert_eq!(counts, today, "{year}");
    }
}

#[test]
fn a_code_means_what_it_meant_on_the_day() {
    let register = catalog().register;
    let name = |day: Date| register.on(code(419_001_000_000), day).map(|r| r.name.as_str());
    assert_eq!(name(date(1988, 6, 1)), Some("义马市"));
    assert_eq!(name(date(1992, 6, 1)), None);
    assert_eq!(name(date(2023, 6, 1)), Some("济源市"));
    let today = register.tree(date(2023, 6, 30));
    let heirs = |digits, day| register.heirs(code(digits), day, &today);
    assert_eq!(heirs(419_001_000_000, date(1988, 6, 1)), [node(&today, 411_281_000_000)]);
    assert_eq!(heirs(410_827_000_000, date(1987, 6, 1)), [node(&today, 419_001_000_000)]);
    let past = register.tree(date(1989, 6, 1));
    assert_eq!(past.children(node(&past, 419_003_000_000)).count(), 16, "济源 of 1989");
    assert_eq!(past.children(node(&past, 419_001_000_000)).count(), 7, "义马 of 1989");
}

#[test]
fn rules_are_resolved() {
    let catalog = catalog();
    let ix = |code| catalog.indicator_by_code(code).unwrap();
    let RollUpRule::Ratio(ratio) = &catalog.indicator(ix("SA15")).rollup else {
        panic!("no ratio")
    };
    let [top] = &ratio.numerator[..] else { panic!("one term") };
    assert_eq!((top.indicator, top.reading, top.factor), (ix("SA11"), Reading::Increment, 10_000));
    let [bottom] = &ratio.denominator[..] else { panic!("one term") };
    assert_eq!((bottom.indicator, bottom.reading, bottom.factor), (ix("SA02"), Reading::Months, 1));
    assert!(!ratio.percent);
    let RollUpRule::Ratio(ratio) = &catalog.indicator(ix("SA21")).rollup else {
        panic!("no ratio")
    };
    assert!(ratio.percent && ratio.denominator.len() == 2);
    let weights = RollUpRule::WeightedMean(vec![ix("SA17"), ix("SA18")]);
    assert_eq!(catalog.indicator(ix("SA46")).rollup, weights);
    assert_eq!(catalog.indicator(ix("QA03")).entry, Entry::Derived);
    assert_eq!(catalog.indicator(ix("BS06")).entry, Entry::System);
    let forms: Vec<&str> = catalog.forms.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(forms[..3], ["BS", "SA", "EC"]);
    let review = catalog.forms.iter().filter(|f| f.accept == Acceptance::Review);
    assert_eq!(review.map(|f| f.code.as_str()).collect::<Vec<_>>(), ["SP"]);
    let lines: Vec<u16> = catalog.indicators_of(model::FormIx(1)).map(|(_, i)| i.line).collect();
    assert_eq!(lines, (1..=47).collect::<Vec<u16>>());
}

#[test]
fn every_asked_block_has_a_deadline() {
    let catalog = catalog();
    for (block, cells) in catalog.blocks() {
        let key = DeadlineKey { form: None, kind: block.frequency, level: block.level };
        assert!(!cells.is_empty() && catalog.calendar.deadlines.contains_key(&key), "{key:?}");
    }
    assert_eq!(catalog.calendar.rhythms[3].zh, "月通报");
    assert_eq!(catalog.calendar.rhythms[3].kind, PeriodKind::Month);
}

#[test]
fn extra_units_join_the_register_and_are_verified() {
    let home = |township: u64| model::UnitRecord {
        code: UnitCode::institution(code(township), 1).unwrap(),
        name: "示例敬老院".into(),
        level: Level::Institution,
        class: UnitClass::Run,
        parent: Some((code(township), Level::Township)),
        eval_group: None,
        valid_from: Some(date(2023, 1, 1)),
        valid_to: None,
        successors: Vec::new(),
        source: ("generated".into(), 7),
    };
    let catalog = catalog::load_with(&shipped(), vec![home(410_102_001_000)]).unwrap();
    let tree = catalog.register.tree(date(2023, 3, 1));
    let home_node = node(&tree, 410_102_001_000_001);
    assert_eq!(tree.parent(home_node), Some(node(&tree, 410_102_001_000)));
    let wrong = catalog::load_with(&shipped(), vec![home(410_102_999_000)]).unwrap_err();
    let places: Vec<(&str, u32)> = wrong.0.iter().map(|p| (p.file.as_str(), p.line)).collect();
    assert_eq!(places, [("generated", 7)]);
}
