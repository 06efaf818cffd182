//! Commands as their users run them: definitions, intake, evaluation, formats, and how they end.

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;
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
    for (what, count) in [("forms", 15), ("indicators", 196), ("checks", 102), ("schemes", 2)] {
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

/// A register of one county with its city and province.
fn one_county(folder: &Path) -> std::path::PathBuf {
    let register = definitions().join("units/henan-2023.csv.gz");
    let mut text = String::new();
    GzDecoder::new(fs::File::open(register).unwrap()).read_to_string(&mut text).unwrap();
    let wanted = |line: &&str| {
        let above = ["code", "410000000000", "410100000000", "410102"];
        above.iter().any(|start| line.starts_with(start))
    };
    // The stored list has columns for its history, which a list to import has not.
    let plain = |line: &str| line.split(',').take(7).collect::<Vec<_>>().join(",");
    let lines: Vec<String> = text.lines().filter(wanted).map(plain).collect();
    let file = folder.join("county.csv");
    fs::write(&file, lines.join("\n")).unwrap();
    file
}

#[test]
fn the_demo_runs_on_a_register_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = one_county(folder.path());
    let data = folder.path().join("data");
    let demo = ["demo", "--units", file.to_str().unwrap()];
    let summary = json(&data, &demo);
    let intake = |name: &str| summary["intake"][name].as_u64().unwrap();
    let parts = ["effective", "superseded", "refused", "set_aside", "pending"].map(intake);
    assert_eq!(intake("received"), parts.iter().sum::<u64>());
    assert!(intake("effective") > 1000, "{}", summary["intake"]);
    assert_eq!(summary["findings_on_clean_returns"], 0);
    assert_eq!(summary["cases"], Value::Array(Vec::new()), "other places are not judged");

    // What it left behind is read again from anywhere, proved, and rebuilt from the journal.
    let doctor = json(&data, &["doctor"]);
    for part in ["once", "recompute", "conserved"] {
        assert_eq!(doctor[part]["different"], 0, "{doctor}");
        assert!(doctor[part]["compared"].as_u64().unwrap() > 0, "{doctor}");
    }
    let rebuilt = json(&data, &["aggregate", "rebuild"]);
    for part in ["submissions", "rows"] {
        assert_eq!(rebuilt[part]["different"], 0, "{rebuilt}");
        assert!(rebuilt[part]["compared"].as_u64().unwrap() > 1000, "{rebuilt}");
    }
    let listed = json(&data, &["set-aside", "list"]);
    assert_eq!(listed.as_array().unwrap().len() as u64, intake("set_aside"));

    // A folder that no demo made is left alone.
    let own = folder.path().join("own");
    fs::create_dir_all(own.join("definitions")).unwrap();
    let refused = zhibao(&own, &demo);
    assert_eq!(refused.status.code(), Some(3), "{:?}", texts(&refused));
    assert!(own.join("definitions").is_dir());
}

#[test]
fn a_doctor_finds_a_cell_that_was_changed_behind_its_back() {
    let folder = one_return();
    let doctor = || {
        let output = zhibao(folder.path(), &["--format", "json", "doctor"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), report)
    };
    assert_eq!(doctor().0, Some(0));
    // The quarter's file of the city takes the place of the month's: same size of table, wrong rows.
    let sa = folder.path().join("tables/sa");
    let file = |period: &str| {
        let folder = sa.join(format!("period={period}"));
        let found = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut city = found.filter(|p| p.file_name().unwrap().to_str().unwrap().contains(".4101"));
        city.next().unwrap()
    };
    let log = sa.join("_delta_log");
    let (month, quarter) = (file("2023-03"), file("2023-Q1"));
    let bytes = fs::read(&quarter).unwrap();
    let (old, new) = (fs::metadata(&month).unwrap().len(), bytes.len() as u64);
    fs::write(&month, bytes).unwrap();
    // The log knows sizes; a careful forger changes them too.
    for commit in fs::read_dir(log).unwrap().map(|entry| entry.unwrap().path()) {
        let Ok(text) = fs::read_to_string(&commit) else { continue };
        let name = month.file_name().unwrap().to_str().unwrap();
        let lines = text.lines().map(|line| match line.contains(name) {
            true => line.replace(&format!("\"size\":{old}"), &format!("\"size\":{new}")),
            false => line.to_owned(),
        });
        fs::write(&commit, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
    }
    let (code, report) = doctor();
    assert_eq!(code, Some(1), "{report}");
    assert!(report["recompute"]["different"].as_u64().unwrap() > 0, "{report}");
    let told = report["recompute"]["told"][0].as_str().unwrap();
    assert!(told.starts_with("sa 2023-03 4101"), "{told}");
}

#[test]
fn a_journal_that_lost_entries_is_refused() {
    let folder = one_return();
    for file in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"] {
        let _ = fs::remove_file(folder.path().join(file));
    }
    let csv = folder.path().join("returns.csv");
    let other = format!("{HEAD}{}", LINE.replace("410102001002", "419001001001"));
    fs::write(&csv, other).unwrap();
    json(folder.path(), &["submit", csv.to_str().unwrap()]);
    let refused = zhibao(folder.path(), &["aggregate", "--until-idle"]);
    let (_, err) = texts(&refused);
    assert_eq!(refused.status.code(), Some(3), "{err}");
    assert!(err.contains("journal.sqlite") && err.contains("restore it"), "{err}");
}
