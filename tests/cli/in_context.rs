//! What depends on neighbours, from the command line: a value of the period before that does not agree,
//! an explanation, a warning for the level above. Each comes and goes with the returns that it is about.

use tests::Installation;

const VILLAGE: &str = "410102001002";
const COUNTY: &str = "410102000000";
const CITY: &str = "410100000000";

fn village(period: &str, revision: u32, persons: u32, prior: &str) -> String {
    let reason = if revision > 1 { r#""reason":"更正","# } else { "" };
    let prior = match prior {
        "" => String::new(),
        amount => format!(r#""prior":{{"SA02":"{amount}"}},"#),
    };
    format!(
        r#"{{"unit":"{VILLAGE}","form":"SA","period":"{period}","revision":{revision},{reason}{prior}"submitted_at":"2023-04-02T09:00:00+08:00","signers":{{"filler":"甲","reviewer":"乙","head":"丙"}},"cells":{{"SA01":"7","SA02":"{persons}","SA03":"0","SA04":"0","SA17":"0","SA18":"1"}}}}"#
    ) + "\n"
}

#[test]
fn a_value_of_the_period_before_is_held_against_the_stored_one() {
    let here = Installation::default();
    let k75 = || here.sql("SELECT unit, cell, found FROM findings WHERE check_id = 'K75'");
    // February says twelve; March says that February was thirteen.
    here.submit(&[village("2023-02", 1, 12, ""), village("2023-03", 1, 14, "13")]);
    let found = k75();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(&format!("{VILLAGE},")), "{found:?}");
    // February is corrected, and the finding about March is gone: nobody sent March again.
    here.submit(&[village("2023-02", 2, 13, "")]);
    assert_eq!(k75(), [""; 0]);
    // March is sent again with another value: the column in force decides.
    here.submit(&[village("2023-03", 2, 14, "12")]);
    assert_eq!(k75().len(), 1);
    // And without the column nothing is compared.
    here.submit(&[village("2023-03", 3, 14, "")]);
    assert_eq!(k75(), [""; 0]);
    // The tables are those that a rebuild makes.
    here.done(&["aggregate", "rebuild"]);
}

fn accidents(revision: u32, how_many: u32) -> String {
    let reason = if revision > 1 { r#""reason":"误报","# } else { "" };
    let explained = match how_many {
        0 => "",
        _ => r#""explanations":{"K93":"厨房失火，无伤亡"},"#,
    };
    format!(
        r#"{{"unit":"{COUNTY}","form":"SF","period":"2023-02-T1","revision":{revision},{reason}{explained}"submitted_at":"2023-02-11T09:00:00+08:00","signers":{{"filler":"甲","reviewer":"乙","head":"丙"}},"cells":{{"SF01":"9","SF05":"20","SF12":"{how_many}"}}}}"#
    ) + "\n"
}

#[test]
fn an_accident_warns_the_level_above_until_it_is_taken_back() {
    let here = Installation::default();
    here.submit(&[accidents(1, 1)]);
    let warned = || {
        here.sql(
            "SELECT unit, to_unit, urgency, found FROM early_warnings WHERE warning_id = 'E10' \
             ORDER BY unit",
        )
    };
    // The city is warned about its county, and the province about the city, though others are missing.
    assert_eq!(
        warned(),
        [format!("{CITY},410000000000,red,SF12 = 1"), format!("{COUNTY},{CITY},red,SF12 = 1"),]
    );
    let zh = here.sql("SELECT 收件单位, 单位, 级别 FROM 预警 ORDER BY 单位代码");
    assert_eq!(zh, ["河南省,郑州市,红", "郑州市,中原区,红"]);
    here.submit(&[accidents(2, 0)]);
    assert_eq!(warned(), [""; 0]);
}

#[test]
fn the_unit_explains_what_stands_from_context_and_it_stays_with_the_finding() {
    let here = Installation::default();
    here.submit(&[village("2023-02", 1, 12, ""), village("2023-03", 1, 14, "13")]);
    let of = ["--form", "SA", "--period", "2023-03", "--unit", VILLAGE, "--check", "K75"];
    let words = ["--signer", "甲", "--reason", "上月底册有误"];
    let explain = [&["review", "explain"], &of[..], &words].concat();
    here.done(&explain);
    here.aggregate();
    let found = here.sql("SELECT explanation FROM findings WHERE check_id = 'K75'");
    assert!(found[0].starts_with(&format!("上月底册有误（{VILLAGE} 甲")), "{found:?}");
    // When the finding is gone, its explanation stands alone in the list of steps.
    here.submit(&[village("2023-02", 2, 13, "")]);
    assert_eq!(here.sql("SELECT explanation FROM findings WHERE check_id = 'K75'"), [""; 0]);
    assert_eq!(here.sql("SELECT step, decision FROM steps"), ["explain,accepted"]);
}
