//! `zhibao catalog import units FILE`: takes in a register and says what changed.

use super::{Context, print};
use crate::{
    arguments::ImportUnitsArguments,
    clock,
    failure::{OrRefuse, Outcome, refused},
};

/// How many changes of each sort the text report lists; JSON lists all.
const LISTED: usize = 10;

pub(super) fn run(context: &Context, arguments: &ImportUnitsArguments) -> anyhow::Result<Outcome> {
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => default_name(&arguments.file)?,
    };
    let day = arguments.as_of.clone().unwrap_or_else(|| clock::now_shanghai()[..10].to_owned());
    let as_of = day
        .parse()
        .map_err(|_| refused(format!("--as-of {day:?} is no day: write it like 2024-06-30")))?;
    let definitions = &context.settings.definitions;
    let report = catalog::import_units(definitions, &arguments.file, &name, as_of).or_refuse()?;
    if context.json()? {
        print::json(&report)?;
        return Ok(Outcome::Done);
    }
    let lang = context.lang;
    print::line(format!(
        "{}: {} {}, {} {}",
        report.file,
        report.units,
        lang.pick("个单位", "units"),
        report.unchanged,
        lang.pick("个未变", "unchanged"),
    ))?;
    for (zh, en, changes) in [
        ("新增", "added", &report.added),
        ("撤销", "gone", &report.gone),
        ("更名", "renamed", &report.renamed),
        ("改隶", "moved", &report.moved),
        ("类别变更", "class changed", &report.class_changed),
    ] {
        print::line(format!("{} {}", lang.pick(zh, en), changes.len()))?;
        for change in changes.iter().take(LISTED) {
            let (before, after) = (&change.before, &change.after);
            let shown = if before.is_empty() && after.is_empty() {
                String::new()
            } else {
                format!(": {before} → {after}")
            };
            print::line(format!("  {} {}{shown}", change.code, change.name))?;
        }
    }
    Ok(Outcome::Done)
}

/// The file's name without its extensions.
fn default_name(file: &std::path::Path) -> anyhow::Result<String> {
    let name = file.file_name().and_then(|name| name.to_str()).and_then(|n| n.split('.').next());
    let name = name.filter(|name| !name.is_empty());
    name.map(|n| n.trim_start_matches("units-").to_owned())
        .ok_or_else(|| refused(format!("{} has no name; give one with --name", file.display())))
}
