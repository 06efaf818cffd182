//! Reading files of returns and holding them against the checks; shared by `check` and `submit`.

use std::{path::PathBuf, sync::Arc};

use checks::Intake;
use collector::{FileProblem, Stamp};
use model::{
    Catalog, Finding, envelope::Return, form::Acceptance, receipt::Decision, submission::KeyHistory,
};
use serde::Serialize;

use super::{
    Context,
    history::{Before, History, Standing},
    print,
};
use crate::{clock, failure::refused};

/// One return of a file, and what the checks say.
pub(crate) struct Examination {
    pub(crate) file: String,
    pub(crate) line: u64,
    pub(crate) sent: Return<'static>,
    pub(crate) findings: Vec<Finding>,
    /// What would become of it.
    pub(crate) standing: Standing,
    /// The same content came in before and was refused: only a higher revision is looked at again.
    pub(crate) refused_before: bool,
}

impl Examination {
    /// Whether a hard finding without an exception stands against it.
    pub(crate) fn is_refused(&self) -> bool {
        self.findings.iter().any(Finding::blocks)
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

/// What only the ledger can refuse: whoever hands in cannot know it.
const OF_THE_LEDGER: [&str; 2] = ["K07", "K09"];

/// Examines every return as it is handed in, knowing nothing of what came in earlier but the exceptions:
/// the rest is the ledger's to judge when the return arrives.
pub(crate) fn examine(catalog: &Arc<Catalog>, mut files: Files, history: &History) -> Files {
    let intake = Intake::new(Arc::clone(catalog));
    for one in &mut files.returns {
        let exceptions = history.of(&one.sent).exceptions;
        let known = KeyHistory { exceptions, ..KeyHistory::default() };
        one.findings = findings(&intake, &one.sent, known);
    }
    files
}

/// Examines every return as the ledger would, against what came in earlier, and what of the same files
/// would have come in before it.
pub(crate) fn foresee(catalog: &Arc<Catalog>, mut files: Files, mut history: History) -> Files {
    let intake = Intake::new(Arc::clone(catalog));
    for one in &mut files.returns {
        if let Some(before) = history.before(&one.sent) {
            one.refused_before = before == Before::Refused;
            one.standing = match one.refused_before {
                true => Standing::Refused,
                false => Standing::Unchanged,
            };
            continue;
        }
        one.findings = findings(&intake, &one.sent, history.of(&one.sent));
        one.standing =
            if one.is_refused() { Standing::Refused } else { history.standing(&one.sent) };
        let hard = one.findings.iter().filter(|finding| finding.blocks());
        if hard.into_iter().all(|finding| OF_THE_LEDGER.contains(&finding.check.as_str())) {
            let form = catalog.form_by_code(&one.sent.form).map(|form| catalog.form(form).accept);
            let decision = match (one.is_refused(), form) {
                (true, _) => Decision::Refused,
                (false, Some(Acceptance::Review)) => Decision::Pending,
                (false, _) => Decision::Accepted,
            };
            history.note(&one.sent, decision);
        }
    }
    files
}

fn findings(intake: &Intake, sent: &Return<'_>, history: KeyHistory) -> Vec<Finding> {
    match intake.resolve(sent) {
        Ok(resolved) => intake.examine(sent, &resolved, history).findings,
        Err(findings) => findings,
    }
}

/// Reads the files, without looking at what stands in them.
pub(crate) fn read(catalog: &Catalog, paths: &[PathBuf]) -> anyhow::Result<Files> {
    let stamp = Stamp { submitted_at: clock::now_shanghai() };
    let mut files = Files::default();
    for path in paths {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| refused(format!("{name}: {error}")))?;
        let read = collector::read_file(&name, &bytes, catalog, &stamp);
        files.problems.extend(read.problems);
        files.returns.extend(read.returns.into_iter().map(|(line, sent)| Examination {
            file: name.clone(),
            line,
            sent,
            findings: Vec::new(),
            standing: Standing::New,
            refused_before: false,
        }));
    }
    Ok(files)
}

impl Files {
    /// How many returns would become of each sort; they add up to all of them.
    pub(crate) fn count(&self, standing: Standing) -> usize {
        self.returns.iter().filter(|one| one.standing == standing).count()
    }

    /// All findings with their places.
    pub(crate) fn found(&self) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        for Examination { file, line, sent, findings, .. } in &self.returns {
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
