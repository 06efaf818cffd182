//! `zhibao review list`: what waits, what was sent back, and what is missing.

use std::collections::BTreeMap;

use ledger::RevisionState;
use model::UnitCode;
use serde::Serialize;

use crate::{
    arguments::Of,
    command::{Context, desk::Counter, print},
    failure::Outcome,
};

#[derive(Serialize)]
struct Row {
    unit: UnitCode,
    name: String,
    /// The newest revision that intake took.
    revision: Option<u32>,
    /// Where it stands: `draft`, or as the table of steps names it.
    state: &'static str,
    #[serde(skip)]
    zh: &'static str,
    /// The revision in force.
    in_force: Option<u32>,
    locked: bool,
}

pub(super) async fn run(context: &Context, of: &Of) -> anyhow::Result<Outcome> {
    let counter = Counter::open(context, of).await?;
    let rows: Vec<Row> = counter.owing().into_iter().map(|unit| row(&counter, unit)).collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *counts.entry(row.state).or_default() += 1;
    }
    if context.json()? {
        let version = counter.desk.version();
        print::json(&serde_json::json!({ "version": version, "counts": counts, "returns": rows }))?;
        return Ok(Outcome::Done);
    }
    text(context, &rows)?;
    Ok(Outcome::Done)
}

fn row(counter: &Counter, unit: UnitCode) -> Row {
    let key = counter.key(unit);
    let standing = counter.desk.standing(key);
    let newest = standing.and_then(ledger::Standing::newest);
    // What was refused or withdrawn leaves the unit where it was before it sent anything.
    let (state, zh) =
        newest.map_or(("draft", "未报"), |seen| (seen.state.name(), seen.state.zh()));
    let record = counter.catalog.register.on(unit, counter.period.end());
    Row {
        unit,
        name: record.map_or_else(String::new, |record| record.name.clone()),
        revision: newest.map(|seen| seen.revision),
        state,
        zh,
        in_force: standing.and_then(ledger::Standing::in_force),
        locked: counter.desk.is_locked(key),
    }
}

/// What is accepted needs nobody's eye; the others are listed.
fn text(context: &Context, rows: &[Row]) -> anyhow::Result<()> {
    let lang = context.lang;
    let heads = match lang.pick("zh", "en") {
        "zh" => ["单位", "名称", "版次", "状态", "在用版次", "锁定"],
        _ => ["unit", "name", "revision", "state", "in force", "locked"],
    };
    let mut table = print::table(&heads, &[2, 4]);
    let number = |revision: Option<u32>| revision.map_or_else(String::new, |r| r.to_string());
    let done = RevisionState::Accepted.name();
    for row in rows.iter().filter(|row| row.state != done) {
        table.add_row([
            row.unit.to_string(),
            row.name.clone(),
            number(row.revision),
            lang.pick(row.zh, row.state).to_owned(),
            number(row.in_force),
            if row.locked { lang.pick("是", "yes").to_owned() } else { String::new() },
        ]);
    }
    print::wide(table, 120)?;
    let accepted = rows.iter().filter(|row| row.state == done).count();
    print::line(format!(
        "{} {}, {} {}",
        rows.len(),
        lang.pick("份应报", "due"),
        accepted,
        lang.pick("份已审", "accepted")
    ))
}
