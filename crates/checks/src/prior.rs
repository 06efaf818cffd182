//! The column 上期数 of a return: values of the period before, as the sender prints them.
//!
//! They are no cells: nothing is counted from them. At intake only their codes and texts are judged,
//! by the rules of cells; what they say belongs to another period and is held against the stored
//! figures from context (K75).

use std::collections::BTreeMap;

use model::{
    Amount, AmountError, Catalog, Finding, IndicatorIx, SubmissionKey, amount::may_be_entered,
};

use crate::{cells::look_up, intake::Submitted, rule::k05_scale};

/// The column of the revision in force of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriorColumn {
    /// Whose return it stands in, and for which period: the values are of the period before.
    pub key: SubmissionKey,
    /// Readable values, as [`crate::Examined::prior`] and [`stored_prior`] give them.
    pub cells: Vec<(IndicatorIx, Amount)>,
}

/// Reads the column, in the order of the catalogue. What stands against it is found as against a cell,
/// named `prior.SA02`; a blank says nothing.
pub(crate) fn read(
    submitted: &Submitted<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<(IndicatorIx, Amount)> {
    let mut values = Vec::with_capacity(submitted.sent.prior.len());
    for (code, text) in submitted.sent.prior.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let before = findings.len();
        if let Some((indicator, slot)) = look_up(submitted, code, findings) {
            match amount(text, slot.scale) {
                Ok(amount) => values.push((indicator, amount)),
                Err(error) => {
                    findings.extend(k05_scale::found(submitted, indicator, text, &error));
                }
            }
        }
        findings[before..].iter_mut().for_each(name_the_column);
    }
    values.sort_by_key(|(indicator, _)| *indicator);
    values
}

/// Reads a column that was accepted before, as the tables keep it; what cannot be read any more, since
/// the catalogue has changed, is left out.
pub fn stored_prior(
    catalog: &Catalog,
    column: &BTreeMap<String, String>,
) -> Vec<(IndicatorIx, Amount)> {
    let read = |(code, text): (&String, &String)| {
        let indicator = catalog.indicator_by_code(code)?;
        Some((indicator, amount(text, catalog.indicator(indicator).scale).ok()?))
    };
    let mut values: Vec<(IndicatorIx, Amount)> = column.iter().filter_map(read).collect();
    values.sort_by_key(|(indicator, _)| *indicator);
    values
}

fn amount(text: &str, scale: u8) -> Result<Amount, AmountError> {
    let amount = Amount::parse(text, scale)?;
    may_be_entered(amount.units).then_some(amount).ok_or(AmountError::Overflow)
}

/// A finding of cells says that the column is meant.
fn name_the_column(finding: &mut Finding) {
    finding.cell = format!("prior.{}", finding.cell);
    finding.message_zh.push_str("（在上期数一栏）");
    finding.message_en.push_str(" (in the column of the period before)");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::stored_prior;
    use crate::fixture::{catalog, examine, ids, ix, township_return};

    #[test]
    fn the_column_is_read_and_is_no_cell() {
        let mut draft = township_return();
        let plain = examine(&draft);
        assert!(plain.prior.is_empty());
        // The own share of what villages enter may stand here too; a blank says nothing.
        draft.prior = vec![("SA11", "11.5"), ("SA09", "４"), ("SA02", "7"), ("SA12", " ")];
        let examined = examine(&draft);
        assert!(examined.findings.is_empty(), "{:?}", examined.findings);
        assert_eq!(examined.cells, plain.cells);
        let units: Vec<_> = examined.prior.iter().map(|(i, amount)| (*i, amount.units)).collect();
        assert_eq!(units, [(ix("SA02"), 7), (ix("SA09"), 4), (ix("SA11"), 115_000)]);
    }

    #[test]
    fn codes_and_amounts_are_judged_as_those_of_cells() {
        for (code, text, check, cell) in [
            ("SA99", "1", "W04", "prior.SA99"),
            ("DS04", "1", "W06", "prior.DS04"),
            ("SA13", "1", "W06", "prior.SA13"),
            ("SA15", "1", "W07", "prior.SA15"),
            ("SA09", "三人", "K05", "prior.SA09"),
            ("SA11", "0.12345", "K05", "prior.SA11"),
            ("SA09", "1000000000000", "K05", "prior.SA09"),
        ] {
            let mut draft = township_return();
            draft.prior = vec![(code, text), ("SA12", "39")];
            let examined = examine(&draft);
            assert_eq!(ids(&examined.findings), [check], "{code} {text}");
            let found = &examined.findings[0];
            assert_eq!(found.cell, cell);
            assert!(found.message_zh.contains("上期数"), "{}", found.message_zh);
            assert!(examined.is_refused());
            assert_eq!(examined.prior.len(), 1, "the others are read all the same");
            // The cell of that name is as it was.
            assert_eq!(examined.cells, examine(&township_return()).cells);
        }
    }

    #[test]
    fn a_stored_column_reads_as_it_was_sent() {
        let mut draft = township_return();
        draft.prior = vec![("SA11", "11.5"), ("SA09", "４")];
        let column: BTreeMap<String, String> =
            draft.prior.iter().map(|&(c, t)| (c.to_owned(), t.to_owned())).collect();
        assert_eq!(stored_prior(&catalog(), &column), examine(&draft).prior);
        let gone = BTreeMap::from([("SA99".to_owned(), "1".to_owned())]);
        assert!(stored_prior(&catalog(), &gone).is_empty());
    }
}
