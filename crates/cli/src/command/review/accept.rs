//! `zhibao review accept`: one revision, or everything of a subtree that nothing stands against.

use ledger::RevisionState;
use model::{
    UnitCode,
    step::{Action, Step},
};
use serde::Serialize;

use crate::{
    arguments::{AcceptArguments, Of},
    command::{
        Context,
        desk::{Counter, Obstacle, append_steps, now, step},
        print, review,
    },
    failure::Outcome,
};

#[derive(Serialize)]
struct Report {
    /// Id of the act, which all its steps share.
    id: String,
    accepted: Vec<Accepted>,
    left_out: Vec<Obstacle>,
    /// Accepted before.
    accepted_before: usize,
}

#[derive(Serialize)]
struct Accepted {
    unit: UnitCode,
    revision: u32,
}

pub(super) async fn run(context: &Context, given: &AcceptArguments) -> anyhow::Result<Outcome> {
    let hand = (given.hand.by.as_str(), given.hand.signer.as_str(), given.hand.reason.as_str());
    let unit = given.unit.as_ref().or(given.subtree.as_ref()).cloned().unwrap_or_default();
    let of = Of { form: given.form.clone(), period: given.period.clone(), unit };
    if given.unit.is_some() {
        let mut step = step(&of, Action::Accept, hand);
        step.revision = given.revision;
        return review::one(context, &of, step).await;
    }
    let mut counter = Counter::open(context, &of).await?;
    let (steps, report) = subtree(&mut counter, &of, hand).await?;
    if !given.dry_run && !steps.is_empty() {
        append_steps(context, &steps)?;
    }
    tell(context, &report, given.dry_run)?;
    Ok(if report.left_out.is_empty() { Outcome::Done } else { Outcome::Findings })
}

/// The steps that accept what waits in a subtree, and what is left out and why. Each names the revision
/// that the tables show, so that nothing is accepted that came in meanwhile.
async fn subtree(
    counter: &mut Counter,
    of: &Of,
    hand: (&str, &str, &str),
) -> anyhow::Result<(Vec<Step>, Report)> {
    let against = counter.in_context(true).await?;
    let id = format!("accept-{}-{}-{}-{}", of.unit, of.form, of.period, now());
    let mut report = Report { id, accepted: Vec::new(), left_out: Vec::new(), accepted_before: 0 };
    let mut steps = Vec::new();
    for unit in counter.owing() {
        let mut leave = |zh: String, en: String| report.left_out.push(Obstacle { unit, zh, en });
        let standing = counter.desk.standing(counter.key(unit));
        let Some(newest) = standing.and_then(ledger::Standing::newest) else {
            leave("未报".to_owned(), "nothing was submitted".to_owned());
            continue;
        };
        match newest.state {
            RevisionState::Accepted => {
                report.accepted_before += 1;
                continue;
            }
            RevisionState::Submitted => {}
            _ => {
                leave("已退回，待更正".to_owned(), "sent back, not corrected yet".to_owned());
                continue;
            }
        }
        if let Some(obstacle) = against.get(&unit) {
            report.left_out.push(obstacle.clone());
            continue;
        }
        let unit_of = Of { unit: unit.to_string(), ..of.clone() };
        let mut step = step(&unit_of, Action::Accept, hand);
        step.id.clone_from(&report.id);
        step.revision = Some(newest.revision);
        match counter.desk.take(&step) {
            Ok(()) => {
                report.accepted.push(Accepted { unit, revision: newest.revision });
                steps.push(step);
            }
            Err(why) => leave(why.zh, why.en),
        }
    }
    Ok((steps, report))
}

fn tell(context: &Context, report: &Report, dry_run: bool) -> anyhow::Result<()> {
    if context.json()? {
        return print::json(report);
    }
    let lang = context.lang;
    for Obstacle { unit, zh, en } in &report.left_out {
        print::line(format!("{unit}: {}", lang.pick(zh, en)))?;
    }
    let verb = match dry_run {
        true => lang.pick("份将审核通过", "would be accepted"),
        false => lang.pick("份审核通过，已写入流水", "accepted, written to the journal"),
    };
    print::line(format!(
        "{} {verb}; {} {}; {} {}",
        report.accepted.len(),
        report.left_out.len(),
        lang.pick("份除外（见上）", "left out (above)"),
        report.accepted_before,
        lang.pick("份此前已审", "accepted before"),
    ))
}
