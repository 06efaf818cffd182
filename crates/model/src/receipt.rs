//! Verdicts and receipts (回执): what became of a return.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Finding, envelope::EntryKind};

/// What the ledger decided about one submission at its place in the journal.
///
/// Received = effective + superseded + refused + set aside + pending, counted over distinct
/// submission ids; replayed is counted apart (invariant I6).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Accepted, and the highest revision of its key when it was decided.
    Accepted,
    /// Accepted in itself, but a higher revision was in force already.
    Overtaken,
    /// Waits for a reviewer.
    Pending,
    /// Hard findings stand against it, or it contradicts an earlier one.
    Refused,
    /// The same submission id with the same content again.
    Replayed,
    /// Could not be read; kept with its bytes and the reason.
    SetAside,
}

impl Decision {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Decision::Accepted => "accepted",
            Decision::Overtaken => "overtaken",
            Decision::Pending => "pending",
            Decision::Refused => "refused",
            Decision::Replayed => "replayed",
            Decision::SetAside => "set_aside",
        }
    }

    /// The decision with this [`Decision::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [
            Decision::Accepted,
            Decision::Overtaken,
            Decision::Pending,
            Decision::Refused,
            Decision::Replayed,
            Decision::SetAside,
        ]
        .into_iter()
        .find(|decision| decision.name() == name)
    }
}

/// Verdicts about consecutive entries of one partition, published together for whoever waits for them
/// under the key `partition/first-last`. The same verdict may come twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictSheet<'a> {
    /// Version of this envelope.
    pub wire: u16,
    /// Journal partition of the entries.
    pub partition: u32,
    /// Version of table `submissions` that holds the decisions.
    pub commit: u64,
    /// Hash of the catalogue that decided.
    pub catalog: Cow<'a, str>,
    /// The verdicts in the order of their entries.
    #[serde(borrow)]
    pub verdicts: Vec<PublishedVerdict<'a>>,
}

/// What became of one entry of the journal. What it does not have is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublishedVerdict<'a> {
    /// Journal offset of the entry.
    pub offset: u64,
    /// What the entry is.
    pub kind: EntryKind,
    /// Submission id; empty where it could not be read.
    pub id: Cow<'a, str>,
    /// The reporting unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Cow<'a, str>>,
    /// Code of the form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Cow<'a, str>>,
    /// The period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Cow<'a, str>>,
    /// Revision of the return.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// What was decided.
    pub decision: Decision,
    /// Whether it was handed in before the deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_time: Option<bool>,
    /// Why it was decided so, where that needs words: of what was set aside always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'a, str>>,
    /// What was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// Proof of receipt for the submitter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Submission id.
    pub id: String,
    /// SHA-256 of the received bytes, in hex.
    pub content_hash: String,
    /// Journal partition.
    pub partition: u32,
    /// Journal offset.
    pub offset: u64,
}
