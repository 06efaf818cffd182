//! Arguments of the command line.

mod calendar;
mod review;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::lang::Lang;

pub(crate) use calendar::{CalendarCommand, DaysArguments, DueArguments, ReminderArguments, State};
pub(crate) use review::{
    AcceptArguments, Hand, HandOf, LockArguments, Of, PeriodCommand, ReviewCommand,
};

/// zhibao 直报: direct statistical reporting, from the village form to the province ranking.
#[derive(Debug, Parser)]
#[command(
    name = "zhibao",
    version,
    about,
    after_help = "\
Examples:
  zhibao demo                              a whole province in about a minute, nothing else needed
  zhibao catalog check                     are the definitions consistent?
  zhibao check returns.csv                 what is wrong with these returns? (sends nothing)
  zhibao submit returns.json               hand returns in
  zhibao aggregate --until-idle            settle, roll up and commit what came in
  zhibao sql \"SELECT 单位, 城市低保人数 FROM 社会救助 WHERE 报告期='2023-Q1' AND 层级='市'\"
  zhibao evaluate --scheme main --period 2023-Q1

Exit codes: 0 done, 1 done with findings, 2 wrong usage, 3 refused (the message says what to do),
70 internal error, 130 interrupted."
)]
pub struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Arguments {
    /// Whether it runs until it is stopped.
    pub(crate) fn is_service(&self) -> bool {
        let Command::Aggregate(arguments) = &self.command else { return false };
        !arguments.until_idle && arguments.command.is_none()
    }
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub(crate) struct Common {
    /// Folder of the journal and the tables [default: ./zhibao-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Folder of the definitions [default: ./schemas/definitions]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) definitions: Option<PathBuf>,
    /// Settings file (TOML); ZHIBAO_… variables override it, flags override both
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Language of messages [default: from the locale]
    #[arg(long, global = true)]
    pub(crate) lang: Option<Lang>,
    /// How to report
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// No progress bar (off by itself when standard error is no terminal)
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,
}

/// Output formats; `table`, `csv` and `parquet` are for `sql`, `text` for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
    Table,
    Csv,
    Parquet,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// A whole province: real register, real facts, a generated quarter; rolled up, ranked, explained
    Demo(DemoArguments),
    /// Look after the definitions: register, forms, checks, schemes, calendar
    #[command(subcommand)]
    Catalog(CatalogCommand),
    /// Check returns without sending them
    Check(FilesArguments),
    /// Hand returns in (JSON, one per line or an array; CSV; XLSX)
    Submit(FilesArguments),
    /// Accept returns, send them back, withdraw, except, explain
    #[command(subcommand)]
    Review(ReviewCommand),
    /// Lock a period, give the three approvals, publish
    #[command(subcommand)]
    Period(PeriodCommand),
    /// Who owes what by when, what is missing, who is to be reminded
    #[command(subcommand)]
    Calendar(CalendarCommand),
    /// Settle, roll up and commit what came in
    Aggregate(AggregateArguments),
    /// Check that nothing is lost, doubled or wrongly summed (I2, I3, I6)
    Doctor,
    /// Entries of the journal that could not be used
    #[command(subcommand)]
    SetAside(SetAsideCommand),
    /// Look after the journal's topic on Kafka
    #[command(subcommand)]
    Kafka(KafkaCommand),
    /// Ask the tables
    Sql(SqlArguments),
    /// Score and rank the units of a period
    Evaluate(EvaluateArguments),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  zhibao demo
  zhibao demo --seed 7 --period 2023-Q1 --format json > summary.json
  zhibao demo --data /path/to/empty-folder")]
pub(crate) struct DemoArguments {
    /// Seed of the generated province; the same seed gives the same bytes
    #[arg(long, default_value_t = 20_230_630)]
    pub(crate) seed: u64,
    /// The quarter to generate
    #[arg(long, default_value = "2023-Q1")]
    pub(crate) period: String,
    /// `henan`, or a register file as for `zhibao catalog import units`
    #[arg(long, default_value = "henan", value_name = "henan|FILE")]
    pub(crate) units: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Report every inconsistency with file and line, and what to do
    Check,
    /// Show a form, an indicator, a check or a unit
    Show(ShowArguments),
    /// Put these definitions in force for what comes in from now on: they are written to the
    /// journal, so that a rebuild decides as the live system did
    Publish,
    /// Import definitions
    #[command(subcommand)]
    Import(ImportCommand),
}

#[derive(Args, Debug)]
pub(crate) struct ShowArguments {
    /// `forms`, `checks`, `schemes`, a form (SA), an indicator (SA02), a check (K12) or a unit code
    pub(crate) what: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// Import a unit register and report what changed: added, gone, renamed, moved, class changed
    Units(ImportUnitsArguments),
}

#[derive(Args, Debug)]
pub(crate) struct ImportUnitsArguments {
    /// CSV or CSV.GZ with code, parent, level, name, parent_level, class, eval_group_hint
    pub(crate) file: PathBuf,
    /// Name of the register in the definitions [default: the file's name]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// First day on which the new list holds, such as 2024-06-30
    #[arg(long, value_name = "DAY")]
    pub(crate) as_of: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  zhibao check returns.csv                            one line per return, a column per indicator
  zhibao check 一月.xlsx 二月.xlsx --format json
  zhibao --data /srv/zhibao check returns.json        compared with what came in earlier

`check` sends nothing: it says of every return whether it is new, changed, unchanged, superseded or
refused, with all findings. It ends with 0 when nothing was found, 1 when something was, 3 when a
file cannot be opened.")]
pub(crate) struct FilesArguments {
    /// JSON, CSV or XLSX files; text in UTF-8, UTF-16 or GB18030
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  zhibao aggregate --until-idle              take through what came in, then end
  zhibao --settings kafka.toml aggregate     as a service; start as many as there is work for

A service ends with SIGTERM after it has committed what it has.")]
pub(crate) struct AggregateArguments {
    /// End when nothing is left
    #[arg(long)]
    pub(crate) until_idle: bool,
    #[command(subcommand)]
    pub(crate) command: Option<AggregateCommand>,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum AggregateCommand {
    /// Make all tables anew from the journal alone, and compare them with those in use
    Rebuild,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SetAsideCommand {
    /// Entries that could not be used, with reason and place
    List,
    /// One entry with its bytes
    Show(SetAsidePlace),
    /// Append an entry to the journal again, after an upgrade or a correction of the definitions
    Replay(SetAsidePlace),
}

#[derive(Args, Debug)]
pub(crate) struct SetAsidePlace {
    /// Place in the journal: partition/offset, as `list` prints it
    pub(crate) place: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KafkaCommand {
    /// Make the topic, with the partitions and the retention that the journal needs
    Init,
    /// Compare the topic with what the journal needs
    Check,
    /// Take the journal of a data folder over into the new, empty topic, every entry to its place
    Import(KafkaImport),
}

#[derive(Args, Debug)]
#[command(after_help = "\
Example, from a trial on one machine to Kafka:
  zhibao --settings kafka.toml kafka init
  zhibao --settings kafka.toml kafka import --from ./zhibao-data
  zhibao --settings kafka.toml aggregate

Tables that were made from the file go on as they are. Run it again after an interruption.")]
pub(crate) struct KafkaImport {
    /// The data folder that holds journal.sqlite
    #[arg(long, value_name = "DIR")]
    pub(crate) from: PathBuf,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  zhibao sql \"SELECT 单位, 城市低保人数 FROM 社会救助 WHERE 报告期='2023-Q1' AND 层级='县'\"
  zhibao sql --format csv \"SELECT * FROM sa WHERE level='city' AND period='2023-03'\"
  zhibao sql --format parquet \"SELECT * FROM ec\" > ec.parquet")]
pub(crate) struct SqlArguments {
    /// The statement
    pub(crate) statement: String,
}

#[derive(Args, Debug)]
pub(crate) struct EvaluateArguments {
    /// Name of the scheme
    #[arg(long, default_value = "main")]
    pub(crate) scheme: String,
    /// Period of one of the scheme's cycles
    #[arg(long)]
    pub(crate) period: String,
    /// Explain this unit point by point
    #[arg(long, value_name = "CODE")]
    pub(crate) unit: Option<String>,
}
