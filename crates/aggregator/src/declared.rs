//! Settling declared totals (上报合计): kept beside the returns, never added to anything.

use std::sync::Arc;

use journal::Entry;
use ledger::Ledger;
use model::{
    envelope::{Declared, EntryKind},
    receipt::Decision,
};

use crate::{
    examined::{Change, Place, Settled},
    settle::{Content, Rules, close, must_fit_its_header, row},
};

/// Settles a declared total; an error says why it cannot be read.
pub(crate) fn settle(
    rules: &Rules<'_>,
    ledger: &mut Ledger,
    entry: &Entry,
    content: &Content,
) -> Result<Settled, String> {
    let sent: Declared = serde_json::from_slice(&entry.bytes).map_err(|e| e.to_string())?;
    must_fit_its_header(sent.wire, entry)?;
    let mut row = row(rules, entry, content);
    row.kind = EntryKind::Declared;
    row.id = sent.id.clone();
    row.unit = sent.units.first().and_then(|unit| unit.parse().ok());
    row.period = sent.period.as_deref().and_then(|period| period.parse().ok());
    row.source = Some(Arc::from(sent.source.as_str()));
    row.body = Some(entry.bytes.clone());
    let (wanted, findings, total) = match checks::resolve_declared(rules.catalog, &sent) {
        Ok(total) => {
            // The state has its own words for units and indicators.
            let total = match rules.current {
                Some(state) => checks::resolve_declared(state, &sent).ok(),
                None => Some(total),
            };
            (Decision::Accepted, Vec::new(), total)
        }
        Err(findings) => (Decision::Refused, findings, None),
    };
    let decision = ledger.decide_without_key(content.short, wanted);
    let change = total
        .filter(|_| decision == Decision::Accepted)
        .map(|total| Change::Declared(Box::new(total)));
    let place = Place {
        id: sent.id,
        unit: sent.units.into_iter().next().unwrap_or_default(),
        form: String::new(),
        period: sent.period.unwrap_or(sent.dated),
    };
    let caught = close(&mut row, decision, findings, || place.clone());
    Ok(Settled { change, caught, ..Settled::row(row) })
}
