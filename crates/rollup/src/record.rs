//! Taking in a new state of one key: its cells and status replace the old ones.

use model::{
    Cell, IndicatorIx, Level, Node, SubmissionKey,
    amount::within,
    submission::{KeyChange, KeyStatus},
};

use crate::{
    RollUpError, State,
    block::{ACCEPTED, ASKED, FIRST_PASS, ON_TIME, OwnCell, RECEIVED, RECORDED},
    scope::stands_above,
};

/// A key found in the tree of its period.
#[derive(Clone, Copy)]
pub(crate) struct Located {
    /// Place of the sheet.
    pub(crate) sheet: u32,
    /// The unit.
    pub(crate) node: Node,
    /// Its province.
    pub(crate) root: usize,
    /// The block that its level enters, if any.
    pub(crate) block: Option<usize>,
}

impl State {
    /// Replaces the own cells and the status of a key, and returns its unit's place in the tree of the
    /// period. The sums follow with [`State::roll_up`].
    ///
    /// # Errors
    /// A cell that this unit is not asked, that stands twice or is not at its indicator's scale; cells
    /// of a unit outside the register. Nothing has changed then. A key without cells of an unknown
    /// unit, or for a kind of period that the form does not know, was refused before and is skipped.
    pub fn record(&mut self, change: &KeyChange) -> Result<Option<Node>, RollUpError> {
        let key = change.key;
        let Some((node, level)) = self.unit_of(key) else {
            let unknown = RollUpError::UnknownUnit { unit: key.unit, period: key.period };
            return if change.cells.is_empty() { Ok(None) } else { Err(unknown) };
        };
        let mut cells = std::mem::take(&mut self.scratch);
        cells.clear();
        let placed = self.place_cells(change, level, &mut cells);
        if placed.is_ok() {
            let flags = flags_of(change.status, !change.cells.is_empty());
            self.apply(key, node, flags, &cells);
        }
        self.scratch = cells;
        placed.map(|()| Some(node))
    }

    fn unit_of(&self, key: SubmissionKey) -> Option<(Node, Level)> {
        let ground = self.atlas.on(key.period.end());
        let node = ground.tree.node(key.unit)?;
        Some((node, ground.tree.level(node)))
    }

    /// Finds the column of every cell and checks that it may stand there.
    fn place_cells(
        &self,
        change: &KeyChange,
        level: Level,
        cells: &mut Vec<OwnCell>,
    ) -> Result<(), RollUpError> {
        let key = change.key;
        for &(indicator, cell) in &change.cells {
            let place = self.column_for(key, indicator, level);
            let place = place.ok_or_else(|| self.not_asked(key, indicator, level))?;
            if let Cell::Value(amount) = cell {
                let expected = place.scale;
                if amount.scale != expected || !within(amount.units) {
                    let code = self.indicator_code(indicator);
                    let (unit, period, found) = (key.unit, key.period, amount.scale);
                    return Err(RollUpError::Scale {
                        unit,
                        indicator: code,
                        period,
                        expected,
                        found,
                    });
                }
            }
            cells.push(OwnCell { block: place.block, column: place.column, cell });
        }
        cells.sort_unstable_by_key(|own| (own.block, own.column));
        let twice =
            cells.windows(2).find(|w| (w[0].block, w[0].column) == (w[1].block, w[1].column));
        match twice {
            None => Ok(()),
            Some(pair) => {
                let shapes = self.layout.shapes(key.form, key.period.kind());
                let indicator = self.indicator_code(shapes[pair[0].block].columns[pair[0].column]);
                Err(RollUpError::Twice { unit: key.unit, indicator, period: key.period })
            }
        }
    }

    fn column_for(
        &self,
        key: SubmissionKey,
        indicator: IndicatorIx,
        level: Level,
    ) -> Option<crate::layout::Place> {
        let place = self.layout.place(indicator)?;
        let fits = place.form == key.form
            && place.frequency == key.period.kind()
            && (place.level == level || stands_above(level, place.level));
        fits.then_some(place)
    }

    fn not_asked(&self, key: SubmissionKey, indicator: IndicatorIx, level: Level) -> RollUpError {
        let form = self.catalog.forms.get(usize::from(key.form.0));
        RollUpError::NotAsked {
            unit: key.unit,
            level,
            form: form.map_or_else(|| format!("#{}", key.form.0), |form| form.code.clone()),
            indicator: self.indicator_code(indicator),
            period: key.period,
        }
    }

    pub(crate) fn indicator_code(&self, indicator: IndicatorIx) -> String {
        let known = self.catalog.indicators.get(usize::from(indicator.0));
        known.map_or_else(|| format!("#{}", indicator.0), |i| i.code.clone())
    }

    fn apply(&mut self, key: SubmissionKey, node: Node, flags: u8, cells: &[OwnCell]) {
        let recorded = flags & RECORDED != 0;
        let Some(at) = self.locate(key, node, recorded) else { return };
        let asked = self.asked_flag(key, at);
        let blocks = self.layout.shapes(key.form, key.period.kind()).len();
        let mut rest = cells;
        for block in 0..blocks {
            let (here, after) = rest.split_at(rest.partition_point(|own| own.block == block));
            rest = after;
            let sheet = &mut self.sheets[at.sheet as usize];
            let Some(province) = sheet.provinces[at.root].as_mut() else { continue };
            let target = &mut province.blocks[block];
            let Some(slot) = target.scope.slot(node) else { continue };
            let mut changed = target.replace(slot, here);
            if at.block == Some(block) {
                let kept = target.flags(slot) & FIRST_PASS;
                changed |= target.set_flags(slot, flags | asked | kept);
            }
            if changed {
                self.mark(at, block, slot);
            }
        }
        self.note_presence(key, at, flags);
    }

    /// Finds a key's place; with `make` the sheet and the province are made if they are new.
    pub(crate) fn locate(&mut self, key: SubmissionKey, node: Node, make: bool) -> Option<Located> {
        let layout = std::sync::Arc::clone(&self.layout);
        let shapes = layout.shapes(key.form, key.period.kind());
        if shapes.is_empty() {
            return None;
        }
        let place = match self.sheet_place(key.form, key.period) {
            Some(place) => place,
            None if make => self.make_sheet(key.form, key.period),
            None => return None,
        };
        let sheet = &mut self.sheets[place as usize];
        let root = sheet.ground.root_of(node);
        if make {
            sheet.province(&self.catalog, shapes, root);
        }
        sheet.provinces[root].as_ref()?;
        let level = sheet.ground.tree.level(node);
        let block = shapes.iter().position(|shape| shape.key.level == level);
        Some(Located { sheet: place, node, root, block })
    }

    /// [`ASKED`] if the return is due by level and class.
    pub(crate) fn asked_flag(&self, key: SubmissionKey, at: Located) -> u8 {
        let sheet = &self.sheets[at.sheet as usize];
        let form = self.catalog.form(key.form);
        let due = form.asks(sheet.ground.tree.class(at.node)) && form.in_force(key.period.end());
        if due { ASKED } else { 0 }
    }

    /// Notes a changed slot and its block.
    pub(crate) fn mark(&mut self, at: Located, block: usize, slot: u32) {
        let sheet = &mut self.sheets[at.sheet as usize];
        let tree = &sheet.ground.tree;
        let prefecture = tree.prefecture(at.node).map(|node| tree.code(node));
        let Some(province) = sheet.provinces[at.root].as_mut() else { return };
        let target = &mut province.blocks[block];
        target.mark(slot, prefecture);
        if !std::mem::replace(&mut target.changes.listed, true) {
            self.changed.push((at.sheet, at.root, block));
        }
    }
}

/// Status and presence of a key as flags.
fn flags_of(status: KeyStatus, has_cells: bool) -> u8 {
    let flag = |set: bool, flag: u8| if set { flag } else { 0 };
    let present = status.received || status.accepted || has_cells;
    flag(status.received, RECEIVED)
        | flag(status.on_time, ON_TIME)
        | flag(status.accepted, ACCEPTED)
        | flag(present, RECORDED)
}
