//! From an indicator code to its place without hashing.

use model::{Catalog, IndicatorIx};

const LETTERS: usize = 26;
const SIZE: usize = LETTERS * LETTERS * 100;
const NONE: u16 = u16::MAX;

/// Codes of two capital letters and two digits are looked up in a table; any other shape that a
/// catalogue may use goes to its own map.
#[derive(Debug)]
pub(crate) struct CodeTable(Vec<u16>);

impl CodeTable {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let mut table = vec![NONE; SIZE];
        for (place, indicator) in catalog.indicators.iter().enumerate() {
            if let Some(slot) = slot(&indicator.code) {
                table[slot] = place as u16;
            }
        }
        Self(table)
    }

    /// The indicator with this code.
    pub(crate) fn get(&self, catalog: &Catalog, code: &str) -> Option<IndicatorIx> {
        match slot(code) {
            Some(slot) => Some(self.0[slot]).filter(|&place| place != NONE).map(IndicatorIx),
            None => catalog.indicator_by_code(code),
        }
    }
}

fn slot(code: &str) -> Option<usize> {
    let [first, second, tens, ones] = *code.as_bytes() else { return None };
    let shape = first.is_ascii_uppercase()
        && second.is_ascii_uppercase()
        && tens.is_ascii_digit()
        && ones.is_ascii_digit();
    let letters = || usize::from(first - b'A') * LETTERS + usize::from(second - b'A');
    shape.then(|| letters() * 100 + usize::from(tens - b'0') * 10 + usize::from(ones - b'0'))
}
