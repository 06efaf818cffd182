//! Scores, ranks and grades under a scheme (评估); pure: the same input gives the same bytes.
//!
//! The way of one evaluation, in the order of the files:
//!
//! | step | file |
//! |---|---|
//! | who is compared with whom | `groups` |
//! | which returns the asked items read, and how complete they are | `coverage` |
//! | exact numerator and denominator of a metric, or why there is none | `metric`, `absence` |
//! | share of the weight that a unit earns, one file for each method | `method` |
//! | what adds and takes points beyond the items | `bonus`, `deduction` |
//! | redistribution of weights, points, the score rounded once | `score` |
//! | vetoes, ranks, grades | `veto`, `rank`, `grade` |
//! | one line for each point, which add up to the score | `explain` |
//!
//! All arithmetic is exact ([`exact::Exact`]); nothing is a float.
//!
//! # Weights
//! Of the items asked in this cycle of this peer group, one that does not apply to a unit
//! (denominator zero, nobody owes the figure, too few peers) hands its weight to the other items of
//! its area, in proportion to theirs. Only when a whole area does not apply is its weight lost.
//! `score = 100 × points / available weight + bonuses - deductions`, rounded once.
//!
//! # Missing is not zero and not "does not apply"
//! A figure that somebody owes and did not report earns nothing (未报). One that nobody below the
//! unit owes, or that all who owe it declared not applicable, is redistributed like a zero
//! denominator. A unit below the scheme's coverage keeps its score for information and is not
//! ranked.

mod absence;
mod bonus;
mod coverage;
mod deduction;
mod evaluate;
mod events;
mod exact;
mod explain;
mod grade;
mod groups;
mod method;
mod metric;
mod rank;
mod result;
mod score;
mod table;
mod unit;
mod veto;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use evaluate::{EvaluationError, Inputs, evaluate, evaluate_within};
pub use events::{DecisionOnVeto, Events, Honour, LateRevision};
pub use exact::Exact;
pub use result::{
    AreaResult, Evaluation, ExtraResult, GradeResult, GroupResult, ItemResult, ItemState,
    NotAskedItem, Reason, ToNext, UnitResult, VetoResult, VetoState,
};
pub use table::{RankingRow, ScoreRow, ranking_rows, score_rows};
