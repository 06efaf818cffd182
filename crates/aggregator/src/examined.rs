//! What one entry of the journal became.

use model::{Finding, SubmissionKey, submission::KeyChange};
use store::SubmissionRow;

/// One settled entry: its row, and what it changes.
pub(crate) struct Settled {
    pub(crate) row: SubmissionRow,
    pub(crate) change: Option<Change>,
    pub(crate) caught: Vec<Caught>,
    pub(crate) late: Option<Late>,
    /// The key, when this is its lowest revision so far, and whether it was accepted (一次通过).
    pub(crate) first_pass: Option<(SubmissionKey, bool)>,
}

/// What a settled entry changes in the state.
pub(crate) enum Change {
    /// A key has new cells in force.
    Key(KeyChange),
    /// Only the status of a key is new; the cells in force stay.
    Status(KeyChange),
    /// A declared total stands beside the returns now.
    Declared(Box<checks::DeclaredTotal>),
}

/// By how many days the first accepted return of a key came late; 0 when one came in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Late {
    pub(crate) key: SubmissionKey,
    pub(crate) days: u32,
}

/// A finding of intake and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// What it is about.
    pub place: Place,
    /// The finding.
    pub finding: Finding,
}

/// What a finding is about, in the words that were sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Submission id.
    pub id: String,
    /// Unit code; of a declared total the first.
    pub unit: String,
    /// Form code; empty for a declared total.
    pub form: String,
    /// Period, or the words that stand for it.
    pub period: String,
}
