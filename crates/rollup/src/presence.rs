//! Which rows exist: those of periods and provinces for which any return was recorded.

use jiff::civil::Date;
use model::{FormIx, Node, Period, SubmissionKey, UnitCode};

use crate::{
    State, atlas::Ground, block::RECORDED, layout::BlockShape, record::Located, state::Provinces,
    system::SystemRule,
};

/// The day whose period counts a return in the quality of reporting: the last of its period, for
/// targets the first.
pub(crate) fn belongs_to(base: Period, shape: Option<&BlockShape>) -> Date {
    if shape.is_some_and(|shape| shape.set_ahead) { base.start() } else { base.end() }
}

impl State {
    /// Whether a form has rows for a period.
    pub fn has_rows(&self, form: FormIx, period: Period) -> bool {
        self.provinces_with_rows(form, period).is_some()
    }

    /// Provinces that recorded any return of a form in a period.
    pub(crate) fn provinces_with_rows(&self, form: FormIx, period: Period) -> Option<&Provinces> {
        self.present.get(usize::from(form.0))?.get(&period)
    }

    /// Periods of a form into which a base period rolls up, itself included.
    pub(crate) fn ladder(&self, form: FormIx, base: Period) -> impl Iterator<Item = Period> {
        let kinds = self.layout.row_kinds(form).iter();
        kinds.filter_map(
            move |&kind| if kind == base.kind() { Some(base) } else { base.within(kind) },
        )
    }

    /// Rows that exist because of the returns of one sort and base period; `None` stands for units
    /// that only have own shares.
    pub(crate) fn appearances(
        &self,
        form: FormIx,
        base: Period,
        shape: Option<&BlockShape>,
    ) -> Vec<(FormIx, Period)> {
        let mut rows: Vec<_> = self.ladder(form, base).map(|period| (form, period)).collect();
        let day = belongs_to(base, shape);
        for &silent in self.layout.silent_forms() {
            let kinds = self.layout.row_kinds(silent).iter();
            rows.extend(kinds.map(|&kind| (silent, Period::containing(kind, day))));
        }
        for (indicator, rule) in self.layout.system_indicators() {
            let SystemRule::Visits(of, _) = rule else { continue };
            if shape.is_some_and(|shape| shape.key == of) {
                let home = self.catalog.indicator(indicator).form;
                let ladder = self.ladder(home, base);
                let shown = ladder.filter(|&p| self.catalog.has_row(indicator, p));
                rows.extend(shown.map(|period| (home, period)));
            }
        }
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Whether a province recorded anything at all; only then are its returns due.
    pub(crate) fn is_active(&self, ground: &Ground, node: Node) -> bool {
        self.active.contains_key(&ground.root_code(node))
    }

    /// Keeps the keys of units without block, and the number of blocks that hold returns.
    pub(crate) fn note_presence(&mut self, key: SubmissionKey, at: Located, flags: u8) {
        let sheet = &mut self.sheets[at.sheet as usize];
        let root = sheet.ground.root_code(at.node);
        let Some(province) = sheet.provinces[at.root].as_mut() else { return };
        let holds = match at.block {
            Some(block) => province.blocks[block].recorded > 0,
            None => {
                if flags & RECORDED != 0 {
                    province.others.insert(at.node, flags);
                } else {
                    province.others.remove(&at.node);
                }
                !province.others.is_empty()
            }
        };
        let place = at.block.unwrap_or(province.blocks.len());
        let held = std::mem::replace(&mut province.counted[place], holds);
        if held != holds {
            let layout = std::sync::Arc::clone(&self.layout);
            let shapes = layout.shapes(key.form, key.period.kind());
            let shape = at.block.map(|block| &shapes[block]);
            self.count_block(self.appearances(key.form, key.period, shape), root, holds);
        }
    }

    fn count_block(&mut self, rows: Vec<(FormIx, Period)>, root: UnitCode, holds: bool) {
        count(&mut self.active, root, holds);
        for (form, period) in rows {
            let periods = &mut self.present[usize::from(form.0)];
            let provinces = periods.entry(period).or_default();
            if count(provinces, root, holds) {
                self.appeared.insert((form, period, root));
            }
            if provinces.is_empty() {
                periods.remove(&period);
            }
        }
    }
}

/// Counts one more or one less; whether the province came to be or ceased to be.
fn count(counts: &mut Provinces, root: UnitCode, more: bool) -> bool {
    let n = counts.entry(root).or_insert(0);
    *n = if more { *n + 1 } else { n.saturating_sub(1) };
    let (came, ceased) = (more && *n == 1, *n == 0);
    if ceased {
        counts.remove(&root);
    }
    came || ceased
}
