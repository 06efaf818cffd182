//! The real material: facts of five reports, identities among published figures, and what the
//! system makes of the reports' contradictions.

use sample::{
    cases::{Evidence, Outcome, SeenCheck, SeenFinding},
    facts, published,
};

use super::{
    Run,
    summary::{CaseLine, Facts, Identities, OtherFact},
};
use crate::{failure::OrRefuse, lang::Lang};

/// What each fact is to the catalogue.
pub(super) fn facts() -> anyhow::Result<Facts> {
    let replay = facts::declared().or_refuse()?;
    let others = replay.others.iter().map(|other| OtherFact {
        fact: other.fact.clone(),
        role: other.role.clone(),
        reason: other.reason.clone(),
    });
    Ok(Facts {
        total: facts::facts().or_refuse()?.len(),
        declared: replay.declared.len(),
        targets: replay.targets.len(),
        others: others.collect(),
    })
}

/// Every identity among the published figures, recomputed.
pub(super) fn identities() -> anyhow::Result<Identities> {
    let results = published::verify().or_refuse()?;
    let named = |wanted: &dyn Fn(&published::IdentityResult) -> bool| {
        let found = results.iter().filter(|result| wanted(result));
        found.map(|result| format!("{} {}", result.id, result.difference)).collect()
    };
    Ok(Identities {
        values: published::lines().or_refuse()?.len(),
        verified: results.len(),
        hold: results.iter().filter(|result| result.holds_computed).count(),
        fail_as_known: named(&|result| !result.holds_computed && result.as_file_says),
        unexpected: named(&|result| !result.as_file_says),
    })
}

/// Every case of the contradictions: what happened, and whether that is what the file says.
///
/// Findings and evaluated checks come from the pipeline: the declared totals that went through the
/// journal and were taken up by the aggregator.
///
/// None under a register that lacks units of the reports: the contradictions are theirs.
pub(super) fn judge(run: &Run, lang: Lang) -> anyhow::Result<Vec<CaseLine>> {
    if run.elsewhere > 0 {
        return Ok(Vec::new());
    }
    let facts = facts::facts().or_refuse()?;
    let replay = facts::replay(&facts).or_refuse()?;
    let historical: Vec<_> = run
        .aggregator
        .declared()
        .iter()
        .filter(|total| total.source == "historical")
        .cloned()
        .collect();
    let codes = |units: &[model::UnitCode]| units.iter().map(ToString::to_string).collect();
    let figures = run.aggregator.figures();
    let context = checks::Context::new(std::sync::Arc::clone(&run.catalog));
    let findings: Vec<SeenFinding> = context
        .all(figures, &historical, &[])
        .iter()
        .map(|found| SeenFinding {
            check: found.finding.check.clone(),
            units: codes(&found.units),
            cell: found.finding.cell.clone(),
        })
        .collect();
    let evaluated: Vec<SeenCheck> = context
        .evaluate_declared(figures, &historical)
        .iter()
        .map(|one| SeenCheck {
            check: one.check.clone(),
            units: codes(&one.units),
            holds: one.holds,
        })
        .collect();
    let evidence = Evidence {
        facts: &facts,
        replay: &replay,
        findings: &findings,
        evaluated: &evaluated,
        catalog: &run.catalog,
    };
    let outcomes = sample::cases::judge(&evidence).or_refuse()?;
    let line = |outcome: sample::cases::CaseOutcome| CaseLine {
        happened: lang.pick(&outcome.happened_zh, &outcome.happened_en).to_owned(),
        as_file_says: match outcome.as_file_says {
            Outcome::Yes => "yes".to_owned(),
            Outcome::No => "no".to_owned(),
            Outcome::Later(what) => format!("later: {what}"),
        },
        case: outcome.case,
        kind: outcome.kind,
    };
    Ok(outcomes.into_iter().map(line).collect())
}
