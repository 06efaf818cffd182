//! Facts outside the indicators: lateness, findings, decisions, honours, late revisions.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use model::{Amount, IndicatorIx, Period, SubmissionKey, UnitCode};

/// What happened besides the figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// Late days of accepted returns, by the unit that owes them; punctual ones are left out. A
    /// return that is still missing costs coverage, and below the scheme's least the rank.
    pub days_late: BTreeMap<SubmissionKey, u32>,
    /// Months in which a check had a finding about a unit's own or rolled-up values: month and id of
    /// the check. Only the checks of [`model::scheme::Scheme::checks`] matter.
    pub finding_months: BTreeMap<UnitCode, BTreeSet<(Period, String)>>,
    /// Decisions on vetoes that no figure can trigger.
    pub vetoes: Vec<DecisionOnVeto>,
    /// The honours register. `None`: there is none, and the typed counts hold.
    pub honours: Option<Vec<Honour>>,
    /// Revisions after the lock.
    pub late_revisions: Vec<LateRevision>,
}

/// A person's decision that a veto applies to a unit in a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionOnVeto {
    /// The unit.
    pub unit: UnitCode,
    /// Id of the veto, such as `V2`.
    pub veto: String,
    /// The day of the decision; it counts from then to the end of its year.
    pub decided: Date,
    /// Title or number of the document; a decision without one is refused.
    pub document: String,
}

/// One title of the honours register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Honour {
    /// Id of the entry; counted once, whoever lists it.
    pub id: String,
    /// Who received it.
    pub unit: UnitCode,
    /// Id of the bonus it counts for, such as `B1`.
    pub bonus: String,
    /// What it was given for; of several honours for one deed only the highest counts. Empty: a
    /// deed of its own.
    pub deed: String,
    /// Day of the award.
    pub awarded: Date,
}

/// One moved cell of a revision after the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateRevision {
    /// The revised return.
    pub key: SubmissionKey,
    /// The revision's number; cells of one revision count as one.
    pub revision: u32,
    /// The moved cell.
    pub indicator: IndicatorIx,
    /// Its value before.
    pub before: Option<Amount>,
    /// Its value after.
    pub after: Option<Amount>,
    /// Days between the lock and the revision.
    pub days_after_lock: u32,
    /// Whether the unit came forward itself.
    pub voluntary: bool,
}
