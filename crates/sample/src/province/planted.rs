//! What the generator knows about what it sent, to be compared with what the system finds.

use std::collections::BTreeMap;

use model::{Period, PeriodKind, SubmissionKey};

/// One planted mistake: the finding that must come of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Plant {
    /// Check or format rule; for what is set aside `JSON`, `WIRE`, `KIND` or `FIELD`.
    pub check: String,
    /// Submission id; empty for a finding from context that stands against no declared total.
    pub id: String,
    /// Unit as sent.
    pub unit: String,
    /// Form as sent.
    pub form: String,
    /// Period as sent.
    pub period: String,
    /// The cell, or empty when it is about the whole.
    pub cell: String,
}

/// Why a key that is due has no accepted return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Nothing was sent.
    Missing,
    /// What was sent was refused and not repaired.
    Refused,
    /// What was sent could not be read and was not repaired.
    SetAside,
    /// It waits for a reviewer.
    Pending,
}

/// What must become of what was sent; locks are not counted.
///
/// received = effective + superseded + refused + set aside + pending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Distinct submissions.
    pub received: u64,
    /// The same submission again.
    pub replayed: u64,
    /// Accepted and in force.
    pub effective: u64,
    /// Accepted, but a higher revision is in force.
    pub superseded: u64,
    /// Refused, with findings.
    pub refused: u64,
    /// Unreadable.
    pub set_aside: u64,
    /// Waits for a reviewer.
    pub pending: u64,
}

/// What the generator sent and what must be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planted {
    /// Plants by check, in the order sent. Of `K11` every late return; of `K87` nothing: it follows
    /// from [`Planted::absent`] (see [`Planted::absent_in`]).
    pub plants: BTreeMap<String, Vec<Plant>>,
    /// What cannot be read.
    pub set_aside: Vec<Plant>,
    /// Keys that are due and have no accepted return.
    pub absent: Vec<(SubmissionKey, Why)>,
    /// What must become of the submissions.
    pub tally: Tally,
    /// Keys that are due, of all sorts of returns.
    pub due: u64,
    /// Returns without any finding that were sent once and in time.
    pub clean: u64,
    /// Returns that came late, without another mistake.
    pub late: u64,
    /// Keys for which nothing was sent.
    pub missing: u64,
    /// Returns that were sent twice with the same bytes.
    pub duplicates: u64,
    /// Returns that were corrected by a second revision without having been refused.
    pub corrected: u64,
    /// Of which the correction arrived first.
    pub overtaken: u64,
    /// Returns whose revision came again with other content.
    pub conflicting: u64,
    /// Refused or unreadable returns that were repaired.
    pub repaired: u64,
    /// Returns that the level above sent back, and that were corrected and accepted then.
    pub sent_back: u64,
    /// Declared totals that must be found wrong.
    pub wrong_totals: u64,
    /// Declared totals that agree with the roll-up or with each other.
    pub agreeing_totals: u64,
}

impl Planted {
    /// Adds a plant.
    pub(super) fn plant(&mut self, plant: Plant) {
        self.plants.entry(plant.check.clone()).or_default().push(plant);
    }

    /// The plants of a check.
    pub fn of(&self, check: &str) -> &[Plant] {
        self.plants.get(check).map_or(&[], Vec::as_slice)
    }

    /// Absent keys of a form whose period lies inside `period` and rolls up into it: check K87
    /// names their parents, and nobody else.
    pub fn absent_in(
        &self,
        form: model::FormIx,
        period: Period,
    ) -> impl Iterator<Item = &SubmissionKey> {
        let rolls = move |kind: PeriodKind| kind == period.kind() || kind.rolls_into(period.kind());
        self.absent.iter().map(|(key, _)| key).filter(move |key| {
            key.form == form && rolls(key.period.kind()) && period.contains(key.period)
        })
    }
}
