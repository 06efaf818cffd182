//! `zhibao period`: locking, approving and publishing a period of a form for a subtree.

mod lock;
mod show;

use model::step::Action;

use super::{Context, desk::step, review};
use crate::{
    arguments::{Hand, PeriodCommand},
    failure::Outcome,
};

pub(super) async fn run(context: &Context, command: &PeriodCommand) -> anyhow::Result<Outcome> {
    match command {
        PeriodCommand::Show(of) => show::run(context, of).await,
        PeriodCommand::Lock(arguments) => lock::lock(context, arguments).await,
        PeriodCommand::Unlock(arguments) => lock::unlock(context, arguments).await,
        PeriodCommand::Approve(arguments) => {
            let mut step = step(&arguments.of, Action::Approve, of_hand(&arguments.hand));
            step.round = Some(arguments.round);
            review::one(context, &arguments.of, step).await
        }
        PeriodCommand::Publish(arguments) => {
            let step = step(&arguments.of, Action::Publish, of_hand(&arguments.hand));
            review::one(context, &arguments.of, step).await
        }
    }
}

fn of_hand(hand: &Hand) -> (&str, &str, &str) {
    (&hand.by, &hand.signer, &hand.reason)
}
