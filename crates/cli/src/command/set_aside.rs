//! `zhibao set-aside list|show|replay`: entries of the journal that could not be used.

use journal::NewEntry;
use model::{
    envelope::{EntryKind, WIRE_VERSION},
    receipt::Decision,
};
use serde::Serialize;
use store::SubmissionRow;

use super::{Context, print};
use crate::{
    arguments::SetAsideCommand,
    clock,
    failure::{OrRefuse, Outcome, refused},
};

/// An entry that was set aside.
#[derive(Serialize)]
struct Entry {
    place: String,
    kind: &'static str,
    reason: String,
    bytes: usize,
}

pub(super) async fn run(context: &Context, command: &SetAsideCommand) -> anyhow::Result<Outcome> {
    let store = context.place.filled_store().await?;
    let mut rows = Vec::new();
    let keep = |row: &SubmissionRow| row.decision == Decision::SetAside;
    let read = store.read_submissions(|batch| rows.extend(batch.into_iter().filter(keep)));
    read.await.or_refuse()?;
    rows.sort_by_key(|row| (row.partition, row.offset));
    match command {
        SetAsideCommand::List => list(context, &rows),
        SetAsideCommand::Show(wanted) => show(find(&rows, &wanted.place)?),
        SetAsideCommand::Replay(wanted) => replay(context, find(&rows, &wanted.place)?),
    }
}

fn place(row: &SubmissionRow) -> String {
    format!("{}/{}", row.partition, row.offset)
}

fn find<'r>(rows: &'r [SubmissionRow], wanted: &str) -> anyhow::Result<&'r SubmissionRow> {
    rows.iter().find(|row| place(row) == wanted).ok_or_else(|| {
        refused(format!(
            "nothing was set aside at {wanted}; `zhibao set-aside list` names the places"
        ))
    })
}

fn list(context: &Context, rows: &[SubmissionRow]) -> anyhow::Result<Outcome> {
    let entries = rows.iter().map(|row| Entry {
        place: place(row),
        kind: row.kind.name(),
        reason: row.reason.clone().unwrap_or_default(),
        bytes: row.body.as_deref().unwrap_or_default().len(),
    });
    let entries: Vec<Entry> = entries.collect();
    if context.json()? {
        print::json(&entries)?;
        return Ok(Outcome::Done);
    }
    for Entry { place, kind, reason, bytes } in &entries {
        print::line(format!("{place} {kind} {bytes} B: {reason}"))?;
    }
    let lang = context.lang;
    print::line(format!("{} {}", entries.len(), lang.pick("条搁置", "set aside")))?;
    Ok(Outcome::Done)
}

/// The bytes alone, so that they can be piped.
fn show(row: &SubmissionRow) -> anyhow::Result<Outcome> {
    print::bytes(row.body.as_deref().unwrap_or_default())?;
    Ok(Outcome::Done)
}

/// Appends the same bytes once more, as the version that this program writes. The entry that was set
/// aside stays where it is, with its reason.
fn replay(context: &Context, row: &SubmissionRow) -> anyhow::Result<Outcome> {
    let bytes = row.body.as_deref().unwrap_or_default();
    let sent: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| {
        refused(format!(
            "{} is not JSON ({error}); correct it by hand and hand it in with `zhibao submit`",
            place(row)
        ))
    })?;
    let text = |name: &str| sent.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    let (unit, wire) = (text("unit").to_owned(), WIRE_VERSION.to_string());
    let key = format!("{unit}|{}|{}", text("form"), text("period"));
    let entry = NewEntry {
        unit: &unit,
        key: &key,
        // A return goes where its unit belongs, should that be why it was set aside.
        partition: (row.kind != EntryKind::Return).then_some(row.partition),
        kind: row.kind.name(),
        wire: &wire,
        catalog: None,
        trace: None,
        bytes,
        at: clock::now_millis(),
    };
    let mut journal = context.place.open_journal(&context.settings)?;
    let places = journal.append(&[entry]).or_refuse()?;
    for at in places {
        let lang = context.lang;
        let word = lang.pick("已重新写入流水", "appended again at");
        print::line(format!("{} {word} {}/{}", place(row), at.partition, at.offset))?;
    }
    Ok(Outcome::Done)
}
