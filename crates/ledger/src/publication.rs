//! Approvals and publications (三审, 发布) of a period of a form, by subtree.

use std::collections::BTreeMap;

use model::{FormIx, Period, UnitCode, person::same_person, step::Action};

use crate::{
    APPROVALS, Illegal, PeriodState,
    life::next_of_period,
    locks::{Lineage, Locks},
};

/// What a publication has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// Who gave the approvals since the period was locked last, in their order.
    pub approved_by: Vec<String>,
    /// Whether the figures as they are locked now are published.
    pub published: bool,
    /// How often they were published: the number of the newest edition.
    pub edition: u32,
    /// The unit and those above it, when it was last dealt with.
    lineage: Vec<UnitCode>,
}

/// Publications of the units whose home this partition is.
#[derive(Debug, Default)]
pub(crate) struct Publications(BTreeMap<(FormIx, Period, UnitCode), Publication>);

impl Publications {
    pub(crate) fn get(&self, form: FormIx, period: Period, unit: UnitCode) -> Option<&Publication> {
        self.0.get(&(form, period, unit))
    }

    /// Where the period stands for the subtree of the first unit of `lineage`.
    pub(crate) fn state(
        &self,
        locks: &Locks,
        form: FormIx,
        period: Period,
        lineage: Lineage<'_>,
    ) -> PeriodState {
        if locks.holder(form, period, lineage).is_none() {
            return PeriodState::Open;
        }
        match lineage.first().and_then(|&unit| self.get(form, period, unit)) {
            Some(of) if of.published => PeriodState::Published,
            Some(of) => PeriodState::Locked(of.approved_by.len() as u8),
            None => PeriodState::Locked(0),
        }
    }

    /// Gives approval `round` (1 to 3) of the subtree of the first unit of `lineage`.
    pub(crate) fn approve(
        &mut self,
        locks: &Locks,
        (form, period): (FormIx, Period),
        lineage: Lineage<'_>,
        (round, signer): (u8, &str),
    ) -> Result<(), Illegal> {
        let state = self.state(locks, form, period, lineage);
        next_of_period(state, Action::Approve).ok_or(Illegal::Period(state, Action::Approve))?;
        locks.open_below(form, period, lineage).map_or(Ok(()), |at| Err(Illegal::OpenBelow(at)))?;
        let Some(&unit) = lineage.first() else { return Err(Illegal::NothingSubmitted) };
        let of = self.0.entry((form, period, unit)).or_default();
        let due = of.approved_by.len() as u8 + 1;
        if round != due {
            return Err(Illegal::ApprovalOutOfTurn { named: round, due });
        }
        if of.approved_by.iter().any(|before| same_person(before, signer)) {
            return Err(Illegal::ApprovedAlready(signer.to_owned()));
        }
        debug_assert!(of.approved_by.len() < usize::from(APPROVALS), "the state machine says so");
        self.keep((form, period), lineage, Action::Approve, signer);
        Ok(())
    }

    /// Publishes the subtree of the first unit of `lineage`, and returns the number of the edition.
    pub(crate) fn publish(
        &mut self,
        locks: &Locks,
        (form, period): (FormIx, Period),
        lineage: Lineage<'_>,
    ) -> Result<u32, Illegal> {
        let state = self.state(locks, form, period, lineage);
        next_of_period(state, Action::Publish).ok_or(Illegal::Period(state, Action::Publish))?;
        locks.open_below(form, period, lineage).map_or(Ok(()), |at| Err(Illegal::OpenBelow(at)))?;
        let Some(&unit) = lineage.first() else { return Err(Illegal::NothingSubmitted) };
        self.keep((form, period), lineage, Action::Publish, "");
        Ok(self.get(form, period, unit).map_or(0, |of| of.edition))
    }

    /// Takes a step that was found to be legal.
    pub(crate) fn keep(
        &mut self,
        (form, period): (FormIx, Period),
        lineage: Lineage<'_>,
        action: Action,
        signer: &str,
    ) {
        let Some(&unit) = lineage.first() else { return };
        let of = self.0.entry((form, period, unit)).or_default();
        of.lineage = lineage.to_vec();
        match action {
            Action::Publish => {
                of.published = true;
                of.edition += 1;
            }
            _ => of.approved_by.push(signer.to_owned()),
        }
    }

    /// Figures of the place `lineage` may change from here on: approvals of everything above and below
    /// it are void. An empty place is every unit.
    pub(crate) fn reopen(&mut self, form: FormIx, period: Period, lineage: Lineage<'_>) {
        let first = lineage.first();
        for ((f, p, unit), of) in &mut self.0 {
            let touched = first.is_none_or(|at| lineage.contains(unit) || of.lineage.contains(at));
            if (*f, *p) == (form, period) && touched {
                of.approved_by.clear();
                of.published = false;
            }
        }
    }
}
