//! What a system must make of the five reports: 35 cases, each computed from the replayed facts.
//!
//! No verdict is written down here. A case looks at the facts, at the findings of the checks and at
//! the register, computes, and compares with what `fixtures/case-outcomes.csv` demands; with other
//! facts it comes out otherwise.

mod contradictions;
mod evidence;
mod growth;
mod honours;
mod places;
mod standards;
mod sums;
mod words;

use serde::Deserialize;

pub use evidence::{Evidence, SeenCheck, SeenFinding};

use crate::{SampleError, fixture::rows};

/// One case as the file states it.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// `C01` to `C35`.
    pub case: String,
    /// `holds`, `fails`, `trap`, `undecidable` or `context`.
    pub kind: String,
    /// What a system must do.
    pub must_do: String,
    /// Which checks speak, and what must be representable.
    pub checks: String,
}

impl Case {
    /// Whether the demand names this figure.
    fn names(&self, figure: &str) -> bool {
        self.must_do.contains(figure)
    }
}

/// Whether what happened is what the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As the file says.
    Yes,
    /// Not as the file says.
    No,
    /// Computed as far as it goes; the rest needs what this names.
    Later(&'static str),
}

/// A case with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseOutcome {
    /// `C01` to `C35`.
    pub case: String,
    /// `holds`, `fails`, `trap`, `undecidable` or `context`.
    pub kind: String,
    /// What happened, in Chinese.
    pub happened_zh: String,
    /// What happened, in English.
    pub happened_en: String,
    /// Whether that is what the file says.
    pub as_file_says: Outcome,
}

/// What a case computed.
pub(crate) struct Happened {
    zh: String,
    en: String,
    outcome: Outcome,
}

impl Happened {
    /// Computed: `as_said` tells whether it agrees with the file.
    fn computed(as_said: bool, zh: String, en: String) -> Self {
        Self { zh, en, outcome: if as_said { Outcome::Yes } else { Outcome::No } }
    }

    /// Adds what the file says of checks: `(K41 is evaluated and passes)`, `K40 is not`.
    fn with_checks(mut self, case: &Case, evidence: &Evidence<'_>, unit: &str) -> Self {
        for words in case.checks.split(['(', ')', ';']) {
            let passes = words.contains("evaluated and pass");
            if unit.is_empty() || !(passes || words.contains(" is not")) {
                continue;
            }
            let ids = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| {
                word.strip_prefix('K').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
            });
            for id in ids {
                let verdicts = evidence.verdicts(id, unit);
                let passed = !verdicts.is_empty() && verdicts.iter().all(|&holds| holds);
                let (zh, en) = match (verdicts.is_empty(), passed) {
                    (true, _) => ("未评", "not evaluated"),
                    (_, true) => ("通过", "passes"),
                    (_, false) => ("不通过", "fails"),
                };
                self.zh.push_str(&format!("；{id} {zh}"));
                self.en.push_str(&format!("; {id} {en}"));
                if if passes { !passed } else { !verdicts.is_empty() } {
                    self.outcome = Outcome::No;
                }
            }
        }
        self
    }

    /// As far as it can be computed it agrees, and the rest needs `missing`.
    fn but_for(self, missing: &'static str) -> Self {
        let outcome = match self.outcome {
            Outcome::Yes => Outcome::Later(missing),
            other => other,
        };
        Self { outcome, ..self }
    }
}

/// The register of honours, where titles are counted by rule.
const HONOURS: &str = "honours register (荣誉登记)";
/// The ledger of tasks with their stages.
const TASKS: &str = "task ledger (重点工作台账)";

/// Units whose declared values the checks of a case look at.
const YIXING: &str = "320282000000";
const JINING: &str = "370800000000";
const PINGDINGSHAN: &str = "410400000000";
const JIYUAN: &str = "419001000000";

type Judge = fn(&Case, &Evidence<'_>) -> Result<Happened, SampleError>;

const JUDGES: [(&str, Judge, &str); 35] = [
    ("C01", growth::lottery_growth, ""),
    ("C02", sums::place_names, YIXING),
    ("C03", honours::city_titles, ""),
    ("C04", sums::child_homes, ""),
    ("C05", sums::projects, ""),
    ("C06", sums::elderly_facilities, ""),
    ("C07", contradictions::six_counties_exceed_the_city, ""),
    ("C08", sums::relief_per_person, ""),
    ("C09", sums::hazards_and_reports, YIXING),
    ("C10", honours::titles_by_one_rule, ""),
    ("C11", standards::destitute_at_least_thirteen_tenths, JINING),
    ("C12", standards::missing_period_units, ""),
    ("C13", standards::orphans_in_families, JINING),
    ("C14", standards::raised_standards, PINGDINGSHAN),
    ("C15", places::townships_with_a_station, JINING),
    ("C16", places::attending_townships, ""),
    ("C17", growth::donations_in_two_measures, ""),
    ("C18", growth::lottery_fund_share, ""),
    ("C19", contradictions::mean_without_an_end, ""),
    ("C20", contradictions::part_within_precision, PINGDINGSHAN),
    ("C21", words::persons_called_households, ""),
    ("C22", standards::class_a_plus, ""),
    ("C23", standards::rural_standards_per_year, JINING),
    ("C24", words::bounds_stay_bounds, ""),
    ("C25", places::small_denominators, ""),
    ("C26", places::venues_are_no_communities, JIYUAN),
    ("C27", sums::marriages_together, YIXING),
    ("C28", words::assessed_is_not_completed, ""),
    ("C29", words::told_twice_loaded_once, ""),
    ("C30", words::who_is_missing, ""),
    ("C31", words::ranks_and_streaks, ""),
    ("C32", words::events_and_things, ""),
    ("C33", words::two_starts_of_counting, ""),
    ("C34", words::staff_per_grid, ""),
    ("C35", standards::two_scopes_of_one_standard, ""),
];

/// The cases as the file states them.
pub fn cases() -> Result<Vec<Case>, SampleError> {
    rows("fixtures/case-outcomes.csv", include_str!("../fixtures/case-outcomes.csv"))
}

/// Computes every case.
///
/// # Errors
/// When the fixture cannot be read or names a case that nobody computes. A fact that a case needs
/// and does not find makes that case come out as `No`.
pub fn judge(evidence: &Evidence<'_>) -> Result<Vec<CaseOutcome>, SampleError> {
    cases()?
        .into_iter()
        .map(|case| {
            let found = JUDGES.iter().find(|(id, ..)| *id == case.case);
            let (_, judge, unit) = found.ok_or_else(|| SampleError::Missing {
                at: "fixtures/case-outcomes.csv".to_owned(),
                what: format!("the computation of case {}", case.case),
            })?;
            let happened = judge(&case, evidence).unwrap_or_else(|error| Happened {
                zh: format!("无法计算：{error}"),
                en: format!("cannot be computed: {error}"),
                outcome: Outcome::No,
            });
            let happened = happened.with_checks(&case, evidence, unit);
            Ok(CaseOutcome {
                case: case.case,
                kind: case.kind,
                happened_zh: happened.zh,
                happened_en: happened.en,
                as_file_says: happened.outcome,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
