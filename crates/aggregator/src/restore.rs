//! Taking up a ledger that the tables hold: each row as it was decided, whatever would be decided now.

use ledger::{ContentHash, Fact, Held, Ledger, Verdict};
use model::{
    Amount, Catalog, Cell, IndicatorIx, SubmissionKey,
    envelope::{Cells, Declared, EntryKind, Lock, Signers},
    person,
    receipt::Decision,
    step::Step,
    submission::KeyChange,
};
use store::SubmissionRow;

use crate::{
    examined::{Change, Late, Prior},
    foreign, late,
    locks::{self, Resolved},
    settle::{accepted, first_pass},
    steps::{self, Taken},
};

/// What a row changes besides its ledger.
#[derive(Default)]
pub(crate) struct Restored {
    pub(crate) change: Option<Change>,
    pub(crate) late: Option<Late>,
    /// The key, when this is its lowest revision so far, and whether it was accepted.
    pub(crate) first_pass: Option<(SubmissionKey, bool)>,
    pub(crate) prior: Option<Prior>,
}

/// Enters a row into the ledger of its partition; `catalog` is that of the state. An error says why the
/// row cannot be what this program wrote.
pub(crate) fn enter(
    catalog: &Catalog,
    ledger: &mut Ledger,
    row: &SubmissionRow,
) -> Result<Restored, String> {
    let content = short_hash(&row.content_hash)
        .ok_or_else(|| format!("content hash {:?}", row.content_hash))?;
    let rows = Rows { catalog, row };
    match (row.kind, rows.key()) {
        (EntryKind::Return, Some(key)) if row.decision != Decision::Replayed => {
            rows.enter_return(ledger, key, content)
        }
        (EntryKind::Step, _) if row.step.is_some() => rows.enter_step(ledger, content),
        // One that was refused, or came again, changed nothing.
        (EntryKind::Lock, _) if row.step.is_some() && row.decision != Decision::Accepted => {
            Ok(Restored::default())
        }
        (EntryKind::Lock, _) if row.decision == Decision::Accepted => {
            ledger.note_taken(content);
            rows.enter_lock(ledger)
        }
        (EntryKind::Catalog | EntryKind::CatalogPart, _) if row.decision == Decision::Accepted => {
            Ok(Restored::default())
        }
        _ => {
            ledger.decide_without_key(content, row.decision);
            rows.enter_declared()
        }
    }
}

/// One row and the catalogue of the state.
struct Rows<'a> {
    catalog: &'a Catalog,
    row: &'a SubmissionRow,
}

impl Rows<'_> {
    /// What the row is about; `None` where that could not be resolved when it came in.
    fn key(&self) -> Option<SubmissionKey> {
        let form = self.catalog.form_by_code(self.row.form.as_deref()?)?;
        Some(SubmissionKey { unit: self.row.unit?, form, period: self.row.period? })
    }

    fn body(&self) -> &[u8] {
        self.row.body.as_deref().unwrap_or_default()
    }

    /// Whether it was decided under other definitions, which may know what these do not.
    fn is_foreign(&self) -> bool {
        *self.row.catalog_hash != *self.catalog.hash
    }

    /// Declared totals take effect again.
    fn enter_declared(&self) -> Result<Restored, String> {
        if self.row.kind != EntryKind::Declared || self.row.decision != Decision::Accepted {
            return Ok(Restored::default());
        }
        let sent: Declared = read(self.body())?;
        match checks::resolve_declared(self.catalog, &sent) {
            Ok(total) => {
                let change = Some(Change::Declared(Box::new(total)));
                Ok(Restored { change, ..Restored::default() })
            }
            Err(_) if self.is_foreign() => Ok(Restored::default()),
            Err(findings) => Err(format!("{findings:?}")),
        }
    }

    fn enter_lock(&self, ledger: &mut Ledger) -> Result<Restored, String> {
        let lock: Lock = read(self.body())?;
        match locks::resolve(self.catalog, &lock) {
            Ok(Resolved { form, period, decision, lineage }) => {
                ledger.restore_lock(form, period, decision, &lineage);
            }
            Err(_) if self.is_foreign() => {}
            Err(what) => return Err(what),
        }
        Ok(Restored::default())
    }

    /// A step that was taken is taken again; one that was refused changed nothing.
    fn enter_step(&self, ledger: &mut Ledger, content: ContentHash) -> Result<Restored, String> {
        if self.row.decision != Decision::Accepted {
            return Ok(Restored::default());
        }
        ledger.note_taken(content);
        let step: Step = read(self.body())?;
        let of = match steps::resolve(self.catalog, &step) {
            Ok(of) => of,
            // These definitions do not know the unit on that day any more; its return stands all the
            // same.
            Err(_) if self.is_foreign() => match self.key() {
                Some(key) => steps::Resolved::without_place(key),
                None => return Ok(Restored::default()),
            },
            Err(what) => return Err(what),
        };
        let taken = steps::take_again(ledger, &step, &of)
            .map_err(|why| format!("step {}: {}", step.id, why.en()))?;
        let late = |held: &Held| steps::lateness(self.catalog, ledger, of.key, held);
        let late = taken.takes_effect.as_ref().map(late);
        let prior = taken.takes_effect.as_ref().map(|held| steps::prior(of.key, held));
        let first_pass =
            taken.status.and_then(|_| first_pass(ledger, of.key, step.revision.unwrap_or(0)));
        Ok(Restored { change: self.change_by_step(of.key, taken), late, first_pass, prior })
    }

    fn change_by_step(&self, key: SubmissionKey, taken: Taken) -> Option<Change> {
        let status = taken.status?;
        let fitting = |cells| foreign::fitting(self.catalog, KeyChange { key, status, cells });
        match taken.takes_effect {
            Some(held) => fitting(held.cells).map(Change::Key),
            None => fitting(Vec::new()).map(Change::Status),
        }
    }

    fn enter_return(
        &self,
        ledger: &mut Ledger,
        key: SubmissionKey,
        content: ContentHash,
    ) -> Result<Restored, String> {
        let row = self.row;
        let fact = Fact {
            key,
            revision: row.revision.unwrap_or(0),
            content,
            hard: row.decision == Decision::Refused,
            on_time: row.on_time.unwrap_or(false),
            accept: self.catalog.form(key.form).accept,
            filler: self.filler()?,
        };
        let verdict = ledger.restore(fact, row.decision);
        if row.decision == Decision::Pending {
            ledger.hold(key, fact.revision, self.held()?);
        }
        let in_time = ledger.standing(key).is_some_and(|standing| standing.status().on_time);
        let late = match row.submitted_at {
            Some(at) if accepted(row.decision) => {
                let unit = self.catalog.register.on(key.unit, key.period.end());
                let days = match unit {
                    Some(unit) if !in_time => late::days(self.catalog, key, unit.level, at),
                    _ => 0,
                };
                Some(Late { key, days })
            }
            _ => None,
        };
        let prior = match verdict.takes_effect && (fact.revision > 1 || row.prior.is_some()) {
            true => Some(Prior { key, column: self.prior()? }),
            false => None,
        };
        let change = self.change(key, verdict)?;
        Ok(Restored { change, late, first_pass: first_pass(ledger, key, fact.revision), prior })
    }

    fn change(&self, key: SubmissionKey, verdict: Verdict) -> Result<Option<Change>, String> {
        let Some(status) = verdict.status else { return Ok(None) };
        let cells = if verdict.takes_effect { self.cells()? } else { Vec::new() };
        let change = KeyChange { key, status, cells };
        let fits =
            if self.is_foreign() { foreign::fitting(self.catalog, change) } else { Some(change) };
        Ok(fits.map(if verdict.takes_effect { Change::Key } else { Change::Status }))
    }

    /// What waits for a level above.
    fn held(&self) -> Result<Held, String> {
        Ok(Held {
            cells: self.cells()?,
            prior: self.prior()?,
            submitted_at: self.row.submitted_at.unwrap_or(0),
        })
    }

    /// Who filled it in.
    fn filler(&self) -> Result<u32, String> {
        let Some(signers) = &self.row.signers else { return Ok(0) };
        let signers: Signers<'_> = read(signers.as_bytes())?;
        Ok(person::mark(&signers.filler))
    }

    /// The column 上期数.
    fn prior(&self) -> Result<Vec<(IndicatorIx, Amount)>, String> {
        let Some(text) = &self.row.prior else { return Ok(Vec::new()) };
        Ok(checks::stored_prior(self.catalog, &read(text.as_bytes())?))
    }

    /// The cells as they were taken.
    fn cells(&self) -> Result<Vec<(IndicatorIx, Cell)>, String> {
        let place = |code: &str| {
            self.catalog.indicator_by_code(code).ok_or(format!("indicator {code} is not defined"))
        };
        let sent: Cells<'_> = read(self.row.cells.as_deref().unwrap_or("{}").as_bytes())?;
        let valued = sent.0.iter().map(|(code, amount)| {
            let place = place(code)?;
            let scale = self.catalog.indicator(place).scale;
            let amount = Amount::parse(amount, scale).map_err(|e| format!("{code}: {e}"))?;
            Ok((place, Cell::Value(amount)))
        });
        let silent = self.row.not_applicable.as_deref().unwrap_or_default().split(',');
        let silent = silent.filter(|code| !code.is_empty());
        valued.chain(silent.map(|code| Ok((place(code)?, Cell::NotApplicable)))).collect()
    }
}

fn read<'a, T: serde::Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

/// The first 16 bytes of a hash in hex.
fn short_hash(hex: &str) -> Option<ContentHash> {
    let mut short = ContentHash::default();
    for (i, byte) in short.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(short)
}
