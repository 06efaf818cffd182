//! `zhibao catalog publish`: puts the definitions in force for what comes in from now on.

use crate::{
    clock, definitions,
    failure::{OrRefuse, Outcome},
};

use super::{Context, print};

pub(super) async fn run(context: &Context) -> anyhow::Result<Outcome> {
    let place = &context.place;
    let (_, catalogs) = place.journal_and_catalogs(&context.settings)?;
    let store = place.store().await?;
    let in_force = catalogs.in_force(&store).await.or_refuse()?;
    let own = catalogs.own();
    let (lang, hash) = (context.lang, &own.hash);
    let published = match &in_force {
        Some((before, _)) if before.hash == *hash => false,
        Some((before, _)) => {
            definitions::must_hold(before, own)?;
            true
        }
        None => true,
    };
    if published {
        // The latest holds, and a clock may have been wrong.
        let after = in_force.map_or(0, |(_, at)| at + 1);
        catalogs.announce(clock::now_millis().max(after)).or_refuse()?;
    }
    if context.json()? {
        print::json(&serde_json::json!({ "catalog": hash, "published": published }))?;
    } else if published {
        let text = "写入日志；其后的报送按此制度核定，汇总在聚合器读到后全部重算";
        let en = "written to the journal; what comes behind is decided under these definitions, and \
                  everything is rolled up under them once an aggregator has read so far";
        print::line(format!("{hash} {}", lang.pick(text, en)))?;
    } else {
        print::line(format!("{hash} {}", lang.pick("已在施行", "is in force already")))?;
    }
    Ok(Outcome::Done)
}
