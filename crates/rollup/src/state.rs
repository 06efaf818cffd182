//! The accepted state: own cells in force and the sums above them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::civil::Date;
use model::{
    Catalog, Cell, FormIx, IndicatorIx, Period, PeriodKind, SubmissionKey, UnitCode,
    submission::KeyStatus,
};

use crate::{
    atlas::Atlas,
    block::{ACCEPTED, Changes, ON_TIME, OwnCell, RECEIVED, RECORDED},
    layout::{Layout, group},
    sheet::Sheet,
};

/// Where a block stands: sheet, province, block.
pub(crate) type BlockPlace = (u32, usize, usize);

/// Provinces, with the number of blocks in which each holds returns.
pub(crate) type Provinces = BTreeMap<UnitCode, u32>;

/// The accepted state of all returns, with every sum that the tables show.
///
/// [`State::record`] takes new states of keys, [`State::roll_up`] brings the sums up to date; what is
/// read in between may be half old.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) layout: Arc<Layout>,
    pub(crate) atlas: Arc<Atlas>,
    pub(crate) sheets: Vec<Sheet>,
    /// Sheets by form and frequency, then by the first day of the period.
    index: Vec<BTreeMap<Date, u32>>,
    /// Periods with rows by form.
    pub(crate) present: Vec<BTreeMap<Period, Provinces>>,
    /// Provinces that recorded anything.
    pub(crate) active: Provinces,
    /// Blocks that changed since the last roll-up.
    pub(crate) changed: Vec<BlockPlace>,
    /// Rows of a province that came to be or ceased to be since the last roll-up.
    pub(crate) appeared: BTreeSet<(FormIx, Period, UnitCode)>,
    /// Verdicts counted since the last roll-up: day they belong to, span, prefecture.
    pub(crate) tallied: BTreeSet<(Date, u32, Option<UnitCode>)>,
    /// Flows so large that sums over time may need more than 18 digits.
    pub(crate) large: BTreeSet<IndicatorIx>,
    /// Blocks that were rolled up, whose rows were not yet reported as touched.
    pub(crate) rolled: Vec<(BlockPlace, Changes)>,
    pub(crate) scratch: Vec<OwnCell>,
}

impl State {
    /// An empty state under these definitions.
    pub fn new(catalog: Arc<Catalog>) -> Self {
        let layout = Arc::new(Layout::new(&catalog));
        Self {
            atlas: Arc::new(Atlas::new(Arc::clone(&catalog))),
            sheets: Vec::new(),
            index: vec![BTreeMap::new(); layout.groups()],
            present: vec![BTreeMap::new(); catalog.forms.len()],
            active: BTreeMap::new(),
            changed: Vec::new(),
            appeared: BTreeSet::new(),
            tallied: BTreeSet::new(),
            large: BTreeSet::new(),
            rolled: Vec::new(),
            scratch: Vec::new(),
            catalog,
            layout,
        }
    }

    /// The definitions that the state was made under.
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// Periods for which a form has rows, by first day, shorter ones first.
    ///
    /// A period exists once any return was recorded for a base period inside it. A form that asks
    /// nothing of anybody (报送质量) exists where any return was recorded.
    pub fn periods(&self, form: FormIx) -> Vec<Period> {
        self.existing(form).collect()
    }

    /// Periods of one kind for which returns of a form were recorded, its own and not those of forms that
    /// it counts, in their order.
    pub fn recorded(&self, form: FormIx, kind: PeriodKind) -> impl Iterator<Item = Period> {
        let days = self.index.get(group(form, kind)).into_iter();
        days.flat_map(BTreeMap::keys).map(move |&day| Period::containing(kind, day))
    }

    /// Provinces that recorded anything: only theirs are due.
    pub fn active_provinces(&self) -> Vec<UnitCode> {
        self.active.keys().copied().collect()
    }

    /// [`State::periods`] without a list.
    pub(crate) fn existing(&self, form: FormIx) -> impl DoubleEndedIterator<Item = Period> {
        let periods = self.present.get(usize::from(form.0));
        periods.into_iter().flat_map(|periods| periods.keys().copied())
    }

    /// Where a key stands, if anything was recorded for it.
    pub fn status(&self, key: SubmissionKey) -> Option<KeyStatus> {
        let sheet = self.sheet(key.form, key.period)?;
        let node = sheet.ground.tree.node(key.unit)?;
        let province = sheet.provinces[sheet.ground.root_of(node)].as_ref()?;
        let level = sheet.ground.tree.level(node);
        let shapes = self.layout.shapes(key.form, key.period.kind());
        let flags = match shapes.iter().position(|shape| shape.key.level == level) {
            Some(block) => province.blocks[block].flags(province.blocks[block].scope.slot(node)?),
            None => *province.others.get(&node)?,
        };
        status_of(flags)
    }

    /// The cells in force of a key, by form line; empty when there are none.
    pub fn own_cells(&self, key: SubmissionKey) -> Vec<(IndicatorIx, Cell)> {
        let Some(sheet) = self.sheet(key.form, key.period) else { return Vec::new() };
        let Some(node) = sheet.ground.tree.node(key.unit) else { return Vec::new() };
        let shapes = self.layout.shapes(key.form, key.period.kind()).iter().enumerate();
        let places = shapes.flat_map(|(block, shape)| {
            shape.columns.iter().enumerate().map(move |(column, &i)| (block, column, i))
        });
        let mut cells: Vec<_> = places
            .map(|(block, column, indicator)| (indicator, sheet.own(block, column, node)))
            .filter(|(_, cell)| *cell != Cell::Missing)
            .collect();
        cells.sort_by_key(|(indicator, _)| *indicator);
        cells
    }

    /// Keys of a form and base period for which anything was recorded, by code.
    pub fn keys(&self, form: FormIx, period: Period) -> Vec<(UnitCode, KeyStatus)> {
        let Some(sheet) = self.sheet(form, period) else { return Vec::new() };
        let mut keys = Vec::new();
        for province in sheet.provinces.iter().flatten() {
            let others = province.others.iter().map(|(&node, &flags)| (node, flags));
            let entries = province.blocks.iter().flat_map(|block| {
                (0..block.scope.len() as u32).map(|s| (block.scope.node(s), block.flags(s)))
            });
            keys.extend(others.chain(entries).filter_map(|(node, flags)| {
                Some((sheet.ground.tree.code(node), status_of(flags)?))
            }));
        }
        keys.sort_by_key(|(code, _)| *code);
        keys
    }

    /// The sheet of a form and base period.
    pub(crate) fn sheet(&self, form: FormIx, period: Period) -> Option<&Sheet> {
        let place = self.sheet_place(form, period)?;
        Some(&self.sheets[place as usize])
    }

    pub(crate) fn sheet_place(&self, form: FormIx, period: Period) -> Option<u32> {
        self.index.get(group(form, period.kind()))?.get(&period.start()).copied()
    }

    /// The sheets of a form and frequency whose first day lies in a range, ascending.
    pub(crate) fn sheets_between(
        &self,
        form: FormIx,
        frequency: PeriodKind,
        first: Date,
        last: Date,
    ) -> impl DoubleEndedIterator<Item = &Sheet> {
        let days = self.index.get(group(form, frequency)).filter(|_| first <= last);
        let places = days.into_iter().flat_map(move |days| days.range(first..=last));
        places.map(|(_, &place)| &self.sheets[place as usize])
    }

    /// The place of a sheet, made if it is new.
    pub(crate) fn make_sheet(&mut self, form: FormIx, period: Period) -> u32 {
        let fresh = self.sheets.len() as u32;
        let days = &mut self.index[group(form, period.kind())];
        let place = *days.entry(period.start()).or_insert(fresh);
        if place == fresh {
            let ground = Arc::clone(self.atlas.on(period.end()));
            self.sheets.push(Sheet::new(form, period, &ground));
        }
        place
    }
}

fn status_of(flags: u8) -> Option<KeyStatus> {
    (flags & RECORDED != 0).then_some(KeyStatus {
        received: flags & RECEIVED != 0,
        on_time: flags & ON_TIME != 0,
        accepted: flags & ACCEPTED != 0,
    })
}
