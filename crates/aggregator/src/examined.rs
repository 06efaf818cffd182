//! What one entry of the journal became.

use std::collections::BTreeMap;

use model::{Amount, Finding, IndicatorIx, SubmissionKey, submission::KeyChange};
use store::SubmissionRow;

/// One settled entry: its row, and what it changes.
pub(crate) struct Settled {
    pub(crate) row: SubmissionRow,
    pub(crate) change: Option<Change>,
    pub(crate) caught: Vec<Caught>,
    pub(crate) late: Option<Late>,
    /// The key, when this is its lowest revision so far, and whether it was accepted (一次通过).
    pub(crate) first_pass: Option<(SubmissionKey, bool)>,
    pub(crate) prior: Option<Prior>,
}

impl Settled {
    /// An entry that changes nothing.
    pub(crate) fn row(row: SubmissionRow) -> Self {
        Self { row, change: None, caught: Vec::new(), late: None, first_pass: None, prior: None }
    }
}

/// The column 上期数 of the revision that is in force now; empty where it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prior {
    pub(crate) key: SubmissionKey,
    pub(crate) column: Vec<(IndicatorIx, Amount)>,
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

impl Late {
    /// Remembers it among the others; the first accepted return counts.
    pub(crate) fn note(self, all: &mut BTreeMap<SubmissionKey, u32>) {
        if self.days == 0 {
            all.remove(&self.key);
            return;
        }
        let least = all.entry(self.key).or_insert(self.days);
        *least = self.days.min(*least);
    }
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
