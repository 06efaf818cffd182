//! `zhibao check`: what would become of the returns of a file, beside what came in earlier.

use std::{fs, path::Path, process::Output};

use serde_json::Value;
use tests::zhibao;

fn line(unit: &str, revision: u32, reason: &str, persons: u32, explained: &str) -> String {
    let reason = if reason.is_empty() { String::new() } else { format!(r#""reason":"{reason}","#) };
    let explained = match explained {
        "" => String::new(),
        words => format!(r#""explanations":{{"K16":"{words}"}},"#),
    };
    format!(
        r#"{{"unit":"{unit}","form":"SA","period":"2023-03","revision":{revision},{reason}{explained}"submitted_at":"2023-04-02T09:00:00+08:00","signers":{{"filler":"甲","reviewer":"乙","head":"丙"}},"cells":{{"SA01":"7","SA02":"{persons}","SA03":"0","SA04":"0","SA17":"0","SA18":"1"}}}}"#
    ) + "\n"
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    zhibao(&folder.join("data"), &[&["--format", "json"], arguments].concat())
}

fn report(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("{e}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

fn file(folder: &Path, name: &str, lines: &[String]) -> String {
    let path = folder.join(name);
    fs::write(&path, lines.concat()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn standings(report: &Value) -> Vec<(String, u64, String)> {
    let rows = report["rows"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.map(|row| (text(&row["unit"]), row["revision"].as_u64().unwrap(), text(&row["standing"])))
        .collect()
}

#[test]
fn every_return_is_new_changed_unchanged_superseded_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, c, d] = ["410102001002", "410102001003", "410102001004", "410102001005"];
    let sent = [line(a, 1, "", 12, ""), line(b, 1, "", 12, ""), line(c, 3, "更正", 12, "")];
    let first = file(folder.path(), "sent.json", &sent);

    // Before anything came in everything is new, and the program says that it compared with nothing.
    let before = run(folder.path(), &["check", &first]);
    assert_eq!(before.status.code(), Some(0), "{}", String::from_utf8_lossy(&before.stderr));
    let before = report(&before);
    assert_eq!(
        (before["new"].as_u64(), before["compared_with_tables"].as_bool()),
        (Some(3), Some(false))
    );
    assert!(!folder.path().join("data/journal.sqlite").exists(), "a dry run sends nothing");

    assert_eq!(run(folder.path(), &["submit", &first]).status.code(), Some(0));
    assert_eq!(run(folder.path(), &["aggregate", "--until-idle"]).status.code(), Some(0));

    let lines = [
        line(a, 1, "", 12, ""),     // came in before
        line(a, 2, "更正", 12, ""), // says the same once more
        line(a, 3, "更正", 14, ""), // other cells
        line(a, 2, "更正", 15, ""), // stands above with other cells
        line(b, 1, "", 13, ""),     // the same revision with other cells
        line(c, 2, "更正", 13, ""), // a higher one is in force
        line(d, 1, "", 36, ""),     // more than five persons a household, unexplained
        line(d, 1, "", 36, "大户"), // explained: the one before was never sent
    ];
    let again = run(folder.path(), &["check", &file(folder.path(), "again.json", &lines)]);
    assert_eq!(again.status.code(), Some(1));
    let report = report(&again);
    let expected = [
        (a, 1, "unchanged"),
        (a, 2, "unchanged"),
        (a, 3, "changed"),
        (a, 2, "refused"),
        (b, 1, "refused"),
        (c, 2, "superseded"),
        (d, 1, "refused"),
        (d, 1, "new"),
    ];
    let expected =
        expected.map(|(unit, revision, how)| (unit.to_owned(), revision, how.to_owned()));
    assert_eq!(standings(&report), expected);
    let counts = ["new", "changed", "unchanged", "superseded", "refused"];
    let counts: Vec<u64> = counts.iter().map(|name| report[*name].as_u64().unwrap()).collect();
    assert_eq!((counts.iter().sum::<u64>(), report["returns"].as_u64().unwrap()), (8, 8));
    let checks: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["finding"]["check"].as_str().unwrap())
        .collect();
    assert_eq!(checks, ["K07", "K07", "K94", "K16", "K16"]);
    let explained = &report["findings"][4]["finding"];
    assert_eq!(explained["explanation"], "大户");
}
