//! Own cells of a block: replaced as a whole, with a note of what is different now.

use model::{Cell, UnitCode};

use super::{Block, RECORDED};

/// One cell of a return, by its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnCell {
    /// Which block among those of its form and frequency.
    pub(crate) block: usize,
    /// Column in the block.
    pub(crate) column: usize,
    /// What stands in it.
    pub(crate) cell: Cell,
}

/// A list of changed slots longer than this part of all slots is not worth walking up one by one.
const LISTED_PART: usize = 16;

impl Block {
    /// Replaces the own cells of a slot by `cells`, ascending by column; whether anything differs.
    pub(crate) fn replace(&mut self, slot: u32, cells: &[OwnCell]) -> bool {
        let known = self.scope.is_entry(slot);
        if known && self.is_blank(slot) {
            return self.fill(slot, cells);
        }
        let mut changed = false;
        let mut next = cells.iter().copied().peekable();
        if !known && cells.is_empty() && !self.shares.contains_key(&slot) {
            return false;
        }
        for column in 0..self.width {
            let new =
                next.next_if(|own| own.column == column).map_or(Cell::Missing, |own| own.cell);
            let old = self.own(slot, column);
            if old == new {
                continue;
            }
            changed = true;
            self.changes.columns[column / 64] |= 1 << (column % 64);
            let size = |cell: Cell| cell.value().map_or(0, |a| u128::from(a.units.unsigned_abs()));
            self.sizes[column] = self.sizes[column] - size(old) + size(new);
            if known {
                self.set_cell(slot, column, new);
            }
        }
        if changed && !known {
            self.set_share(slot, cells);
        }
        changed
    }

    /// Whether nothing stands in an entry slot.
    fn is_blank(&self, slot: u32) -> bool {
        let words = slot as usize * self.words..(slot as usize + 1) * self.words;
        let bits = self.valid[words.clone()].iter().chain(&self.not_applicable[words]);
        bits.fold(0, |all, bits| all | bits) == 0
    }

    /// Puts cells into a blank entry slot, as most returns are the first of their key.
    fn fill(&mut self, slot: u32, cells: &[OwnCell]) -> bool {
        let (values, words) = (slot as usize * self.width, slot as usize * self.words);
        let mut changed = false;
        for &OwnCell { column, cell, .. } in cells {
            let (word, bit) = (words + column / 64, 1u64 << (column % 64));
            match cell {
                Cell::Missing => continue,
                Cell::NotApplicable => self.not_applicable[word] |= bit,
                Cell::Value(amount) => {
                    self.values[values + column] = amount.units;
                    self.valid[word] |= bit;
                    self.sizes[column] += u128::from(amount.units.unsigned_abs());
                }
            }
            self.changes.columns[column / 64] |= bit;
            changed = true;
        }
        changed
    }

    fn set_share(&mut self, slot: u32, cells: &[OwnCell]) {
        let present = cells.iter().filter(|own| own.cell != Cell::Missing);
        let present: Vec<_> = present.map(|own| (own.column, own.cell)).collect();
        if present.is_empty() {
            self.shares.remove(&slot);
        } else {
            self.shares.insert(slot, present);
        }
    }

    fn set_cell(&mut self, slot: u32, column: usize, cell: Cell) {
        let word = slot as usize * self.words + column / 64;
        let bit = 1u64 << (column % 64);
        self.valid[word] &= !bit;
        self.not_applicable[word] &= !bit;
        let value = &mut self.values[slot as usize * self.width + column];
        *value = 0;
        match cell {
            Cell::Value(amount) => {
                *value = amount.units;
                self.valid[word] |= bit;
            }
            Cell::NotApplicable => self.not_applicable[word] |= bit,
            Cell::Missing => {}
        }
    }

    /// Sets status flags of an entry slot; whether they differ.
    pub(crate) fn set_flags(&mut self, slot: u32, flags: u8) -> bool {
        let old = std::mem::replace(&mut self.flags[slot as usize], flags);
        self.recorded -= u32::from(old & RECORDED != 0);
        self.recorded += u32::from(flags & RECORDED != 0);
        self.returns[slot as usize] = super::Returns::of(flags);
        self.changes.status |= old != flags;
        old != flags
    }

    /// Notes that the own state of a slot changed.
    pub(crate) fn mark(&mut self, slot: u32, prefecture: Option<UnitCode>) {
        let changes = &mut self.changes;
        if !changes.prefectures.contains(&prefecture) {
            changes.prefectures.insert(prefecture);
        }
        if changes.all || changes.slots.last() == Some(&slot) {
            return;
        }
        changes.slots.push(slot);
        if changes.slots.len() > self.scope.len() / LISTED_PART + LISTED_PART {
            changes.slots = Vec::new();
            changes.all = true;
        }
    }
}
