//! Taking up the state that the tables hold.

use ledger::{ContentHash, Fact, Verdict};
use model::{
    Amount, Cell, IndicatorIx, SubmissionKey,
    envelope::{Cells, Declared, EntryKind, Lock},
    receipt::Decision,
    submission::KeyChange,
};
use store::SubmissionRow;

use crate::{
    AggregateError, Aggregator,
    examined::{Change, Late},
    foreign, late,
    settle::{accepted, first_pass},
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
        self.enter_row(version, row).map_err(|what| match what {
            Unreadable::Row(what) => AggregateError::Restore {
                partition: row.partition,
                offset: row.offset,
                what,
                catalog: row.catalog_hash.to_string(),
            },
            Unreadable::Other(error) => *error,
        })
    }

    fn enter_row(&mut self, version: u64, row: &SubmissionRow) -> Result<(), Unreadable> {
        let content = short_hash(&row.content_hash)
            .ok_or_else(|| Unreadable::Row(format!("content hash {:?}", row.content_hash)))?;
        match (row.kind, self.key(row)) {
            (EntryKind::Return, Some(key)) if row.decision != Decision::Replayed => {
                self.enter_return(version, row, key, content)
            }
            (EntryKind::Lock, _) if row.decision == Decision::Accepted => {
                self.enter_without_key(version, row)
            }
            (EntryKind::Catalog | EntryKind::CatalogPart, _)
                if row.decision == Decision::Accepted =>
            {
                Ok(())
            }
            _ => {
                let ledger = &mut self.ledgers[row.partition as usize];
                ledger.decide_without_key(content, row.decision);
                self.enter_without_key(version, row)
            }
        }
    }

    /// Declared totals and locks take effect again.
    fn enter_without_key(&mut self, version: u64, row: &SubmissionRow) -> Result<(), Unreadable> {
        let body = row.body.as_deref().unwrap_or_default();
        match row.kind {
            EntryKind::Declared if row.decision == Decision::Accepted => {
                let sent: Declared = serde_json::from_slice(body)?;
                match checks::resolve_declared(&self.catalog, &sent) {
                    Ok(total) => self.apply(version, Change::Declared(Box::new(total)))?,
                    // It was accepted under other definitions, and these do not know its units.
                    Err(_) if *row.catalog_hash != *self.catalog.hash => {}
                    Err(findings) => return Err(Unreadable::Row(format!("{findings:?}"))),
                }
            }
            EntryKind::Lock if row.decision == Decision::Accepted => {
                let lock: Lock = serde_json::from_slice(body)?;
                if let (Some(form), Some(period)) =
                    (self.catalog.form_by_code(&lock.form), row.period)
                {
                    self.ledgers[row.partition as usize].lock(form, period, lock.locked);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn enter_return(
        &mut self,
        version: u64,
        row: &SubmissionRow,
        key: SubmissionKey,
        content: ContentHash,
    ) -> Result<(), Unreadable> {
        let on_time = row.on_time.unwrap_or(false);
        let fact = Fact {
            key,
            revision: row.revision.unwrap_or(0),
            content,
            hard: row.decision == Decision::Refused,
            on_time,
            accept: self.catalog.form(key.form).accept,
        };
        let ledger = &mut self.ledgers[row.partition as usize];
        let verdict = ledger.restore(fact, row.decision);
        let in_time = ledger.standing(key).is_some_and(|standing| standing.status().on_time);
        let accepted = accepted(row.decision);
        if let (true, Some(at)) = (accepted, row.submitted_at) {
            let unit = self.catalog.register.on(key.unit, key.period.end());
            let days = match unit {
                Some(unit) if !in_time => late::days(&self.catalog, key, unit.level, at),
                _ => 0,
            };
            self.note_late(Late { key, days });
        }
        self.change_state(version, row, key, verdict)?;
        let ledger = &self.ledgers[row.partition as usize];
        if let Some(pass) = first_pass(ledger, key, fact.revision) {
            self.note_first_pass(version, pass);
        }
        Ok(())
    }

    fn change_state(
        &mut self,
        version: u64,
        row: &SubmissionRow,
        key: SubmissionKey,
        verdict: Verdict,
    ) -> Result<(), Unreadable> {
        let Some(status) = verdict.status else { return Ok(()) };
        let cells = match verdict.takes_effect {
            true => self.read_cells(row).map_err(Unreadable::Row)?,
            false => Vec::new(),
        };
        let change = KeyChange { key, status, cells };
        let fits = match *row.catalog_hash == *self.catalog.hash {
            true => Some(change),
            false => foreign::fitting(&self.catalog, change),
        };
        let Some(change) = fits else { return Ok(()) };
        let kind = if verdict.takes_effect { Change::Key } else { Change::Status };
        Ok(self.apply(version, kind(change))?)
    }

    /// What a row is about; `None` where that could not be resolved when it came in.
    fn key(&self, row: &SubmissionRow) -> Option<SubmissionKey> {
        let form = self.catalog.form_by_code(row.form.as_deref()?)?;
        Some(SubmissionKey { unit: row.unit?, form, period: row.period? })
    }

    /// The cells of a row as they were accepted.
    fn read_cells(&self, row: &SubmissionRow) -> Result<Vec<(IndicatorIx, Cell)>, String> {
        let place = |code: &str| {
            self.catalog.indicator_by_code(code).ok_or(format!("indicator {code} is not defined"))
        };
        let sent: Cells<'_> = serde_json::from_str(row.cells.as_deref().unwrap_or("{}"))
            .map_err(|e| format!("cells: {e}"))?;
        let valued = sent.0.iter().map(|(code, amount)| {
            let place = place(code)?;
            let scale = self.catalog.indicator(place).scale;
            let amount = Amount::parse(amount, scale).map_err(|e| format!("{code}: {e}"))?;
            Ok((place, Cell::Value(amount)))
        });
        let silent = row.not_applicable.as_deref().unwrap_or_default().split(',');
        let silent = silent.filter(|code| !code.is_empty());
        valued.chain(silent.map(|code| Ok((place(code)?, Cell::NotApplicable)))).collect()
    }

    /// Remembers by how many days a key came late; the first accepted return counts.
    pub(crate) fn note_late(&mut self, late: Late) {
        if late.days == 0 {
            self.late.remove(&late.key);
            return;
        }
        let least = self.late.entry(late.key).or_insert(late.days);
        *least = late.days.min(*least);
    }
}

/// Why a row cannot be entered.
enum Unreadable {
    Row(String),
    Other(Box<AggregateError>),
}

impl From<AggregateError> for Unreadable {
    fn from(error: AggregateError) -> Self {
        Unreadable::Other(Box::new(error))
    }
}

impl From<serde_json::Error> for Unreadable {
    fn from(error: serde_json::Error) -> Self {
        Unreadable::Row(error.to_string())
    }
}

/// The first 16 bytes of a hash in hex.
fn short_hash(hex: &str) -> Option<ContentHash> {
    let mut short = ContentHash::default();
    for (i, byte) in short.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(short)
}
