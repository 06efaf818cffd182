//! `zhibao check FILE…`: what is wrong with these returns and what would become of them, without
//! sending them.

use serde::Serialize;

use super::{
    Context,
    files::{self, Examination, Files, Found},
    history::{History, Standing},
    print,
};
use crate::{arguments::FilesArguments, failure::Outcome};

#[derive(Serialize)]
struct Report<'a> {
    returns: usize,
    /// These five add up to `returns`.
    new: usize,
    changed: usize,
    unchanged: usize,
    superseded: usize,
    refused: usize,
    /// Whether there were tables to compare with.
    compared_with_tables: bool,
    unreadable: Vec<String>,
    rows: Vec<Row<'a>>,
    findings: Vec<Found<'a>>,
}

/// One return of the files.
#[derive(Serialize)]
struct Row<'a> {
    file: &'a str,
    line: u64,
    id: &'a str,
    unit: &'a str,
    form: &'a str,
    period: &'a str,
    revision: u32,
    standing: Standing,
    /// The same content was refused before: send it as the next revision.
    refused_before: bool,
}

impl<'a> Row<'a> {
    fn of(one: &'a Examination) -> Self {
        Self {
            file: &one.file,
            line: one.line,
            id: &one.sent.id,
            unit: &one.sent.unit,
            form: &one.sent.form,
            period: &one.sent.period,
            revision: one.sent.revision,
            standing: one.standing,
            refused_before: one.refused_before,
        }
    }
}

pub(super) async fn run(context: &Context, arguments: &FilesArguments) -> anyhow::Result<Outcome> {
    let catalog = context.place.catalog(&context.settings)?;
    let read = files::read(&catalog, &arguments.files)?;
    let history = History::read(context, read.returns.iter().map(|one| &one.sent)).await?;
    let known = history.known;
    let files = files::foresee(&catalog, read, history);
    if context.json()? {
        print::json(&report(&files, known))?;
    } else {
        text(context, &files, known)?;
    }
    let fine = |one: &Examination| one.findings.is_empty() && !one.refused_before;
    let clean = files.problems.is_empty() && files.returns.iter().all(fine);
    Ok(if clean { Outcome::Done } else { Outcome::Findings })
}

fn report(files: &Files, known: bool) -> Report<'_> {
    Report {
        returns: files.returns.len(),
        new: files.count(Standing::New),
        changed: files.count(Standing::Changed),
        unchanged: files.count(Standing::Unchanged),
        superseded: files.count(Standing::Superseded),
        refused: files.count(Standing::Refused),
        compared_with_tables: known,
        unreadable: files.problems.iter().map(ToString::to_string).collect(),
        rows: files.returns.iter().map(Row::of).collect(),
        findings: files.found(),
    }
}

fn text(context: &Context, files: &Files, known: bool) -> anyhow::Result<()> {
    let lang = context.lang;
    files.print(context)?;
    for one in files.returns.iter().filter(|one| one.refused_before) {
        print::line(format!(
            "{}:{}: {}: {}",
            one.file,
            one.line,
            one.sent.unit,
            lang.pick(
                "同样内容此前已被退回；请改版次、写明原因后重报",
                "the same content was refused before; send it as the next revision, with a reason",
            ),
        ))?;
    }
    if !known {
        print::line(lang.pick(
            "此处没有库表，未与已报数据比较（用 --data 指定文件夹）",
            "no tables here, so nothing was compared with what came in earlier (name the folder with --data)",
        ))?;
    }
    let words = [
        (Standing::New, "新报", "new"),
        (Standing::Changed, "更正", "changed"),
        (Standing::Unchanged, "未变", "unchanged"),
        (Standing::Superseded, "已被更高版次取代", "superseded"),
        (Standing::Refused, "有强制性问题", "with hard findings"),
    ];
    let counts = words.map(|(one, zh, en)| format!("{} {}", files.count(one), lang.pick(zh, en)));
    print::line(format!(
        "{} {}: {}; {} {}",
        files.returns.len(),
        lang.pick("份报表", "returns"),
        counts.join(", "),
        files.problems.len(),
        lang.pick("处无法读取", "unreadable"),
    ))
}
