//! `zhibao calendar`: who owes what by when, what is missing, who is to be reminded.

mod days;
mod due;
mod reminders;

use std::{collections::BTreeSet, sync::Arc};

use aggregator::Desk;
use jiff::Timestamp;
use ledger::RevisionState;
use model::{
    Catalog, Period, UnitCode,
    obligation::{Obligation, Which, Within},
    standing::Standing,
};

use super::Context;
use crate::{
    arguments::CalendarCommand,
    clock,
    failure::{OrRefuse, Outcome, refused},
};

pub(super) async fn run(context: &Context, command: &CalendarCommand) -> anyhow::Result<Outcome> {
    match command {
        CalendarCommand::Due(arguments) => due::run(context, arguments, false).await,
        CalendarCommand::Missing(arguments) => due::run(context, arguments, true).await,
        CalendarCommand::Reminders(arguments) => reminders::run(context, arguments).await,
        CalendarCommand::Days(arguments) => days::run(context, arguments),
    }
}

/// What a subtree owes, with what came in about it.
struct Owed {
    catalog: Arc<Catalog>,
    desk: Desk,
    which: Which,
    unit: UnitCode,
}

impl Owed {
    async fn open(context: &Context, which: Which, unit: &str) -> anyhow::Result<Self> {
        let catalog = context.place.catalog(&context.settings)?;
        let unit: UnitCode = unit.parse().or_refuse()?;
        if catalog.register.spans_of(unit).next().is_none() {
            return Err(refused(format!("unit {unit} is not in the register")));
        }
        let within = Within::Below(vec![unit]);
        let periods: BTreeSet<Period> =
            catalog.obligations(which, within).map(|owed| owed.key.period).collect();
        let desk = if context.place.may_have_tables() && !periods.is_empty() {
            let store = context.place.store().await?;
            Desk::open(Arc::clone(&catalog), &store, &periods).await.or_refuse()?
        } else {
            Desk::empty(Arc::clone(&catalog))
        };
        Ok(Self { catalog, desk, which, unit })
    }

    /// Every return that is owed, in the order of the deadlines, and how it stands at `now`.
    fn standings(&self, now: Timestamp) -> impl Iterator<Item = (Obligation, Standing)> {
        let all = self.catalog.obligations(self.which, Within::Below(vec![self.unit]));
        all.map(move |owed| {
            let seen = self.desk.standing(owed.key);
            let newest = seen.and_then(ledger::Standing::newest);
            let waits = newest.is_some_and(|seen| seen.state == RevisionState::Submitted);
            let status = seen.map(ledger::Standing::status).unwrap_or_default();
            let late = self.desk.days_late(owed.key);
            (owed, Standing::of(owed.due, status, late, waits, now))
        })
    }

    /// Years of the listed deadlines whose days off nobody has entered: they were not moved.
    fn unknown_years(&self) -> Vec<i16> {
        let all = || self.catalog.obligations(self.which, Within::Below(vec![self.unit]));
        let days = || all().map(|owed| owed.due.date());
        match (days().min(), days().max()) {
            (Some(first), Some(last)) => self.catalog.calendar.years_without_holidays(first, last),
            _ => Vec::new(),
        }
    }

    fn name(&self, owed: &Obligation) -> String {
        let record = self.catalog.register.on(owed.key.unit, owed.key.period.end());
        record.map_or_else(String::new, |record| record.name.clone())
    }
}

fn now() -> Timestamp {
    Timestamp::from_millisecond(clock::now_millis()).unwrap_or(Timestamp::UNIX_EPOCH)
}
