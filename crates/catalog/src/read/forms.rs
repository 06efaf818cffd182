//! Reads `forms/forms.csv`: the head of every form.

use std::path::Path;

use jiff::civil::Date;
use model::{Form, form::Acceptance};

use super::words::{self, expected};
use crate::{
    Problem,
    csv_file::{CsvFile, Row},
};

const FILE: &str = "forms/forms.csv";
const COLUMNS: [&str; 11] = [
    "code",
    "zh",
    "en",
    "version",
    "number",
    "issuer",
    "approval",
    "valid_from",
    "valid_to",
    "accept",
    "silent",
];

/// The forms, as far as they could be read.
#[derive(Default)]
pub(crate) struct Heads {
    /// The forms in the order of the file. What is wrong in a head is replaced, so that the form's
    /// indicators are looked at too.
    pub(crate) forms: Vec<Form>,
    /// Whether the code of some form, or all of them, could not be read.
    pub(crate) incomplete: bool,
}

/// Reads the heads.
pub(crate) fn read(dir: &Path, problems: &mut Vec<Problem>) -> Heads {
    let mut heads = Heads::default();
    let Some(file) = CsvFile::open(dir, FILE, &COLUMNS, problems) else {
        heads.incomplete = true;
        return heads;
    };
    let mut lines: Vec<(String, u32)> = Vec::new();
    for row in file.rows() {
        let Some(form) = head(row, problems) else {
            heads.incomplete = true;
            continue;
        };
        if let Some((code, first)) = lines.iter().find(|(code, _)| *code == form.code) {
            problems.push(
                row.problem(
                    format!("报表 {code} 已在第 {first} 行定义"),
                    format!("form {code} is already defined in line {first}"),
                )
                .remedy(
                    "删去其中一行，或改用别的代码",
                    "remove one of the rows, or use another code",
                ),
            );
            heads.incomplete = true;
            continue;
        }
        lines.push((form.code.clone(), row.line));
        heads.forms.push(form);
    }
    heads
}

/// One head; `None` without a code.
fn head(row: Row<'_>, problems: &mut Vec<Problem>) -> Option<Form> {
    let legal = ["zh", "en", "version", "number", "issuer", "approval"];
    let texts = legal.map(|column| row.required(column, problems).unwrap_or_default().to_owned());
    let code = row.parse("code", "两个大写字母 (two capitals), SA", problems, |text| {
        let good = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        good.then(|| text.to_owned())
    });
    let from = row.parse("valid_from", expected::DATE, problems, words::date);
    let to = row.parse("valid_to", expected::DATE_OR_EMPTY, problems, words::open_date);
    let accept = row.parse("accept", expected::ACCEPT, problems, words::acceptance);
    let silent = row.parse("silent", expected::CLASS, problems, words::classes);
    if let (Some(from), Some(Some(to))) = (from, to)
        && to <= from
    {
        problems.push(
            row.problem("valid_to 不晚于 valid_from", "valid_to is not after valid_from")
                .remedy("改正日期", "correct the dates"),
        );
    }
    let [zh, en, version, number, issuer, approval] = texts;
    Some(Form {
        code: code?,
        zh,
        en,
        version,
        number,
        issuer,
        approval,
        valid_from: from.unwrap_or(Date::MIN),
        valid_to: to.flatten(),
        accept: accept.unwrap_or(Acceptance::Review),
        silent: silent.unwrap_or_default(),
    })
}
