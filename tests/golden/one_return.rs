//! One return on its whole way, each station held by a golden file: receipt, row, rolled-up rows at
//! five levels, SQL.

use std::fs;

use tests::{repository, texts, zhibao};

const SENT: &str = r#"{"unit":"410102001002","form":"SA","period":"2023-03","revision":1,
    "submitted_at":"2023-04-02T09:00:00+08:00",
    "signers":{"filler":"甲","reviewer":"乙","head":"丙"},
    "cells":{"SA01":"7","SA02":"12","SA03":"0","SA04":"0","SA17":"0","SA18":"1"}}"#;

/// A correction with a reason, and the same once more.
fn corrected() -> String {
    SENT.replace("\"revision\":1", "\"revision\":2,\"reason\":\"漏计一户\"")
        .replace("\"SA01\":\"7\",\"SA02\":\"12\"", "\"SA01\":\"8\",\"SA02\":\"14\"")
}

#[test]
fn one_return_from_file_to_province() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("return.json");
    let mut walk = String::new();
    let mut station = |title: &str, arguments: &[&str]| {
        let output = zhibao(&data, arguments);
        let (out, err) = texts(&output);
        assert!(output.status.code().is_some_and(|code| code < 2), "{title}: {out}{err}");
        // CSV ends its lines as RFC 4180 says; the golden file ends them as text files do.
        let out = out.replace("\r\n", "\n");
        walk.push_str(&format!("## {title}\n{out}\n"));
    };
    let path = file.to_str().unwrap();
    fs::write(&file, SENT).unwrap();
    station("submit", &["submit", path]);
    station("aggregate", &["aggregate", "--until-idle"]);
    fs::write(&file, corrected()).unwrap();
    station("submit a correction", &["submit", path]);
    station("submit it again", &["submit", path]);
    station("aggregate again", &["aggregate", "--until-idle"]);
    let of_submissions = "SELECT id, revision, decision, cells, correction, on_time, \"partition\", \
        \"offset\" FROM submissions WHERE kind = 'return' ORDER BY \"offset\"";
    station("submissions", &["--format", "csv", "sql", of_submissions]);
    let rows = "SELECT unit, level, period, sa01, sa02, due_m_village, received_m_village, \
        accepted_m_village, partial FROM sa WHERE sa02 IS NOT NULL \
        AND period IN ('2023-03', '2023-Q1') ORDER BY period, unit";
    station("rows", &["--format", "csv", "sql", rows]);
    let chinese = "SELECT 单位, 层级, 城市低保人数 FROM 社会救助 WHERE 报告期='2023-Q1' \
        AND 城市低保人数 > 0 ORDER BY 单位代码";
    station("in Chinese", &["--format", "csv", "sql", chinese]);

    let golden = repository().join("tests/golden/one_return.txt");
    if std::env::var_os("ZHIBAO_REGENERATE").is_some() {
        fs::write(&golden, &walk).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    assert!(walk == expected, "the walk is now\n{walk}\nand {} says\n{expected}", golden.display());
}
