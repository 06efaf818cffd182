//! What a key has seen so far.

use model::submission::KeyStatus;

use crate::{Account, RevisionState};

/// The first 16 bytes of the SHA-256 of the received bytes.
pub type ContentHash = [u8; 16];

/// One distinct submission of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its revision.
    pub revision: u32,
    /// Its content.
    pub content: ContentHash,
    /// Where it stands.
    pub state: RevisionState,
    /// Whether it was handed in before the deadline.
    pub on_time: bool,
    /// Who filled it in (填表人), as [`model::person::mark`]; 0 where that is not known.
    pub filler: u32,
}

/// All distinct submissions of one key; nearly always one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The usual case, kept without a heap allocation: a province has a million of them a quarter.
    One(Seen),
    /// Several, in order of arrival.
    Many(Vec<Seen>),
}

impl Standing {
    /// The submissions in order of arrival.
    pub fn seen(&self) -> &[Seen] {
        match self {
            Standing::One(seen) => std::slice::from_ref(seen),
            Standing::Many(seen) => seen,
        }
    }

    pub(crate) fn seen_mut(&mut self) -> &mut [Seen] {
        match self {
            Standing::One(seen) => std::slice::from_mut(seen),
            Standing::Many(seen) => seen,
        }
    }

    /// Adds one more.
    pub fn push(&mut self, seen: Seen) {
        match self {
            Standing::One(first) => *self = Standing::Many(vec![*first, seen]),
            Standing::Many(all) => all.push(seen),
        }
    }

    /// The revision in force.
    pub fn in_force(&self) -> Option<u32> {
        self.seen().iter().filter(|seen| seen.state.counts()).map(|seen| seen.revision).max()
    }

    /// The revision that stands for the return: the highest one that intake took and that was not
    /// withdrawn. It may wait while a lower one is in force. Independent of the order of arrival.
    pub fn newest(&self) -> Option<Seen> {
        use RevisionState::{Refused, Withdrawn};
        let taken = self.seen().iter().filter(|seen| !matches!(seen.state, Refused | Withdrawn));
        taken.max_by_key(|seen| seen.revision).copied()
    }

    /// Whether the lowest revision that came in is accepted and does not stand as sent back, and which
    /// one that is. Independent of the order of arrival.
    pub fn first(&self) -> Option<(u32, bool)> {
        let first = self.seen().iter().min_by_key(|seen| seen.revision)?;
        Some((first.revision, first.state == RevisionState::Accepted))
    }

    /// What coverage counts. Independent of the order of arrival.
    pub fn status(&self) -> KeyStatus {
        let accepted = || self.seen().iter().filter(|seen| seen.state.counts());
        KeyStatus {
            received: true,
            on_time: accepted().any(|seen| seen.on_time),
            accepted: accepted().next().is_some(),
        }
    }

    /// The share of this key in the account: each submission stands in one place, by where it stands
    /// now. A revision is superseded by a higher one in force, or by its own unit.
    pub fn account(&self) -> Account {
        let in_force = self.in_force();
        let mut account = Account::default();
        for seen in self.seen() {
            account.received += 1;
            let overtaken = in_force.is_some_and(|in_force| in_force > seen.revision);
            match seen.state {
                RevisionState::Refused => account.refused += 1,
                RevisionState::Withdrawn => account.superseded += 1,
                _ if overtaken => account.superseded += 1,
                RevisionState::Accepted | RevisionState::SentBackInForce => account.effective += 1,
                RevisionState::Submitted | RevisionState::SentBack => account.pending += 1,
            }
        }
        account
    }
}
