//! The slow reference: keeps what happened as a list, and looks through all of it for every answer.

use std::collections::{BTreeMap, BTreeSet};

use ledger::Account;
use model::step::Action;

use crate::draw::{ABOVE, Happening, UNITS};

/// What happened, and whether it was done.
#[derive(Default)]
pub(crate) struct Reference(Vec<(Happening, bool)>);

/// A distinct submission of a village.
type Submission = (u32, u8);

fn at_or_above(unit: usize, above: usize) -> bool {
    unit == above || ABOVE[unit].is_some_and(|next| at_or_above(next, above))
}

/// Levels above the unit; `None` is above all.
fn height(unit: usize, by: Option<usize>) -> usize {
    let Some(by) = by else { return 99 };
    if unit == by { 0 } else { 1 + ABOVE[unit].map_or(50, |next| height(next, Some(by))) }
}

impl Reference {
    /// What comes of an event, which is kept.
    pub(crate) fn take(&mut self, event: &Happening) -> Result<String, &'static str> {
        let outcome = self.outcome(event);
        self.0.push((event.clone(), outcome.is_ok()));
        outcome
    }

    fn outcome(&self, event: &Happening) -> Result<String, &'static str> {
        match event {
            Happening::Sent { village, revision, content, .. } => {
                let states = self.states(*village);
                if states.keys().any(|(_, c)| c == content) {
                    return Ok("replayed".to_owned());
                }
                let state = self.begin(event, &states);
                let in_force = self.in_force(*village);
                let counts = state == "accepted";
                let word = match (state, in_force) {
                    ("accepted", Some(now)) if now > *revision => "overtaken",
                    ("submitted", _) => "pending",
                    (state, _) => state,
                };
                Ok(format!("{word} {}", counts && in_force.is_none_or(|now| now < *revision)))
            }
            Happening::Step { village, revision, action } => {
                self.step(*village, *revision, *action)
            }
            Happening::Lock { root, by, locked, .. } => {
                let top = root.unwrap_or(0);
                match self.holder(top, root.is_none()) {
                    Some(holder) if height(top, holder) > height(top, *by) => Err("locked above"),
                    None if !*locked => Err("leads nowhere (period)"),
                    _ => Ok(String::new()),
                }
            }
            Happening::Approve { unit, round, signer } => {
                let given = self.approvals(*unit);
                let open = self.holder(*unit, false).is_none();
                if open || given.len() >= 3 || self.is_published(*unit) {
                    return Err("leads nowhere (period)");
                }
                if self.is_open_below(*unit) {
                    return Err("open below");
                }
                if usize::from(*round) != given.len() + 1 {
                    return Err("approval out of turn");
                }
                if given.contains(signer) {
                    return Err("approved already");
                }
                Ok(String::new())
            }
            Happening::Publish { unit } => {
                let ready = self.approvals(*unit).len() == 3 && !self.is_published(*unit);
                if self.holder(*unit, false).is_none() || !ready {
                    return Err("leads nowhere (period)");
                }
                if self.is_open_below(*unit) {
                    return Err("open below");
                }
                let before = self.0.iter().filter(|(event, done)| {
                    *done && matches!(event, Happening::Publish { unit: of } if of == unit)
                });
                Ok((before.count() + 1).to_string())
            }
        }
    }

    /// The state in which a new submission begins.
    fn begin(&self, event: &Happening, earlier: &BTreeMap<Submission, &str>) -> &'static str {
        let Happening::Sent { village, revision, hard, review, .. } = event else { return "" };
        let conflict = earlier.keys().any(|(r, _)| r == revision);
        match (*hard || conflict || self.is_locked(*village), *review) {
            (true, _) => "refused",
            (false, true) => "submitted",
            (false, false) => "accepted",
        }
    }

    fn step(&self, village: usize, revision: u32, action: Action) -> Result<String, &'static str> {
        if self.is_locked(village) {
            return Err("locked");
        }
        let states = self.states(village);
        let taken = |state: &str| state != "refused" && state != "withdrawn";
        let newest = states.iter().rev().find(|(_, state)| taken(state));
        let (&(newest, content), &state) = newest.ok_or("nothing submitted")?;
        if newest != revision {
            return Err("not the newest");
        }
        let legal = match action {
            Action::Accept => state != "accepted",
            Action::SendBack => state == "accepted" || state == "submitted",
            _ => state == "submitted",
        };
        if !legal {
            return Err("leads nowhere (revision)");
        }
        let begins = action == Action::Accept && state != "sent_back_in_force";
        let number = crate::draw::number(village, revision, content);
        Ok(if begins { number.to_string() } else { String::new() })
    }

    /// Distinct submissions of a village and where they stand, by replaying everything before.
    pub(crate) fn states(&self, village: usize) -> BTreeMap<Submission, &'static str> {
        let mut states: BTreeMap<Submission, &'static str> = BTreeMap::new();
        for (turn, (event, done)) in self.0.iter().enumerate() {
            match event {
                Happening::Sent { village: of, revision, content, .. } if *of == village => {
                    if !states.keys().any(|(_, c)| c == content) {
                        let before = Reference(self.0[..turn].to_vec());
                        let state = before.begin(event, &states);
                        states.insert((*revision, *content), state);
                    }
                }
                Happening::Step { village: of, revision, action } if *of == village && *done => {
                    let of_it = |(at, state): &(&Submission, &mut &str)| {
                        at.0 == *revision && **state != "refused" && **state != "withdrawn"
                    };
                    let Some((_, state)) = states.iter_mut().find(of_it) else { continue };
                    *state = match (action, *state) {
                        (Action::Accept, _) => "accepted",
                        (Action::SendBack, "accepted") => "sent_back_in_force",
                        (Action::SendBack, _) => "sent_back",
                        _ => "withdrawn",
                    };
                }
                _ => {}
            }
        }
        states
    }

    pub(crate) fn in_force(&self, village: usize) -> Option<u32> {
        let states = self.states(village);
        let counted = |state: &str| state == "accepted" || state == "sent_back_in_force";
        states.iter().filter(|(_, state)| counted(state)).map(|((revision, _), _)| *revision).max()
    }

    /// Who holds the lock of a place; `everywhere` asks for the lock of every unit alone.
    fn holder(&self, unit: usize, everywhere: bool) -> Option<Option<usize>> {
        let mut holder = None;
        for (event, done) in &self.0 {
            let Happening::Lock { root, by, locked, left_out } = event else { continue };
            let covers = root.is_none_or(|root| !everywhere && at_or_above(unit, root));
            let spared = !everywhere && left_out.iter().any(|&out| at_or_above(unit, out));
            if !*done || !covers || spared {
                continue;
            }
            if holder.is_none_or(|now| height(unit, now) <= height(unit, *by)) {
                holder = locked.then_some(*by);
            }
        }
        holder
    }

    /// Whether any unit below is open.
    fn is_open_below(&self, unit: usize) -> bool {
        let mut below = (0..UNITS.len()).filter(|&at| at != unit && at_or_above(at, unit));
        below.any(|at| self.holder(at, false).is_none())
    }

    pub(crate) fn is_locked(&self, village: usize) -> bool {
        self.holder(village, false).is_some()
    }

    /// Events since the last unlocking that touches a unit's subtree or lies above it.
    fn since_opened(&self, unit: usize) -> &[(Happening, bool)] {
        let opens = |(event, done): &(Happening, bool)| match event {
            Happening::Lock { root, locked: false, .. } if *done => {
                root.is_none_or(|root| at_or_above(unit, root) || at_or_above(root, unit))
            }
            _ => false,
        };
        let last = self.0.iter().rposition(opens);
        &self.0[last.map_or(0, |last| last + 1)..]
    }

    fn approvals(&self, unit: usize) -> Vec<u8> {
        let given = self.since_opened(unit).iter().filter_map(|(event, done)| match event {
            Happening::Approve { unit: of, signer, .. } if *done && *of == unit => Some(*signer),
            _ => None,
        });
        given.collect()
    }

    fn is_published(&self, unit: usize) -> bool {
        let published = |(event, done): &(Happening, bool)| {
            *done && matches!(event, Happening::Publish { unit: of } if *of == unit)
        };
        self.since_opened(unit).iter().any(published)
    }

    pub(crate) fn period_state(&self, unit: usize) -> &'static str {
        if self.holder(unit, false).is_none() {
            return "open";
        }
        match (self.is_published(unit), self.approvals(unit).len()) {
            (true, _) => "published",
            (_, 0) => "locked",
            (_, 1) => "approved_once",
            (_, 2) => "approved_twice",
            _ => "approved",
        }
    }

    pub(crate) fn account(&self) -> Account {
        let mut account = Account::default();
        let villages: BTreeSet<usize> = (0..UNITS.len()).collect();
        for village in villages {
            let in_force = self.in_force(village);
            let sent = self.0.iter().filter(
                |(event, _)| matches!(event, Happening::Sent { village: of, .. } if *of == village),
            );
            let states = self.states(village);
            account.replayed += (sent.count() - states.len()) as u64;
            account.received += states.len() as u64;
            for ((revision, _), state) in states {
                let lower = in_force.is_some_and(|now| revision < now);
                match (state, lower) {
                    ("refused", _) => account.refused += 1,
                    ("withdrawn", _) | (_, true) => account.superseded += 1,
                    ("accepted" | "sent_back_in_force", _) => account.effective += 1,
                    _ => account.pending += 1,
                }
            }
        }
        account
    }
}
