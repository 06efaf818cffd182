//! Verdicts and receipts (回执): what became of a return.

use serde::{Deserialize, Serialize};

/// What the ledger decided about one submission at its place in the journal.
///
/// Received = effective + superseded + refused + set aside + pending, counted over distinct
/// submission ids; replayed is counted apart (invariant I6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
