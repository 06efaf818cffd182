//! Which keys of a form and period are locked: locks of subtrees, in the order of the journal.

use std::collections::HashMap;

use model::{FormIx, Period, UnitCode, step::Action};

use crate::{Illegal, PeriodState};

/// A lock or its end, for one subtree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockDecision {
    /// The unit whose subtree it is about; `None` is every unit.
    pub root: Option<UnitCode>,
    /// The unit that acts; `None` is whoever runs the system, above all units.
    pub by: Option<UnitCode>,
    /// Whether it locks.
    pub locked: bool,
    /// Units of the subtree that stay as they are, with everything below them.
    pub left_out: Vec<UnitCode>,
}

/// A place in the tree: a unit and the units above it, from itself to the top.
pub type Lineage<'a> = &'a [UnitCode];

/// All locks of one partition.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    decisions: HashMap<(FormIx, Period), HashMap<Option<UnitCode>, Vec<(u32, LockDecision)>>>,
    taken: u32,
}

impl Locks {
    /// Whether anything of a form and period was ever locked, so that a place in the tree matters.
    pub(crate) fn any(&self, form: FormIx, period: Period) -> bool {
        !self.decisions.is_empty() && self.decisions.contains_key(&(form, period))
    }

    /// Who has locked a place, if it is locked: `Some(None)` is whoever runs the system.
    ///
    /// Decisions about a place hold in their order; one of a unit does not open what a unit above it
    /// has locked.
    pub(crate) fn holder(
        &self,
        form: FormIx,
        period: Period,
        lineage: Lineage<'_>,
    ) -> Option<Option<UnitCode>> {
        let by_root = self.decisions.get(&(form, period))?;
        let roots = lineage.iter().copied().map(Some).chain([None]);
        let mut about: Vec<&(u32, LockDecision)> =
            roots.filter_map(|root| by_root.get(&root)).flatten().collect();
        about.sort_unstable_by_key(|(turn, _)| *turn);
        let mut holder = None;
        for (_, decision) in about {
            if decision.left_out.iter().any(|unit| lineage.contains(unit)) {
                continue;
            }
            let outranked =
                holder.is_some_and(|holder| rank(holder, lineage) > rank(decision.by, lineage));
            if !outranked {
                holder = decision.locked.then_some(decision.by);
            }
        }
        holder
    }

    /// Takes a decision about the place `lineage`, whose first unit is its root.
    pub(crate) fn take(
        &mut self,
        form: FormIx,
        period: Period,
        decision: LockDecision,
        lineage: Lineage<'_>,
    ) -> Result<(), Illegal> {
        let holder = self.holder(form, period, lineage);
        match holder {
            Some(holder) if rank(holder, lineage) > rank(decision.by, lineage) => {
                return Err(Illegal::LockedAbove(holder));
            }
            None if !decision.locked => {
                return Err(Illegal::Period(PeriodState::Open, Action::Unlock));
            }
            _ => {}
        }
        self.keep(form, period, decision);
        Ok(())
    }

    /// Takes a decision that was found to be legal.
    pub(crate) fn keep(&mut self, form: FormIx, period: Period, decision: LockDecision) {
        self.taken += 1;
        let of = self.decisions.entry((form, period)).or_default();
        of.entry(decision.root).or_default().push((self.taken, decision));
    }
}

/// How far above a place a unit stands. One that is not above it any more, after a change of the
/// tree, outranks all that are: what it locked, only who runs the system opens.
fn rank(by: Option<UnitCode>, lineage: Lineage<'_>) -> usize {
    match by {
        None => usize::MAX,
        Some(by) => lineage.iter().position(|&unit| unit == by).unwrap_or(lineage.len()),
    }
}
