//! Bad input: one clear message that names the place and the remedy, nothing else lost, and an exit
//! code that tells the user's error from ours.

use std::fs;

use tests::{copied_definitions, texts, zhibao};

/// A clean return of a real village; `changes` replaces parts of it.
fn sent(changes: &[(&str, &str)]) -> String {
    let clean = r#"{"unit":"410102001002","form":"SA","period":"2023-03","revision":1,
        "submitted_at":"2023-04-02T09:00:00+08:00",
        "signers":{"filler":"甲","reviewer":"乙","head":"丙"},
        "cells":{"SA01":"7","SA02":"12","SA03":"0","SA04":"0","SA17":"0","SA18":"1"}}"#;
    changes.iter().fold(clean.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in the clean return");
        text.replace(from, to)
    })
}

/// Checks one return; gives exit code and output.
fn check(text: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("return.json");
    fs::write(&file, text).unwrap();
    let output = zhibao(folder.path(), &["check", file.to_str().unwrap()]);
    let (out, err) = texts(&output);
    (output.status.code(), format!("{out}{err}"))
}

#[test]
fn a_clean_return_passes_and_full_width_digits_are_read() {
    let (code, text) = check(&sent(&[]));
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = check(&sent(&[("\"12\"", "\"１２\"")]));
    assert_eq!(code, Some(0), "{text}");
}

/// Each mistake alone: the check that finds it, and what its message must name.
const MISTAKES: [(&str, &str, &str, &[&str]); 9] = [
    ("\"410102001002\"", "\"410102001999\"", "K01", &["410102001999"]),
    ("\"2023-03\"", "\"2023-Q1\"", "K02", &["kind Q", "village"]),
    ("\"SA17\":\"0\",", "", "K04", &["SA17"]),
    ("\"12\"", "\"12.5\"", "K05", &["SA02", "12.5"]),
    ("\"12\"", "\"twelve\"", "K05", &["SA02", "twelve"]),
    ("\"12\"", "\"1234567890123\"", "K05", &["SA02", "12 digits"]),
    ("\"12\"", "\"-12\"", "K06", &["SA02", "-12"]),
    ("\"SA18\"", "\"SA99\"", "W04", &["SA99"]),
    ("\"reviewer\":\"乙\",", "", "K03", &["reviewer"]),
];

#[test]
fn every_mistake_is_found_where_it_is() {
    for (from, to, check_id, named) in MISTAKES {
        let (code, text) = check(&sent(&[(from, to)]));
        assert_eq!(code, Some(1), "{to}: {text}");
        assert!(text.contains(check_id), "{to}: {check_id} is missing in {text}");
        for name in named {
            assert!(text.contains(name), "{to}: {name} is not named in {text}");
        }
        assert!(text.contains("return.json:1"), "{to}: no file and line in {text}");
    }
}

#[test]
fn a_bad_line_loses_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("returns.csv");
    let head = "unit,form,period,filler,reviewer,head,SA01,SA02,SA03,SA04,SA17,SA18\n";
    let good = "410102001002,SA,2023-03,甲,乙,丙,7,12,0,0,0,1\n";
    let bad = "410102001003,SA,2023-03,甲,乙,丙,7,x,0,0,0,1\n";
    fs::write(&csv, format!("{head}{good}{bad}")).unwrap();
    let output = zhibao(folder.path(), &["--format", "json", "submit", csv.to_str().unwrap()]);
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["receipts"].as_array().unwrap().len(), 1);
    assert_eq!(report["refused"], 1);

    let output = zhibao(folder.path(), &["--format", "json", "aggregate", "--until-idle"]);
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["intake"]["received"], 1, "{out}");
    assert_eq!(report["intake"]["effective"], 1, "{out}");

    let again = zhibao(folder.path(), &["submit", csv.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1));
    let statement = "SELECT sa02 FROM sa WHERE period='2023-03' AND level='province'";
    let rows = zhibao(folder.path(), &["--format", "csv", "sql", statement]);
    assert!(texts(&rows).0.lines().eq(["sa02", "12"]), "{:?}", texts(&rows));
}

#[test]
fn a_gb18030_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("returns.csv");
    // 单位代码,报表,报告期 and the names of the signers in GB18030.
    let head = b"\xb5\xa5\xce\xbb\xb4\xfa\xc2\xeb,\xb1\xa8\xb1\xed,\xb1\xa8\xb8\xe6\xc6\xda,filler,reviewer,head,SA01,SA02,SA03,SA04,SA17,SA18\n";
    let line = b"410102001002,SA,2023-03,\xbc\xd7,\xd2\xd2,\xb1\xfb,7,12,0,0,0,1\n";
    fs::write(&csv, [&head[..], &line[..]].concat()).unwrap();
    let output = zhibao(folder.path(), &["--format", "json", "check", csv.to_str().unwrap()]);
    let (out, err) = texts(&output);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap_or_default();
    assert_eq!((&report["returns"], &report["refused"]), (&1.into(), &0.into()), "{out}{err}");
}

#[test]
fn commands_without_data_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    for (arguments, named) in [
        (&["sql", "SELECT 1"][..], "zhibao demo"),
        (&["aggregate", "--until-idle"][..], "zhibao submit"),
        (&["submit", "/does/not/exist.csv"][..], "exist.csv"),
    ] {
        let output = zhibao(&empty, arguments);
        let (out, err) = texts(&output);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {out}{err}");
        assert!(err.contains(named), "{arguments:?}: {err}");
    }
    let usage = zhibao(&empty, &["demo", "--sead", "1"]);
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn a_typo_in_a_definition_names_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let copied = copied_definitions(folder.path());
    let file = copied.join("forms/sa.csv");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen(",stock,", ",stok,", 1)).unwrap();
    let definitions = copied.to_str().unwrap().to_owned();
    let output = std::process::Command::new(tests::program())
        .args(["--lang", "en", "--definitions", &definitions, "catalog", "check"])
        .output()
        .unwrap();
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(out.contains("forms/sa.csv:2") && out.contains("stok"), "{out}");
}

#[test]
fn a_half_written_table_is_refused_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("return.json");
    fs::write(&file, sent(&[])).unwrap();
    zhibao(folder.path(), &["submit", file.to_str().unwrap()]);
    zhibao(folder.path(), &["aggregate", "--until-idle"]);
    let log = folder.path().join("tables/submissions/_delta_log");
    let newest = fs::read_dir(&log).unwrap().map(|e| e.unwrap().path()).max().unwrap();
    fs::write(&newest, "").unwrap();
    let output = zhibao(folder.path(), &["aggregate", "--until-idle"]);
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(3), "{err}");
    let name = newest.file_name().unwrap().to_str().unwrap();
    assert!(err.contains(name), "{err}");
}
