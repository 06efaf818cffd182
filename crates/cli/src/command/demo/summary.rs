//! The demo's summary: what `--format json` prints. The same run gives the same bytes, but for
//! `seconds`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::intake::Intake;

/// The whole summary.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) seed: u64,
    pub(crate) period: String,
    /// SHA-256 over the definitions.
    pub(crate) catalog: String,
    /// Reporting units of the register, institutions included.
    pub(crate) units: usize,
    pub(crate) facts: Facts,
    pub(crate) identities: Identities,
    pub(crate) cases: Vec<CaseLine>,
    pub(crate) intake: Intake,
    /// Mistakes that were planted and what the checks found.
    pub(crate) caught: Vec<CaughtLine>,
    /// Findings on returns that are clean; must be 0.
    pub(crate) findings_on_clean_returns: u64,
    /// Findings by city, severity and check.
    pub(crate) findings: Vec<FoundLine>,
    /// Returns that were refused and sent back (退回).
    pub(crate) sent_back: SentBack,
    /// Early warnings (预警) by their id.
    pub(crate) warnings: BTreeMap<String, u64>,
    /// Coverage of the quarter by prefecture, over all forms.
    pub(crate) coverage: Vec<CoverageLine>,
    pub(crate) ranking: Vec<RankingGroup>,
    pub(crate) tables: BTreeMap<String, TableLine>,
    /// Wall time of each step; the only part that differs between runs.
    pub(crate) seconds: BTreeMap<String, f64>,
}

/// The real facts of the five reports.
#[derive(Debug, Serialize)]
pub(crate) struct Facts {
    pub(crate) total: usize,
    pub(crate) declared: usize,
    pub(crate) targets: usize,
    pub(crate) others: Vec<OtherFact>,
}

/// A fact that is no value of the catalogue, and why.
#[derive(Debug, Serialize)]
pub(crate) struct OtherFact {
    pub(crate) fact: String,
    pub(crate) role: String,
    pub(crate) reason: String,
}

/// The identities among published figures.
#[derive(Debug, Serialize)]
pub(crate) struct Identities {
    pub(crate) values: usize,
    pub(crate) verified: usize,
    pub(crate) hold: usize,
    /// Those that fail, as the file says they do.
    pub(crate) fail_as_known: Vec<String>,
    /// Those that came out otherwise than the file says; must be empty.
    pub(crate) unexpected: Vec<String>,
}

/// One case of the contradictions in the reports.
#[derive(Debug, Serialize)]
pub(crate) struct CaseLine {
    pub(crate) case: String,
    pub(crate) kind: String,
    pub(crate) happened: String,
    pub(crate) as_file_says: String,
}

/// One check: planted against caught.
#[derive(Debug, Serialize)]
pub(crate) struct CaughtLine {
    pub(crate) check: String,
    pub(crate) planted: u64,
    pub(crate) caught: u64,
    /// Findings of this check that nobody planted.
    pub(crate) unplanted: u64,
}

/// Findings of one check in one city.
#[derive(Debug, Serialize)]
pub(crate) struct FoundLine {
    pub(crate) unit: String,
    pub(crate) name: String,
    pub(crate) severity: String,
    pub(crate) check: String,
    pub(crate) count: u64,
}

/// What became of returns that were refused.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct SentBack {
    /// Refused, with a unit, form and period.
    pub(crate) refused: u64,
    /// Of which a later revision was accepted.
    pub(crate) sent_again: u64,
    /// Refused because they have no place: unknown unit, form or period.
    pub(crate) without_key: u64,
    /// Sent back by the level above, of a form that it reviews.
    pub(crate) by_the_level_above: u64,
    /// Of which a later revision was accepted by it.
    pub(crate) sent_again_to_it: u64,
    /// Returns that the level above accepted.
    pub(crate) accepted_by_the_level_above: u64,
}

/// Coverage of one prefecture.
#[derive(Debug, Serialize)]
pub(crate) struct CoverageLine {
    pub(crate) unit: String,
    pub(crate) name: String,
    pub(crate) due: u64,
    pub(crate) received: u64,
    pub(crate) on_time: u64,
    pub(crate) accepted: u64,
}

/// One peer group under one scheme.
#[derive(Debug, Serialize)]
pub(crate) struct RankingGroup {
    pub(crate) scheme: String,
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) units: Vec<RankedUnit>,
}

/// One ranked unit.
#[derive(Debug, Serialize)]
pub(crate) struct RankedUnit {
    pub(crate) rank: Option<u32>,
    pub(crate) unit: String,
    pub(crate) name: String,
    pub(crate) score: Option<String>,
    /// The strongest reason for the place, or why there is none.
    pub(crate) reason: String,
}

/// One table.
#[derive(Debug, Serialize)]
pub(crate) struct TableLine {
    pub(crate) version: u64,
    pub(crate) path: String,
}
