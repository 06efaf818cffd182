//! Settling locks (锁定, 解锁): each is written to every partition and holds there from its place on.

use journal::Entry;
use ledger::{Ledger, LockDecision};
use model::{
    Catalog, FormIx, Period, UnitCode,
    envelope::{EntryKind, Lock},
    receipt::Decision,
    step::Action,
};

use crate::{
    examined::{Place, Settled},
    settle::{Content, Rules, close, must_fit_its_header, row},
    steps::{Refusal, instant, lineage, signers},
};

/// A lock in the words of a catalogue.
pub(crate) struct Resolved {
    pub(crate) form: FormIx,
    pub(crate) period: Period,
    pub(crate) decision: LockDecision,
    /// The unit whose subtree it is about and those above it; empty for every unit.
    pub(crate) lineage: Vec<UnitCode>,
}

/// Settles a lock; an error says why it cannot be read.
pub(crate) fn settle(
    rules: &Rules<'_>,
    ledger: &mut Ledger,
    entry: &Entry,
    content: &Content,
) -> Result<Settled, String> {
    let lock: Lock = serde_json::from_slice(&entry.bytes).map_err(|e| e.to_string())?;
    must_fit_its_header(lock.wire, entry)?;
    // The catalogue of this place decides; the ledger has the words of the state's.
    let mut resolved = resolve(rules.catalog, &lock)?;
    resolved.form = rules.form_in_state(resolved.form)?;
    let action = if lock.locked { Action::Lock } else { Action::Unlock };
    let mut row = row(rules, entry, content);
    row.kind = EntryKind::Lock;
    row.step = Some(action);
    row.unit = resolved.decision.root;
    row.form = Some(rules.names.form(&lock.form));
    row.period = Some(resolved.period);
    row.submitted_at = instant(&lock.submitted_at).ok();
    row.signers = signers(lock.by.as_deref().unwrap_or_default(), &lock.signer);
    row.body = Some(entry.bytes.clone());
    let place = || Place {
        id: lock.id.clone(),
        unit: lock.unit.clone().unwrap_or_default(),
        form: lock.form.clone(),
        period: lock.period.clone(),
    };
    // A lock is no submission: it is not in the account, and the very same lock again changes nothing.
    let mut caught = Vec::new();
    let taken = may_act(&resolved, &lock).and_then(|()| match ledger.was_taken(content.short) {
        true => Ok(Decision::Replayed),
        false => take(ledger, &resolved).map(|()| Decision::Accepted),
    });
    match taken {
        Ok(decision) => {
            ledger.note_taken(content.short);
            row.decision = decision;
        }
        Err(Refusal { zh, en }) => {
            let finding = checks::step_refused(action.name(), zh, en);
            caught = close(&mut row, Decision::Refused, vec![finding], place);
        }
    }
    row.id = lock.id;
    row.reason = Some(lock.reason);
    Ok(Settled { caught, ..Settled::row(row) })
}

/// Names in a lock against a catalogue; an error makes it unusable.
pub(crate) fn resolve(catalog: &Catalog, lock: &Lock) -> Result<Resolved, String> {
    let form = catalog.form_by_code(&lock.form);
    let form = form.ok_or_else(|| format!("lock of form {:?}, which does not exist", lock.form))?;
    let period: Period = lock.period.parse().map_err(|e| format!("lock: {e}"))?;
    let code = |text: &String| {
        let code = text.parse::<UnitCode>();
        code.map_err(|_| format!("lock: {text:?} is no unit code"))
    };
    let root = lock.unit.as_ref().map(code).transpose()?;
    let above = root.map_or(Vec::new(), |root| lineage(catalog, root, period));
    if let (Some(root), true) = (root, above.is_empty()) {
        return Err(format!("lock: unit {root} does not exist at the end of {period}"));
    }
    let decision = LockDecision {
        root,
        by: lock.by.as_ref().map(code).transpose()?,
        locked: lock.locked,
        left_out: left_out(catalog, lock, period)?,
    };
    Ok(Resolved { form, period, decision, lineage: above })
}

/// The units that are left out, each with those above it.
fn left_out(catalog: &Catalog, lock: &Lock, period: Period) -> Result<Vec<Vec<UnitCode>>, String> {
    let place = |unit: &String| {
        let code = unit.parse::<UnitCode>();
        let code = code.map_err(|_| format!("lock: {unit:?} is no unit code"))?;
        let place = lineage(catalog, code, period);
        match place.is_empty() {
            true => Err(format!("lock: unit {code} does not exist at the end of {period}")),
            false => Ok(place),
        }
    };
    lock.left_out.iter().map(|out| place(&out.unit)).collect()
}

/// Changes the ledger as the lock says.
pub(crate) fn take(ledger: &mut Ledger, of: &Resolved) -> Result<(), Refusal> {
    Ok(ledger.lock(of.form, of.period, of.decision.clone(), &of.lineage)?)
}

/// Whoever locks stands at or above what is locked and signs; opening again has a reason; what is left out
/// lies below.
pub(crate) fn may_act(of: &Resolved, lock: &Lock) -> Result<(), Refusal> {
    let refuse = |zh: String, en: String| Err(Refusal { zh, en });
    let (root, by) = (of.decision.root, of.decision.by);
    let stands_above = by.is_none_or(|by| root.is_some() && of.lineage.contains(&by));
    if !stands_above {
        let (by, unit) = (lock.by.clone().unwrap_or_default(), lock.unit.clone());
        let (zh, en) = (unit.clone().unwrap_or("全部单位".to_owned()), unit);
        return refuse(
            format!("{by}不是{zh}或其上级，不能锁定或解锁"),
            format!("{by} stands neither at nor above {}", en.unwrap_or("all units".to_owned())),
        );
    }
    if lock.signer.trim().is_empty() {
        return refuse("须写明签字人".to_owned(), "say who signs for it".to_owned());
    }
    if !lock.locked && lock.reason.trim().is_empty() {
        return refuse("解锁须写明理由".to_owned(), "to unlock, give the reason".to_owned());
    }
    let below = |place: &&Vec<UnitCode>| match root {
        Some(root) => place.first() != Some(&root) && place.contains(&root),
        None => true,
    };
    if let Some(out) = of.decision.left_out.iter().find(|place| !below(place)) {
        let out = out.first().map(ToString::to_string).unwrap_or_default();
        return refuse(
            format!("除外单位{out}不在所锁范围之下"),
            format!("{out}, which is to be left out, does not lie below"),
        );
    }
    Ok(())
}
