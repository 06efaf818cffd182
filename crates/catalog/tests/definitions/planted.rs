//! Planted mistakes: each is found at its file and line, and no other is reported.

use catalog::Problem;

use crate::folder::Copy;

/// One mistake: in the line of `file` that begins with `start`, `from` becomes `to`; the English
/// message holds `word`.
struct Plant {
    file: &'static str,
    start: &'static str,
    from: &'static str,
    to: &'static str,
    word: &'static str,
}

const fn plant(
    file: &'static str,
    start: &'static str,
    from: &'static str,
    to: &'static str,
    word: &'static str,
) -> Plant {
    Plant { file, start, from, to, word }
}

/// Ten mistakes that the whole folder gets at once.
const TEN: [Plant; 10] = [
    plant("forms/sa.csv", "code,", "sql_zh", "sqlzh", "unknown column \"sqlzh\""),
    plant("forms/ec.csv", "EC02,", ",stock,", ",stok,", "column kind"),
    plant("forms/ec.csv", "EC10,", ",EC09,", ",EC99,", "EC10 names unknown indicator EC99"),
    plant("forms/cw.csv", "CW03,", ",3,事实", ",2,事实", "column line"),
    plant("forms/forms.csv", "GN,", "示例民政厅", "", "column issuer is empty"),
    plant("checks/checks.csv", "K12,", "SA01 <= SA02", "SA01 <= SA92", "unknown indicator SA92"),
    plant("checks/checks.csv", "K30,", ",hard,", ",fatal,", "column severity"),
    plant("calendar/deadlines.csv", "M,county", "M,county", "M,township", "deadline of M township"),
    plant("units/places.csv", "430408001000,", "430408000000", "430409000000", "is in no list"),
    plant("units/places.csv", "320282100000,", ",town,", ",zone,", "cannot have class zone"),
];

/// Others, one at a time.
const SINGLE: [Plant; 37] = [
    plant("forms/ec.csv", "EC07,", ",sum,", ",total,", "column rollup"),
    plant("forms/ec.csv", "EC08,", ",EC07,", ",EC07/2,", "column numerator"),
    plant("forms/sa.csv", "SA15,", "inc(SA11)", "months(SA11)", "months() stocks"),
    plant("forms/cw.csv", "CW05,", "wmean(CW01)", "wmean(CW91)", "unknown indicator CW91"),
    plant("forms/cw.csv", "CW03,", ",人,0,0,", ",人,1,0,", "prints 1 decimals"),
    plant("forms/ds.csv", "DS02,", ",M,", ",X,", "column frequency"),
    plant("forms/ds.csv", "DS05,", ",township,", ",town,", "column entry_level"),
    plant("forms/gg.csv", "GG06,", ",专职网格员,full", ",一肩挑村居数,full", "also in line 2"),
    plant("forms/mr.csv", "MR04,", ",0,0,", ",0,x,", "column scale"),
    plant("forms/fn.csv", "FN04,", "ratio_of_sums", "sum", "do not go together"),
    plant("forms/ec.csv", "EC03,", "EC03", "EC02", "column code"),
    plant("forms/forms.csv", "SO,", "2015-01-01", "2015-13-01", "column valid_from"),
    plant("forms/forms.csv", "SO,", "SO,", "S,", "column code"),
    plant("forms/forms.csv", "GG,", ",quasi", ",qasi", "column silent"),
    plant(
        "checks/checks.csv",
        "K12,",
        "SA01 <= SA02",
        "SA01 <= median(SA02)",
        "no function median()",
    ),
    plant("checks/checks.csv", "K12,", "SA01 <= SA02", "L1 <= L777", "\"L777\" is no indicator"),
    plant("checks/checks.csv", "K12,", "SA01 <= SA02", "SA01 <= SA02 / 0", "divides"),
    plant("checks/checks.csv", "K12,", "SA01 <= SA02", "SA01 < SA01", "can never be true"),
    plant("checks/checks.csv", "K12,", "SA01 <= SA02", "SA01 >= 0", "can never be false"),
    plant(
        "checks/checks.csv",
        "K12,",
        "SA01 <= SA02",
        "SA01 <= (SELECT max(SA02) FROM sa)",
        "is not part of formulas",
    ),
    plant("checks/checks.csv", "K79,", "0.30", "30%", "parameters of the rule"),
    plant("checks/checks.csv", "K101,", "(3.5, 6)", "(3.5)", "K101: the parameters"),
    plant("checks/checks.csv", "K101,", "(3.5, 6)", "(3.5, 2)", "modified_z_score(3.5, 2)"),
    plant("checks/checks.csv", "K102,", "(0, 0.05, 7)", "(0.5, 0.05, 7)", "K102: the parameters"),
    plant("checks/checks.csv", "K66,", "inherit(SA13)", "kids(SA13 + 1)", "takes one indicator"),
    plant("forms/ec.csv", "EC08,", ",EC07,", ",EC08,", "derived from itself"),
    plant("checks/checks.csv", "K26,", ",EC,", ",EX,", "unknown form EX"),
    plant("checks/checks.csv", "K28,", "K28", "K27", "K27 is already"),
    plant("checks/checks.csv", "K72,", "township up", "parish up", "column levels"),
    plant("calendar/rhythms.csv", "T,", "T,", "Z,", "column kind"),
    plant("units/places.csv", "370811006000,", "370811006000", "370811005000", "the same code"),
    plant("units/places.csv", "320282100000,", ",township,", ",twonship,", "column level"),
    plant(
        "units/places.csv",
        "320282000000,",
        "320200000000,county",
        "320282100000,county",
        "cycle",
    ),
    plant("schemes/main/items.csv", "E101,", ",EC08,", ",EC98,", "unknown indicator EC98"),
    plant("schemes/main/items.csv", "E102,", ",E1,", ",E9,", "E9"),
    plant(
        "units/places.csv",
        "430408001001,",
        ",township,neigh",
        ",county,neigh",
        "of level township",
    ),
    plant(
        "units/changes.csv",
        "410381000000,",
        ",410307000000,410307000000,",
        ",410397000000,,",
        "successor 410397000000",
    ),
];

fn assert_only(findings: &[Problem], wanted: &[(&Plant, u32)]) {
    for (plant, line) in wanted {
        let hit = findings.iter().find(|f| f.file == plant.file && f.line == *line);
        let hit =
            hit.unwrap_or_else(|| panic!("{}:{line} {}: {findings:#?}", plant.file, plant.to));
        assert!(hit.message_en.contains(plant.word), "{}: {hit}", plant.word);
        let texts = [&hit.message_zh, &hit.remedy_zh, &hit.remedy_en];
        assert!(texts.iter().all(|text| !text.is_empty()), "{hit}");
    }
    assert_eq!(findings.len(), wanted.len(), "{findings:#?}");
}

#[test]
fn each_mistake_is_found_at_its_line() {
    for plant in TEN.iter().chain(&SINGLE) {
        let copy = Copy::new();
        let line = copy.plant(plant.file, plant.start, plant.from, plant.to);
        assert_only(&catalog::check(copy.path()).findings, &[(plant, line)]);
    }
}

#[test]
fn ten_mistakes_are_ten_findings_and_no_catalogue() {
    let copy = Copy::new();
    let wanted: Vec<(&Plant, u32)> =
        TEN.iter().map(|p| (p, copy.plant(p.file, p.start, p.from, p.to))).collect();
    let report = catalog::check(copy.path());
    assert_only(&report.findings, &wanted);
    assert_eq!((report.forms, report.indicators, report.checks), (15, 196, 102));
    let refused = catalog::load(copy.path()).unwrap_err();
    assert_eq!(refused.0, report.findings);
    let text = refused.to_string();
    for (plant, line) in wanted {
        assert!(text.contains(&format!("{}:{line}: ", plant.file)), "{text}");
    }
}

#[test]
fn a_row_of_the_wrong_length_and_one_that_stands_twice() {
    let copy = Copy::new();
    let short = copy.append("calendar/deadlines.csv", "Y,city,30");
    let twice = copy.lines("units/places.csv")[7].clone();
    let again = copy.append("units/places.csv", &twice);
    let findings = catalog::check(copy.path()).findings;
    let places: Vec<(&str, u32)> = findings.iter().map(|f| (f.file.as_str(), f.line)).collect();
    assert_eq!(places, [("calendar/deadlines.csv", short), ("units/places.csv", again)]);
    assert!(findings[1].message_en.contains("units/places.csv line 8 uses the same code"));
}

#[test]
fn a_missing_rhythm_and_weights_that_do_not_add_up() {
    let copy = Copy::new();
    let rhythms = copy.lines("calendar/rhythms.csv");
    let kept: Vec<String> = rhythms.into_iter().filter(|line| !line.starts_with("B,")).collect();
    copy.write("calendar/rhythms.csv", kept.join("\n"));
    copy.plant("schemes/main/items.csv", "E101,", "coverage,5,", "coverage,6,");
    let findings = catalog::check(copy.path()).findings;
    let texts: Vec<&str> = findings.iter().map(|f| f.message_en.as_str()).collect();
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert_eq!(texts[0], "the rhythm of kind B is missing");
    assert!(texts[1].contains("E1 add up to 31, not to 30"), "{texts:#?}");
}

#[test]
fn files_that_are_missing_or_belong_to_nothing() {
    let missing = Copy::new();
    std::fs::remove_file(missing.path().join("forms/ds.csv")).unwrap();
    let findings = catalog::check(missing.path()).findings;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!((findings[0].file.as_str(), findings[0].line), ("forms/ds.csv", 0));

    let headless = Copy::new();
    let heads = headless.lines("forms/forms.csv");
    let kept: Vec<String> = heads.into_iter().filter(|line| !line.starts_with("EC,")).collect();
    headless.write("forms/forms.csv", kept.join("\n"));
    let findings = catalog::check(headless.path()).findings;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0].file, "forms/ec.csv");

    let nothing = tempfile::tempdir().unwrap();
    let refused = catalog::load(nothing.path()).unwrap_err();
    assert!(refused.0.iter().any(|p| p.file == "units"), "{refused}");
}

#[test]
fn a_byte_order_mark_is_dropped_and_gb18030_is_refused() {
    let copy = Copy::new();
    let before = catalog::check(copy.path());
    let text = copy.lines("forms/sa.csv").join("\r\n");
    copy.write("forms/sa.csv", format!("\u{feff}{text}\r\n"));
    let marked = catalog::check(copy.path());
    assert_eq!(marked.findings, []);
    assert_ne!(marked.hash, before.hash, "the hash is over the bytes");

    copy.write("forms/sa.csv", encoding_rs::GB18030.encode(&text).0);
    let findings = catalog::check(copy.path()).findings;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!((findings[0].file.as_str(), findings[0].line), ("forms/sa.csv", 2));
    assert!(findings[0].remedy_zh.contains("CSV UTF-8") && findings[0].remedy_en.contains("iconv"));
}

#[test]
fn the_readme_is_no_definition() {
    let copy = Copy::new();
    let before = catalog::hash(copy.path()).unwrap();
    copy.write("README.md", "other words");
    assert_eq!(catalog::hash(copy.path()).unwrap(), before);
    copy.plant("calendar/deadlines.csv", "M,county", ",10,", ",11,");
    assert_ne!(catalog::hash(copy.path()).unwrap(), before);
}

#[test]
fn a_formula_of_ten_thousand_terms_is_refused_at_its_line() {
    let copy = Copy::new();
    let chain = format!("SA01 <= SA02{}", " + SA02".repeat(9_999));
    let line = copy.plant("checks/checks.csv", "K12,", "SA01 <= SA02", &chain);
    let findings = catalog::check(copy.path()).findings;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!((findings[0].file.as_str(), findings[0].line), ("checks/checks.csv", line));
    assert!(findings[0].message_en.contains("longer or deeper"), "{}", findings[0]);
}
