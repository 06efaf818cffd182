//! Findings by city, severity and check, and what became of the returns that were sent back.

use std::collections::{BTreeMap, BTreeSet};

use model::{Severity, UnitCode, envelope::EntryKind, receipt::Decision};
use store::SubmissionRow;

use super::{
    Run,
    summary::{FoundLine, SentBack},
};

/// Follows returns that were refused until one of their key is accepted.
#[derive(Debug, Default)]
pub(super) struct Returned {
    open: BTreeSet<(UnitCode, String, String)>,
    tally: SentBack,
}

impl Returned {
    /// Takes the rows of a batch, in the order of the journal.
    pub(super) fn follow(&mut self, rows: &[SubmissionRow]) {
        for row in rows.iter().filter(|row| row.kind == EntryKind::Return) {
            let (Some(unit), Some(form), Some(period)) = (row.unit, &row.form, row.period) else {
                self.tally.without_key += u64::from(row.decision == Decision::Refused);
                continue;
            };
            let wanted = match row.decision {
                Decision::Refused => true,
                Decision::Accepted | Decision::Overtaken => !self.open.is_empty(),
                _ => false,
            };
            if !wanted {
                continue;
            }
            let key = (unit, form.to_string(), period.to_string());
            if row.decision == Decision::Refused {
                self.tally.refused += 1;
                self.open.insert(key);
            } else if self.open.remove(&key) {
                self.tally.sent_again += 1;
            }
        }
    }

    /// What became of them.
    pub(super) fn tally(self) -> SentBack {
        self.tally
    }
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
