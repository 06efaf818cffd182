//! The life of a return from the command line: reviewed, sent back, corrected, withdrawn, excepted,
//! locked, approved, published, opened again; and the tables that a rebuild makes of it.

use std::{fs, path::Path};

use serde_json::Value;
use tests::{Installation, zhibao};

const PERIOD: &str = "2023-03-T1";
const CITY: &str = "410100000000";
const A: &str = "410102000000";
const B: &str = "410103000000";
const C: &str = "410104000000";

/// The installation, and what the tests ask of it again and again.
struct Here(Installation);

impl std::ops::Deref for Here {
    type Target = Installation;

    fn deref(&self) -> &Installation {
        &self.0
    }
}

impl Here {
    /// A step about the ledger form, by the city.
    fn review(&self, verb: &str, unit: &str, revision: &str, more: &[&str]) -> Vec<String> {
        let fixed = ["review", verb, "--form", "SP", "--period", PERIOD, "--unit", unit];
        let by = ["--revision", revision, "--signer", "丁"];
        [&fixed[..], &by, more].concat().into_iter().map(str::to_owned).collect()
    }

    /// State, review and revision of all returns of the form, by unit and revision.
    fn states(&self) -> Vec<String> {
        let rows = self.sql(
            "SELECT unit, revision, state, review FROM returns WHERE form = 'SP' \
             ORDER BY unit, revision",
        );
        rows.into_iter().map(|row| row.replace(',', " ")).collect()
    }

    /// The rolled-up number of tasks of the city.
    fn tasks(&self) -> String {
        let of = format!("WHERE unit = {CITY} AND period = '{PERIOD}'");
        let rows = self.sql(&format!("SELECT sp01 FROM sp {of}"));
        rows.first().map_or_else(String::new, |row| row.trim_matches('"').to_owned())
    }

    /// What the tables hold is what a recomputation and a rebuild from the journal make of it.
    fn holds(&self) {
        let doctor = self.done(&["doctor"]);
        assert_eq!(doctor.matches("different 0").count(), 3, "{doctor}");
        self.done(&["aggregate", "rebuild"]);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn strs(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

fn line(unit: &str, revision: u32, tasks: u32, filler: &str) -> String {
    let reason = if revision > 1 { r#""reason":"更正","# } else { "" };
    format!(
        r#"{{"unit":"{unit}","form":"SP","period":"{PERIOD}","revision":{revision},{reason}"submitted_at":"2023-03-11T09:00:00+08:00","signers":{{"filler":"{filler}","reviewer":"乙","head":"丙"}},"cells":{{"SP01":"{tasks}","SP02":"1","SP03":"0"}}}}"#
    ) + "\n"
}

fn installation() -> Here {
    Here(Installation::default())
}

#[test]
fn what_waits_counts_when_a_level_above_accepts_it_and_not_before() {
    let here = installation();
    here.submit(&[line(A, 1, 10, "甲"), line(B, 1, 200, "丁"), line(C, 1, 3000, "甲")]);
    assert_eq!(here.tasks(), "");

    // Who is not above, who filled in, what is not the newest: refused before anything is written.
    let by_itself = here.review("accept", A, "1", &["--by", A]);
    assert!(here.refused(&strs(&by_itself)).contains("does not stand above"));
    let own = here.review("accept", B, "1", &["--by", CITY]);
    assert!(here.refused(&strs(&own)).contains("filled in"));
    let unseen = here.review("accept", A, "2", &["--by", CITY]);
    assert!(here.refused(&strs(&unseen)).contains("not the newest"));
    let without_reason = here.review("send-back", C, "1", &["--by", CITY]);
    assert!(here.refused(&strs(&without_reason)).contains("reason"));

    here.done(&strs(&here.review("accept", A, "1", &["--by", CITY])));
    let why = &["--by", CITY, "--reason", "SP01 与台账不符"];
    here.done(&strs(&here.review("send-back", C, "1", why)));
    here.done(&strs(&here.review("withdraw", B, "1", &[])));
    here.aggregate();
    assert_eq!(here.tasks(), "10");
    let expected = [
        format!("{A} 1 effective accepted"),
        format!("{B} 1 superseded withdrawn"),
        format!("{C} 1 pending sent_back"),
    ];
    assert_eq!(here.states(), expected);

    // The unit sends the next revision, which waits in its turn.
    here.submit(&[line(C, 2, 4000, "甲")]);
    here.done(&strs(&here.review("accept", C, "2", &["--by", CITY])));
    here.aggregate();
    assert_eq!(here.tasks(), "4010");
    // What was accepted and is sent back counts until the correction does.
    let why = &["--by", CITY, "--reason", "再核"];
    here.done(&strs(&here.review("send-back", C, "2", why)));
    here.aggregate();
    assert_eq!(here.tasks(), "4010");
    here.submit(&[line(C, 3, 5000, "甲")]);
    assert_eq!(here.tasks(), "4010");
    here.done(&strs(&here.review("accept", C, "3", &["--by", CITY])));
    here.aggregate();
    assert_eq!(here.tasks(), "5010");
    assert_eq!(
        here.states()[2..],
        [
            format!("{C} 1 superseded sent_back"),
            format!("{C} 2 superseded sent_back"),
            format!("{C} 3 effective accepted"),
        ]
    );
    here.holds();
}

#[test]
fn a_bulk_acceptance_says_what_it_leaves_out_and_why() {
    let here = installation();
    here.submit(&[line(A, 1, 10, "甲"), line(B, 1, 200, "丁"), line(C, 1, 3000, "甲")]);
    let why = &["--by", CITY, "--reason", "请核对"];
    here.done(&strs(&here.review("send-back", C, "1", why)));
    here.aggregate();
    let bulk = ["--format", "json", "review", "accept", "--form", "SP", "--period", PERIOD];
    let bulk = [&bulk[..], &["--subtree", CITY, "--by", CITY, "--signer", "丁"]].concat();
    let dry = here.run(&[&bulk[..], &["--dry-run"]].concat());
    let output = here.run(&bulk);
    assert_eq!(output.status.code(), Some(1), "something was left out: {}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let dry: Value = serde_json::from_slice(&dry.stdout).unwrap();
    assert_eq!(dry["accepted"], report["accepted"], "a dry run says the same and writes nothing");
    assert_eq!(report["accepted"].as_array().unwrap().len(), 1);
    assert_eq!(report["accepted"][0]["unit"].to_string().trim_matches('"'), A);
    let left_out = report["left_out"].as_array().unwrap();
    let reason = |unit: &str| {
        let of = |one: &&Value| one["unit"].to_string().trim_matches('"') == unit;
        left_out.iter().find(of).map(|one| one["en"].as_str().unwrap().to_owned()).unwrap()
    };
    assert!(reason(B).contains("filled in"), "{}", reason(B));
    assert!(reason(C).contains("sent back"), "{}", reason(C));
    let missing = left_out.iter().filter(|one| one["en"] == "nothing was submitted").count();
    assert_eq!(missing, left_out.len() - 2, "all others of the city sent nothing");
    here.aggregate();
    assert_eq!(here.tasks(), "10");
    here.holds();
}

/// A command about the period of a subtree.
fn period(
    verb: &'static str,
    unit: &'static str,
    by: &'static str,
    signer: &'static str,
) -> Vec<&'static str> {
    let of = ["--form", "SP", "--period", PERIOD, "--unit", unit, "--by", by];
    [&["period", verb], &of[..], &["--signer", signer]].concat()
}

/// Counties of the city are missing (K87), and the province lets that rest.
fn let_the_missing_rest(here: &Here) {
    let lock = period("lock", CITY, CITY, "丁");
    assert!(here.refused(&lock).contains("against the unit itself"));
    let rest = period("except", CITY, "410000000000", "辛");
    let rest = [&rest[2..], &["--check", "K87", "--reason", "其余县未建台账"]].concat();
    here.done(&[&["review", "except"], &rest[..]].concat());
    here.aggregate();
    let found = "SELECT exception FROM findings WHERE check_id = 'K87' AND form = 'SP'";
    let found = here.sql(&format!("{found} AND unit = {CITY}"));
    assert!(found[0].contains("其余县未建台账（410000000000 辛"), "{found:?}");
}

/// Three persons approve, one after the other; then it is published.
fn approve_and_publish(here: &Here) {
    let approve = |round: &'static str, signer: &'static str| {
        [&period("approve", CITY, CITY, signer)[..], &["--round", round]].concat()
    };
    // What was left out is open, so that figures can change: it is locked first.
    assert!(here.refused(&approve("1", "戊")).contains("open for 410103000000"));
    here.done(&period("lock", CITY, CITY, "丁"));
    here.aggregate();
    assert!(here.refused(&period("publish", CITY, CITY, "丁")).contains("locked"));
    assert!(here.refused(&approve("2", "戊")).contains("approval 1 is due"));
    for (round, next, signer) in [("1", "2", "戊"), ("2", "3", "己"), ("3", "", "庚")] {
        here.done(&approve(round, signer));
        here.aggregate();
        if !next.is_empty() {
            assert!(here.refused(&approve(next, signer)).contains("signed an approval before"));
        }
    }
    here.done(&period("publish", CITY, CITY, "丁"));
    here.aggregate();
}

/// The city has locked everything but B, which waits; a correction of A comes too late.
fn lock_all_but_what_waits(here: &Here) {
    let lock = period("lock", CITY, CITY, "丁");
    assert!(here.refused(&lock).contains("--leave-out"));
    here.done(&[&lock[..], &["--leave-out"]].concat());
    here.aggregate();
    let late = here.folder().join("late.json");
    fs::write(&late, line(A, 2, 11, "甲")).unwrap();
    let check = here.run(&["check", late.to_str().unwrap()]);
    assert!(text(&check.stdout).contains("K09"), "{}", text(&check.stdout));
    here.submit(&[line(A, 2, 11, "甲")]);
    assert!(here.states()[1].contains("refused"), "{:?}", here.states());
    here.done(&strs(&here.review("accept", B, "1", &["--by", CITY])));
    here.aggregate();
    assert_eq!(here.tasks(), "210", "the one left out goes on");
    let back = here.review("send-back", A, "1", &["--by", CITY, "--reason", "x"]);
    assert!(here.refused(&strs(&back)).contains("locked"));
}

#[test]
fn a_locked_period_takes_nothing_until_it_is_opened_with_a_reason() {
    let here = installation();
    here.submit(&[line(A, 1, 10, "甲"), line(B, 1, 200, "甲")]);
    here.done(&strs(&here.review("accept", A, "1", &["--by", CITY])));
    here.aggregate();
    let_the_missing_rest(&here);
    lock_all_but_what_waits(&here);
    approve_and_publish(&here);
    let show = ["--format", "json", "period", "show", "--form", "SP", "--period", PERIOD];
    let show = |unit| -> Value {
        serde_json::from_str(&here.done(&[&show[..], &["--unit", unit]].concat())).unwrap()
    };
    let published = show(CITY);
    assert_eq!((&published["state"], &published["edition"]), (&"published".into(), &1.into()));

    // A county does not open what the city has locked; the city does, with a reason.
    let by_itself = [&period("unlock", A, A, "甲")[..], &["--reason", "漏报"]].concat();
    assert!(here.refused(&by_itself).contains("locked by 410100000000"));
    let unlock = period("unlock", A, CITY, "丁");
    assert!(here.refused(&unlock).contains("reason"));
    here.done(&[&unlock[..], &["--reason", "审计更正"]].concat());
    here.aggregate();
    assert_eq!(show(CITY)["state"], "locked", "the approvals of the whole are void");
    let approve = [&period("approve", CITY, CITY, "戊")[..], &["--round", "1"]].concat();
    assert!(here.refused(&approve).contains("open for 410102000000"));
    here.submit(&[line(A, 3, 12, "甲")]);
    here.done(&strs(&here.review("accept", A, "3", &["--by", CITY])));
    here.aggregate();
    assert_eq!(here.tasks(), "212");
    let steps = here.sql("SELECT step, count(*) FROM steps GROUP BY step ORDER BY step");
    assert_eq!(steps, ["accept,3", "approve,3", "except,1", "lock,2", "publish,1", "unlock,1"]);
    here.holds();
}

#[test]
fn an_exception_lets_one_check_rest_for_one_return() {
    let here = installation();
    // Marriages with foreigners are more than all: K39, hard.
    let line = |revision: u32| {
        let reason = if revision > 1 { r#""reason":"上级已准例外","# } else { "" };
        format!(
            r#"{{"unit":"{A}","form":"MR","period":"2023-02","revision":{revision},{reason}"submitted_at":"2023-03-02T09:00:00+08:00","signers":{{"filler":"甲","reviewer":"乙","head":"丙"}},"cells":{{"MR01":"3","MR02":"1","MR03":"5","MR04":"0"}}}}"#
        ) + "\n"
    };
    let file = here.folder().join("mr.json");
    fs::write(&file, line(1)).unwrap();
    let submit = |folder: &Path| zhibao(&folder.join("data"), &["submit", file.to_str().unwrap()]);
    assert_eq!(submit(here.folder()).status.code(), Some(1), "refused on the spot");
    let except = |check: &'static str, by: &'static str| {
        let of = ["review", "except", "--form", "MR", "--period", "2023-02", "--unit", A];
        [&of[..], &["--check", check, "--by", by, "--signer", "丁", "--reason", "补登往年"]]
            .concat()
    };
    assert!(here.refused(&except("K39", A)).contains("does not stand above"));
    assert!(here.refused(&except("K04", CITY)).contains("cannot be excepted"));
    here.done(&except("K39", CITY));
    here.aggregate();
    fs::write(&file, line(2)).unwrap();
    let check = here.run(&["--format", "json", "check", file.to_str().unwrap()]);
    let report: Value = serde_json::from_slice(&check.stdout).unwrap();
    assert_eq!(
        (&report["refused"], &report["new"]),
        (&Value::from(0), &Value::from(1)),
        "{report}"
    );
}

#[test]
fn an_unlock_that_was_interrupted_is_seen_and_finished_by_another() {
    let here = installation();
    here.submit(&[line(A, 1, 10, "甲")]);
    here.done(&strs(&here.review("accept", A, "1", &["--by", CITY])));
    here.aggregate();
    here.done(&period("lock", A, CITY, "丁"));
    here.aggregate();
    // Ten of the 24 partitions have the unlock, as after a power cut of a sender.
    let unlock = format!(
        r#"{{"wire":1,"id":"u","form":"SP","period":"{PERIOD}","locked":false,"unit":"{A}","by":"{CITY}","reason":"审计更正","signer":"丁","submitted_at":"2023-03-20T09:00:00+08:00"}}"#
    );
    let journal = rusqlite::Connection::open(here.folder().join("data/journal.sqlite")).unwrap();
    for partition in 0..10 {
        let next = "SELECT coalesce(max(position) + 1, 0) FROM entry WHERE partition = ?1";
        let next: i64 = journal.query_row(next, [partition], |row| row.get(0)).unwrap();
        let entry = "INSERT INTO entry VALUES (?1, ?2, 0, '', 'lock', '1', ?3)";
        journal.execute(entry, rusqlite::params![partition, next, unlock.as_bytes()]).unwrap();
    }
    drop(journal);
    here.aggregate();
    let show = || -> Value {
        let show = ["--format", "json", "period", "show", "--form", "SP", "--period", PERIOD];
        serde_json::from_str(&here.done(&[&show[..], &["--unit", A]].concat())).unwrap()
    };
    assert_eq!(show()["interrupted"], true);
    let approve = [&period("approve", A, CITY, "戊")[..], &["--round", "1"]].concat();
    assert!(here.refused(&approve).contains("interrupted"));
    let taken = here.sql("SELECT decision FROM steps WHERE step = 'unlock'");
    assert_eq!(taken, ["in_part"]);
    here.done(&[&period("unlock", A, CITY, "丁")[..], &["--reason", "审计更正"]].concat());
    here.aggregate();
    assert_eq!((&show()["interrupted"], &show()["state"]), (&false.into(), &"open".into()));
    here.holds();
}
