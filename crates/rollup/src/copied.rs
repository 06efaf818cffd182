//! Columns that rows take over as they stand in one sheet: most of them by far.

use model::{IndicatorIx, Node};

use crate::{block::Block, sheet::Sheet, source::Base};

/// How many neighbouring columns are read together: so many values of a unit lie in one or two lines of
/// the processor's cache.
const TOGETHER: usize = 8;
/// How many units are read before the next column: their lines stay in the cache meanwhile.
const UNITS: usize = 256;

/// Values with which of them exist, by unit.
pub(crate) type Values = (Vec<i64>, Vec<bool>);

/// Columns of one block of a sheet, read on the sheet's own tree.
#[derive(Debug)]
pub(crate) struct Copied<'a> {
    sheet: &'a Sheet,
    block: usize,
    columns: Vec<(IndicatorIx, usize)>,
}

impl<'a> Copied<'a> {
    /// Adds a column to the last of `all` that it is read together with, or begins another.
    ///
    /// `base` must be read on its sheet's own tree.
    pub(crate) fn add(all: &mut Vec<Self>, indicator: IndicatorIx, base: &Base<'a>) {
        let (sheet, block) = (base.sheet, base.block);
        let fits = |one: &&mut Self| {
            std::ptr::eq(one.sheet, sheet) && one.block == block && one.columns.len() < TOGETHER
        };
        match all.last_mut().filter(fits) {
            Some(one) => one.columns.push((indicator, base.column)),
            None => all.push(Self { sheet, block, columns: vec![(indicator, base.column)] }),
        }
    }

    /// The values of these units.
    pub(crate) fn values(&self, nodes: &[Node]) -> Vec<(IndicatorIx, Values)> {
        let empty = |&(indicator, _): &(IndicatorIx, usize)| {
            (indicator, (Vec::with_capacity(nodes.len()), Vec::with_capacity(nodes.len())))
        };
        let mut made: Vec<(IndicatorIx, Values)> = self.columns.iter().map(empty).collect();
        let mut rows = Vec::with_capacity(UNITS);
        for nodes in nodes.chunks(UNITS) {
            rows.clear();
            rows.extend(nodes.iter().map(|&node| {
                let (block, slot): (&Block, u32) = self.sheet.slot(self.block, node)?;
                Some(block.row(slot))
            }));
            for (&(_, column), (_, (values, valid))) in self.columns.iter().zip(&mut made) {
                // A place without a value holds 0.
                values.extend(rows.iter().map(|row| row.map_or(0, |(values, _)| values[column])));
                let exists = |bits: &[u64]| bits[column / 64] >> (column % 64) & 1 == 1;
                valid.extend(rows.iter().map(|row| row.is_some_and(|(_, bits)| exists(bits))));
            }
        }
        made
    }
}
