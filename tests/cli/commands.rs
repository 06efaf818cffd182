//! Commands as their users run them: definitions, intake, evaluation, formats, and how they end.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tests::{copied_definitions, definitions, program, texts, zhibao};

const HEAD: &str = "unit,form,period,filler,reviewer,head,SA01,SA02,SA03,SA04,SA17,SA18\n";
const LINE: &str = "410102001002,SA,2023-03,甲,乙,丙,7,12,0,0,0,1\n";

fn json(data: &Path, arguments: &[&str]) -> Value {
    let output = zhibao(data, &[&["--format", "json"], arguments].concat());
    let (out, err) = texts(&output);
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {out}{err}"))
}

/// A data folder with one settled return.
fn one_return() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("returns.csv");
    fs::write(&csv, format!("{HEAD}{LINE}")).unwrap();
    json(folder.path(), &["submit", csv.to_str().unwrap()]);
    json(folder.path(), &["aggregate", "--until-idle"]);
    folder
}

#[test]
fn the_definitions_are_counted_and_have_no_findings() {
    let folder = tempfile::tempdir().unwrap();
    let report = json(folder.path(), &["catalog", "check"]);
    assert_eq!(report["findings"], Value::Array(Vec::new()));
    for (what, count) in [("forms", 15), ("indicators", 196), ("checks", 100), ("schemes", 2)] {
        assert_eq!(report[what], count, "{what}");
    }
    // 27 items of the main scheme and 5 of the safety scheme.
    assert_eq!(report["scheme_items"], 32);
    // Of Henan 52,329 real villages, of the other places of the reports the rest.
    assert_eq!(report["units"]["village"], 52_692);
    assert_eq!(report["containers"]["village"], 52);
}

/// File, text and what it becomes: ten mistakes that a hand makes.
const TEN: [(&str, &str, &str); 10] = [
    ("forms/sa.csv", "sql_zh", "sqlzh"),
    ("forms/ec.csv", ",stock,", ",stok,"),
    ("forms/ec.csv", ",EC09,", ",EC99,"),
    ("forms/cw.csv", ",3,事实", ",2,事实"),
    ("forms/forms.csv", "示例民政厅", ""),
    ("checks/checks.csv", "SA01 <= SA02", "SA01 <= SA92"),
    ("checks/checks.csv", ",hard,", ",fatal,"),
    ("calendar/deadlines.csv", "M,county", "M,township"),
    ("units/places.csv", "430408001000,430408000000", "430408001000,430409000000"),
    ("schemes/main/items.csv", ",EC08,", ",EC98,"),
];

#[test]
fn ten_planted_mistakes_are_printed_with_file_line_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let copied = copied_definitions(folder.path());
    for (file, from, to) in TEN {
        let path = copied.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} holds no {from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }
    let output = Command::new(program())
        .args(["--lang", "en", "--format", "json", "--definitions"])
        .arg(&copied)
        .args(["catalog", "check"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    for (file, _, to) in TEN {
        let found = findings.iter().any(|f| f["file"] == file);
        assert!(found, "{file} {to}: {findings:#?}");
    }
    assert_eq!(findings.len(), TEN.len(), "{findings:#?}");
    assert!(findings.iter().all(|f| f["line"].is_u64()), "{findings:#?}");
}

#[test]
fn a_cycle_in_the_register_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let copied = copied_definitions(folder.path());
    let places = copied.join("units/places.csv");
    let text = fs::read_to_string(&places).unwrap();
    let (county, below) =
        ("320282000000,320200000000,county,", "320282000000,320282100000,county,");
    assert!(text.contains(county), "the county stands below its city");
    fs::write(&places, text.replacen(county, below, 1)).unwrap();
    let output = Command::new(program())
        .args(["--lang", "en", "--definitions"])
        .arg(&copied)
        .args(["catalog", "check"])
        .output()
        .unwrap();
    let (out, err) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(out.contains("units/places.csv:") && out.contains("cycle"), "{out}");
}

#[test]
fn the_same_file_again_is_a_replay() {
    let folder = one_return();
    let csv = folder.path().join("returns.csv");
    // The time that intake stamps is another one now.
    std::thread::sleep(Duration::from_millis(1100));
    json(folder.path(), &["submit", csv.to_str().unwrap()]);
    let report = json(folder.path(), &["aggregate", "--until-idle"]);
    let intake = &report["intake"];
    assert_eq!((&intake["received"], &intake["replayed"]), (&1.into(), &1.into()), "{intake}");
    assert_eq!((&intake["effective"], &intake["refused"]), (&1.into(), &0.into()), "{intake}");
    assert_eq!(report["rows"], 0, "a replay changes no row");
}

#[test]
fn a_correction_writes_its_own_prefecture_only() {
    let folder = one_return();
    let whole = json(folder.path(), &["aggregate", "--until-idle"]);
    assert_eq!(whole["rows"], 0, "nothing is new");
    let csv = folder.path().join("correction.csv");
    let head = HEAD.replace("unit,", "revision,reason,unit,");
    let line = LINE.replace(",7,12,", ",8,14,");
    fs::write(&csv, format!("{head}2,漏计一户,{line}")).unwrap();
    json(folder.path(), &["submit", csv.to_str().unwrap()]);
    let report = json(folder.path(), &["aggregate", "--until-idle"]);
    let rows = report["rows"].as_u64().unwrap();
    // Zhengzhou and the province, in a handful of periods; the province has 55,000 units.
    assert!(rows > 0 && rows < 40_000, "{rows} rows");
    let statement = "SELECT sa02 FROM sa WHERE period='2023-03' AND level='province'";
    let answer = zhibao(folder.path(), &["--format", "csv", "sql", statement]);
    assert!(texts(&answer).0.lines().eq(["sa02", "14"]), "{:?}", texts(&answer));
}

#[test]
fn a_scheme_scores_the_periods_of_its_cycles_and_no_others() {
    let folder = one_return();
    let month = zhibao(folder.path(), &["evaluate", "--scheme", "safety", "--period", "2023-03"]);
    assert_eq!(month.status.code(), Some(0), "{:?}", texts(&month));
    let none = zhibao(folder.path(), &["evaluate", "--scheme", "main", "--period", "2023-03"]);
    let (_, err) = texts(&none);
    assert_eq!(none.status.code(), Some(3), "{err}");
    assert!(err.contains("Q H Y"), "{err}");
    let unknown = zhibao(folder.path(), &["evaluate", "--scheme", "x", "--period", "2023-Q1"]);
    assert!(texts(&unknown).1.contains("main, safety"), "{:?}", texts(&unknown));
}

#[test]
fn every_output_format_says_the_same() {
    let folder = one_return();
    let statement = "SELECT unit, sa02 FROM sa WHERE period='2023-03' AND level='village' \
        AND sa02 IS NOT NULL";
    let out = |format| zhibao(folder.path(), &["--format", format, "sql", statement]).stdout;
    let text = |format| String::from_utf8(out(format)).unwrap();
    for format in ["table", "csv", "json"] {
        let text = text(format);
        assert!(text.contains("410102001002") && text.contains("12"), "{format}: {text}");
    }
    let parquet = out("parquet");
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
}

#[test]
fn a_full_disk_behind_standard_output_is_the_users_to_empty() {
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let mut command = Command::new(program());
    command.args(["--lang", "en", "--definitions"]).arg(definitions()).args(["catalog", "check"]);
    let output = command.stdout(full).output().unwrap();
    let (_, err) = texts(&output);
    assert_eq!(output.status.code(), Some(3), "{err}");
    assert!(err.contains("standard output"), "{err}");
}

#[test]
fn ctrl_c_ends_a_waiting_service_at_once() {
    let folder = one_return();
    let mut service = Command::new(program())
        .args(["--lang", "en", "--data"])
        .arg(folder.path())
        .arg("--definitions")
        .arg(definitions())
        .arg("aggregate")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(3));
    assert!(service.try_wait().unwrap().is_none(), "a service goes on when nothing is left");
    let pid = service.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let asked = Instant::now();
    let status = loop {
        if let Some(status) = service.try_wait().unwrap() {
            break status;
        }
        if asked.elapsed() > Duration::from_secs(20) {
            service.kill().unwrap();
            panic!("it still runs");
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(status.code(), Some(130));
}
