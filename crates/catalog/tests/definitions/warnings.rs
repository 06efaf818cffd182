//! The warnings of the shipped definitions, and mistakes planted in them.

use std::fs;

use model::{
    Level,
    check::CheckLevels,
    warning::{Addressee, Urgency},
};

use crate::folder::{Copy, shipped};

const FILE: &str = "warnings/warnings.csv";

#[test]
fn the_shipped_warnings_are_read() {
    let catalog = catalog::load(&shipped()).unwrap();
    assert_eq!(catalog::check(&shipped()).warnings, catalog.warnings.len());
    let ids: Vec<&str> = catalog.warnings.iter().map(|w| w.id.as_str()).collect();
    let wanted: Vec<String> = (1..=13).map(|n| format!("E{n:02}")).collect();
    assert_eq!(ids, wanted);
    let of = |id: &str| catalog.warnings.iter().find(|w| w.id == id).unwrap();
    let accident = of("E10");
    assert_eq!(accident.condition, "SF12 > 0");
    assert_eq!((accident.urgency, accident.partial), (Urgency::Red, true));
    assert_eq!(accident.levels, CheckLevels::Up(Level::County));
    assert_eq!((of("E05").to, of("E01").to), (Addressee::Prefecture, Addressee::Parent));
    assert!(!of("E01").partial);
    for warning in &catalog.warnings {
        assert!(
            warning.source.contains("seed") || warning.source.contains("proposal"),
            "{} says where its threshold comes from: {}",
            warning.id,
            warning.source
        );
    }
}

/// Start of the line, what becomes what, and a word of the message.
const MISTAKES: [(&str, &str, &str, &str); 17] = [
    ("E01,", "10 * SA29", "10 * SA99", "the condition names unknown indicator SA99"),
    ("E01,", "10 * SA29", "10 * L777", "\"L777\" is no indicator"),
    ("E01,", "10 * SA29", "10 * median(SA29)", "no function median()"),
    ("E01,", "10 * SA29 > 11 * prev(SA29)", "SA29 / prev(SA29) > 1.1", "divides"),
    ("E09,", "SF09 > 0 AND SF09 >= prev(SF09)", "SF09 < 0", "can never be true"),
    ("E09,", "SF09 > 0 AND SF09 >= prev(SF09)", "SF09 >= 0", "can never be false"),
    ("E09,", "SF09 > 0 AND", "SF09 >> 0 AND", "E09"),
    ("E09,", "SF09 > 0 AND SF09 >= prev(SF09)", "SF09 +", "cannot be read"),
    ("E02,", "E02,", "E01,", "warning E01 is already defined in line 2"),
    ("E01,", ",township up,", ",parish up,", "column levels"),
    ("E01,", ",township up,", ",publication,", "column levels"),
    ("E10,", ",county up,", ",township,", "the lowest that has them is county"),
    ("E10,", ",county up,", ",province,", "no unit of these levels"),
    ("E01,", ",yellow,", ",purple,", "column urgency"),
    ("E01,", ",parent,", ",neighbour,", "column to"),
    ("E01,", ",no,yellow,", ",maybe,yellow,", "column partial"),
    ("E01,", ",no,yellow,", ",yes,yellow,", "can make"),
];

#[test]
fn each_mistake_in_a_warning_is_refused_at_its_line() {
    for (start, from, to, word) in MISTAKES {
        let copy = Copy::new();
        let line = copy.plant(FILE, start, from, to);
        let findings = catalog::check(copy.path()).findings;
        let [found] = &findings[..] else { panic!("{to}: {findings:#?}") };
        assert_eq!((found.file.as_str(), found.line), (FILE, line), "{to}");
        assert!(found.message_en.contains(word), "{word}: {found}");
        let texts = [&found.message_zh, &found.remedy_zh, &found.remedy_en];
        assert!(texts.iter().all(|text| !text.is_empty()), "{found}");
        let refused = catalog::load(copy.path()).unwrap_err();
        assert!(refused.to_string().contains(&format!("{FILE}:{line}: ")));
    }
}

#[test]
fn an_unknown_form_and_an_empty_column_are_refused() {
    let copy = Copy::new();
    let form = copy.plant(FILE, "E13,", ",FN,", ",FX,");
    let source = copy.plant(FILE, "E06,", ",as E05; a proposal after K72", ",");
    let findings = catalog::check(copy.path()).findings;
    let found: Vec<(u32, &str)> =
        findings.iter().map(|p| (p.line, p.message_en.as_str())).collect();
    assert_eq!(found, [(source, "column source is empty"), (form, "unknown form FX")]);
}

#[test]
fn an_indicator_that_is_broken_already_is_not_reported_again() {
    let copy = Copy::new();
    copy.plant("forms/sf.csv", "SF12,", ",flow_period,", ",flow,");
    let findings = catalog::check(copy.path()).findings;
    assert!(findings.iter().all(|p| p.file != FILE), "{findings:#?}");
}

#[test]
fn older_definitions_have_no_warnings_and_the_hash_covers_new_ones() {
    let copy = Copy::new();
    let before = catalog::load(copy.path()).unwrap();
    copy.plant(FILE, "E01,", "11 * prev", "12 * prev");
    let after = catalog::load(copy.path()).unwrap();
    assert_ne!(before.hash, after.hash);
    fs::remove_dir_all(copy.path().join("warnings")).unwrap();
    let older = catalog::load(copy.path()).unwrap();
    assert!(older.warnings.is_empty());
    assert_ne!(older.hash, before.hash);
    fs::create_dir(copy.path().join("warnings")).unwrap();
    let refused = catalog::load(copy.path()).unwrap_err();
    assert_eq!((refused.0.len(), refused.0[0].file.as_str()), (1, FILE));
}
