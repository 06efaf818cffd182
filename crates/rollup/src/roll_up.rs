//! Bringing the sums up to date: the changed paths, or everything from own cells.

use rayon::prelude::*;

use crate::{
    RollUpError, State, Touched,
    block::{Block, Changes, TooLong},
    state::BlockPlace,
};

/// Fewer changed blocks than this are not worth handing to other threads.
const WORTH_SHARING: usize = 4;

impl State {
    /// Brings the sums above every changed key up to date and says which rows are different now.
    ///
    /// A correction costs about depth × fan-out × indicators, whatever else the state holds.
    ///
    /// # Errors
    /// A sum that needs more than 18 digits. The changes are then still noted, so that the call can be
    /// repeated after the wrong value was corrected.
    pub fn roll_up(&mut self) -> Result<Touched, RollUpError> {
        let (mut touched, empty) = self.roll_up_apart()?;
        touched.extend(empty);
        touched.sort_unstable();
        Ok(touched)
    }

    /// As [`State::roll_up`], and tells apart from the changed rows those that only came to be, or
    /// ceased to be, with the first return of a province: they hold nothing that any sum has.
    ///
    /// # Errors
    /// As [`State::roll_up`].
    pub fn roll_up_apart(&mut self) -> Result<(Touched, Touched), RollUpError> {
        let mut places = std::mem::take(&mut self.changed);
        places.sort_unstable();
        let results = if places.len() < WORTH_SHARING {
            let one = |&place: &BlockPlace| Some((place, self.block_mut(place)?.roll_up()));
            places.iter().filter_map(one).collect()
        } else {
            self.roll_up_blocks()
        };
        let mut first_error = None;
        for (place, result) in results {
            match result {
                Ok(changes) => self.rolled.push((place, changes)),
                Err(too_long) => {
                    self.changed.push(place);
                    first_error = first_error.or_else(|| Some(self.overflow(place, too_long)));
                }
            }
        }
        if let Some(error) = first_error {
            return Err(error);
        }
        self.note_large();
        self.check_over_time()?;
        Ok(self.take_touched())
    }

    /// Makes every sum anew from own cells and status; for a rebuild and to check the live sums.
    ///
    /// # Errors
    /// A sum that needs more than 18 digits.
    pub fn recompute(&mut self) -> Result<(), RollUpError> {
        let results: Vec<(BlockPlace, Result<(), TooLong>)> = self
            .blocks_mut()
            .into_par_iter()
            .map(|(place, block)| (place, block.recompute()))
            .collect();
        for (place, result) in results {
            result.map_err(|too_long| self.overflow(place, too_long))?;
        }
        Ok(())
    }

    fn roll_up_blocks(&mut self) -> Vec<(BlockPlace, Result<Changes, TooLong>)> {
        let blocks = self.blocks_mut().into_iter().filter(|(_, block)| block.changes.listed);
        let blocks: Vec<_> = blocks.collect();
        blocks.into_par_iter().map(|(place, block)| (place, block.roll_up())).collect()
    }

    fn blocks_mut(&mut self) -> Vec<(BlockPlace, &mut Block)> {
        let mut blocks = Vec::new();
        for (sheet, held) in (0u32..).zip(&mut self.sheets) {
            for (root, province) in held.provinces.iter_mut().enumerate() {
                let all = province.iter_mut().flat_map(|p| p.blocks.iter_mut().enumerate());
                blocks.extend(all.map(|(block, b)| ((sheet, root, block), b)));
            }
        }
        blocks
    }

    fn block_mut(&mut self, (sheet, root, block): BlockPlace) -> Option<&mut Block> {
        let province = self.sheets[sheet as usize].provinces[root].as_mut()?;
        province.blocks.get_mut(block)
    }

    pub(crate) fn block(&self, (sheet, root, block): BlockPlace) -> Option<&Block> {
        self.sheets[sheet as usize].provinces[root].as_ref()?.blocks.get(block)
    }

    fn overflow(&self, place: BlockPlace, too_long: TooLong) -> RollUpError {
        let sheet = &self.sheets[place.0 as usize];
        let shape = &self.layout.shapes(sheet.form, sheet.period.kind())[place.2];
        let scope = sheet.ground.scope(place.1, shape.key.level);
        RollUpError::Overflow {
            unit: sheet.ground.tree.code(scope.node(too_long.slot)),
            indicator: self.indicator_code(shape.columns[too_long.column]),
            period: sheet.period,
        }
    }
}
