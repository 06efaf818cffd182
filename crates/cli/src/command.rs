//! The commands, one file each.

mod aggregate;
mod calendar;
mod catalog_check;
mod catalog_import;
mod catalog_publish;
mod catalog_show;
mod check;
mod demo;
mod desk;
mod doctor;
mod evaluate;
mod files;
mod history;
mod kafka;
mod kafka_import;
mod period;
mod print;
mod rebuild;
mod review;
mod set_aside;
mod sql;
mod submit;

use crate::{
    arguments::{
        AggregateCommand, Arguments, CatalogCommand, Command, Common, Format, ImportCommand,
    },
    failure::{Outcome, refused},
    lang::Lang,
    place::Place,
    settings::Settings,
};

/// What every command gets.
pub(crate) struct Context {
    pub(crate) common: Common,
    pub(crate) settings: Settings,
    pub(crate) place: Place,
    pub(crate) lang: Lang,
}

impl Context {
    /// Whether the command reports in JSON; formats of `sql` are refused elsewhere.
    pub(crate) fn json(&self) -> anyhow::Result<bool> {
        match self.common.format {
            None | Some(Format::Text) => Ok(false),
            Some(Format::Json) => Ok(true),
            Some(_) => {
                Err(refused("--format table, csv and parquet are for `sql`; use text or json"))
            }
        }
    }
}

/// Runs the command of the arguments.
pub(crate) async fn run(arguments: Arguments, lang: Lang) -> anyhow::Result<Outcome> {
    let settings = Settings::read(&arguments.common)?;
    let place = Place::new(&settings);
    let context = Context { common: arguments.common, settings, place, lang };
    match arguments.command {
        Command::Demo(arguments) => demo::run(&context, &arguments).await,
        Command::Catalog(CatalogCommand::Check) => catalog_check::run(&context),
        Command::Catalog(CatalogCommand::Show(arguments)) => {
            catalog_show::run(&context, &arguments)
        }
        Command::Catalog(CatalogCommand::Import(ImportCommand::Units(arguments))) => {
            catalog_import::run(&context, &arguments)
        }
        Command::Catalog(CatalogCommand::Publish) => catalog_publish::run(&context).await,
        Command::Check(arguments) => check::run(&context, &arguments).await,
        Command::Submit(arguments) => submit::run(&context, &arguments).await,
        Command::Review(command) => review::run(&context, &command).await,
        Command::Calendar(command) => calendar::run(&context, &command).await,
        Command::Period(command) => period::run(&context, &command).await,
        Command::Aggregate(arguments) => match arguments.command {
            None => aggregate::run(&context, &arguments).await,
            Some(AggregateCommand::Rebuild) => rebuild::run(&context).await,
        },
        Command::Doctor => doctor::run(&context).await,
        Command::SetAside(command) => set_aside::run(&context, &command).await,
        Command::Kafka(command) => kafka::run(&context, &command),
        Command::Sql(arguments) => sql::run(&context, &arguments).await,
        Command::Evaluate(arguments) => evaluate::run(&context, &arguments).await,
    }
}
