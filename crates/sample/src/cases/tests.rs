//! The cases with the facts as they are, and with facts changed so that a case must come out
//! otherwise.

use std::sync::Arc;

use model::{
    Catalog, FormIx, Indicator, Level, PeriodKind, Register, UnitClass, UnitCode, UnitRecord,
    calendar::Calendar,
    indicator::{Entry, Kind, RollUpRule},
};

use super::*;
use crate::facts::{Fact, facts, replay};

fn record(
    code: u64,
    name: &str,
    level: Level,
    class: UnitClass,
    parent: Option<(u64, Level)>,
) -> UnitRecord {
    let code_of = |digits| UnitCode::from_u64(digits).unwrap();
    UnitRecord {
        code: code_of(code),
        name: name.to_owned(),
        level,
        class,
        parent: parent.map(|(code, level)| (code_of(code), level)),
        eval_group: None,
        valid_from: None,
        valid_to: None,
        successors: Vec::new(),
        source: (Arc::from("test"), 1),
    }
}

/// The four places whose units the cases count, as small as the counts allow.
fn register() -> Register {
    use Level::{County, Province, Township, Village};
    let mut records = Vec::new();
    let mut place = |county: u64, townships: &[(UnitClass, usize, &str)], communities: u64| {
        records.push(record(
            county,
            "county",
            County,
            UnitClass::Admin,
            Some((100_000_000_000, Province)),
        ));
        let mut code = county;
        for (class, count, name) in townships {
            for _ in 0..*count {
                code += 1000;
                records.push(record(code, name, Township, *class, Some((county, County))));
            }
        }
        for i in 1..=communities {
            let above = county + 1000;
            records.push(record(
                above + i,
                "c",
                Village,
                UnitClass::Neighbourhood,
                Some((above, Township)),
            ));
        }
    };
    use UnitClass::{Quasi, Street, Town};
    place(419_001_000_000, &[(Street, 5, "s"), (Town, 11, "t")], 103);
    place(430_408_000_000, &[(Street, 3, "s"), (Town, 2, "t")], 0);
    let named = [
        (Street, 1, "宜城街道"),
        (Town, 1, "丁蜀镇"),
        (Street, 1, "芳桥街道"),
        (Town, 1, "周铁镇"),
        (Town, 1, "官林镇"),
    ];
    place(320_282_000_000, &named, 0);
    place(
        370_800_000_000,
        &[(Street, 49, "s"), (Town, 103, "t"), (UnitClass::Township, 4, "x"), (Quasi, 2, "q")],
        0,
    );
    records.push(record(100_000_000_000, "top", Province, UnitClass::Admin, None));
    Register::new(records)
}

fn catalog() -> Catalog {
    let indicator = |code: &str, measure: &str, kind, rollup| Indicator {
        code: code.to_owned(),
        form: FormIx(0),
        line: 1,
        core: true,
        zh: code.to_owned(),
        sql_zh: code.to_owned(),
        en: code.to_owned(),
        measure: measure.to_owned(),
        decimals: 0,
        scale: 0,
        kind,
        rollup,
        frequency: PeriodKind::Month,
        entry: Entry::At(Level::County),
        national_code: String::new(),
        note: String::new(),
    };
    let indicators = vec![
        indicator("SF05", "家次", Kind::FlowYtd, RollUpRule::Sum),
        indicator("DS08", "人", Kind::DistinctYtd, RollUpRule::SumWithWarning),
    ];
    let hash = String::new();
    Catalog::new(
        register(),
        Vec::new(),
        indicators,
        Vec::new(),
        Vec::new(),
        Calendar::default(),
        hash,
    )
}

fn k95(cell: &str) -> SeenFinding {
    SeenFinding { check: "K95".into(), units: vec!["410400000000".into()], cell: cell.into() }
}

/// The checks that the file says are evaluated on the declared values, each passed.
fn passed() -> Vec<SeenCheck> {
    [
        ("K41", YIXING),
        ("K42", YIXING),
        ("K39", YIXING),
        ("K63", JINING),
        ("K64", JINING),
        ("K68", JINING),
        ("K58", JINING),
        ("K65", JINING),
        ("K65", PINGDINGSHAN),
        ("K81", PINGDINGSHAN),
        ("K86", PINGDINGSHAN),
    ]
    .map(|(check, unit)| SeenCheck { check: check.into(), units: vec![unit.into()], holds: true })
    .to_vec()
}

fn outcomes(facts: &[Fact], findings: &[SeenFinding]) -> Vec<CaseOutcome> {
    with_checks(facts, findings, &passed())
}

fn with_checks(
    facts: &[Fact],
    findings: &[SeenFinding],
    evaluated: &[SeenCheck],
) -> Vec<CaseOutcome> {
    let replay = replay(facts).unwrap();
    let catalog = catalog();
    judge(&Evidence { facts, replay: &replay, findings, evaluated, catalog: &catalog }).unwrap()
}

fn of<'a>(outcomes: &'a [CaseOutcome], case: &str) -> &'a CaseOutcome {
    outcomes.iter().find(|o| o.case == case).unwrap()
}

#[test]
fn with_the_facts_as_they_are_every_case_is_as_the_file_says_or_waits() {
    let findings = ["DS08", "DS09", "DS04+DS05"].map(k95);
    let outcomes = outcomes(&facts().unwrap(), &findings);
    assert_eq!(outcomes.len(), 35);
    let wrong: Vec<_> = outcomes.iter().filter(|o| o.as_file_says == Outcome::No).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let waiting: Vec<&str> = outcomes
        .iter()
        .filter(|o| matches!(o.as_file_says, Outcome::Later(_)))
        .map(|o| o.case.as_str())
        .collect();
    assert_eq!(waiting, ["C03", "C05", "C10"]);
    assert!(of(&outcomes, "C07").happened_en.contains("+26.1 %"));
    assert!(of(&outcomes, "C01").happened_en.contains("20.5865"));
}

#[test]
fn c07_is_found_by_its_rule_alone() {
    let facts = facts().unwrap();
    for findings in [vec![], vec![k95("DS08"), k95("DS09")], vec![k95("DS08"); 3]] {
        assert_eq!(of(&outcomes(&facts, &findings), "C07").as_file_says, Outcome::No);
    }
}

#[test]
fn a_check_that_fails_or_speaks_where_it_must_not_changes_its_case() {
    let facts = facts().unwrap();
    for check in passed() {
        let mut evaluated = passed();
        evaluated.retain(|e| *e != check);
        let silent = with_checks(&facts, &[], &evaluated);
        evaluated.push(SeenCheck { holds: false, ..check.clone() });
        let failing = with_checks(&facts, &[], &evaluated);
        let all = outcomes(&facts, &[]);
        for outcomes in [silent, failing] {
            let changed = |o: &&CaseOutcome| {
                o.as_file_says == Outcome::No && of(&all, &o.case).as_file_says != Outcome::No
            };
            assert!(outcomes.iter().any(|o| changed(&o)), "{check:?}");
        }
    }
    for (check, unit, case) in
        [("K40", YIXING, "C27"), ("K45", YIXING, "C09"), ("K57", JIYUAN, "C26")]
    {
        let mut evaluated = passed();
        evaluated.push(SeenCheck { check: check.into(), units: vec![unit.into()], holds: true });
        assert_eq!(
            of(&with_checks(&facts, &[], &evaluated), case).as_file_says,
            Outcome::No,
            "{check}"
        );
    }
}

/// Changes one printed number and tells which cases come out otherwise.
fn without_agreement(fact: &str, printed: &str) -> Vec<String> {
    let mut facts = facts().unwrap();
    let changed = facts.iter_mut().find(|f| f.id == fact).unwrap();
    changed.figure = crate::exact::Figure::parse(printed, "test").unwrap();
    changed.printed = printed.to_owned();
    let findings = ["DS08", "DS09", "DS04+DS05"].map(k95);
    let outcomes = outcomes(&facts, &findings);
    let no = outcomes.into_iter().filter(|o| o.as_file_says == Outcome::No);
    no.map(|o| o.case).collect()
}

#[test]
fn another_number_makes_its_case_come_out_otherwise() {
    for (fact, printed, case) in [
        ("F136", "20.7", "C01"),
        ("F123", "14", "C02"),
        ("F004", "22", "C03"),
        ("F107", "8", "C04"),
        ("F119", "2", "C05"),
        ("F070", "22", "C06"),
        ("F079", "47000", "C07"),
        ("F063", "670", "C08"),
        ("F139", "553", "C09"),
        ("F002", "5", "C10"),
        ("F191", "1201", "C11"),
        ("F011", "9829", "C12"),
        ("F195", "1849", "C13"),
        ("F039", "3800", "C14"),
        ("F217", "158", "C15"),
        ("F001", "17", "C16"),
        ("F211", "4.6", "C17"),
        ("F220", "7.40", "C18"),
        ("F044", "2.5", "C20"),
        ("F053", "400", "C22"),
        ("F161", "5681", "C23"),
        ("F176", "50", "C25"),
        ("F005", "98", "C26"),
        ("F131", "25", "C27"),
        ("F148", "541", "C28"),
        ("F095", "6", "C30"),
        ("F105", "6900", "C32"),
        ("F086", "250", "C34"),
    ] {
        assert!(
            without_agreement(fact, printed).contains(&case.to_owned()),
            "{case} with {fact} = {printed}"
        );
    }
}

#[test]
fn another_role_or_word_makes_its_case_come_out_otherwise() {
    let judged = |change: &dyn Fn(&mut Fact), fact: &str, case: &str| {
        let mut facts = facts().unwrap();
        change(facts.iter_mut().find(|f| f.id == fact).unwrap());
        of(&outcomes(&facts, &[]), case).as_file_says.clone()
    };
    let becomes = |indicator: &'static str| {
        move |fact: &mut Fact| {
            fact.role = "actual".into();
            fact.indicator = indicator.into();
            fact.factor = "1".into();
        }
    };
    assert_eq!(judged(&|f| f.period = "2020-10".into(), "F056", "C19"), Outcome::No);
    assert_eq!(judged(&|f| f.quote = "已对2117名".into(), "F052", "C21"), Outcome::No);
    assert_eq!(judged(&becomes("SP02"), "F185", "C31"), Outcome::No);
    assert_eq!(judged(&becomes("CH04"), "F219", "C33"), Outcome::No);
    assert_eq!(
        judged(&|f| (f.note, f.reason) = ("(二)".into(), String::new()), "F041", "C35"),
        Outcome::No
    );
    let mut facts = facts().unwrap();
    let twice = facts.iter().find(|f| f.id == "F146").unwrap().clone();
    facts.push(Fact { id: "F999".into(), ..twice });
    assert_eq!(of(&outcomes(&facts, &[]), "C29").as_file_says, Outcome::No);
    facts.retain(|f| f.id != "F134");
    assert_eq!(of(&outcomes(&facts, &[]), "C01").as_file_says, Outcome::No);
}
