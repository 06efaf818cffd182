//! `zhibao submit FILE…`: checks returns on the spot and hands in those without hard findings.

use journal::{NewEntry, Place};
use model::{
    Catalog,
    envelope::{EntryKind, Return, WIRE_VERSION, content_digest, hex},
    receipt::Receipt,
};
use serde::Serialize;

use super::{
    Context,
    files::{self, Examination, Files, Found},
    history::History,
    print,
};
use crate::{
    arguments::FilesArguments,
    clock,
    failure::{OrRefuse, Outcome},
};

#[derive(Serialize)]
struct Report<'a> {
    receipts: &'a [Receipt],
    refused: usize,
    unreadable: Vec<String>,
    findings: Vec<Found<'a>>,
}

pub(super) async fn run(context: &Context, arguments: &FilesArguments) -> anyhow::Result<Outcome> {
    let catalog = context.place.catalog(&context.settings)?;
    let read = files::read(&catalog, &arguments.files)?;
    let history = History::of_steps(context).await?;
    let files = files::examine(&catalog, read, &history);
    let receipts = append(context, &catalog, &files)?;
    let report = Report {
        receipts: &receipts,
        refused: files.returns.len() - receipts.len(),
        unreadable: files.problems.iter().map(ToString::to_string).collect(),
        findings: files.found(),
    };
    if context.json()? {
        print::json(&report)?;
    } else {
        text(context, &files, &report)?;
    }
    let clean = files.problems.is_empty() && files.returns.iter().all(|r| r.findings.is_empty());
    Ok(if clean { Outcome::Done } else { Outcome::Findings })
}

/// Appends the returns without hard findings; a receipt is given when they survive a power cut.
fn append(context: &Context, catalog: &Catalog, files: &Files) -> anyhow::Result<Vec<Receipt>> {
    let mut journal = context.place.open_journal(&context.settings)?;
    let accepted: Vec<_> = files.returns.iter().filter(|r| !r.is_refused()).collect();
    let bodies =
        accepted.iter().map(|one| serde_json::to_vec(&one.sent)).collect::<Result<Vec<_>, _>>()?;
    let (wire, at) = (WIRE_VERSION.to_string(), clock::now_millis());
    let key = |one: &&Examination| {
        let Return { unit, form, period, .. } = &one.sent;
        format!("{unit}|{form}|{period}")
    };
    let keys: Vec<String> = accepted.iter().map(key).collect();
    let entries: Vec<NewEntry<'_>> = accepted
        .iter()
        .zip(&bodies)
        .zip(&keys)
        .map(|((one, bytes), key)| NewEntry {
            unit: &one.sent.unit,
            key,
            partition: None,
            catalog: Some(&catalog.hash),
            trace: Some(&one.sent.id),
            kind: EntryKind::Return.name(),
            wire: &wire,
            bytes,
            at,
        })
        .collect();
    let places = journal.append(&entries).or_refuse()?;
    bodies.iter().zip(places).map(|(bytes, place)| receipt(bytes, place)).collect()
}

fn receipt(bytes: &[u8], Place { partition, offset }: Place) -> anyhow::Result<Receipt> {
    let sent: Return<'_> = serde_json::from_slice(bytes)?;
    let content_hash = hex(&content_digest(sent.content(bytes)));
    Ok(Receipt { id: sent.id.into_owned(), content_hash, partition, offset })
}

fn text(context: &Context, files: &Files, report: &Report<'_>) -> anyhow::Result<()> {
    let lang = context.lang;
    files.print(context)?;
    for receipt in report.receipts {
        let Receipt { id, partition, offset, content_hash } = receipt;
        let word = lang.pick("回执", "receipt");
        print::line(format!("{word} {id} {partition}/{offset} sha256:{content_hash}"))?;
    }
    print::line(format!(
        "{} {}, {} {}, {} {}",
        report.receipts.len(),
        lang.pick("份已接收", "received"),
        report.refused,
        lang.pick("份未接收（请改正后重报）", "refused (correct and send again)"),
        files.problems.len(),
        lang.pick("处无法读取", "unreadable"),
    ))
}
