//! Arguments of `zhibao calendar`.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  zhibao calendar due --period 2023-03 --unit 410102000000
  zhibao calendar missing --period 2023-Q1 --unit 410100000000 --form SA
  zhibao calendar due --from 2023-04-01 --to 2023-04-06 --unit 410102001000
  zhibao calendar reminders --day 2023-04-07 --unit 410100000000 --format json
  zhibao calendar days --from 2023-04-20 --to 2023-05-10

How much of what is due came in, summed up for every level, is in the views `completeness` (missing:
nothing came in) and `timeliness` (open: nothing is accepted), in Chinese 报送情况.")]
pub(crate) enum CalendarCommand {
    /// Who owes what by when, and how each return stands
    Due(DueArguments),
    /// What is past its deadline and did not come in, or was refused or sent back
    Missing(DueArguments),
    /// What is to be said to whom on a day, as records for later delivery
    Reminders(ReminderArguments),
    /// Working days and days off
    Days(DaysArguments),
}

/// Which returns, and by which clock.
#[derive(Args, Debug)]
pub(crate) struct DueArguments {
    /// The period, with the shorter ones inside it; or name days with --from and --to
    #[arg(long, required_unless_present = "from")]
    pub(crate) period: Option<String>,
    /// First day of the deadlines
    #[arg(long, value_name = "DAY", requires = "to", conflicts_with = "period")]
    pub(crate) from: Option<jiff::civil::Date>,
    /// Last day of the deadlines
    #[arg(long, value_name = "DAY", requires = "from")]
    pub(crate) to: Option<jiff::civil::Date>,
    /// The unit, with everything below it
    #[arg(long, value_name = "CODE")]
    pub(crate) unit: String,
    /// Only this form
    #[arg(long, value_name = "CODE")]
    pub(crate) form: Option<String>,
    /// Only returns that stand so
    #[arg(long)]
    pub(crate) state: Option<State>,
    /// As the clock showed then, RFC 3339 [default: now]
    #[arg(long, value_name = "INSTANT")]
    pub(crate) now: Option<jiff::Timestamp>,
}

/// How a return stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    NotYetDue,
    Missing,
    Waiting,
    Received,
    OnTime,
    Late,
}

#[derive(Args, Debug)]
pub(crate) struct ReminderArguments {
    /// The day [default: today in Asia/Shanghai]
    #[arg(long)]
    pub(crate) day: Option<jiff::civil::Date>,
    /// The unit, with everything below it
    #[arg(long, value_name = "CODE")]
    pub(crate) unit: String,
}

#[derive(Args, Debug)]
pub(crate) struct DaysArguments {
    /// First day
    #[arg(long, value_name = "DAY")]
    pub(crate) from: jiff::civil::Date,
    /// Last day
    #[arg(long, value_name = "DAY")]
    pub(crate) to: jiff::civil::Date,
}
