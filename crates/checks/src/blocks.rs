//! What each sort of return asks, in the shape that intake reads fast.

use model::{
    Catalog, FormIx, IndicatorIx, Level, PeriodKind,
    form::BlockKey,
    indicator::{Entry, Kind},
};

use crate::return_formulas::ReturnFormulas;

/// One sort of return: a form, a frequency and the level of the unit.
#[derive(Debug)]
pub(crate) struct Block {
    /// Cells that must not be blank, ascending.
    pub(crate) required: Vec<IndicatorIx>,
    /// May come before its period is over: targets, standards, daily returns.
    pub(crate) early: bool,
    /// Asks nothing from this level itself; only the own share (本级) of lower cells can stand here.
    pub(crate) own_share_only: bool,
    /// Formulas that such a return answers by itself.
    pub(crate) formulas: Vec<u16>,
}

/// Where a cell belongs, packed so that all of a form fits a few cache lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) form: FormIx,
    pub(crate) frequency: PeriodKind,
    pub(crate) entry: Entry,
    pub(crate) scale: u8,
}

/// All sorts of returns and all cells.
#[derive(Debug)]
pub(crate) struct Blocks {
    blocks: Vec<Block>,
    /// Place in `blocks` by form, period kind and level.
    places: Vec<Option<u16>>,
    slots: Vec<Slot>,
}

impl Blocks {
    pub(crate) fn new(catalog: &Catalog, formulas: &ReturnFormulas) -> Self {
        let mut blocks = Vec::new();
        let mut places = Vec::new();
        for form in (0..catalog.forms.len() as u8).map(FormIx) {
            for frequency in PeriodKind::ALL {
                for level in Level::ALL {
                    let block = block(catalog, formulas, BlockKey { form, frequency, level });
                    places.push(block.is_some().then_some(blocks.len() as u16));
                    blocks.extend(block);
                }
            }
        }
        let slots = catalog.indicators.iter().map(|indicator| Slot {
            form: indicator.form,
            frequency: indicator.frequency,
            entry: indicator.entry,
            scale: indicator.scale,
        });
        Self { slots: slots.collect(), blocks, places }
    }

    /// Place of the sort of return that a unit of `level` sends for `form` and a period of `kind`.
    pub(crate) fn place(&self, form: FormIx, kind: PeriodKind, level: Level) -> Option<u16> {
        let row = usize::from(form.0) * PeriodKind::ALL.len() + kind as usize;
        self.places[row * Level::ALL.len() + level as usize]
    }

    pub(crate) fn block(&self, place: u16) -> &Block {
        &self.blocks[usize::from(place)]
    }

    pub(crate) fn slot(&self, indicator: IndicatorIx) -> Slot {
        self.slots[usize::from(indicator.0)]
    }
}

/// The sort of return, if such a unit has anything to say in it.
fn block(catalog: &Catalog, formulas: &ReturnFormulas, key: BlockKey) -> Option<Block> {
    let asked = catalog.asked(key.form, key.frequency, key.level);
    let own_share = key.level >= Level::Township
        && Level::ALL
            .into_iter()
            .take_while(|&below| below < key.level)
            .any(|below| !catalog.asked(key.form, key.frequency, below).is_empty());
    if asked.is_empty() && !own_share {
        return None;
    }
    let kinds = || asked.iter().map(|&indicator| catalog.indicator(indicator).kind);
    let decided = |kind| matches!(kind, Kind::Target | Kind::Standard);
    let required = asked.iter().copied().filter(|&i| catalog.indicator(i).core);
    Some(Block {
        required: required.collect(),
        early: key.frequency == PeriodKind::Day || (!asked.is_empty() && kinds().all(decided)),
        own_share_only: asked.is_empty(),
        formulas: formulas.of(catalog, key),
    })
}
