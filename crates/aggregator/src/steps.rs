//! Settling steps (办理): who may take them, and where they lead.

use checks::{can_be_excepted, step_refused};
use journal::{Entry, partition_of};
use ledger::{Effect, Held, Illegal, Ledger};
use model::{
    Catalog, FormIx, Period, SubmissionKey, UnitCode,
    envelope::EntryKind,
    receipt::Decision,
    step::{Action, Step},
    submission::{KeyChange, KeyStatus, Remark},
};

use crate::{
    examined::{Change, Late, Place, Prior, Settled},
    foreign, late,
    settle::{Content, Rules, close, first_pass, must_fit_its_header, row},
};

/// A step in the words of a catalogue.
pub(crate) struct Resolved {
    pub(crate) key: SubmissionKey,
    /// The unit of the key and those above it, at the end of the period.
    pub(crate) lineage: Vec<UnitCode>,
    by: UnitCode,
}

impl Resolved {
    /// For a step that was taken, where the catalogue does not know the unit any more.
    pub(crate) fn without_place(key: SubmissionKey) -> Self {
        Self { key, lineage: Vec::new(), by: key.unit }
    }
}

/// What a step changed.
pub(crate) struct Taken {
    pub(crate) status: Option<KeyStatus>,
    pub(crate) takes_effect: Option<Held>,
}

/// Why a step is refused, in Chinese and English.
pub(crate) struct Refusal {
    pub(crate) zh: String,
    pub(crate) en: String,
}

impl From<Illegal> for Refusal {
    fn from(why: Illegal) -> Self {
        Self { zh: why.zh(), en: why.en() }
    }
}

fn refuse(zh: impl Into<String>, en: impl Into<String>) -> Refusal {
    Refusal { zh: zh.into(), en: en.into() }
}

/// A unit and those above it at the end of a period; empty when it does not exist then.
pub(crate) fn lineage(catalog: &Catalog, unit: UnitCode, period: Period) -> Vec<UnitCode> {
    let tree = catalog.register.tree(period.end());
    let Some(node) = tree.node(unit) else { return Vec::new() };
    [node].into_iter().chain(tree.ancestors(node)).map(|node| tree.code(node)).collect()
}

/// Settles a step; an error says why it cannot be read.
pub(crate) fn settle(
    rules: &Rules<'_>,
    ledger: &mut Ledger,
    entry: &Entry,
    content: &Content,
) -> Result<Settled, String> {
    let step: Step = serde_json::from_slice(&entry.bytes).map_err(|e| e.to_string())?;
    must_fit_its_header(step.wire, entry)?;
    let home = partition_of(&step.unit);
    if home != entry.place.partition {
        return Err(format!("steps of unit {} belong into partition {home}", step.unit));
    }
    // The catalogue of this place decides; the ledger has the words of the state's.
    let mut resolved = resolve(rules.catalog, &step)?;
    resolved.key = rules.in_state(resolved.key)?;
    let key = resolved.key;
    let mut row = row(rules, entry, content);
    row.kind = EntryKind::Step;
    row.step = Some(step.action);
    row.id.clone_from(&step.id);
    row.unit = Some(key.unit);
    row.form = Some(rules.names.form(&step.form));
    row.period = Some(key.period);
    row.revision = step.revision;
    row.reason = Some(step.reason.clone()).filter(|reason| !reason.is_empty());
    row.submitted_at = Some(instant(&step.submitted_at)?);
    row.signers = signers(&step.by, &step.signer);
    row.body = Some(entry.bytes.clone());
    let mut settled = Settled::row(row);
    if ledger.was_taken(content.short) {
        settled.row.decision = Decision::Replayed;
        return Ok(settled);
    }
    match take(rules.catalog, ledger, &step, &resolved) {
        Ok(taken) => {
            ledger.note_taken(content.short);
            settled.row.decision = Decision::Accepted;
            let revision = step.revision.unwrap_or(0);
            let state = rules.current.unwrap_or(rules.catalog);
            let late = |held| lateness(state, ledger, key, held);
            settled.late = taken.takes_effect.as_ref().map(late);
            settled.prior = taken.takes_effect.as_ref().map(|held| prior(key, held));
            settled.change = change(rules, key, taken);
            settled.first_pass = first_pass(ledger, key, revision);
        }
        Err(Refusal { zh, en }) => {
            let finding = step_refused(step.action.name(), zh, en);
            settled.caught =
                close(&mut settled.row, Decision::Refused, vec![finding], || place(&step));
        }
    }
    Ok(settled)
}

/// Names in a step against a catalogue; an error makes it unusable.
pub(crate) fn resolve(catalog: &Catalog, step: &Step) -> Result<Resolved, String> {
    let form = catalog.form_by_code(&step.form);
    let form =
        form.ok_or_else(|| format!("step about form {:?}, which does not exist", step.form))?;
    let period: Period = step.period.parse().map_err(|e| format!("step: {e}"))?;
    let code = |text: &str| {
        let code = text.parse::<UnitCode>();
        code.map_err(|_| format!("step: {text:?} is no unit code"))
    };
    let (unit, by) = (code(&step.unit)?, code(&step.by)?);
    let lineage = lineage(catalog, unit, period);
    if lineage.is_empty() {
        return Err(format!("step: unit {unit} does not exist at the end of {period}"));
    }
    Ok(Resolved { key: SubmissionKey { unit, form, period }, lineage, by })
}

/// Takes a step if it is for the one who takes it and leads somewhere.
pub(crate) fn take(
    catalog: &Catalog,
    ledger: &mut Ledger,
    step: &Step,
    resolved: &Resolved,
) -> Result<Taken, Refusal> {
    let Resolved { key, lineage, .. } = resolved;
    signed(step)?;
    may_act(step.action, resolved)?;
    let of: (FormIx, Period) = (key.form, key.period);
    match step.action {
        Action::Accept | Action::SendBack | Action::Withdraw => {
            let revision = named(step.revision)?;
            if step.action == Action::Accept {
                not_the_filler(ledger, *key, revision, &step.signer)?;
            }
            let Effect { status, takes_effect } =
                ledger.step(*key, revision, step.action, || lineage.clone())?;
            Ok(Taken { status: Some(status), takes_effect })
        }
        Action::Except | Action::Explain => {
            remark(catalog, ledger, step, *key)?;
            Ok(Taken { status: None, takes_effect: None })
        }
        Action::Approve => {
            let round = step.round.ok_or_else(|| {
                refuse("请写明是第几审（round 1 至 3）", "say which approval it is (round, 1 to 3)")
            })?;
            ledger.approve(of, lineage, round, step.signer.trim())?;
            Ok(Taken { status: None, takes_effect: None })
        }
        Action::Publish => {
            ledger.publish(of, lineage)?;
            Ok(Taken { status: None, takes_effect: None })
        }
        Action::Lock | Action::Unlock => Err(refuse(
            "锁定与解锁须以 lock 条目写入所有分区",
            "a lock travels as an entry of kind lock, into every partition",
        )),
    }
}

/// Takes a step again that was taken before.
pub(crate) fn take_again(
    ledger: &mut Ledger,
    step: &Step,
    resolved: &Resolved,
) -> Result<Taken, Illegal> {
    let Resolved { key, lineage, .. } = resolved;
    match step.action {
        Action::Accept | Action::SendBack | Action::Withdraw => {
            let revision = step.revision.unwrap_or(0);
            let Effect { status, takes_effect } =
                ledger.restore_step(*key, revision, step.action)?;
            return Ok(Taken { status: Some(status), takes_effect });
        }
        Action::Except | Action::Explain => keep_remark(ledger, step, *key),
        Action::Approve | Action::Publish => {
            let of = (key.form, key.period);
            ledger.restore_publication(of, lineage, step.action, step.signer.trim());
        }
        // They travel in another envelope.
        Action::Lock | Action::Unlock => {}
    }
    Ok(Taken { status: None, takes_effect: None })
}

fn named(revision: Option<u32>) -> Result<u32, Refusal> {
    revision.ok_or_else(|| {
        refuse("请写明所看的版次（revision）", "name the revision that was looked at")
    })
}

/// Everybody signs, and whoever changes another's course says why.
fn signed(step: &Step) -> Result<(), Refusal> {
    if step.signer.trim().is_empty() {
        return Err(refuse("请写明办理人（signer）", "say who signs for it (signer)"));
    }
    let needs_reason = matches!(step.action, Action::SendBack | Action::Except | Action::Explain);
    if needs_reason && step.reason.trim().is_empty() {
        return Err(refuse("请写明理由（reason）", "give the reason"));
    }
    Ok(())
}

/// A unit takes back and explains what is its own; what a unit sent, only those above it decide about;
/// a period, it and those above.
fn may_act(action: Action, resolved: &Resolved) -> Result<(), Refusal> {
    let Resolved { key, lineage, by } = resolved;
    let unit = key.unit;
    let height = lineage.iter().position(|above| above == by);
    let may = match action {
        Action::Withdraw | Action::Explain => height == Some(0),
        Action::Accept | Action::SendBack | Action::Except => height.is_some_and(|h| h > 0),
        _ => height.is_some(),
    };
    if may {
        return Ok(());
    }
    let action_zh = action.zh();
    let action = action.name();
    Err(match action {
        "withdraw" | "explain" => refuse(
            format!("{action_zh}只能由填报单位{unit}自己办理，不能由{by}办理"),
            format!("{action} is for unit {unit} itself, not for {by}"),
        ),
        _ => refuse(
            format!("{by}不是{unit}的上级，不能{action_zh}"),
            format!("{by} does not stand above {unit} and cannot {action} for it"),
        ),
    })
}

fn not_the_filler(
    ledger: &Ledger,
    key: SubmissionKey,
    revision: u32,
    signer: &str,
) -> Result<(), Refusal> {
    if !ledger.filled_in(key, revision, signer) {
        return Ok(());
    }
    Err(refuse(
        format!("{signer}是该表填表人，不得自己审核通过"),
        format!("{signer} filled in this return and cannot accept it"),
    ))
}

fn remark(
    catalog: &Catalog,
    ledger: &mut Ledger,
    step: &Step,
    key: SubmissionKey,
) -> Result<(), Refusal> {
    let check = &step.check;
    let Some(definition) = catalog.checks.iter().find(|one| one.id == *check) else {
        return Err(refuse(
            format!("没有审核关系 {check:?}；请写明 check"),
            format!("there is no check {check:?}; name one"),
        ));
    };
    if step.action == Action::Except && !can_be_excepted(definition) {
        return Err(refuse(
            format!("{check} 不能准予例外：或非强制，或缺之报表无从接收"),
            format!("{check} cannot be excepted: it is not hard, or no return can do without it"),
        ));
    }
    keep_remark(ledger, step, key);
    Ok(())
}

fn keep_remark(ledger: &mut Ledger, step: &Step, key: SubmissionKey) {
    let (by, signer, reason) = (&step.by, step.signer.trim(), step.reason.trim());
    let day = step.submitted_at.get(..10).unwrap_or(&step.submitted_at);
    let words = format!("{reason}（{by} {signer}，{day}）");
    ledger.remark(key, step.action, Remark { check: step.check.clone(), words });
}

/// What the state has to take in.
pub(crate) fn change(rules: &Rules<'_>, key: SubmissionKey, taken: Taken) -> Option<Change> {
    let Taken { status, takes_effect } = taken;
    let status = status?;
    // What waited came in under definitions that may have asked more.
    let state = rules.current.unwrap_or(rules.catalog);
    let fitting = |cells| foreign::fitting(state, KeyChange { key, status, cells });
    match takes_effect {
        Some(Held { cells, .. }) => fitting(cells).map(Change::Key),
        None => fitting(Vec::new()).map(Change::Status),
    }
}

/// The column 上期数 of a return that is accepted now.
pub(crate) fn prior(key: SubmissionKey, held: &Held) -> Prior {
    Prior { key, column: held.prior.clone() }
}

/// How late a return came that is accepted now: its own time counts, not the reviewer's.
pub(crate) fn lateness(
    catalog: &Catalog,
    ledger: &Ledger,
    key: SubmissionKey,
    held: &Held,
) -> Late {
    let in_time = ledger.standing(key).is_some_and(|standing| standing.status().on_time);
    let unit = catalog.register.on(key.unit, key.period.end());
    let days = match unit {
        Some(unit) if !in_time => late::days(catalog, key, unit.level, held.submitted_at),
        _ => 0,
    };
    Late { key, days }
}

/// Microseconds since 1970 (UTC).
pub(crate) fn instant(text: &str) -> Result<i64, String> {
    let instant = text.parse::<jiff::Timestamp>();
    Ok(instant.map_err(|e| format!("submitted_at {text:?}: {e}"))?.as_microsecond())
}

/// Who acts and who signs, as the column `signers` keeps it.
pub(crate) fn signers(by: &str, signer: &str) -> Option<String> {
    let people = std::collections::BTreeMap::from([("by", by), ("signer", signer)]);
    // Strings only; writing them cannot fail.
    serde_json::to_string(&people).ok()
}

fn place(step: &Step) -> Place {
    Place {
        id: step.id.clone(),
        unit: step.unit.clone(),
        form: step.form.clone(),
        period: step.period.clone(),
    }
}
