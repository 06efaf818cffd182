//! `zhibao period show`: where a period stands for a subtree, and what is in the way of locking it.

use serde::Serialize;

use super::lock::obstacles;
use crate::{
    arguments::Of,
    command::{
        Context,
        desk::{Counter, Obstacle},
        print,
    },
    failure::Outcome,
};

#[derive(Serialize)]
struct Report {
    state: &'static str,
    #[serde(skip)]
    zh: &'static str,
    approved_by: Vec<String>,
    /// How often the figures were published.
    edition: u32,
    /// Whether the tables show everything that lies in the journal.
    summed: bool,
    /// Whether a lock, or its end, has reached some partitions only.
    interrupted: bool,
    in_the_way: Vec<Obstacle>,
}

pub(super) async fn run(context: &Context, of: &Of) -> anyhow::Result<Outcome> {
    let counter = Counter::open(context, of).await?;
    let (form, period, unit) = (counter.form, counter.period, counter.unit);
    let state = counter.desk.period_state(form, period, unit);
    let publication = counter.desk.publication(form, period, unit);
    let report = Report {
        state: state.name(),
        zh: state.zh(),
        approved_by: publication.map_or_else(Vec::new, |of| of.approved_by.clone()),
        edition: publication.map_or(0, |of| of.edition),
        summed: counter.is_summed(context).await?,
        interrupted: counter.desk.is_half_locked(form, period, unit),
        in_the_way: obstacles(&counter).await?.into_values().collect(),
    };
    if context.json()? {
        print::json(&report)?;
        return Ok(Outcome::Done);
    }
    let lang = context.lang;
    for Obstacle { unit, zh, en } in &report.in_the_way {
        print::line(format!("{unit}: {}", lang.pick(zh, en)))?;
    }
    if report.interrupted {
        print::line(lang.pick(
            "上次锁定或解锁只写入了部分分区；请再执行一次",
            "a lock or unlock was interrupted and holds in part; run it once more",
        ))?;
    }
    let Report { approved_by, edition, in_the_way, .. } = &report;
    print::line(format!(
        "{} {} {}: {}; {} {}; {} {edition}; {} {}",
        of.form,
        of.period,
        of.unit,
        lang.pick(report.zh, report.state),
        lang.pick("审签", "approved by"),
        if approved_by.is_empty() { "–".to_owned() } else { approved_by.join(", ") },
        lang.pick("已发布次数", "editions"),
        in_the_way.len(),
        lang.pick("项阻碍锁定", "in the way of locking"),
    ))?;
    Ok(Outcome::Done)
}
