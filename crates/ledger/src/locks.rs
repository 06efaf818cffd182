//! Which keys of a form and period are locked: locks of subtrees, in the order of the journal.

use std::collections::{BTreeMap, HashMap, HashSet};

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
    /// Units of the subtree that stay as they are, with everything below them; each with the units
    /// above it.
    pub left_out: Vec<Vec<UnitCode>>,
}

/// A place in the tree: a unit and the units above it, from itself to the top.
pub type Lineage<'a> = &'a [UnitCode];

/// A decision that was taken.
#[derive(Debug)]
struct Taken {
    turn: u32,
    by: Option<UnitCode>,
    locked: bool,
    left_out: HashSet<UnitCode>,
}

/// What was decided about one form and period.
#[derive(Debug, Default)]
struct Decisions {
    by_root: HashMap<Option<UnitCode>, Vec<Taken>>,
    /// Units that anything was decided about, or that were left out, with those above them.
    places: BTreeMap<UnitCode, Vec<UnitCode>>,
}

/// All locks of one partition.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    decisions: HashMap<(FormIx, Period), Decisions>,
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
        let decisions = self.decisions.get(&(form, period))?;
        let roots = lineage.iter().copied().map(Some).chain([None]);
        let mut about: Vec<&Taken> =
            roots.filter_map(|root| decisions.by_root.get(&root)).flatten().collect();
        about.sort_unstable_by_key(|decision| decision.turn);
        let mut holder = None;
        for decision in about {
            if lineage.iter().any(|unit| decision.left_out.contains(unit)) {
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

    /// A place below the first unit of `lineage` that is open: every place in between is as the nearest
    /// one above it that was ever decided about.
    pub(crate) fn open_below(
        &self,
        form: FormIx,
        period: Period,
        lineage: Lineage<'_>,
    ) -> Option<UnitCode> {
        let decisions = self.decisions.get(&(form, period))?;
        let top = lineage.first();
        let mut below = decisions
            .places
            .iter()
            .filter(|(unit, place)| top.is_none_or(|top| *unit != top && place.contains(top)));
        below.find(|(_, place)| self.holder(form, period, place).is_none()).map(|(unit, _)| *unit)
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
        self.keep(form, period, decision, lineage);
        Ok(())
    }

    /// Takes a decision that was found to be legal.
    pub(crate) fn keep(
        &mut self,
        form: FormIx,
        period: Period,
        decision: LockDecision,
        lineage: Lineage<'_>,
    ) {
        self.taken += 1;
        let decisions = self.decisions.entry((form, period)).or_default();
        for place in decision.left_out.iter().map(Vec::as_slice).chain([lineage]) {
            if let Some(&unit) = place.first() {
                decisions.places.insert(unit, place.to_vec());
            }
        }
        let LockDecision { root, by, locked, left_out } = decision;
        let about = decisions.by_root.entry(root).or_default();
        if left_out.is_empty() {
            // What the same unit decided about the same subtree before says nothing more.
            about.retain(|earlier| earlier.by != by);
        }
        let left_out = left_out.iter().filter_map(|place| place.first().copied()).collect();
        about.push(Taken { turn: self.taken, by, locked, left_out });
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
