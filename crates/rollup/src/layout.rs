//! Where each indicator stands: sorts of returns by form and frequency, columns, dependents.

use model::{
    Catalog, FormIx, IndicatorIx, Level, PeriodKind,
    form::BlockKey,
    indicator::{Entry, Reading, RollUpRule},
};

use crate::system::SystemRule;

/// One sort of return.
#[derive(Debug)]
pub(crate) struct BlockShape {
    /// Form, frequency, entry level.
    pub(crate) key: BlockKey,
    /// What it asks, by column.
    pub(crate) columns: Vec<IndicatorIx>,
    /// Columns that add up over units, as bits; the others are weighted means.
    pub(crate) summed: Vec<u64>,
    /// Whether it sets targets, which count from the first day of their period.
    pub(crate) set_ahead: bool,
}

/// The column of an indicator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Which block among those of its form and frequency.
    pub(crate) block: usize,
    /// Column in the block.
    pub(crate) column: usize,
    /// Entry level.
    pub(crate) level: Level,
    /// Form.
    pub(crate) form: FormIx,
    /// Frequency.
    pub(crate) frequency: PeriodKind,
    /// Digits behind the point.
    pub(crate) scale: u8,
}

/// Look-ups made once from the catalogue.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Sorts of returns by [`group`], lowest entry level first.
    groups: Vec<Vec<BlockShape>>,
    places: Vec<Option<Place>>,
    /// Ratios and means that read an indicator, and how.
    dependents: Vec<Vec<(IndicatorIx, Reading)>>,
    system: Vec<Option<SystemRule>>,
    /// Forms that ask nothing of anybody: their rows exist where any return was recorded.
    silent_forms: Vec<FormIx>,
    /// Kinds of the rows of each form.
    row_kinds: Vec<Vec<PeriodKind>>,
}

/// Number of a form and frequency.
pub(crate) fn group(form: FormIx, frequency: PeriodKind) -> usize {
    usize::from(form.0) * PeriodKind::ALL.len() + frequency as usize
}

impl Layout {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let mut groups = Vec::new();
        groups.resize_with(catalog.forms.len() * PeriodKind::ALL.len(), Vec::new);
        let mut places = vec![None; catalog.indicators.len()];
        for (key, columns) in catalog.blocks() {
            let shapes: &mut Vec<BlockShape> = &mut groups[group(key.form, key.frequency)];
            for (column, indicator) in columns.iter().enumerate() {
                let BlockKey { form, frequency, level } = *key;
                let (block, scale) = (shapes.len(), catalog.indicator(*indicator).scale);
                let place = Place { block, column, level, form, frequency, scale };
                places[usize::from(indicator.0)] = Some(place);
            }
            shapes.push(shape(catalog, *key, columns));
        }
        let forms = (0..catalog.forms.len() as u8).map(FormIx);
        let silent = |form: &FormIx| catalog.blocks().iter().all(|(key, _)| key.form != *form);
        Self {
            groups,
            places,
            dependents: dependents(catalog),
            system: crate::system::rules(catalog),
            row_kinds: forms.clone().map(|form| catalog.row_kinds(form)).collect(),
            silent_forms: forms.filter(silent).collect(),
        }
    }

    /// Sorts of returns of a form and frequency, lowest entry level first.
    pub(crate) fn shapes(&self, form: FormIx, frequency: PeriodKind) -> &[BlockShape] {
        self.groups.get(group(form, frequency)).map_or(&[], Vec::as_slice)
    }

    /// Kinds of the periods for which a form has rows.
    pub(crate) fn row_kinds(&self, form: FormIx) -> &[PeriodKind] {
        self.row_kinds.get(usize::from(form.0)).map_or(&[], Vec::as_slice)
    }

    /// All sorts of returns with their place among those of form and frequency.
    pub(crate) fn all_shapes(&self) -> impl Iterator<Item = (usize, &BlockShape)> {
        self.groups.iter().flat_map(|shapes| shapes.iter().enumerate())
    }

    /// Number of groups.
    pub(crate) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// The column of an entered indicator.
    pub(crate) fn place(&self, indicator: IndicatorIx) -> Option<Place> {
        self.places.get(usize::from(indicator.0)).copied().flatten()
    }

    /// Derived indicators that read this one.
    pub(crate) fn dependents(&self, indicator: IndicatorIx) -> &[(IndicatorIx, Reading)] {
        &self.dependents[usize::from(indicator.0)]
    }

    /// How the system makes an indicator.
    pub(crate) fn system(&self, indicator: IndicatorIx) -> Option<SystemRule> {
        self.system[usize::from(indicator.0)]
    }

    /// Indicators that the system makes.
    pub(crate) fn system_indicators(&self) -> impl Iterator<Item = (IndicatorIx, SystemRule)> {
        let places = (0u16..).map(IndicatorIx);
        places.zip(&self.system).filter_map(|(indicator, rule)| Some((indicator, (*rule)?)))
    }

    /// Forms without returns of their own.
    pub(crate) fn silent_forms(&self) -> &[FormIx] {
        &self.silent_forms
    }
}

fn shape(catalog: &Catalog, key: BlockKey, columns: &[IndicatorIx]) -> BlockShape {
    let mut summed = vec![0u64; columns.len().div_ceil(64)];
    for (column, &indicator) in columns.iter().enumerate() {
        let adds = !matches!(catalog.indicator(indicator).rollup, RollUpRule::WeightedMean(_));
        summed[column / 64] |= u64::from(adds) << (column % 64);
    }
    BlockShape { key, columns: columns.to_vec(), summed, set_ahead: catalog.is_set_ahead(key) }
}

fn dependents(catalog: &Catalog) -> Vec<Vec<(IndicatorIx, Reading)>> {
    let mut dependents = vec![Vec::new(); catalog.indicators.len()];
    for (indicator, definition) in (0u16..).map(IndicatorIx).zip(&catalog.indicators) {
        match &definition.rollup {
            RollUpRule::Ratio(ratio) if definition.entry == Entry::Derived => {
                for term in ratio.numerator.iter().chain(&ratio.denominator) {
                    dependents[usize::from(term.indicator.0)].push((indicator, term.reading));
                }
            }
            RollUpRule::WeightedMean(weights) => {
                for weight in weights {
                    dependents[usize::from(weight.0)].push((indicator, Reading::Value));
                }
            }
            _ => {}
        }
    }
    for list in &mut dependents {
        list.sort_by_key(|(indicator, reading)| (*indicator, *reading as u8));
        list.dedup();
    }
    dependents
}
