//! What a key has seen so far.

use model::{receipt::Decision, submission::KeyStatus};

/// The first 16 bytes of the SHA-256 of the received bytes.
pub type ContentHash = [u8; 16];

/// One distinct submission of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its revision.
    pub revision: u32,
    /// Its content.
    pub content: ContentHash,
    /// What was decided.
    pub decision: Decision,
    /// Whether it was handed in before the deadline.
    pub on_time: bool,
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

    /// Adds one more.
    pub fn push(&mut self, seen: Seen) {
        match self {
            Standing::One(first) => *self = Standing::Many(vec![*first, seen]),
            Standing::Many(all) => all.push(seen),
        }
    }

    /// The revision in force.
    pub fn in_force(&self) -> Option<u32> {
        self.seen().iter().filter(|seen| is_accepted(seen.decision)).map(|seen| seen.revision).max()
    }

    /// Whether the lowest revision that came in was accepted, and which one that is. Independent of
    /// the order of arrival.
    pub fn first(&self) -> Option<(u32, bool)> {
        let first = self.seen().iter().min_by_key(|seen| seen.revision)?;
        Some((first.revision, is_accepted(first.decision)))
    }

    /// What coverage counts. Independent of the order of arrival.
    pub fn status(&self) -> KeyStatus {
        let accepted = || self.seen().iter().filter(|seen| is_accepted(seen.decision));
        KeyStatus {
            received: true,
            on_time: accepted().any(|seen| seen.on_time),
            accepted: accepted().next().is_some(),
        }
    }
}

/// Whether the submission itself was accepted, in force or overtaken.
pub(crate) fn is_accepted(decision: Decision) -> bool {
    matches!(decision, Decision::Accepted | Decision::Overtaken)
}
