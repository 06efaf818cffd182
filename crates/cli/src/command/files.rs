//! Reading files of returns and holding them against the checks; shared by `check` and `submit`.

use checks::{Examined, Intake, Resolved};
use collector::{FileProblem, Stamp};
use model::{Catalog, Finding, Severity, envelope::Return, submission::KeyHistory};
use serde::Serialize;

use super::{Context, print};
use crate::{clock, failure::refused};

/// One return of a file, and what the checks say.
pub(crate) struct Examination {
    pub(crate) file: String,
    pub(crate) line: u64,
    pub(crate) sent: Return<'static>,
    pub(crate) findings: Vec<Finding>,
}

impl Examination {
    /// Whether a hard finding stands against it.
    pub(crate) fn is_refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Hard)
    }
}

/// What all files held.
#[derive(Default)]
pub(crate) struct Files {
    pub(crate) returns: Vec<Examination>,
    pub(crate) problems: Vec<FileProblem>,
}

/// A finding with its place, for JSON.
#[derive(Serialize)]
pub(crate) struct Found<'a> {
    file: &'a str,
    line: u64,
    unit: &'a str,
    form: &'a str,
    period: &'a str,
    finding: &'a Finding,
}

/// Reads the files and examines every return. History is that of an empty ledger: what was sent
/// before is the ledger's to judge when the return arrives.
pub(crate) fn examine(
    catalog: &std::sync::Arc<Catalog>,
    paths: &[std::path::PathBuf],
) -> anyhow::Result<Files> {
    let intake = Intake::new(std::sync::Arc::clone(catalog));
    let stamp = Stamp { submitted_at: clock::now_shanghai() };
    let mut files = Files::default();
    for path in paths {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| refused(format!("{name}: {error}")))?;
        let read = collector::read_file(&name, &bytes, catalog, &stamp);
        files.problems.extend(read.problems);
        for (line, sent) in read.returns {
            let findings = findings(&intake, &sent);
            files.returns.push(Examination { file: name.clone(), line, sent, findings });
        }
    }
    Ok(files)
}

fn findings(intake: &Intake, sent: &Return<'_>) -> Vec<Finding> {
    match intake.resolve(sent) {
        Ok(resolved) => examined(intake, sent, &resolved).findings,
        Err(findings) => findings,
    }
}

fn examined(intake: &Intake, sent: &Return<'_>, resolved: &Resolved) -> Examined {
    intake.examine(sent, resolved, KeyHistory::default())
}

impl Files {
    /// All findings with their places.
    pub(crate) fn found(&self) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        for Examination { file, line, sent, findings } in &self.returns {
            found.extend(findings.iter().map(|finding| Found {
                file,
                line: *line,
                unit: &sent.unit,
                form: &sent.form,
                period: &sent.period,
                finding,
            }));
        }
        found
    }

    /// Prints problems and findings.
    pub(crate) fn print(&self, context: &Context) -> anyhow::Result<()> {
        let lang = context.lang;
        for problem in &self.problems {
            let message = lang.pick(&problem.message_zh, &problem.message_en);
            print::line(format!("{}:{}: {message}", problem.file, problem.line))?;
        }
        for found in self.found() {
            let finding = found.finding;
            let message = lang.pick(&finding.message_zh, &finding.message_en);
            print::line(format!(
                "{}:{}: {} {} {} {}: {message}",
                found.file,
                found.line,
                finding.check,
                lang.pick(finding.severity.zh(), finding.severity.en()),
                found.unit,
                finding.cell
            ))?;
        }
        Ok(())
    }
}
