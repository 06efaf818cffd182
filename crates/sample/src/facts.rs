//! The facts of five bureau reports, replayed as declared totals (上报合计) of their units.
//!
//! Actual values and standards stand as declared values, targets and floors as such, each with the
//! source's own words, qualifier and printed precision. What is something else is listed with its
//! reason, so that every fact is accounted for.

mod declare;
mod read;

use std::collections::BTreeMap;

use model::envelope::Declared;

use crate::{SampleError, exact::Figure};

/// One fact as the report prints it, with what it is to the catalogue.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Number of the fact, such as `F042`.
    pub id: String,
    /// Title of the report.
    pub document: String,
    /// Day on which the replay hands it in (RFC 3339).
    pub handed_in: String,
    /// The unit as the report names it.
    pub place: String,
    /// What is counted, in the report's words.
    pub subject: String,
    /// First day of the counting, if the report says so.
    pub start: String,
    /// Last day of the counting, if the report says so or bounds it.
    pub end: String,
    /// The number as printed.
    pub printed: String,
    /// The same, exactly.
    pub figure: Figure,
    /// Measure as printed.
    pub measure: String,
    /// What sort of number the report prints: `stock`, `ratio`, `rank`, `streak`, …
    pub sort: String,
    /// 约, 以上, 余, 不低于 and the like.
    pub qualifier: String,
    /// The report's own words of dating.
    pub dated: String,
    /// Remark on how the report is to be read.
    pub note: String,
    /// The words that the fact stands in.
    pub quote: String,
    /// `actual`, `target`, `standard`, `floor`, `rank`, `context`, …
    pub role: String,
    /// Indicator or sum of indicators, if it is one.
    pub indicator: String,
    /// From the printed measure to the indicator's.
    pub factor: String,
    /// The unit, or the siblings that the number covers together.
    pub units: Vec<String>,
    /// The period, if the report says so.
    pub period: String,
    /// Why it is no value of an indicator, or how it is read.
    pub reason: String,
}

/// A fact that is no value of an indicator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Number of the fact.
    pub fact: String,
    /// What it is instead.
    pub role: String,
    /// Why it is no value of an indicator.
    pub reason: String,
}

/// Every fact, sorted into what it is. `declared`, `targets` and `others` together hold each fact
/// exactly once; `beside` repeats some of the others.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// Actual values and standards, undated ones included.
    pub declared: Vec<Declared>,
    /// Targets and floors that name an indicator.
    pub targets: Vec<Declared>,
    /// Increases and growth rates that a report states beside a value (CH04: +1573.73, +20.6 %).
    pub beside: Vec<Declared>,
    /// Everything else, with the reason.
    pub others: Vec<Other>,
    /// How a fact is read, by its number: remarks of the mapping and of the source.
    pub remarks: BTreeMap<String, String>,
}

/// Reads the facts.
pub fn facts() -> Result<Vec<Fact>, SampleError> {
    read::facts()
}

/// The replay of all facts.
pub fn declared() -> Result<Replay, SampleError> {
    replay(&facts()?)
}

/// Sorts facts into a replay; [`declared`] does it with all of them.
pub fn replay(facts: &[Fact]) -> Result<Replay, SampleError> {
    let mut replay = Replay::default();
    let beside = read::beside()?;
    for fact in facts {
        let remark: Vec<&str> = [fact.reason.as_str(), fact.note.as_str()]
            .into_iter()
            .filter(|s| !s.is_empty())
            .collect();
        if !remark.is_empty() {
            replay.remarks.insert(fact.id.clone(), remark.join("; "));
        }
        match (fact.role.as_str(), fact.indicator.is_empty()) {
            ("actual" | "standard", false) => replay.declared.push(declare::value(fact)?),
            ("target" | "floor", false) => replay.targets.push(declare::value(fact)?),
            _ => replay.others.push(Other {
                fact: fact.id.clone(),
                role: fact.role.clone(),
                reason: fact.reason.clone(),
            }),
        }
        if let Some((indicator, states)) = beside.get(&fact.id) {
            replay.beside.push(declare::beside(fact, indicator, states)?);
        }
    }
    Ok(replay)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(list: &'a [Declared], fact: &str) -> &'a Declared {
        list.iter().find(|d| d.id.ends_with(fact)).unwrap()
    }

    #[test]
    fn every_fact_is_accounted_for_once() {
        let facts = facts().unwrap();
        let replay = declared().unwrap();
        assert_eq!(facts.len(), 244);
        let sums = (replay.declared.len(), replay.targets.len(), replay.others.len());
        assert_eq!(sums, (52 + 15, 21 + 2, 154));
        assert_eq!(sums.0 + sums.1 + sums.2, 244);
        assert!(replay.others.iter().all(|o| !o.reason.is_empty()), "a reason for each");
        let undated = replay.declared.iter().filter(|d| d.period.is_none()).count();
        assert_eq!(
            undated,
            facts
                .iter()
                .filter(|f| {
                    f.period.is_empty()
                        && !f.indicator.is_empty()
                        && matches!(f.role.as_str(), "actual" | "standard")
                })
                .count()
        );
        assert!(undated > 20);
    }

    #[test]
    fn values_stand_in_the_measure_of_the_indicator_with_the_printed_one_beside() {
        let replay = declared().unwrap();
        let dibao = of(&replay.declared, "F042");
        assert_eq!((dibao.value.as_str(), dibao.precision.as_str()), ("85000", "500"));
        assert_eq!(dibao.stated, "8.5 万人");
        assert_eq!(dibao.units.len(), 6);
        assert_eq!(dibao.period.as_deref(), Some("2020-09"));
        let rural = of(&replay.declared, "F190");
        assert_eq!((rural.value.as_str(), rural.precision.as_str()), ("8940", "6"));
        assert_eq!((rural.stated.as_str(), rural.role.as_str()), ("745 元/人·月", "standard"));
        let undated = of(&replay.declared, "F056");
        assert_eq!((undated.period.as_deref(), undated.dated.as_str()), (None, "截至目前"));
        assert_eq!(undated.indicator, "SA02+SA04");
        let floor = of(&replay.targets, "F160");
        assert_eq!((floor.role.as_str(), floor.qualifier.as_str()), ("floor", "不低于"));
        let growth = of(&replay.beside, "F136");
        assert_eq!((growth.indicator.as_str(), growth.states.as_str()), ("CH04", "growth"));
        assert_eq!((growth.value.as_str(), growth.precision.as_str()), ("20.6", "0.05"));
        assert_eq!(growth.period.as_deref(), Some("2023-H1"));
    }

    #[test]
    fn what_is_declared_can_be_read_as_an_envelope() {
        let replay = declared().unwrap();
        for declared in replay.declared.iter().chain(&replay.targets).chain(&replay.beside) {
            let text = serde_json::to_string(declared).unwrap();
            assert_eq!(&serde_json::from_str::<Declared>(&text).unwrap(), declared);
            assert_eq!(declared.source, "historical");
            assert!(declared.submitted_at.parse::<jiff::Timestamp>().is_ok());
            for unit in &declared.units {
                unit.parse::<model::UnitCode>().unwrap();
            }
            if let Some(period) = &declared.period {
                period.parse::<model::Period>().unwrap();
            }
        }
    }
}
