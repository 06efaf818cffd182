//! `zhibao check FILE…`: what is wrong with these returns, without sending them.

use serde::Serialize;

use super::{
    Context,
    files::{self, Found},
    print,
};
use crate::{arguments::FilesArguments, failure::Outcome};

#[derive(Serialize)]
struct Report<'a> {
    returns: usize,
    refused: usize,
    unreadable: Vec<String>,
    findings: Vec<Found<'a>>,
}

pub(super) fn run(context: &Context, arguments: &FilesArguments) -> anyhow::Result<Outcome> {
    let catalog = context.place.catalog(&context.settings)?;
    let files = files::examine(&catalog, &arguments.files)?;
    let refused = files.returns.iter().filter(|r| r.is_refused()).count();
    if context.json()? {
        print::json(&Report {
            returns: files.returns.len(),
            refused,
            unreadable: files.problems.iter().map(ToString::to_string).collect(),
            findings: files.found(),
        })?;
    } else {
        files.print(context)?;
        print::line(format!(
            "{} {}, {} {}",
            files.returns.len(),
            context.lang.pick("份报表", "returns"),
            refused,
            context.lang.pick("份有强制性问题", "with hard findings"),
        ))?;
    }
    let clean = files.problems.is_empty() && files.returns.iter().all(|r| r.findings.is_empty());
    Ok(if clean { Outcome::Done } else { Outcome::Findings })
}
