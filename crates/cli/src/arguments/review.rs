//! Arguments of `zhibao review` and `zhibao period`.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  zhibao review list --form SP --period 2023-Q1 --unit 410100000000
  zhibao review accept --form SP --period 2023-Q1 --unit 410102000000 --revision 1 --by 410100000000 --signer 丁
  zhibao review accept --form SP --period 2023-Q1 --subtree 410100000000 --by 410100000000 --signer 丁
  zhibao review send-back --form SP --period 2023-Q1 --unit 410102000000 --revision 1 \\
      --by 410100000000 --signer 丁 --reason 'SP03 与台账不符'
  zhibao review explain --form SA --period 2023-03 --unit 410102001000 --check K72 --signer 甲 --reason '次月补发'

Each step is an entry of the journal; an aggregator takes it or refuses it at its place, which
`zhibao review list` and the view `steps` show.")]
pub(crate) enum ReviewCommand {
    /// What waits, what was sent back, and what is missing
    List(Of),
    /// Accept one revision, or everything of a subtree that nothing stands against
    Accept(AcceptArguments),
    /// Send a revision back, with the reason
    SendBack(RevisionArguments),
    /// Take back a revision of one's own that nobody has accepted yet
    Withdraw(WithdrawArguments),
    /// Let one check rest for one return
    Except(ExceptArguments),
    /// Explain a finding from context
    Explain(ExplainArguments),
}

/// Form, period and subtree.
#[derive(Args, Clone, Debug)]
pub(crate) struct Of {
    /// Code of the form
    #[arg(long, value_name = "CODE")]
    pub(crate) form: String,
    /// The period, such as 2023-03 or 2023-Q1
    #[arg(long)]
    pub(crate) period: String,
    /// The unit, with everything below it
    #[arg(long, value_name = "CODE")]
    pub(crate) unit: String,
}

/// Who acts.
#[derive(Args, Clone, Debug)]
pub(crate) struct Hand {
    /// Code of the unit that acts
    #[arg(long, value_name = "CODE")]
    pub(crate) by: String,
    /// Who signs
    #[arg(long, value_name = "NAME")]
    pub(crate) signer: String,
    /// Why
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
}

#[derive(Args, Debug)]
pub(crate) struct AcceptArguments {
    /// Code of the form
    #[arg(long, value_name = "CODE")]
    pub(crate) form: String,
    /// The period
    #[arg(long)]
    pub(crate) period: String,
    /// The unit whose return is accepted
    #[arg(long, value_name = "CODE", requires = "revision", conflicts_with = "subtree")]
    pub(crate) unit: Option<String>,
    /// The revision that was looked at
    #[arg(long)]
    pub(crate) revision: Option<u32>,
    /// Accept what waits of this unit and everything below it; what is left out is listed, with the
    /// reason
    #[arg(long, value_name = "CODE", required_unless_present = "unit")]
    pub(crate) subtree: Option<String>,
    #[command(flatten)]
    pub(crate) hand: Hand,
    /// Only say what would be accepted and what left out
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct RevisionArguments {
    #[command(flatten)]
    pub(crate) of: Of,
    /// The revision that was looked at
    #[arg(long)]
    pub(crate) revision: u32,
    #[command(flatten)]
    pub(crate) hand: Hand,
}

#[derive(Args, Debug)]
pub(crate) struct WithdrawArguments {
    #[command(flatten)]
    pub(crate) of: Of,
    /// The revision
    #[arg(long)]
    pub(crate) revision: u32,
    /// Who signs
    #[arg(long, value_name = "NAME")]
    pub(crate) signer: String,
    /// Why
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
}

#[derive(Args, Debug)]
pub(crate) struct ExceptArguments {
    #[command(flatten)]
    pub(crate) of: Of,
    /// The check, such as K85
    #[arg(long, value_name = "ID")]
    pub(crate) check: String,
    #[command(flatten)]
    pub(crate) hand: Hand,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    #[command(flatten)]
    pub(crate) of: Of,
    /// The check, such as K72
    #[arg(long, value_name = "ID")]
    pub(crate) check: String,
    /// Who signs
    #[arg(long, value_name = "NAME")]
    pub(crate) signer: String,
    /// The explanation
    #[arg(long)]
    pub(crate) reason: String,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  zhibao period show --form SA --period 2023-03 --unit 410100000000
  zhibao period lock --form SA --period 2023-03 --unit 410100000000 --by 410100000000 --signer 丁
  zhibao period approve --round 1 --form SA --period 2023-03 --unit 410100000000 --by 410100000000 --signer 戊
  zhibao period publish --form SA --period 2023-03 --unit 410100000000 --by 410100000000 --signer 丁
  zhibao period unlock --form SA --period 2023-03 --unit 410102000000 --by 410100000000 --signer 丁 --reason '审计更正'

Published are figures that were locked and approved three times, by three persons.")]
pub(crate) enum PeriodCommand {
    /// Where a period stands, and what is in the way of locking it
    Show(Of),
    /// Take no more returns
    Lock(LockArguments),
    /// Take returns again, with a reason; approvals are void
    Unlock(HandOf),
    /// Give one of the three approvals
    Approve(ApproveArguments),
    /// Publish the figures
    Publish(HandOf),
}

#[derive(Args, Debug)]
pub(crate) struct HandOf {
    #[command(flatten)]
    pub(crate) of: Of,
    #[command(flatten)]
    pub(crate) hand: Hand,
}

#[derive(Args, Debug)]
pub(crate) struct LockArguments {
    #[command(flatten)]
    pub(crate) of: Of,
    #[command(flatten)]
    pub(crate) hand: Hand,
    /// Leave out the units that something stands against, and lock the others
    #[arg(long)]
    pub(crate) leave_out: bool,
}

#[derive(Args, Debug)]
pub(crate) struct ApproveArguments {
    #[command(flatten)]
    pub(crate) of: Of,
    /// 1 初审, 2 复审, 3 终审
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub(crate) round: u8,
    #[command(flatten)]
    pub(crate) hand: Hand,
}
