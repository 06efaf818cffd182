//! One row of table `submissions`: an entry of the journal and what became of it.

use std::sync::Arc;

use model::{Period, UnitCode, envelope::EntryKind, receipt::Decision, step::Action};

/// A settled journal entry. Fields that could not be read from it, as in an entry that was set
/// aside, are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionRow {
    /// Return, declared total, step or lock, by the journal's header.
    pub kind: EntryKind,
    /// What a step or a lock does.
    pub step: Option<Action>,
    /// Submission id.
    pub id: String,
    /// The reporting unit.
    pub unit: Option<UnitCode>,
    /// Code of the form.
    pub form: Option<Arc<str>>,
    /// The period; the table is partitioned by it.
    pub period: Option<Period>,
    /// Revision of the return.
    pub revision: Option<u32>,
    /// What was decided.
    pub decision: Decision,
    /// Why it was decided so, where that needs words.
    pub reason: Option<String>,
    /// Why the sender corrects an earlier revision.
    pub correction: Option<String>,
    /// Cells as canonical JSON: indicator code and amount as text.
    pub cells: Option<String>,
    /// Codes of the indicators that do not apply, joined with commas.
    pub not_applicable: Option<String>,
    /// Qualifiers of cells as JSON.
    pub qualifiers: Option<String>,
    /// Explanations of verify findings as JSON, by check.
    pub explanations: Option<String>,
    /// Values of the period before that were sent along (上期数), as JSON.
    pub prior: Option<String>,
    /// Findings as JSON.
    pub findings: Option<String>,
    /// Who answers for it, as JSON.
    pub signers: Option<String>,
    /// When it was handed in, microseconds since 1970 (UTC).
    pub submitted_at: Option<i64>,
    /// Whether that was before the deadline.
    pub on_time: Option<bool>,
    /// SHA-256 of the entry's bytes, of a return without the text of its time, in hex.
    pub content_hash: String,
    /// How it came in.
    pub source: Option<Arc<str>>,
    /// Journal partition.
    pub partition: u32,
    /// Journal offset.
    pub offset: u64,
    /// Version of the envelope.
    pub wire: Option<u16>,
    /// Hash of the catalogue it was decided with.
    pub catalog_hash: Arc<str>,
    /// The entry's bytes, where the columns do not hold everything: declared totals, steps, locks,
    /// and whatever was set aside.
    pub body: Option<Vec<u8>>,
}
