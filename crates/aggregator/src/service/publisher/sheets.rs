//! Sheets of verdicts: those of consecutive entries of one partition, as one entry of their log. A log
//! costs by the entry, whatever it holds, and by the byte: what all of a sheet have in common stands in
//! it once.

use std::{borrow::Cow, sync::Arc};

use model::{
    envelope::WIRE_VERSION,
    receipt::{PublishedVerdict, VerdictSheet},
};
use serde::Deserialize;
use store::SubmissionRow;

use super::Cursor;

/// Bytes that a sheet has at most, unless a single verdict is larger.
const FULL: usize = 64 << 10;

/// How a sheet ends, which begins as one without verdicts.
const END: &[u8] = b"]}";

/// A [`VerdictSheet`] as it is published.
pub(super) struct Sheet {
    pub(super) partition: u32,
    /// `partition/first-last`, by the offsets of the entries: a sheet that is written again, and ends
    /// elsewhere, must not take the place of this one.
    pub(super) key: String,
    /// As JSON.
    pub(super) bytes: Vec<u8>,
}

/// The sheets of rows of one commit, which come in the order of partition and offset, without gaps in
/// a partition.
pub(super) fn of(rows: &[&SubmissionRow], commit: u64) -> Vec<Sheet> {
    let (mut sheets, mut rest) = (Vec::new(), rows);
    while let Some((first, _)) = rest.split_first() {
        let (mut bytes, mut taken) = (begin(first, commit), 0);
        for row in rest.iter().take_while(|row| belongs(row, first)) {
            let before = bytes.len();
            if taken > 0 {
                bytes.push(b',');
            }
            // Strings and numbers only; writing them cannot fail.
            let _ = serde_json::to_writer(&mut bytes, &verdict(row));
            if taken > 0 && bytes.len() >= FULL {
                bytes.truncate(before);
                break;
            }
            taken += 1;
        }
        bytes.extend(END);
        let (partition, last) = (first.partition, rest[taken - 1].offset);
        let key = format!("{partition}/{}-{last}", first.offset);
        sheets.push(Sheet { partition, key, bytes });
        rest = &rest[taken..];
    }
    sheets
}

/// Whether a row can stand in the sheet of another one.
fn belongs(row: &SubmissionRow, first: &SubmissionRow) -> bool {
    let same = Arc::ptr_eq(&row.catalog_hash, &first.catalog_hash);
    row.partition == first.partition && (same || row.catalog_hash == first.catalog_hash)
}

/// A sheet up to its first verdict.
fn begin(first: &SubmissionRow, commit: u64) -> Vec<u8> {
    let empty = VerdictSheet {
        wire: WIRE_VERSION,
        partition: first.partition,
        commit,
        catalog: Cow::Borrowed(&first.catalog_hash),
        verdicts: Vec::new(),
    };
    let mut bytes = Vec::with_capacity(FULL);
    let _ = serde_json::to_writer(&mut bytes, &empty);
    bytes.truncate(bytes.len() - END.len());
    bytes
}

/// What the log's last entry of a partition may be.
#[derive(Deserialize)]
#[serde(untagged)]
enum Last<'a> {
    Sheet(#[serde(borrow)] VerdictSheet<'a>),
    /// Logs that began earlier hold verdicts that say all of it themselves, in arrays or alone.
    Several(Vec<Alone>),
    One(Alone),
}

#[derive(Deserialize)]
struct Alone {
    offset: u64,
    commit: u64,
}

/// Behind the last entry that a sheet is about; `None` if it is about none.
pub(super) fn reached(bytes: &[u8]) -> Result<Option<Cursor>, serde_json::Error> {
    let (offset, commit) = match serde_json::from_slice(bytes)? {
        Last::Sheet(sheet) => (sheet.verdicts.last().map(|one| one.offset), sheet.commit),
        Last::Several(several) => match several.last() {
            Some(one) => (Some(one.offset), one.commit),
            None => (None, 0),
        },
        Last::One(one) => (Some(one.offset), one.commit),
    };
    Ok(offset.map(|offset| Cursor { next: offset + 1, commit }))
}

fn verdict(row: &SubmissionRow) -> PublishedVerdict<'_> {
    let findings = row.findings.as_deref().and_then(|text| serde_json::from_str(text).ok());
    PublishedVerdict {
        offset: row.offset,
        kind: row.kind,
        id: Cow::Borrowed(&row.id),
        unit: row.unit.map(|unit| unit.to_string().into()),
        form: row.form.as_deref().map(Cow::Borrowed),
        period: row.period.map(|period| period.to_string().into()),
        revision: row.revision,
        decision: row.decision,
        on_time: row.on_time,
        reason: row.reason.as_deref().map(Cow::Borrowed),
        findings: findings.unwrap_or_default(),
    }
}
