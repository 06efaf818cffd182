//! The ledger of one journal partition: what was decided about each return that lies in it.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use model::{
    Amount, Cell, FormIx, IndicatorIx, Period, SubmissionKey, UnitCode,
    form::Acceptance,
    person,
    receipt::Decision,
    step::Action,
    submission::{KeyHistory, KeyStatus, Remark},
};

use crate::{
    Account, Illegal, PeriodState, RevisionState,
    locks::{Lineage, LockDecision, Locks},
    publication::{Publication, Publications},
    standing::{ContentHash, Seen, Standing},
};

/// What the ledger must know of a submission to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub key: SubmissionKey,
    /// 1 for the first, more for corrections.
    pub revision: u32,
    /// Its bytes.
    pub content: ContentHash,
    /// Whether hard findings stand against it.
    pub hard: bool,
    /// Whether it was handed in before the deadline.
    pub on_time: bool,
    /// How the form accepts.
    pub accept: Acceptance,
    /// Who filled it in, as [`model::person::mark`].
    pub filler: u32,
}

/// What was decided, and what the roll-up has to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The decision.
    pub decision: Decision,
    /// Whether this submission is the one in force now, so that its cells replace the earlier ones.
    pub takes_effect: bool,
    /// Where the key stands now, if that has changed.
    pub status: Option<KeyStatus>,
}

/// What waits for the level above, until it is accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Its cells.
    pub cells: Vec<(IndicatorIx, Cell)>,
    /// Values of the period before that were sent along (上期数).
    pub prior: Vec<(IndicatorIx, Amount)>,
    /// When it was handed in, microseconds since 1970 (UTC).
    pub submitted_at: i64,
}

/// Decisions of one journal partition. Partitions share nothing, so each can be settled on its own.
#[derive(Debug, Default)]
pub struct Ledger {
    pub(crate) keys: foldhash::HashMap<SubmissionKey, Standing>,
    pub(crate) locks: Locks,
    publications: Publications,
    pub(crate) held: HashMap<(SubmissionKey, u32), Held>,
    remarks: HashMap<SubmissionKey, Vec<(Action, Remark)>>,
    /// Contents of steps that were taken.
    steps: HashSet<ContentHash>,
    /// Contents of entries that belong to no key: unreadable ones, returns of unknown units or
    /// forms, declared totals.
    without_key: HashSet<ContentHash>,
    pub(crate) account: Account,
}

impl Ledger {
    /// What intake may know of the key before it decides. `None`: the very same submission was here
    /// before and needs no second look. `lineage` is the unit of the key and those above it.
    pub fn history(
        &self,
        key: SubmissionKey,
        revision: u32,
        content: ContentHash,
        lineage: impl FnOnce() -> Vec<UnitCode>,
    ) -> Option<KeyHistory> {
        let seen = self.keys.get(&key).map_or(&[][..], Standing::seen);
        if seen.iter().any(|s| s.content == content) {
            return None;
        }
        Some(KeyHistory {
            locked: self.is_locked(key, lineage),
            conflicts: seen.iter().any(|s| s.revision == revision),
            exceptions: self.exceptions(key),
        })
    }

    /// Decides about a submission. `fact.hard` holds the findings of intake, which were made with
    /// the [`Ledger::history`] of this moment.
    pub fn decide(&mut self, fact: Fact) -> Verdict {
        let earlier = self.keys.get(&fact.key);
        if earlier.is_some_and(|s| s.seen().iter().any(|s| s.content == fact.content)) {
            self.account.replayed += 1;
            return Verdict { decision: Decision::Replayed, takes_effect: false, status: None };
        }
        let in_force = earlier.and_then(Standing::in_force);
        let decision = match fact.accept {
            _ if fact.hard => Decision::Refused,
            Acceptance::Review => Decision::Pending,
            Acceptance::Automatic if in_force.is_some_and(|r| r > fact.revision) => {
                Decision::Overtaken
            }
            Acceptance::Automatic => Decision::Accepted,
        };
        self.enter(&fact, decision)
    }

    /// Takes up again what was decided before, when the state is read back from the table.
    pub fn restore(&mut self, fact: Fact, decision: Decision) -> Verdict {
        if decision == Decision::Replayed {
            self.account.replayed += 1;
            return Verdict { decision, takes_effect: false, status: None };
        }
        self.enter(&fact, decision)
    }

    /// Decides about an entry that belongs to no key: an unreadable one is set aside, a return of an
    /// unknown unit or form is refused, a declared total is accepted and supersedes nothing. The
    /// same content again is a replay.
    pub fn decide_without_key(&mut self, content: ContentHash, decision: Decision) -> Decision {
        if decision == Decision::Replayed || !self.without_key.insert(content) {
            self.account.replayed += 1;
            return Decision::Replayed;
        }
        self.account.received += 1;
        match decision {
            Decision::Refused => self.account.refused += 1,
            Decision::SetAside => self.account.set_aside += 1,
            Decision::Pending => self.account.pending += 1,
            _ => self.account.effective += 1,
        }
        decision
    }

    /// Keeps what waits for the level above, so that its cells are at hand when it is accepted. What a
    /// higher revision in force has overtaken never is.
    pub fn hold(&mut self, key: SubmissionKey, revision: u32, held: Held) {
        let in_force = self.standing(key).and_then(Standing::in_force);
        if in_force.is_none_or(|in_force| in_force < revision) {
            self.held.insert((key, revision), held);
        }
    }

    /// Whether a person filled in a revision that could be accepted.
    pub fn filled_in(&self, key: SubmissionKey, revision: u32, name: &str) -> bool {
        let seen = self.standing(key).and_then(Standing::newest);
        let filler = seen.filter(|seen| seen.revision == revision).map_or(0, |seen| seen.filler);
        filler != 0 && filler == person::mark(name)
    }

    /// Locks or opens a period of a form for a subtree, from this place of the partition on.
    /// `lineage` is the root of the subtree and the units above it; empty for every unit.
    ///
    /// # Errors
    /// Nothing is locked there, or a unit above the acting one has locked it. Nothing changes then.
    pub fn lock(
        &mut self,
        form: FormIx,
        period: Period,
        decision: LockDecision,
        lineage: Lineage<'_>,
    ) -> Result<(), Illegal> {
        let opens = !decision.locked;
        self.locks.take(form, period, decision, lineage)?;
        if opens {
            self.publications.reopen(form, period, lineage);
        }
        Ok(())
    }

    /// Takes up again a lock that was taken, when the state is read back from the table.
    pub fn restore_lock(
        &mut self,
        form: FormIx,
        period: Period,
        decision: LockDecision,
        lineage: Lineage<'_>,
    ) {
        let opens = !decision.locked;
        self.locks.keep(form, period, decision, lineage);
        if opens {
            self.publications.reopen(form, period, lineage);
        }
    }

    /// Whether a key is locked. `lineage` is its unit and those above it; it is only asked for where
    /// something of the form and period was ever locked.
    pub fn is_locked(&self, key: SubmissionKey, lineage: impl FnOnce() -> Vec<UnitCode>) -> bool {
        self.locks.any(key.form, key.period)
            && self.locks.holder(key.form, key.period, &lineage()).is_some()
    }

    /// Where the period stands for the subtree of the first unit of `lineage`, whose home this is.
    pub fn period_state(&self, form: FormIx, period: Period, lineage: Lineage<'_>) -> PeriodState {
        self.publications.state(&self.locks, form, period, lineage)
    }

    /// Approvals and publications of a subtree whose home this is.
    pub fn publication(
        &self,
        form: FormIx,
        period: Period,
        unit: UnitCode,
    ) -> Option<&Publication> {
        self.publications.get(form, period, unit)
    }

    /// Gives approval `round` (1 to 3) of the subtree of the first unit of `lineage`.
    ///
    /// # Errors
    /// The period is not locked there or open somewhere below, the approval is not due, or its signer
    /// gave one before.
    pub fn approve(
        &mut self,
        of: (FormIx, Period),
        lineage: Lineage<'_>,
        round: u8,
        signer: &str,
    ) -> Result<(), Illegal> {
        self.publications.approve(&self.locks, of, lineage, (round, signer))
    }

    /// Publishes the subtree of the first unit of `lineage`, and returns the number of the edition.
    ///
    /// # Errors
    /// The period is not locked there or open somewhere below, or an approval is missing.
    pub fn publish(&mut self, of: (FormIx, Period), lineage: Lineage<'_>) -> Result<u32, Illegal> {
        self.publications.publish(&self.locks, of, lineage)
    }

    /// Takes up again an approval or a publication that was taken.
    pub fn restore_publication(
        &mut self,
        of: (FormIx, Period),
        lineage: Lineage<'_>,
        action: Action,
        signer: &str,
    ) {
        self.publications.keep(of, lineage, action, signer);
    }

    /// Keeps words about a check for a key: an exception or an explanation. The newest words hold.
    pub fn remark(&mut self, key: SubmissionKey, action: Action, remark: Remark) {
        let all = self.remarks.entry(key).or_default();
        match all.iter_mut().find(|(of, one)| (*of, &one.check) == (action, &remark.check)) {
            Some((_, one)) => *one = remark,
            None => all.push((action, remark)),
        }
    }

    /// Exceptions and explanations of a key.
    pub fn remarks(&self, key: SubmissionKey) -> &[(Action, Remark)] {
        self.remarks.get(&key).map_or(&[], Vec::as_slice)
    }

    /// What a level above let rest for a key.
    pub fn exceptions(&self, key: SubmissionKey) -> Vec<Remark> {
        if self.remarks.is_empty() {
            return Vec::new();
        }
        let rests = self.remarks(key).iter().filter(|(action, _)| *action == Action::Except);
        rests.map(|(_, remark)| remark.clone()).collect()
    }

    /// Whether this very step was taken before: a sender may hand it in twice.
    pub fn was_taken(&self, step: ContentHash) -> bool {
        self.steps.contains(&step)
    }

    /// Remembers that a step was taken.
    pub fn note_taken(&mut self, step: ContentHash) {
        self.steps.insert(step);
    }

    /// The account so far.
    pub fn account(&self) -> Account {
        self.account
    }

    /// What a key has seen.
    pub fn standing(&self, key: SubmissionKey) -> Option<&Standing> {
        self.keys.get(&key)
    }

    /// Keys of which something came in, in no order.
    pub fn keys(&self) -> impl Iterator<Item = (SubmissionKey, &Standing)> {
        self.keys.iter().map(|(key, standing)| (*key, standing))
    }

    fn enter(&mut self, fact: &Fact, decision: Decision) -> Verdict {
        let seen = Seen {
            revision: fact.revision,
            content: fact.content,
            state: RevisionState::after(decision),
            on_time: fact.on_time,
            filler: fact.filler,
        };
        let (status_before, in_force_before, standing) = match self.keys.entry(fact.key) {
            Entry::Vacant(place) => (None, None, place.insert(Standing::One(seen))),
            Entry::Occupied(place) => {
                let standing = place.into_mut();
                let before = (Some(standing.status()), standing.in_force());
                self.account -= standing.account();
                standing.push(seen);
                (before.0, before.1, standing)
            }
        };
        self.account += standing.account();
        let status = standing.status();
        let takes_effect = seen.state.counts() && in_force_before.is_none_or(|r| r < seen.revision);
        if takes_effect && !self.held.is_empty() {
            self.release(fact.key, seen.revision);
        }
        let status = (status_before != Some(status) || takes_effect).then_some(status);
        Verdict { decision, takes_effect, status }
    }

    /// Nothing up to a revision in force waits any more.
    pub(crate) fn release(&mut self, key: SubmissionKey, in_force: u32) {
        let Some(standing) = self.keys.get(&key) else { return };
        for seen in standing.seen().iter().filter(|seen| seen.revision <= in_force) {
            self.held.remove(&(key, seen.revision));
        }
    }
}

#[cfg(test)]
mod tests;
