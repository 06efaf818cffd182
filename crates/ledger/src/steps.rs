//! Steps of the level above and of the unit itself about one revision.

use model::{SubmissionKey, UnitCode, step::Action, submission::KeyStatus};

use crate::{Held, Illegal, Ledger, life::next};

/// What a step changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Where the key stands now.
    pub status: KeyStatus,
    /// What takes effect now: its cells replace those of the revision before.
    pub takes_effect: Option<Held>,
}

impl Ledger {
    /// Accepts, sends back or withdraws a revision. `lineage` is the unit of the key and those above.
    ///
    /// # Errors
    /// The step leads nowhere from where the revision stands; nothing changes then.
    pub fn step(
        &mut self,
        key: SubmissionKey,
        revision: u32,
        action: Action,
        lineage: impl FnOnce() -> Vec<UnitCode>,
    ) -> Result<Effect, Illegal> {
        if self.is_locked(key, lineage) {
            return Err(Illegal::Locked);
        }
        self.restore_step(key, revision, action)
    }

    /// Takes up again a step that was taken, when the state is read back from the table. Whether
    /// anything was locked then, the tree of that day has decided.
    ///
    /// # Errors
    /// As [`Ledger::step`], but for locks.
    pub fn restore_step(
        &mut self,
        key: SubmissionKey,
        revision: u32,
        action: Action,
    ) -> Result<Effect, Illegal> {
        let standing = self.keys.get_mut(&key).ok_or(Illegal::NothingSubmitted)?;
        let newest = standing.newest().ok_or(Illegal::NothingSubmitted)?;
        if newest.revision != revision {
            return Err(Illegal::NotTheNewest { named: revision, newest: newest.revision });
        }
        let to = next(newest.state, action).ok_or(Illegal::Revision(newest.state, action))?;
        self.account -= standing.account();
        for seen in standing.seen_mut() {
            if (seen.revision, seen.content) == (revision, newest.content) {
                seen.state = to;
            }
        }
        self.account += standing.account();
        let status = standing.status();
        // A revision that was sent back after it was accepted is in force already.
        let begins_to_count = to.counts() && !newest.state.counts();
        let takes_effect =
            begins_to_count.then(|| self.held.remove(&(key, revision)).unwrap_or_default());
        match action {
            Action::Accept => self.release(key, revision),
            Action::Withdraw => drop(self.held.remove(&(key, revision))),
            _ => {}
        }
        Ok(Effect { status, takes_effect })
    }
}
