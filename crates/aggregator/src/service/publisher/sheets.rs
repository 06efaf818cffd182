//! Sheets of verdicts: those of consecutive entries of one partition, as one entry of their log. A log
//! costs by the entry, whatever it holds.

use std::borrow::Cow;

use model::{envelope::WIRE_VERSION, receipt::PublishedVerdict};
use store::SubmissionRow;

/// Bytes that a sheet has at most, unless a single verdict is larger.
const FULL: usize = 64 << 10;

/// A JSON array of verdicts.
pub(super) struct Sheet {
    pub(super) partition: u32,
    /// `partition/first-last`, by the offsets of the entries: a sheet that is written again, and ends
    /// elsewhere, must not take the place of this one.
    pub(super) key: String,
    pub(super) bytes: Vec<u8>,
}

/// The sheets of rows of one commit, which come in the order of partition and offset, without gaps in
/// a partition.
pub(super) fn of(rows: &[&SubmissionRow], commit: u64) -> Vec<Sheet> {
    let (mut sheets, mut rest) = (Vec::new(), rows);
    while let Some((first, _)) = rest.split_first() {
        let (mut bytes, mut taken) = (vec![b'['], 0);
        for row in rest.iter().take_while(|row| row.partition == first.partition) {
            let before = bytes.len();
            if taken > 0 {
                bytes.push(b',');
            }
            // Strings and numbers only; writing them cannot fail.
            let _ = serde_json::to_writer(&mut bytes, &verdict(row, commit));
            if taken > 0 && bytes.len() >= FULL {
                bytes.truncate(before);
                break;
            }
            taken += 1;
        }
        bytes.push(b']');
        let (partition, last) = (first.partition, rest[taken - 1].offset);
        let key = format!("{partition}/{}-{last}", first.offset);
        sheets.push(Sheet { partition, key, bytes });
        rest = &rest[taken..];
    }
    sheets
}

/// The verdicts of a sheet; logs that began earlier hold single ones.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<PublishedVerdict<'_>>, serde_json::Error> {
    match bytes.first() {
        Some(b'[') => serde_json::from_slice(bytes),
        _ => serde_json::from_slice(bytes).map(|one| vec![one]),
    }
}

fn verdict(row: &SubmissionRow, commit: u64) -> PublishedVerdict<'_> {
    let findings = row.findings.as_deref().and_then(|text| serde_json::from_str(text).ok());
    PublishedVerdict {
        wire: WIRE_VERSION,
        partition: row.partition,
        offset: row.offset,
        commit,
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
        catalog: Cow::Borrowed(&row.catalog_hash),
    }
}
