//! Returns as JSON: one object, an array of objects, or one object after the other (JSON lines).

use std::borrow::Cow;

use model::envelope::{Return, WIRE_VERSION};
use serde_json::{Map, Value};

use crate::{FileProblem, FileReturns, Stamp, default_id};

pub(crate) fn read(name: &str, text: &str, stamp: &Stamp) -> FileReturns {
    let mut file = FileReturns::default();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut begin = 0;
    while let Some(next) = stream.next() {
        let line = line_of(text, begin);
        match next {
            Ok(Value::Array(values)) => {
                for value in values {
                    take(name, line, value, stamp, &mut file);
                }
            }
            Ok(value) => take(name, line, value, stamp, &mut file),
            Err(error) => {
                let line = line_of(text, begin).max(error.line() as u64);
                file.problems.push(problem(name, line, &error.to_string()));
                break;
            }
        }
        begin = stream.byte_offset();
    }
    file
}

/// The line of the first character at or behind `offset` that is not white space.
fn line_of(text: &str, offset: usize) -> u64 {
    let rest = &text[offset..];
    let begin = offset + rest.len() - rest.trim_start().len();
    1 + text[..begin].bytes().filter(|&byte| byte == b'\n').count() as u64
}

fn take(name: &str, line: u64, value: Value, stamp: &Stamp, file: &mut FileReturns) {
    let Value::Object(mut object) = value else {
        file.problems.push(problem(name, line, "a return is an object"));
        return;
    };
    complete(&mut object, stamp);
    // Through text once more: the envelope borrows from its input, and this is no hot path.
    let text = Value::Object(object).to_string();
    match serde_json::from_str::<Return<'_>>(&text) {
        Ok(sent) if sent.wire != WIRE_VERSION => {
            let what = format!("wire version {}, this program writes {WIRE_VERSION}", sent.wire);
            file.problems.push(problem(name, line, &what));
        }
        Ok(sent) => file.returns.push((line, owned(sent))),
        Err(error) => {
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or(&what).to_owned();
            file.problems.push(problem(name, line, &what));
        }
    }
}

/// Adds what the receiver knows: wire version, time, source, revision 1, an id.
fn complete(object: &mut Map<String, Value>, stamp: &Stamp) {
    object.entry("wire").or_insert_with(|| WIRE_VERSION.into());
    object.entry("revision").or_insert_with(|| 1.into());
    object.entry("submitted_at").or_insert_with(|| stamp.submitted_at.clone().into());
    object.entry("source").or_insert_with(|| "file".into());
    if !object.contains_key("id") {
        let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
        let revision = object.get("revision").and_then(Value::as_u64).unwrap_or(1) as u32;
        let id = default_id(text("unit"), text("form"), text("period"), revision);
        object.insert("id".to_owned(), id.into_owned().into());
    }
}

fn problem(name: &str, line: u64, what: &str) -> FileProblem {
    FileProblem {
        file: name.to_owned(),
        line,
        message_zh: format!(
            "无法读取：{what}；请对照 schemas/wire/return.v1.json 修改此处，其余报表不受影响"
        ),
        message_en: format!(
            "cannot be read: {what}; correct it after schemas/wire/return.v1.json, the others are kept"
        ),
    }
}

/// The return with all texts owned.
fn owned(sent: Return<'_>) -> Return<'static> {
    fn own(text: Cow<'_, str>) -> Cow<'static, str> {
        Cow::Owned(text.into_owned())
    }
    Return {
        wire: sent.wire,
        id: own(sent.id),
        unit: own(sent.unit),
        form: own(sent.form),
        period: own(sent.period),
        revision: sent.revision,
        submitted_at: own(sent.submitted_at),
        signers: model::envelope::Signers {
            filler: own(sent.signers.filler),
            reviewer: own(sent.signers.reviewer),
            head: own(sent.signers.head),
        },
        reason: sent.reason.map(own),
        cells: model::envelope::Cells(
            sent.cells.0.into_iter().map(|(code, amount)| (own(code), own(amount))).collect(),
        ),
        not_applicable: sent.not_applicable,
        qualifiers: sent.qualifiers,
        explanations: sent.explanations,
        prior: sent.prior,
        source: own(sent.source),
    }
}
