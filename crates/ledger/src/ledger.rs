//! The ledger of one journal partition.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use model::{
    FormIx, Period, SubmissionKey,
    form::Acceptance,
    receipt::Decision,
    submission::{KeyHistory, KeyStatus},
};

use crate::{
    Account,
    standing::{ContentHash, Seen, Standing, is_accepted},
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

/// Decisions of one journal partition. Partitions share nothing, so each can be settled on its own.
#[derive(Debug, Default)]
pub struct Ledger {
    keys: foldhash::HashMap<SubmissionKey, Standing>,
    locks: HashMap<(FormIx, Period), bool>,
    /// Contents of entries that belong to no key: unreadable ones, returns of unknown units or
    /// forms, declared totals.
    without_key: HashSet<ContentHash>,
    account: Account,
}

impl Ledger {
    /// What intake may know of the key before it decides. `None`: the very same submission was here
    /// before and needs no second look.
    pub fn history(
        &self,
        key: SubmissionKey,
        revision: u32,
        content: ContentHash,
    ) -> Option<KeyHistory> {
        let seen = self.keys.get(&key).map_or(&[][..], Standing::seen);
        if seen.iter().any(|s| s.content == content) {
            return None;
        }
        Some(KeyHistory {
            locked: self.locks.get(&(key.form, key.period)).copied().unwrap_or(false),
            conflicts: seen.iter().any(|s| s.revision == revision),
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
        self.enter(fact.key, seen(&fact, decision))
    }

    /// Takes up again what was decided before, when the state is read back from the table.
    pub fn restore(&mut self, fact: Fact, decision: Decision) -> Verdict {
        if decision == Decision::Replayed {
            self.account.replayed += 1;
            return Verdict { decision, takes_effect: false, status: None };
        }
        self.enter(fact.key, seen(&fact, decision))
    }

    /// Decides about an entry that belongs to no key: an unreadable one is set aside, a return of an
    /// unknown unit or form is refused, a declared total is accepted and supersedes nothing. The
    /// same content again is a replay.
    pub fn decide_without_key(&mut self, content: ContentHash, decision: Decision) -> Decision {
        if decision == Decision::Replayed || !self.without_key.insert(content) {
            self.account.replayed += 1;
            return Decision::Replayed;
        }
        self.count(decision, false, decision == Decision::Accepted);
        decision
    }

    /// Closes or opens a period of a form, from this place of the partition on.
    pub fn lock(&mut self, form: FormIx, period: Period, locked: bool) {
        self.locks.insert((form, period), locked);
    }

    /// The account so far.
    pub fn account(&self) -> Account {
        self.account
    }

    /// What a key has seen.
    pub fn standing(&self, key: SubmissionKey) -> Option<&Standing> {
        self.keys.get(&key)
    }

    fn enter(&mut self, key: SubmissionKey, seen: Seen) -> Verdict {
        let (before, in_force_before, standing) = match self.keys.entry(key) {
            Entry::Vacant(place) => (None, None, place.insert(Standing::One(seen))),
            Entry::Occupied(place) => {
                let standing = place.into_mut();
                let before = (Some(standing.status()), standing.in_force());
                standing.push(seen);
                (before.0, before.1, standing)
            }
        };
        let status = standing.status();
        let accepted = is_accepted(seen.decision);
        let takes_effect = accepted && in_force_before.is_none_or(|r| r < seen.revision);
        self.count(seen.decision, accepted && in_force_before.is_some(), takes_effect);
        let status = (before != Some(status) || takes_effect).then_some(status);
        Verdict { decision: seen.decision, takes_effect, status }
    }

    /// Keeps the account: of all accepted submissions of a key exactly one is effective.
    fn count(&mut self, decision: Decision, one_was_in_force: bool, takes_effect: bool) {
        let account = &mut self.account;
        account.received += 1;
        match decision {
            Decision::Refused => account.refused += 1,
            Decision::Pending => account.pending += 1,
            Decision::SetAside => account.set_aside += 1,
            Decision::Accepted | Decision::Overtaken if takes_effect && !one_was_in_force => {
                account.effective += 1;
            }
            // Either it overtakes the one in force or it is overtaken: one more is superseded.
            _ => account.superseded += 1,
        }
    }
}

fn seen(fact: &Fact, decision: Decision) -> Seen {
    Seen { revision: fact.revision, content: fact.content, decision, on_time: fact.on_time }
}

#[cfg(test)]
mod tests;
