//! Findings by city, severity and check, and what became of the returns that were sent back.

use std::collections::{BTreeMap, BTreeSet};

use model::{Severity, UnitCode, envelope::EntryKind, receipt::Decision, step::Action};
use store::SubmissionRow;

use super::{
    Run,
    summary::{FoundLine, SentBack},
};

/// Unit, form and period.
type Key = (UnitCode, String, String);

/// Follows returns that were refused, or sent back by the level above, until one of their key is
/// accepted.
#[derive(Debug, Default)]
pub(super) struct Returned {
    refused: BTreeSet<Key>,
    sent_back: BTreeSet<Key>,
    tally: SentBack,
}

impl Returned {
    /// Takes the rows of a batch, in the order of the journal.
    pub(super) fn follow(&mut self, rows: &[SubmissionRow]) {
        for row in rows {
            match row.kind {
                EntryKind::Return => self.follow_return(row),
                EntryKind::Step if row.decision == Decision::Accepted => self.follow_step(row),
                _ => {}
            }
        }
    }

    fn follow_return(&mut self, row: &SubmissionRow) {
        let Some(key) = key(row) else {
            self.tally.without_key += u64::from(row.decision == Decision::Refused);
            return;
        };
        match row.decision {
            Decision::Refused => {
                self.tally.refused += 1;
                self.refused.insert(key);
            }
            Decision::Accepted | Decision::Overtaken if self.refused.remove(&key) => {
                self.tally.sent_again += 1;
            }
            _ => {}
        }
    }

    fn follow_step(&mut self, row: &SubmissionRow) {
        let (Some(key), Some(step)) = (key(row), row.step) else { return };
        match step {
            Action::SendBack => {
                self.tally.by_the_level_above += 1;
                self.sent_back.insert(key);
            }
            Action::Accept => {
                self.tally.accepted_by_the_level_above += 1;
                if self.sent_back.remove(&key) {
                    self.tally.sent_again_to_it += 1;
                }
            }
            _ => {}
        }
    }

    /// What became of them.
    pub(super) fn tally(self) -> SentBack {
        self.tally
    }
}

fn key(row: &SubmissionRow) -> Option<Key> {
    Some((row.unit?, row.form.as_deref()?.to_owned(), row.period?.to_string()))
}

/// One line per city, severity and check; units that the register does not have stand under an empty
/// code.
pub(super) fn by_city(run: &Run) -> Vec<FoundLine> {
    let tree = run.catalog.register.tree(run.quarter.end());
    let city = |unit: Option<UnitCode>| {
        let node = unit.and_then(|unit| tree.node(unit));
        node.map(|node| tree.code(tree.prefecture(node).unwrap_or(node)))
    };
    let mut counts: BTreeMap<(Option<UnitCode>, Severity, String), u64> = BTreeMap::new();
    let mut count = |unit, severity, check: &str| {
        *counts.entry((city(unit), severity, check.to_owned())).or_default() += 1;
    };
    for one in &run.caught {
        count(one.place.unit.parse().ok(), one.finding.severity, &one.finding.check);
    }
    for one in &run.rolled_up.findings {
        count(one.units.first().copied(), one.finding.severity, &one.finding.check);
    }
    let lines = counts.into_iter().map(|((city, severity, check), count)| {
        let node = city.and_then(|city| tree.node(city));
        let record = node.map(|node| run.catalog.register.record(tree.record(node)));
        FoundLine {
            unit: city.map(|city| city.to_string()).unwrap_or_default(),
            name: record.map(|record| record.name.clone()).unwrap_or_default(),
            severity: severity.en().to_owned(),
            check,
            count,
        }
    });
    lines.collect()
}
