//! `zhibao doctor`: are the tables what the accepted submissions make of them?

use std::{collections::BTreeMap, sync::Arc};

use aggregator::Proof;
use serde::Serialize;
use store::Compared;

use super::{Context, print};
use crate::{
    failure::{OrRefuse, Outcome},
    lang::Lang,
    progress::Progress,
};

#[derive(Serialize)]
struct Part {
    compared: u64,
    different: u64,
    told: Vec<String>,
}

pub(super) async fn run(context: &Context) -> anyhow::Result<Outcome> {
    let store = Arc::new(context.place.filled_store().await?);
    let catalog = context.place.catalog(&context.settings)?;
    let mut progress = Progress::new(context);
    let running = progress.begin("比对", "compare", 0);
    let proof = aggregator::examine(catalog, store, &mut |cells| running.at(cells)).await;
    let proof = proof.or_refuse()?;
    progress.end(running, proof.recompute.cells);
    let holds = proof.holds();
    if context.json()? {
        print::json(&parts(proof))?;
    } else {
        text(context.lang, &proof)?;
    }
    Ok(if holds { Outcome::Done } else { Outcome::Findings })
}

fn parts(proof: Proof) -> BTreeMap<&'static str, Part> {
    let part = |Compared { cells, different, told }| Part { compared: cells, different, told };
    BTreeMap::from([
        ("once", part(proof.once)),
        ("recompute", part(proof.recompute)),
        ("conserved", part(proof.conserved)),
    ])
}

fn text(lang: Lang, proof: &Proof) -> anyhow::Result<()> {
    let once = lang.pick("I2 每条流水恰好核定一次", "I2 every entry was settled exactly once");
    let recompute =
        lang.pick("I3 汇总数等于重新计算", "I3 rolled-up cells equal their recomputation");
    let conserved = lang.pick("I6 收报数等于各去向之和", "I6 what was received is accounted for");
    for (name, part) in
        [(once, &proof.once), (recompute, &proof.recompute), (conserved, &proof.conserved)]
    {
        compared(lang, name, part)?;
    }
    Ok(())
}

/// One comparison in words: how much, what differs, and the first differences.
pub(super) fn compared(lang: Lang, name: &str, part: &Compared) -> anyhow::Result<()> {
    let (of, differ) = (lang.pick("比对", "compared"), lang.pick("不同", "different"));
    print::line(format!("{name}: {of} {}, {differ} {}", part.cells, part.different))?;
    for told in &part.told {
        print::line(format!("  {told}"))?;
    }
    Ok(())
}
