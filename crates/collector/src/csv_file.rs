//! Returns as CSV: one line per return, one column per indicator.
//!
//! Columns `unit form period` are needed, and `revision filler reviewer head reason id` may stand.
//! `K16 说明` or `explain K16` explains that check, `SA02 上期数` or `prior SA02` holds the value of the
//! period before. Every other column is an indicator, named by code or by its Chinese name on the form.
//! A blank cell is missing, `-` and `不适用` are not applicable, zero is typed as 0.

use std::borrow::Cow;

use csv::ReaderBuilder;
use model::{
    Catalog,
    envelope::{Cells, Return, Signers, WIRE_VERSION},
};

use crate::{FileProblem, FileReturns, Stamp, default_id};

/// What a column holds.
enum Column {
    Unit,
    Form,
    Period,
    Revision,
    Filler,
    Reviewer,
    Head,
    Reason,
    Id,
    /// An explanation of a check.
    Explains(String),
    /// The value of the period before of an indicator.
    Prior(String),
    Indicator(String),
}

pub(crate) fn read(name: &str, text: &str, catalog: &Catalog, stamp: &Stamp) -> FileReturns {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let head: Vec<String> = match reader.headers() {
        Ok(head) => head.iter().map(str::to_owned).collect(),
        Err(error) => {
            let problem = problem(name, 1, &error.to_string(), "保存为逗号分隔的 CSV");
            return FileReturns { returns: Vec::new(), problems: vec![problem] };
        }
    };
    let mut unreadable = Vec::new();
    let records = reader.records().filter_map(|record| match record {
        Ok(record) => {
            let line = record.position().map_or(0, csv::Position::line);
            Some((line, record.iter().map(str::to_owned).collect()))
        }
        Err(error) => {
            let line = error.position().map_or(0, csv::Position::line);
            unreadable.push(problem(name, line, &error.to_string(), "请检查引号"));
            None
        }
    });
    let mut file = lines(name, &head, records, catalog, stamp);
    file.problems.extend(unreadable);
    file.problems.sort_by_key(|problem| problem.line);
    file
}

/// Reads lines of texts below a head.
pub(crate) fn lines(
    name: &str,
    head: &[String],
    lines: impl Iterator<Item = (u64, Vec<String>)>,
    catalog: &Catalog,
    stamp: &Stamp,
) -> FileReturns {
    let mut file = FileReturns::default();
    let columns: Vec<Column> = head.iter().map(|head| column(head, catalog)).collect();
    if let Some(missing) = missing_column(&columns) {
        let remedy = format!("第一行须有列 {missing}");
        file.problems.push(problem(name, 1, &format!("no column {missing}"), &remedy));
        return file;
    }
    for (line, texts) in lines {
        if texts.len() != columns.len() {
            let what = format!("{} fields, the head has {}", texts.len(), columns.len());
            file.problems.push(problem(name, line, &what, "字段数须与第一行相同"));
            continue;
        }
        match to_return(&columns, &texts, stamp) {
            Ok(mut sent) => {
                sent.period = as_month(sent.period, &sent.form, catalog);
                if sent.id.is_empty() {
                    sent.id = default_id(&sent.unit, &sent.form, &sent.period, sent.revision);
                }
                file.returns.push((line, sent));
            }
            Err(what) => file.problems.push(problem(name, line, &what, "请改正此行")),
        }
    }
    file
}

fn column(head: &str, catalog: &Catalog) -> Column {
    match head.trim() {
        "unit" | "单位代码" => Column::Unit,
        "form" | "报表" => Column::Form,
        "period" | "报告期" => Column::Period,
        "revision" | "版次" => Column::Revision,
        "filler" | "填表人" => Column::Filler,
        "reviewer" | "审核人" => Column::Reviewer,
        "head" | "单位负责人" => Column::Head,
        "reason" | "修订原因" => Column::Reason,
        "id" => Column::Id,
        other if explained(other).is_some() => {
            Column::Explains(explained(other).unwrap_or_default().to_owned())
        }
        other => match prior(other) {
            // A form may have an indicator whose own name ends that way.
            Some(name) if named(other, catalog).is_none() => Column::Prior(code_of(name, catalog)),
            _ => Column::Indicator(code_of(other, catalog)),
        },
    }
}

/// The check that a column explains: `K16 说明`, `explain K16`.
fn explained(head: &str) -> Option<&str> {
    let check = head.strip_suffix("说明").or_else(|| head.strip_prefix("explain "))?.trim();
    let number = check.strip_prefix('K')?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(check)
}

/// The indicator whose value of the period before a column holds: `SA02 上期数`, `prior SA02`.
fn prior(head: &str) -> Option<&str> {
    let name = head.strip_suffix("上期数").or_else(|| head.strip_prefix("prior "))?.trim();
    (!name.is_empty()).then_some(name)
}

/// The code of an indicator by its Chinese name.
fn named<'a>(name: &str, catalog: &'a Catalog) -> Option<&'a str> {
    let named = |i: &&model::Indicator| i.sql_zh == name || i.zh == name;
    catalog.indicators.iter().find(named).map(|indicator| indicator.code.as_str())
}

/// The code that a name stands for. An unknown name is kept: the check names it together with all else
/// that is wrong.
fn code_of(name: &str, catalog: &Catalog) -> String {
    named(name, catalog).unwrap_or(name).to_owned()
}

fn missing_column(columns: &[Column]) -> Option<&'static str> {
    let has = |wanted: fn(&Column) -> bool| columns.iter().any(wanted);
    [
        ("unit (单位代码)", has(|c| matches!(c, Column::Unit))),
        ("form (报表)", has(|c| matches!(c, Column::Form))),
        ("period (报告期)", has(|c| matches!(c, Column::Period))),
    ]
    .into_iter()
    .find_map(|(name, there)| (!there).then_some(name))
}

fn to_return(
    columns: &[Column],
    texts: &[String],
    stamp: &Stamp,
) -> Result<Return<'static>, String> {
    let own = |text: &str| Cow::<'static, str>::Owned(text.trim().to_owned());
    let mut sent = Return {
        wire: WIRE_VERSION,
        id: Cow::Borrowed(""),
        unit: Cow::Borrowed(""),
        form: Cow::Borrowed(""),
        period: Cow::Borrowed(""),
        revision: 1,
        submitted_at: Cow::Owned(stamp.submitted_at.clone()),
        signers: Signers::default(),
        reason: None,
        cells: Cells::default(),
        not_applicable: Vec::new(),
        qualifiers: Default::default(),
        explanations: Default::default(),
        prior: Default::default(),
        source: Cow::Borrowed("file"),
    };
    for (column, field) in columns.iter().zip(texts) {
        match column {
            Column::Unit => sent.unit = own(field),
            Column::Form => sent.form = own(field),
            Column::Period => sent.period = own(field),
            Column::Revision => {
                sent.revision =
                    field.trim().parse().map_err(|_| format!("revision {field:?} is no number"))?;
            }
            Column::Filler => sent.signers.filler = own(field),
            Column::Reviewer => sent.signers.reviewer = own(field),
            Column::Head => sent.signers.head = own(field),
            Column::Reason => sent.reason = Some(own(field)).filter(|reason| !reason.is_empty()),
            Column::Id => sent.id = own(field),
            Column::Explains(check) => {
                if !field.trim().is_empty() {
                    sent.explanations.insert(check.clone(), field.trim().to_owned());
                }
            }
            Column::Prior(code) => match field.trim() {
                // What did not apply then has no value to compare with.
                "" | "-" | "不适用" => {}
                amount => {
                    if sent.prior.insert(code.clone(), amount.to_owned()).is_some() {
                        return Err(format!("two columns hold the prior value of {code}"));
                    }
                }
            },
            Column::Indicator(code) => match field.trim() {
                "" => {}
                "-" | "不适用" => sent.not_applicable.push(code.clone()),
                amount => sent.cells.0.push((Cow::Owned(code.clone()), own(amount))),
            },
        }
    }
    Ok(sent)
}

/// A spreadsheet makes the first of March of 2023-03: for a form that asks nothing by day the month was
/// meant.
fn as_month(period: Cow<'static, str>, form: &str, catalog: &Catalog) -> Cow<'static, str> {
    let form = catalog.form_by_code(form);
    let daily = |(key, _): &(model::form::BlockKey, _)| {
        Some(key.form) == form && key.frequency == model::PeriodKind::Day
    };
    match period.strip_suffix("-01").filter(|month| month.len() == 7) {
        Some(month) if !catalog.blocks().iter().any(|block| daily(block)) => {
            Cow::Owned(month.to_owned())
        }
        _ => period,
    }
}

fn problem(name: &str, line: u64, what: &str, remedy_zh: &str) -> FileProblem {
    FileProblem {
        file: name.to_owned(),
        line,
        message_zh: format!("{what}；{remedy_zh}，其余行不受影响"),
        message_en: format!("{what}; correct this line, the others are kept"),
    }
}
