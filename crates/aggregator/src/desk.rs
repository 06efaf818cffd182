//! The desk of whoever reviews: where the returns of some periods stand, and whether a step would be
//! taken, without the figures.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use journal::{PARTITIONS, partition_of};
use ledger::{Ledger, PeriodState, Publication, Standing};
use model::{
    Catalog, FormIx, Period, SubmissionKey, UnitCode, envelope::Lock, step::Step,
    submission::Remark,
};
use store::{Store, SubmissionRow};

use crate::{
    AggregateError,
    locks::{self, Resolved},
    restore, steps,
};

/// Why a step would not be taken, in Chinese and English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotTaken {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// Ledgers as the tables show them.
pub struct Desk {
    catalog: Arc<Catalog>,
    ledgers: Vec<Ledger>,
    /// By how many days keys came late.
    late: BTreeMap<SubmissionKey, u32>,
    /// Version of `submissions` that was read.
    version: u64,
}

impl Desk {
    /// Without anything on it.
    pub fn empty(catalog: Arc<Catalog>) -> Self {
        let ledgers = (0..PARTITIONS).map(|_| Ledger::default()).collect();
        Self { catalog, ledgers, late: BTreeMap::new(), version: 0 }
    }

    /// Everything that came in about these periods.
    ///
    /// # Errors
    /// The table cannot be read.
    pub async fn open(
        catalog: Arc<Catalog>,
        store: &Store,
        periods: &BTreeSet<Period>,
    ) -> Result<Self, AggregateError> {
        let mut desk = Self::empty(catalog);
        let mut rows: Vec<SubmissionRow> = Vec::new();
        let wanted = |period: Option<Period>| period.is_some_and(|p| periods.contains(&p));
        let version = store.read_submissions_in(wanted, |mut some| rows.append(&mut some)).await?;
        // Commits that were put together stand behind later ones of other partitions.
        rows.sort_by_key(|row| (row.partition, row.offset));
        for row in &rows {
            let Some(ledger) = desk.ledgers.get_mut(row.partition as usize) else { continue };
            let restored = restore::enter(&desk.catalog, ledger, row)
                .map_err(|what| AggregateError::restore(row, what))?;
            if let Some(late) = restored.late {
                late.note(&mut desk.late);
            }
        }
        desk.version = version.unwrap_or(0);
        Ok(desk)
    }

    /// Version of `submissions` that was read.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Puts a lock on the desk that was taken in a partition.
    pub fn lay_lock(&mut self, partition: u32, lock: &Lock) {
        let Some(ledger) = self.ledgers.get_mut(partition as usize) else { return };
        if let Ok(Resolved { form, period, decision, lineage }) =
            locks::resolve(&self.catalog, lock)
        {
            ledger.restore_lock(form, period, decision, &lineage);
        }
    }

    /// Puts a step on the desk that was taken in a partition, as far as it stands by itself.
    pub fn lay_step(&mut self, partition: u32, step: &Step) {
        let Some(ledger) = self.ledgers.get_mut(partition as usize) else { return };
        if let Ok(of) = steps::resolve(&self.catalog, step) {
            // A step about a return that is not on the desk leads nowhere.
            let _ = steps::take_again(ledger, step, &of);
        }
    }

    /// Where a return stands; `None` where nothing came in.
    pub fn standing(&self, key: SubmissionKey) -> Option<&Standing> {
        self.home(key.unit).standing(key)
    }

    /// By how many days an accepted return came late; 0 when it came in time or is not accepted.
    pub fn days_late(&self, key: SubmissionKey) -> u32 {
        self.late.get(&key).copied().unwrap_or(0)
    }

    /// Whether a return is locked.
    pub fn is_locked(&self, key: SubmissionKey) -> bool {
        self.home(key.unit).is_locked(key, || self.lineage(key.unit, key.period))
    }

    /// What rests for a return.
    pub fn exceptions(&self, key: SubmissionKey) -> Vec<Remark> {
        self.home(key.unit).exceptions(key)
    }

    /// Whether a lock, or its end, has reached some partitions only: whoever wrote it was interrupted.
    pub fn is_half_locked(&self, form: FormIx, period: Period, unit: UnitCode) -> bool {
        let lineage = self.lineage(unit, period);
        let is_open =
            |ledger: &Ledger| ledger.period_state(form, period, &lineage) == PeriodState::Open;
        let open = self.ledgers.iter().filter(|ledger| is_open(ledger)).count();
        (1..self.ledgers.len()).contains(&open)
    }

    /// Where a period stands for the subtree of a unit.
    pub fn period_state(&self, form: FormIx, period: Period, unit: UnitCode) -> PeriodState {
        self.home(unit).period_state(form, period, &self.lineage(unit, period))
    }

    /// Approvals and publications of the subtree of a unit.
    pub fn publication(
        &self,
        form: FormIx,
        period: Period,
        unit: UnitCode,
    ) -> Option<&Publication> {
        self.home(unit).publication(form, period, unit)
    }

    /// A unit and those above it at the end of a period; empty when it does not exist then.
    pub fn lineage(&self, unit: UnitCode, period: Period) -> Vec<UnitCode> {
        steps::lineage(&self.catalog, unit, period)
    }

    /// Takes a step on the desk alone, and says why not if it would be refused.
    ///
    /// # Errors
    /// The step names something that does not exist, or would be refused.
    pub fn take(&mut self, step: &Step) -> Result<(), NotTaken> {
        let resolved = steps::resolve(&self.catalog, step);
        let of = resolved.map_err(|what| NotTaken { zh: what.clone(), en: what })?;
        let ledger = &mut self.ledgers[partition_of(&step.unit) as usize];
        match steps::take(&self.catalog, ledger, step, &of) {
            Ok(_) => Ok(()),
            Err(refusal) => Err(NotTaken { zh: refusal.zh, en: refusal.en }),
        }
    }

    /// Takes a lock on the desk alone, and says why not if it would be refused.
    ///
    /// # Errors
    /// The lock names something that does not exist, or would be refused.
    pub fn take_lock(&mut self, lock: &Lock) -> Result<(), NotTaken> {
        let resolved = locks::resolve(&self.catalog, lock);
        let of = resolved.map_err(|what| NotTaken { zh: what.clone(), en: what })?;
        let say = |refusal: steps::Refusal| NotTaken { zh: refusal.zh, en: refusal.en };
        locks::may_act(&of, lock).map_err(say)?;
        // One that was interrupted has reached some partitions before; it is finished by another.
        let mut refused = None;
        let mut taken = 0;
        for ledger in &mut self.ledgers {
            match locks::take(ledger, &of) {
                Ok(()) => taken += 1,
                Err(why) => refused = Some(why),
            }
        }
        match refused {
            Some(why) if taken == 0 => Err(say(why)),
            _ => Ok(()),
        }
    }

    fn home(&self, unit: UnitCode) -> &Ledger {
        &self.ledgers[partition_of(&unit.to_string()) as usize]
    }
}
