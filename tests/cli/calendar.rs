//! `zhibao calendar` and the views of completeness: due, missing, late and reminded, around a deadline
//! that a holiday moves.

use serde_json::Value;
use tests::Installation;

/// A township with a handful of villages.
const TOWN: &str = "410102001000";
const VILLAGE: &str = "410102001002";
const LATE: &str = "410102001003";

/// What the villages of the township owe on social assistance for March, as of an instant.
fn owed(here: &Installation, verb: &str, now: &str, code: i32) -> Value {
    let of = ["--period", "2023-03", "--unit", TOWN, "--form", "SA", "--now", now];
    here.json(&[&["calendar", verb], &of[..]].concat(), code)
}

fn line(unit: &str, at: &str) -> String {
    format!(
        r#"{{"unit":"{unit}","form":"SA","period":"2023-03","revision":1,"submitted_at":"{at}","signers":{{"filler":"甲","reviewer":"乙","head":"丙"}},"cells":{{"SA01":"7","SA02":"12","SA03":"0","SA04":"0","SA17":"0","SA18":"1"}}}}"#
    ) + "\n"
}

fn stands(report: &Value, unit: &str) -> (String, u64, String) {
    let of = |row: &&Value| row["unit"].to_string().trim_matches('"') == unit;
    let row = report["owed"].as_array().unwrap().iter().find(of).unwrap();
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    (text("standing"), row["days"].as_u64().unwrap_or(0), text("due"))
}

fn here() -> Installation {
    let here = Installation::default();
    // Villages have three days; 2023-04-03 is a Monday, so nothing moves it.
    here.submit(&[
        line(VILLAGE, "2023-04-03T09:00:00+08:00"),
        line(LATE, "2023-04-06T00:00:01+08:00"),
    ]);
    here
}

#[test]
fn who_owes_what_by_when_and_who_is_late_by_how_much() {
    let here = here();
    let before = owed(&here, "due", "2023-04-02T12:00:00+08:00", 0);
    let villages = before["owed"].as_array().unwrap().len();
    assert_eq!(stands(&before, VILLAGE).0, "on_time");
    assert_eq!(stands(&before, VILLAGE).2, "2023-04-03T23:59:59");
    // Late by three days, whenever one looks.
    let late = ("late".to_owned(), 3, "2023-04-03T23:59:59".to_owned());
    assert_eq!(stands(&before, LATE), late);
    let after = owed(&here, "due", "2023-04-08T12:00:00+08:00", 0);
    assert_eq!(after["counts"]["missing"].as_u64(), Some(villages as u64 - 2 - own(&before)));
    // The list of what is missing is the same, and says with its exit code that it is not empty.
    let missing = owed(&here, "missing", "2023-04-08T12:00:00+08:00", 1);
    assert_eq!(missing["counts"]["missing"], after["counts"]["missing"]);
    assert!(missing["owed"].as_array().unwrap().iter().all(|row| row["days"].as_u64() > Some(0)));
    let none_yet = owed(&here, "missing", "2023-04-03T12:00:00+08:00", 0);
    assert_eq!(none_yet["owed"].as_array().unwrap().len(), 0);
}

/// Returns that are not due before the 8th: the township's own.
fn own(report: &Value) -> u64 {
    let rows = report["owed"].as_array().unwrap().iter();
    rows.filter(|row| row["level"] == "township" && row["due"].as_str() >= Some("2023-04-08"))
        .count() as u64
}

#[test]
fn a_holiday_moves_a_deadline_and_with_it_the_reminders() {
    let here = here();
    // Five days after the quarter is 2023-04-05, Qingming.
    let quarter = ["calendar", "due", "--period", "2023-Q1", "--unit", VILLAGE, "--form", "EC"];
    let quarter = here.json(&[&quarter[..], &["--now", "2023-04-05T12:00:00+08:00"]].concat(), 0);
    let due = |row: &Value| row["due"].as_str().unwrap().to_owned();
    let rows = quarter["owed"].as_array().unwrap();
    let of_quarter = rows.iter().find(|row| row["period"] == "2023-Q1").unwrap();
    assert_eq!(due(of_quarter), "2023-04-06T23:59:59");
    let days = here.json(&["calendar", "days", "--from", "2023-04-05", "--to", "2023-04-06"], 0);
    assert_eq!(days["days"][0]["working"], Value::Bool(false));
    assert_eq!(days["days"][1]["working"], Value::Bool(true));
    let unknown = here.json(&["calendar", "days", "--from", "2031-01-01", "--to", "2031-01-02"], 0);
    assert_eq!(unknown["years_without_holidays"][0], 2031);

    let of = |day: &'static str| {
        let reminders = here.json(&["calendar", "reminders", "--day", day, "--unit", TOWN], 0);
        let of_sa = |one: &&Value| one["form"] == "SA" && one["period"] == "2023-03";
        let all: Vec<Value> = reminders.as_array().unwrap().iter().filter(of_sa).cloned().collect();
        all
    };
    // One day behind the deadline the villages that owe are reminded, and nobody else.
    let next = of("2023-04-04");
    assert!(!next.is_empty());
    assert!(next.iter().all(|one| one["standing"] == "missing" && one["whom"] == "unit"));
    assert!(next.iter().all(|one| one["to"] == one["unit"]));
    let sent = next.iter().any(|one| one["unit"].to_string().trim_matches('"') == VILLAGE);
    assert!(!sent, "who has sent is left alone");
    // Three days behind it, the township is told.
    let third = of("2023-04-06");
    let told: Vec<&Value> = third.iter().filter(|one| one["whom"] == "parent").collect();
    assert_eq!(told.len(), next.len());
    assert!(told.iter().all(|one| one["to"].to_string().trim_matches('"') == TOWN));
    let again = of("2023-04-06");
    assert_eq!(again, third, "made again they have the same ids");
}

#[test]
fn completeness_and_timeliness_are_tables_and_agree_with_the_list() {
    let here = here();
    let list = owed(&here, "due", "2023-04-08T12:00:00+08:00", 0);
    let villages = list["owed"].as_array().unwrap().iter().filter(|row| row["level"] == "village");
    let villages = villages.count();
    let of = format!(
        "WHERE unit = {TOWN} AND period = '2023-03' AND form = 'SA' AND entry_level = 'village'"
    );
    let complete = format!("SELECT due, received, accepted, missing FROM completeness {of}");
    let complete = here.sql(&complete);
    assert_eq!(complete, [format!("{villages},2,2,{}", villages - 2)]);
    let timely = here.sql(&format!("SELECT due, on_time, late, open FROM timeliness {of}"));
    assert_eq!(timely, [format!("{villages},1,1,{}", villages - 2)]);
    let zh = here.sql(&format!(
        "SELECT 应报, 实报, 按时, 迟报, 缺报 FROM 报送情况 WHERE 单位代码 = {TOWN} \
         AND 报告期 = '2023-03' AND 报表 = '社会救助' AND 填报层级 = '村'"
    ));
    assert_eq!(zh, [format!("{villages},2,1,1,{}", villages - 2)]);
}
