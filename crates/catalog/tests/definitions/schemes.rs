//! Planted mistakes in the schemes: each is found at its line, with a remedy, and nothing else is.

use std::fs;

use catalog::Problem;

use crate::folder::Copy;

/// A copy without the large list of units, which schemes do not refer to.
fn copy() -> Copy {
    let copy = Copy::new();
    fs::remove_file(copy.path().join("units/henan-2023.csv.gz")).unwrap();
    copy
}

fn found(copy: &Copy) -> Vec<Problem> {
    let report = catalog::check(copy.path());
    report.findings.into_iter().filter(|problem| problem.file.starts_with("schemes/")).collect()
}

/// Plants one mistake and expects one finding at its line whose English message holds `word`.
fn plant(file: &str, start: &str, from: &str, to: &str, word: &str) {
    let copy = copy();
    let file = format!("schemes/{file}");
    let line = copy.plant(&file, start, from, to);
    let problems = found(&copy);
    let [problem] = &problems[..] else { panic!("{file}, {word}: {problems:#?}") };
    assert_eq!((problem.file.as_str(), problem.line), (file.as_str(), line), "{problem}");
    assert!(problem.message_en.contains(word), "{problem}");
    assert!(!problem.remedy_zh.is_empty() && !problem.remedy_en.is_empty(), "{problem}");
}

#[test]
fn the_shipped_schemes_are_clean() {
    assert_eq!(found(&copy()), []);
}

#[test]
fn unknown_words_of_an_item_are_told() {
    let item = |start, from, to, word| plant("main/items.csv", start, from, to, word);
    item("E101,", "linear_floor_target", "linear", "column method");
    item("E101,", ",EC08,", ",EC98,", "unknown indicator EC98");
    item("E101,", ",E1,", ",E9,", "column area");
    item("E101,", ",Q H Y,", ",Q H J,", "column cycles");
    item("E101,", "P1 P2 P3", "P1 P2 P4", "column groups");
    item("E101,", ",up,", ",upwards,", "column direction");
    item("E101,", "redistribute", "redistributed", "column den_zero");
    item("E205,", "无案件", "", "column flag_zh");
    item("E207,", "K72 K100", "K72 K109", "unknown check K109");
    item("E106,", ",monthly,", ",weekly,", "column plan");
    item("E201,", "county,,each", "country,,each", "column share_of");
}

#[test]
fn metrics_that_make_no_sense_are_told() {
    let item = |start, from, to, word| plant("main/items.csv", start, from, to, word);
    item("E201,", "(SA14 / 12)", "(SA14 / 12", "is not understood");
    item("E205,", "SA35 / SA34", "SA35 - SA34", "is not understood");
    item("E303,", "GG10 / BS08", "EC08 / BS08", "divides a ratio once more");
    item("E301,", ",GG02,", ",GG02 ; EC08,", "cannot judge");
    item("E103,", ",EC10,", ",EC09,", "cannot judge");
}

#[test]
fn targets_and_floors_that_contradict_are_told() {
    plant("main/items.csv", "E101,", ",100,60,", ",60,100,", "direction contradicts");
    plant("main/items.csv", "E101,", ",100,60,", ",100,6o,", "column floor");
    plant("main/items.csv", "E207,", ",0,3,", ",3,3,", "not above target");
    plant("main/items.csv", "E106,", ",100,,", ",0,,", "column target");
    plant("main/floors.csv", "E206,DS06,43", "E206", "E203", "uses this floor");
    plant("main/floors.csv", "E202,SA13", "SA13", "SA15", "uses this floor");
    plant("main/floors.csv", "E206,DS07,43", "DS07", "DS06", "already set in line 4");
}

#[test]
fn a_plan_must_cover_every_cycle_and_not_go_back() {
    let copy = copy();
    copy.plant("schemes/main/plans.csv", "cemetery,9,", "cemetery,9,", "cemetery,8,");
    let problems = found(&copy);
    let [problem] = &problems[..] else { panic!("{problems:#?}") };
    assert_eq!(problem.file, "schemes/main/items.csv");
    assert!(problem.message_en.contains("end of month 9"), "{problem}");
    plant("main/plans.csv", "monthly,11,", ",95", ",80", "goes back");
}

#[test]
fn weights_that_do_not_add_up_are_told_beside_the_sum() {
    let copy = copy();
    copy.plant("schemes/main/items.csv", "E302,", "per 10k,4,", "per 10k,4.5,");
    let problems = found(&copy);
    let [problem] = &problems[..] else { panic!("{problems:#?}") };
    assert_eq!((problem.file.as_str(), problem.line), ("schemes/main/areas.csv", 4));
    assert!(problem.message_en.contains("area E3 add up to 20.5, not to 20"), "{problem}");
    let safety = self::copy();
    safety.plant("schemes/safety/items.csv", "S5,", "institution,10,", "institution,9,");
    let problems = found(&safety);
    let [problem] = &problems[..] else { panic!("{problems:#?}") };
    assert_eq!((problem.file.as_str(), problem.line), ("schemes/safety/scheme.csv", 2));
    assert!(problem.message_en.contains("add up to 99, not to 100"), "{problem}");
}

#[test]
fn the_rest_of_a_scheme_is_checked_too() {
    plant("main/vetoes.csv", "V1,", "cap_below(G1)", "cap_below(G9)", "column effects");
    plant("main/vetoes.csv", "V1,", "SF12", "SF92", "unknown indicator SF92");
    plant("main/bonuses.csv", "B2,", ",0.5,", ",-0.5,", "column points");
    plant("main/deductions.csv", "D2,", "QA04", "QA94", "unknown indicator QA94");
    plant("main/deductions.csv", "D4,", ",5,3,", ",5,,", "column free_days");
    plant("main/grades.csv", "G2,", ",80,", ",95,", "from the best down");
    plant("main/scheme.csv", "main,", ",90,50,", ",190,50,", "column coverage_percent");
    plant("main/scheme.csv", "main,", "main,", "mian,", "its folder \"main\"");
    plant("groups.csv", "P2,", "admin direct", "admin driect", "column classes");
}

#[test]
fn an_id_that_stands_twice_is_told() {
    let copy = copy();
    copy.plant("schemes/main/bonuses.csv", "B2,", "B2,", "B1,");
    let problems = found(&copy);
    let [problem] = &problems[..] else { panic!("{problems:#?}") };
    assert!(problem.message_en.contains("id B1 stands more than once"), "{problem}");
}
