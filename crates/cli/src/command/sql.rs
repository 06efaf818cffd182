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
    let store = context.place.filled_store().await?;
    let catalog = context.place.catalog(&context.settings)?;
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
