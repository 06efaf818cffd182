//! `zhibao calendar due` and `missing`: every owed return with its deadline and how it stands.

use std::collections::BTreeMap;

use model::{
    FormIx, Level, Period, UnitCode,
    obligation::{Obligation, Which},
    standing::Standing,
};
use serde::Serialize;

use super::{Owed, days};
use crate::{
    arguments::{DueArguments, State},
    command::{Context, print},
    failure::{OrRefuse, Outcome, refused},
};

/// Rows of a list on a terminal; JSON has all.
const SHOWN: usize = 200;

#[derive(Serialize)]
struct Row {
    unit: UnitCode,
    name: String,
    level: &'static str,
    form: String,
    period: Period,
    /// Asia/Shanghai.
    due: jiff::civil::DateTime,
    #[serde(flatten)]
    standing: Standing,
}

pub(super) async fn run(
    context: &Context,
    given: &DueArguments,
    missing: bool,
) -> anyhow::Result<Outcome> {
    let which = match (&given.period, given.from, given.to) {
        (Some(period), _, _) => Which::Inside(period.parse().or_refuse()?),
        (None, Some(from), Some(to)) => Which::DueBetween(from, to),
        _ => return Err(refused("name a period, or days with --from and --to")),
    };
    let owed = Owed::open(context, which, &given.unit).await?;
    let form = given.form.as_ref().map(|code| {
        owed.catalog.form_by_code(code).ok_or_else(|| refused(format!("no form {code:?}")))
    });
    let form: Option<FormIx> = form.transpose()?;
    let now = given.now.unwrap_or_else(super::now);
    let wanted = |(of, standing): &(Obligation, Standing)| {
        form.is_none_or(|form| of.key.form == form)
            && given.state.is_none_or(|state| is(state, *standing))
            // What is past its deadline: nothing came in, or nothing is accepted, unless it waits for the
            // level above.
            && (!missing || standing.is_open() && standing.days() > 0 && !is(State::Waiting, *standing))
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rows = Vec::new();
    for (of, standing) in owed.standings(now).filter(wanted) {
        *counts.entry(standing.name()).or_default() += 1;
        rows.push(Row {
            unit: of.key.unit,
            name: owed.name(&of),
            level: Level::name(of.level),
            form: owed.catalog.form(of.key.form).code.clone(),
            period: of.key.period,
            due: of.due,
            standing,
        });
    }
    if context.json()? {
        let version = owed.desk.version();
        print::json(&serde_json::json!({
            "version": version,
            "counts": counts,
            "years_without_holidays": owed.unknown_years(),
            "owed": rows,
        }))?;
    } else {
        text(context, &rows)?;
        days::unknown(context, &owed.unknown_years())?;
    }
    let found = missing && !rows.is_empty();
    Ok(if found { Outcome::Findings } else { Outcome::Done })
}

fn is(state: State, standing: Standing) -> bool {
    matches!(
        (state, standing),
        (State::NotYetDue, Standing::NotYetDue)
            | (State::Missing, Standing::Missing { .. })
            | (State::Waiting, Standing::Waiting { .. })
            | (State::Received, Standing::Received { .. })
            | (State::OnTime, Standing::OnTime)
            | (State::Late, Standing::Late { .. })
    )
}

fn text(context: &Context, rows: &[Row]) -> anyhow::Result<()> {
    let lang = context.lang;
    let heads = match lang.pick("zh", "en") {
        "zh" => ["期限", "报表", "报告期", "单位", "名称", "情况", "天数"],
        _ => ["due", "form", "period", "unit", "name", "stands", "days"],
    };
    let mut table = print::table(&heads, &[6]);
    for row in rows.iter().take(SHOWN) {
        let days = Some(row.standing.days()).filter(|&days| days > 0);
        table.add_row([
            row.due.to_string(),
            row.form.clone(),
            row.period.to_string(),
            row.unit.to_string(),
            row.name.clone(),
            lang.pick(row.standing.zh(), row.standing.name()).to_owned(),
            days.map_or_else(String::new, |days| days.to_string()),
        ]);
    }
    print::wide(table, 120)?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(lang.pick(row.standing.zh(), row.standing.name())).or_default() += 1;
    }
    let counts: Vec<String> =
        counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let returns = lang.pick("份", "returns");
    print::line(format!("{} {returns}: {}", rows.len(), counts.join(", ")))?;
    if rows.len() > SHOWN {
        print::line(format!(
            "{SHOWN} {}",
            lang.pick("份列出；全部见 --format json", "shown; --format json has all")
        ))?;
    }
    Ok(())
}
