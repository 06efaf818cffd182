//! `zhibao sql "…"`: asks the tables; only the result goes to standard output.

use query::{Format as Output, Scope, Session};

use super::{Context, print};
use crate::{
    arguments::{Format, SqlArguments},
    failure::{Outcome, refused},
    lang::Lang,
};

pub(super) async fn run(context: &Context, arguments: &SqlArguments) -> anyhow::Result<Outcome> {
    let format = match context.common.format {
        None | Some(Format::Table | Format::Text) => Output::Table,
        Some(Format::Csv) => Output::Csv,
        Some(Format::Json) => Output::Json,
        Some(Format::Parquet) => Output::Parquet,
    };
    if !context.place.tables().is_dir() {
        return Err(refused(format!(
            "{} holds no tables; run `zhibao demo` or `zhibao aggregate --until-idle`, \
             or name the folder with --data",
            context.place.folder().display()
        )));
    }
    let catalog = context.place.catalog(&context.settings)?;
    let store = context.place.store().await?;
    let say = |error: query::Error| {
        refused(match context.lang {
            Lang::Zh => error.zh(),
            Lang::En => error.to_string(),
        })
    };
    let session = Session::open(&store, catalog, Scope::Whole).await.map_err(say)?;
    let mut out = Vec::new();
    query::run(&session, &arguments.statement, format, &mut out).await.map_err(say)?;
    print::bytes(&out)?;
    Ok(Outcome::Done)
}
