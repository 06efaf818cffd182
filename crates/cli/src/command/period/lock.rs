//! `zhibao period lock` and `unlock`.

use std::collections::BTreeMap;

use ledger::RevisionState;
use model::{
    UnitCode,
    envelope::{Lock, WIRE_VERSION},
    step::LeftOut,
};
use serde::Serialize;

use crate::{
    arguments::{Hand, HandOf, LockArguments, Of},
    clock,
    command::{
        Context,
        desk::{Counter, Obstacle, append_lock, not_taken, now},
        print,
    },
    failure::{Outcome, refused},
};

#[derive(Serialize)]
struct Report {
    id: String,
    locked: bool,
    left_out: Vec<Obstacle>,
}

/// What stands against locking units of a subtree: hard findings from context without an exception, and
/// returns that wait for review or for a correction.
pub(super) async fn obstacles(counter: &Counter) -> anyhow::Result<BTreeMap<UnitCode, Obstacle>> {
    let mut against = counter.in_context(false).await?;
    for unit in counter.owing() {
        let standing = counter.desk.standing(counter.key(unit));
        let newest = standing.and_then(ledger::Standing::newest);
        let Some(state) = newest.map(|seen| seen.state) else { continue };
        let waits = match state {
            RevisionState::Submitted => ("待审", "waits for review"),
            RevisionState::SentBack | RevisionState::SentBackInForce => {
                ("已退回，待更正", "sent back, not corrected yet")
            }
            _ => continue,
        };
        let obstacle = Obstacle { unit, zh: waits.0.to_owned(), en: waits.1.to_owned() };
        against.entry(unit).or_insert(obstacle);
    }
    Ok(against)
}

pub(super) async fn lock(context: &Context, given: &LockArguments) -> anyhow::Result<Outcome> {
    let counter = Counter::open(context, &given.of).await?;
    if !counter.is_summed(context).await? {
        return Err(refused(context.lang.pick(
            "流水中尚有未核定或未汇总的条目；请先运行 zhibao aggregate，再锁定",
            "something in the journal is not settled and rolled up yet; run `zhibao aggregate`, then lock",
        )));
    }
    let against = obstacles(&counter).await?;
    let left_out: Vec<Obstacle> = against.into_values().collect();
    let whole = left_out.iter().any(|one| one.unit == counter.unit);
    if whole || !(left_out.is_empty() || given.leave_out) {
        for Obstacle { unit, zh, en } in &left_out {
            print::line(format!("{unit}: {}", context.lang.pick(zh, en)))?;
        }
        return Err(refused(match whole {
            true => context.lang.pick(
                "本单位自身尚有未了结事项；请更正，或由上级准予例外",
                "something stands against the unit itself; correct it, or have it excepted",
            ),
            false => context.lang.pick(
                "尚有未了结事项（见上）；请更正、准予例外，或用 --leave-out 除外",
                "something is in the way (above); correct it, have it excepted, or use --leave-out",
            ),
        }));
    }
    put(context, counter, (&given.of, &given.hand), left_out).await
}

pub(super) async fn unlock(context: &Context, given: &HandOf) -> anyhow::Result<Outcome> {
    let mut counter = Counter::open(context, &given.of).await?;
    let lock = envelope((&given.of, &given.hand), false, &[]);
    counter.desk.take_lock(&lock).map_err(|why| not_taken(context, &why))?;
    append_lock(context, &lock)?;
    tell(context, Report { id: lock.id, locked: false, left_out: Vec::new() })
}

async fn put(
    context: &Context,
    mut counter: Counter,
    (of, hand): (&Of, &Hand),
    left_out: Vec<Obstacle>,
) -> anyhow::Result<Outcome> {
    let lock = envelope((of, hand), true, &left_out);
    counter.desk.take_lock(&lock).map_err(|why| not_taken(context, &why))?;
    append_lock(context, &lock)?;
    tell(context, Report { id: lock.id, locked: true, left_out })
}

fn envelope((of, hand): (&Of, &Hand), locked: bool, left_out: &[Obstacle]) -> Lock {
    let verb = if locked { "lock" } else { "unlock" };
    let out = |one: &Obstacle| LeftOut { unit: one.unit.to_string(), why: one.zh.clone() };
    Lock {
        wire: WIRE_VERSION,
        id: format!("{verb}-{}-{}-{}-{}", of.unit, of.form, of.period, now()),
        form: of.form.clone(),
        period: of.period.clone(),
        locked,
        unit: Some(of.unit.clone()),
        left_out: left_out.iter().map(out).collect(),
        by: Some(hand.by.clone()),
        reason: hand.reason.clone(),
        signer: hand.signer.clone(),
        submitted_at: clock::now_shanghai(),
    }
}

fn tell(context: &Context, report: Report) -> anyhow::Result<Outcome> {
    let lang = context.lang;
    if context.json()? {
        print::json(&report)?;
    } else {
        for Obstacle { unit, zh, en } in &report.left_out {
            print::line(format!("{unit}: {}", lang.pick(zh, en)))?;
        }
        let verb = match report.locked {
            true => lang.pick("锁定已写入流水", "lock written to the journal"),
            false => lang.pick("解锁已写入流水", "unlock written to the journal"),
        };
        let (out, id) = (report.left_out.len(), &report.id);
        print::line(format!("{verb}; {out} {}: {id}", lang.pick("个单位除外", "units left out")))?;
    }
    Ok(Outcome::Done)
}
