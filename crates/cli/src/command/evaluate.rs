//! `zhibao evaluate`: scores and ranks the units of a period, from the accepted returns.

use std::sync::Arc;

use aggregator::Aggregator;
use evaluation::UnitResult;
use model::Period;

use super::{Context, demo, print};
use crate::{
    arguments::EvaluateArguments,
    failure::{OrRefuse, Outcome, refused},
    lang::Lang,
};

pub(super) async fn run(
    context: &Context,
    arguments: &EvaluateArguments,
) -> anyhow::Result<Outcome> {
    let period: Period = arguments.period.parse().or_refuse()?;
    let store = Arc::new(context.place.filled_store().await?);
    let catalog = context.place.catalog(&context.settings)?;
    let Some(scheme) = catalog.schemes.iter().find(|s| s.name == arguments.scheme) else {
        let known: Vec<&str> = catalog.schemes.iter().map(|s| s.name.as_str()).collect();
        return Err(refused(format!(
            "no scheme {:?}; there are: {}",
            arguments.scheme,
            known.join(", ")
        )));
    };
    let mut aggregator = Aggregator::open(Arc::clone(&catalog), store).await.or_refuse()?;
    aggregator.refresh().or_refuse()?;
    let evaluations = demo::judge::evaluate(&aggregator, std::iter::once(scheme), period)?;
    if context.json()? {
        print::json(&evaluations)?;
        return Ok(Outcome::Done);
    }
    let lang = context.lang;
    match &arguments.unit {
        None => {
            for group in demo::judge::groups(&evaluations, lang) {
                print::line(format!("{} {}", group.group, group.name))?;
                for unit in group.units {
                    let rank = unit.rank.map_or("—".to_owned(), |rank| rank.to_string());
                    let score = unit.score.unwrap_or_default();
                    print::line(format!("  {rank} {} {score} {}", unit.name, unit.reason))?;
                }
            }
        }
        Some(code) => {
            let units = evaluations.iter().flat_map(|e| &e.groups).flat_map(|g| &g.units);
            let unit = units.into_iter().find(|unit| unit.unit.to_string() == *code);
            let unit = unit.ok_or_else(|| {
                refused(format!("{code} is in no peer group of {}", arguments.scheme))
            })?;
            explain(unit, lang)?;
        }
    }
    Ok(Outcome::Done)
}

/// Every point of a unit; the contributions add up to the score.
fn explain(unit: &UnitResult, lang: Lang) -> anyhow::Result<()> {
    let score = unit.score.map_or("—".to_owned(), |score| score.to_string());
    let rank = unit.rank.map_or("—".to_owned(), |rank| rank.to_string());
    print::line(format!(
        "{} {}: {} {score}, {} {rank}",
        unit.unit,
        unit.name,
        lang.pick("得分", "score"),
        lang.pick("名次", "rank"),
    ))?;
    for item in &unit.items {
        let text = lang.pick(&item.text_zh, &item.text_en);
        print::line(format!("  {} {} {text}", item.id, item.contribution))?;
        if let Some(next) = &item.to_next {
            print::line(format!("      → {}", lang.pick(&next.text_zh, &next.text_en)))?;
        }
    }
    for extra in unit.bonuses.iter().chain(&unit.deductions) {
        print::line(format!("  {} {}", extra.id, lang.pick(&extra.text_zh, &extra.text_en)))?;
    }
    Ok(())
}
