//! Sums of a block: each unit from its members, along the changed paths or for all at once.

use std::collections::BinaryHeap;

use model::{Cell, amount::within};

use super::{Block, Changes, Returns, TooLong};

/// The sum that is being made.
struct Sum {
    values: Vec<i128>,
    valid: Vec<u64>,
    returns: Returns,
}

impl Block {
    /// Brings every sum above a changed slot up to date and forgets what changed.
    ///
    /// Both ways make a sum from the same members in the same order, so they agree bit for bit. After
    /// an error the changes are still noted and the next call tries again.
    pub(crate) fn roll_up(&mut self) -> Result<Changes, TooLong> {
        if self.changes.all {
            self.recompute()?;
        } else {
            self.walk_up()?;
        }
        let fresh = Changes { columns: vec![0; self.words], ..Changes::default() };
        Ok(std::mem::replace(&mut self.changes, fresh))
    }

    /// Makes every sum anew, from the lowest units up.
    pub(crate) fn recompute(&mut self) -> Result<(), TooLong> {
        let mut sum = self.sum();
        for slot in (0..self.scope.len() as u32).rev() {
            if !self.scope.is_entry(slot) {
                self.gather(slot, &mut sum)?;
            }
        }
        Ok(())
    }

    /// Makes the sums on the paths from the changed slots to the root, each once.
    fn walk_up(&mut self) -> Result<(), TooLong> {
        let mut sum = self.sum();
        // Units stand before their descendants, so the greatest slot has all its members done.
        let above = |&slot: &u32| {
            if self.scope.is_entry(slot) { self.scope.parent(slot) } else { Some(slot) }
        };
        let mut open: BinaryHeap<u32> = self.changes.slots.iter().filter_map(above).collect();
        let mut done = None;
        while let Some(slot) = open.pop() {
            if done == Some(slot) {
                continue;
            }
            self.gather(slot, &mut sum)?;
            open.extend(self.scope.parent(slot));
            done = Some(slot);
        }
        Ok(())
    }

    fn sum(&self) -> Sum {
        let (values, valid) = (vec![0; self.width], vec![0; self.words]);
        Sum { values, valid, returns: Returns::default() }
    }

    /// A unit's sum: its children's values and its own share.
    fn gather(&mut self, slot: u32, sum: &mut Sum) -> Result<(), TooLong> {
        sum.values.fill(0);
        sum.valid.fill(0);
        sum.returns = Returns::default();
        for child in self.scope.children(slot) {
            let (value, word) = (child as usize * self.width, child as usize * self.words);
            // A place without a value holds 0, so it can be added unseen.
            for (total, &value) in sum.values.iter_mut().zip(&self.values[value..]) {
                *total += i128::from(value);
            }
            for (total, &valid) in sum.valid.iter_mut().zip(&self.valid[word..]) {
                *total |= valid;
            }
            sum.returns.add(self.returns[child as usize]);
        }
        for &(column, cell) in self.shares.get(&slot).into_iter().flatten() {
            if let Cell::Value(amount) = cell {
                sum.values[column] += i128::from(amount.units);
                sum.valid[column / 64] |= 1 << (column % 64);
            }
        }
        self.store(slot, sum)
    }

    fn store(&mut self, slot: u32, sum: &Sum) -> Result<(), TooLong> {
        let (value, word) = (slot as usize * self.width, slot as usize * self.words);
        for (column, &total) in sum.values.iter().enumerate() {
            let summed =
                sum.valid[column / 64] & self.summed[column / 64] & 1 << (column % 64) != 0;
            let total = if summed { total } else { 0 };
            let units = i64::try_from(total).ok().filter(|&units| within(units));
            self.values[value + column] = units.ok_or(TooLong { slot, column })?;
        }
        for (i, &valid) in sum.valid.iter().enumerate() {
            self.valid[word + i] = valid & self.summed[i];
        }
        self.returns[slot as usize] = sum.returns;
        Ok(())
    }
}
