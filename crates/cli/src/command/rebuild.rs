//! `zhibao aggregate rebuild`: all tables anew from the journal alone, compared with those in use.

use std::sync::Arc;

use super::{Context, doctor::compared, print};
use crate::{
    clock,
    failure::{OrRefuse, Outcome},
    progress::Progress,
};
use store::Store;

pub(super) async fn run(context: &Context) -> anyhow::Result<Outcome> {
    let place = &context.place;
    let live = place.filled_store().await?;
    let (journal, catalogs) = place.journal_and_catalogs(&context.settings)?;
    let folder = place.rebuilt();
    if folder.exists() {
        std::fs::remove_dir_all(&folder).or_refuse()?;
    }
    let fresh = Store::open(&folder, Arc::new(clock::now_millis)).await.or_refuse()?;
    let mut progress = Progress::new(context);
    let running = progress.begin("重建", "rebuild", 0);
    let (submissions, rows) =
        aggregator::rebuild(catalogs, &journal, &live, Arc::new(fresh), &mut |entries| {
            running.at(entries)
        })
        .await
        .or_refuse()?;
    progress.end(running, submissions.cells);
    let lang = context.lang;
    if context.json()? {
        print::json(&serde_json::json!({
            "folder": folder,
            "submissions": { "compared": submissions.cells, "different": submissions.different, "told": submissions.told },
            "rows": { "compared": rows.cells, "different": rows.different, "told": rows.told },
        }))?;
    } else {
        compared(lang, lang.pick("报送", "submissions"), &submissions)?;
        compared(lang, lang.pick("汇总单元", "rolled-up cells"), &rows)?;
        let made = lang.pick("重建的表在", "the tables made anew lie in");
        print::line(format!("{made} {}", folder.display()))?;
    }
    let equal = submissions.different + rows.different == 0;
    Ok(if equal { Outcome::Done } else { Outcome::Findings })
}
