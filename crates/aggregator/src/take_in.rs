//! From what was decided into the state: at first it waits, then it is taken in.

use model::{Figures, SubmissionKey, submission::KeyChange};
use rollup::Tally;
use store::SubmissionRow;

use crate::{
    AggregateError, Aggregator,
    examined::{Change, Prior},
    restore::{self, Restored},
    waiting::{Taken, Taking},
};

impl Aggregator {
    /// Enters one row of a version of `submissions` as it was decided, unless it was entered before:
    /// where commits were put together, known rows come with new ones.
    pub(crate) fn enter(
        &mut self,
        version: u64,
        row: &SubmissionRow,
    ) -> Result<(), AggregateError> {
        let reached = self.reached.entry(row.partition).or_default();
        if row.offset < *reached {
            return Ok(());
        }
        *reached = row.offset + 1;
        let ledger = &mut self.ledgers[row.partition as usize];
        let Restored { change, late, first_pass, prior } =
            restore::enter(&self.catalog, ledger, row)
                .map_err(|what| AggregateError::restore(row, what))?;
        if let Some(late) = late {
            late.note(&mut self.late);
        }
        if let Some(prior) = prior {
            self.note_prior(prior);
        }
        if let Some(change) = change {
            self.apply(version, change)?;
        }
        if let Some(pass) = first_pass {
            self.note_first_pass(version, pass);
        }
        Ok(())
    }

    /// Remembers the column 上期数 of the revision in force.
    pub(crate) fn note_prior(&mut self, Prior { key, column }: Prior) {
        match column.is_empty() {
            true => drop(self.prior.remove(&key)),
            false => drop(self.prior.insert(key, column)),
        }
    }

    /// Lets a change wait that came with a version of `submissions`.
    pub(crate) fn apply(&mut self, version: u64, change: Change) -> Result<(), AggregateError> {
        match change {
            Change::Key(change) if self.flooded => self.record(change, false)?,
            Change::Status(change) if self.flooded => self.record(change, true)?,
            Change::Key(change) => {
                let corrects = self.state.status(change.key).is_some_and(|now| now.accepted);
                self.waiting.change(version, change, false, corrects);
            }
            Change::Status(change) => self.waiting.change(version, change, true, false),
            Change::Declared(total) => self.declared.push(*total),
        }
        if self.waiting.is_full() {
            self.flood()?;
        }
        Ok(())
    }

    /// So much comes that nothing is to wait: from now on everything is taken in at once, and rolled up
    /// as a whole.
    ///
    /// # Errors
    /// A change that the state cannot take in; this aggregator must be opened again.
    pub fn flood(&mut self) -> Result<(), AggregateError> {
        self.flooded = true;
        self.take_in(Taking::All)
    }

    /// Whether a key passed first time.
    pub(crate) fn note_first_pass(&mut self, version: u64, (key, pass): (SubmissionKey, bool)) {
        match (self.flooded, pass) {
            (false, _) => self.waiting.first_pass(version, key, pass),
            (true, true) => self.state.tally(key, Tally::FirstPass),
            (true, false) => self.state.withdraw_first_pass(key),
        }
    }

    /// Takes some of what waits into the state; the sums follow with the next roll-up.
    pub(crate) fn take_in(&mut self, what: Taking) -> Result<(), AggregateError> {
        for Taken { key, change, only_status, first_pass } in self.waiting.take(what) {
            if let Some(change) = change {
                self.record(change, only_status)?;
            }
            match first_pass {
                Some(true) => self.state.tally(key, Tally::FirstPass),
                Some(false) => self.state.withdraw_first_pass(key),
                None => {}
            }
        }
        Ok(())
    }

    fn record(&mut self, mut change: KeyChange, only_status: bool) -> Result<(), AggregateError> {
        if only_status {
            change.cells = self.state.own_cells(change.key);
        }
        let unit = self.state.record(&change)?;
        let SubmissionKey { form, period, .. } = change.key;
        if let Some(unit) = unit.filter(|_| !only_status) {
            self.in_context.entered(&self.state.tree(period), unit, form, period);
        }
        Ok(())
    }
}
