//! `zhibao review`: what a level above, and the unit itself, do about returns.

mod accept;
mod list;

use model::step::{Action, Step};
use serde::Serialize;

use super::{
    Context,
    desk::{Counter, append_steps, not_taken, step},
    print,
};
use crate::{
    arguments::{Of, ReviewCommand},
    failure::Outcome,
};

pub(super) async fn run(context: &Context, command: &ReviewCommand) -> anyhow::Result<Outcome> {
    match command {
        ReviewCommand::List(of) => list::run(context, of).await,
        ReviewCommand::Accept(arguments) => accept::run(context, arguments).await,
        ReviewCommand::SendBack(arguments) => {
            let hand = &arguments.hand;
            let hand = (hand.by.as_str(), hand.signer.as_str(), hand.reason.as_str());
            let mut step = step(&arguments.of, Action::SendBack, hand);
            step.revision = Some(arguments.revision);
            one(context, &arguments.of, step).await
        }
        ReviewCommand::Withdraw(arguments) => {
            // Only the unit itself takes back what it sent.
            let hand =
                (arguments.of.unit.as_str(), arguments.signer.as_str(), arguments.reason.as_str());
            let mut step = step(&arguments.of, Action::Withdraw, hand);
            step.revision = Some(arguments.revision);
            one(context, &arguments.of, step).await
        }
        ReviewCommand::Except(arguments) => {
            let hand = &arguments.hand;
            let hand = (hand.by.as_str(), hand.signer.as_str(), hand.reason.as_str());
            let mut step = step(&arguments.of, Action::Except, hand);
            step.check.clone_from(&arguments.check);
            one(context, &arguments.of, step).await
        }
        ReviewCommand::Explain(arguments) => {
            let hand =
                (arguments.of.unit.as_str(), arguments.signer.as_str(), arguments.reason.as_str());
            let mut step = step(&arguments.of, Action::Explain, hand);
            step.check.clone_from(&arguments.check);
            one(context, &arguments.of, step).await
        }
    }
}

/// What was put into the journal.
#[derive(Serialize)]
struct Receipt<'a> {
    step: &'a Step,
    partition: u32,
    offset: u64,
}

/// Puts one step into the journal, if it would be taken as far as the tables know.
pub(super) async fn one(context: &Context, of: &Of, step: Step) -> anyhow::Result<Outcome> {
    let mut counter = Counter::open(context, of).await?;
    if matches!(step.action, Action::Approve | Action::Publish) {
        counter.must_be_whole(context)?;
    }
    counter.desk.take(&step).map_err(|why| not_taken(context, &why))?;
    let steps = [step];
    let places = append_steps(context, &steps)?;
    let receipts = steps.iter().zip(places).map(|(step, place)| Receipt {
        step,
        partition: place.partition,
        offset: place.offset,
    });
    for receipt in receipts {
        if context.json()? {
            print::json(&receipt)?;
        } else {
            let action = receipt.step.action;
            let action = context.lang.pick(action.zh(), action.name());
            let word = context.lang.pick("已写入流水", "written to the journal at");
            let (id, partition, offset) = (&receipt.step.id, receipt.partition, receipt.offset);
            print::line(format!("{action} {word} {partition}/{offset}: {id}"))?;
        }
    }
    Ok(Outcome::Done)
}
