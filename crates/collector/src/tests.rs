//! Files as they come from offices: encodings, broken lines, both formats.

use encoding_rs::GB18030;
use model::{Catalog, Register, calendar::Calendar};

use super::*;

fn empty_catalog() -> Catalog {
    Catalog::new(
        Register::new(Vec::new()),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Calendar::default(),
        String::new(),
    )
}

fn read(bytes: &[u8]) -> FileReturns {
    let stamp = Stamp { submitted_at: "2023-04-02T09:00:00+08:00".to_owned() };
    read_file("returns", bytes, &empty_catalog(), &stamp)
}

const CSV: &str = "单位代码,报表,报告期,填表人,SA01,SA02,SA05\n\
    410102001002,SA,2023-03,张,7,１２,-\n\
    410102001003,SA,2023-03,李,8\n\
    410102001004,SA,2023-03,王,,0,\n";

#[test]
fn csv_keeps_blank_zero_and_not_applicable_apart_and_only_loses_the_bad_line() {
    let file = read(CSV.as_bytes());
    assert_eq!(file.returns.len(), 2);
    assert_eq!(file.problems.len(), 1);
    assert_eq!(file.problems[0].line, 3);
    let (_, first) = &file.returns[0];
    assert_eq!(first.cells.0.len(), 2);
    assert_eq!(first.not_applicable, ["SA05"]);
    let (line, last) = &file.returns[1];
    assert_eq!((*line, last.cells.0.len(), last.cells.0[0].1.as_ref()), (4, 1, "0"));
    assert_eq!(last.id, "410102001004-SA-2023-03-r1");
}

#[test]
fn gb18030_utf16_and_a_utf8_mark_read_the_same() {
    let plain = read(CSV.as_bytes()).returns;
    let (gb, _, _) = GB18030.encode(CSV);
    assert_eq!(read(&gb).returns, plain);
    let marked = [b"\xEF\xBB\xBF", CSV.as_bytes()].concat();
    assert_eq!(read(&marked).returns, plain);
    let utf16: Vec<u8> = "\u{feff}"
        .chars()
        .chain(CSV.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(read(&utf16).returns, plain);
}

#[test]
fn bytes_of_no_encoding_name_the_line() {
    let file = read(b"unit,form,period\n410102001002,SA,\xff\xff\n");
    assert_eq!((file.problems.len(), file.problems[0].line), (1, 2));
}

#[test]
fn json_lines_and_arrays_are_read_and_a_wrong_object_loses_only_itself() {
    let good = r#"{"unit":"410102001002","form":"SA","period":"2023-03","cells":{"SA01":"1"}}"#;
    let bad = r#"{"unit":"410102001003","from":"SA","period":"2023-03","cells":{}}"#;
    for text in [format!("{good}\n{bad}\n{good}"), format!("[{good},\n{bad},\n{good}]")] {
        let file = read(text.as_bytes());
        assert_eq!((file.returns.len(), file.problems.len()), (2, 1), "{text}");
        assert!(file.problems[0].message_en.contains("from"));
    }
    let cut = read(format!("{good}\n{{\"unit\":").as_bytes());
    assert_eq!((cut.returns.len(), cut.problems[0].line), (1, 2));
}

#[test]
fn a_csv_without_the_needed_columns_says_which() {
    let file = read(b"unit,period,SA01\n1,2,3\n");
    assert!(file.returns.is_empty());
    assert!(file.problems[0].message_en.contains("form"));
}

#[test]
fn a_workbook_reads_as_the_csv_of_its_first_sheet() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, head) in (0u16..).zip(["单位代码", "报表", "报告期", "SA01", "SA11", "SA05"])
    {
        sheet.write(0, column, head).unwrap();
    }
    // Codes are typed as numbers and as texts; a line between is empty.
    sheet.write(1, 0, 410_102_001_002.0).unwrap();
    sheet.write(3, 0, "410102001003").unwrap();
    for row in [1, 3] {
        sheet.write(row, 1, "SA").unwrap();
        sheet.write(row, 2, "2023-03").unwrap();
        sheet.write(row, 3, 7.0).unwrap();
        sheet.write(row, 4, 0.1 + 0.2).unwrap();
        sheet.write(row, 5, "-").unwrap();
    }
    let file = read(&book.save_to_buffer().unwrap());
    assert!(file.problems.is_empty(), "{:?}", file.problems);
    let lines: Vec<(u64, &str)> =
        file.returns.iter().map(|(line, sent)| (*line, sent.unit.as_ref())).collect();
    assert_eq!(lines, [(2, "410102001002"), (4, "410102001003")]);
    let (_, sent) = &file.returns[0];
    assert_eq!(sent.cells.0, [("SA01".into(), "7".into()), ("SA11".into(), "0.3".into())]);
    assert_eq!(sent.not_applicable, ["SA05"]);
    let broken = read(b"PK\x03\x04 is no workbook");
    assert!(broken.problems[0].message_en.contains("cannot be read"));
}

#[test]
fn a_column_explains_a_check() {
    let text = "unit,form,period,SA01,K16 说明,explain K17\n410102001002,SA,2023-03,7,人口多,\n";
    let file = read(text.as_bytes());
    let explanations = &file.returns[0].1.explanations;
    assert_eq!(explanations.len(), 1);
    assert_eq!(explanations["K16"], "人口多");
}

#[test]
fn a_column_holds_the_value_of_the_period_before() {
    let text = "unit,form,period,SA01,SA02,SA02 上期数,prior SA01,prior SA11\n\
        410102001002,SA,2023-03,7,12,１１, 6 ,\n\
        410102001003,SA,2023-03,7,12,-,不适用,三\n";
    let file = read(text.as_bytes());
    assert!(file.problems.is_empty(), "{:?}", file.problems);
    let prior = |place: usize| -> Vec<(&str, &str)> {
        file.returns[place].1.prior.iter().map(|(c, t)| (c.as_str(), t.as_str())).collect()
    };
    // Texts are kept as they came; the checks read them.
    assert_eq!(prior(0), [("SA01", "6"), ("SA02", "１１")]);
    assert_eq!(prior(1), [("SA11", "三")]);
    let first = &file.returns[0].1;
    assert_eq!(first.cells.0, [("SA01".into(), "7".into()), ("SA02".into(), "12".into())]);
    // The head alone, and a column by two names.
    let alone = read("unit,form,period,上期数\n410102001002,SA,2023-03,7\n".as_bytes());
    assert!(alone.returns[0].1.prior.is_empty());
    assert_eq!(alone.returns[0].1.cells.0[0].0, "上期数");
    let twice = "unit,form,period,SA02 上期数,prior SA02\n410102001002,SA,2023-03,1,2\n";
    let twice = read(twice.as_bytes());
    assert!(twice.returns.is_empty() && twice.problems[0].message_en.contains("SA02"));
}

#[test]
fn workbooks_and_json_carry_the_value_of_the_period_before_too() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, head) in (0u16..).zip(["unit", "form", "period", "SA11", "SA11 上期数"]) {
        sheet.write(0, column, head).unwrap();
    }
    for (column, text) in (0u16..).zip(["410102001002", "SA", "2023-03"]) {
        sheet.write(1, column, text).unwrap();
    }
    sheet.write(1, 3, 0.5).unwrap();
    sheet.write(1, 4, 0.1 + 0.2).unwrap();
    let file = read(&book.save_to_buffer().unwrap());
    assert_eq!(file.returns[0].1.prior["SA11"], "0.3");
    let json = r#"{"unit":"410102001002","form":"SA","period":"2023-03","cells":{"SA11":"0.5"},"prior":{"SA11":"0.3"}}"#;
    assert_eq!(read(json.as_bytes()).returns[0].1.prior, file.returns[0].1.prior);
}

#[test]
fn the_prior_column_may_be_named_in_chinese() {
    let mut catalog = empty_catalog();
    catalog.indicators.push(model::Indicator {
        code: "SA02".to_owned(),
        form: model::FormIx(0),
        line: 2,
        core: true,
        zh: "城市低保人数".to_owned(),
        sql_zh: "城市低保人数".to_owned(),
        en: "urban persons".to_owned(),
        measure: "人".to_owned(),
        decimals: 0,
        scale: 0,
        kind: model::indicator::Kind::Stock,
        rollup: model::indicator::RollUpRule::Sum,
        frequency: model::PeriodKind::Month,
        entry: model::indicator::Entry::At(model::Level::Village),
        national_code: String::new(),
        note: String::new(),
    });
    let stamp = Stamp { submitted_at: "2023-04-02T09:00:00+08:00".to_owned() };
    let text = "unit,form,period,城市低保人数,城市低保人数上期数\n410102001002,SA,2023-03,12,11\n";
    let file = read_file("returns", text.as_bytes(), &catalog, &stamp);
    let sent = &file.returns[0].1;
    assert_eq!((sent.cells.0[0].0.as_ref(), sent.prior["SA02"].as_str()), ("SA02", "11"));
}
