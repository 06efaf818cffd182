//! Which rows a roll-up changed: the units above, longer periods, and everything derived from them.

use std::collections::BTreeSet;

use model::{
    FormIx, IndicatorIx, Node, Period, PeriodKind, UnitCode,
    indicator::{Kind, Reading},
};

use crate::{Slice, State, as_of::window, block::Changes, heirs::Passage, state::BlockPlace};

/// Rows that are different now, sorted: form, period, and the province itself or a prefecture.
pub type Touched = Vec<(FormIx, Period, Slice)>;

/// Prefectures of one tree with a change; `None` for the province itself.
type Prefectures = BTreeSet<Option<UnitCode>>;

impl State {
    /// Reports and forgets what was rolled up: rows that are different, and apart from these rows that
    /// came to be, or ceased to be, without holding anything new.
    pub(crate) fn take_touched(&mut self) -> (Touched, Touched) {
        let rolled = std::mem::take(&mut self.rolled);
        let appeared = std::mem::take(&mut self.appeared);
        let tallied = std::mem::take(&mut self.tallied);
        let mut touched = BTreeSet::new();
        for (place, changes) in &rolled {
            self.touched_by_block(*place, changes, &mut touched);
        }
        for (day, span, prefecture) in tallied {
            let rows = self.quality_rows(day);
            self.add_slices(rows, span, &Prefectures::from([prefecture]), &mut touched);
        }
        let mut empty = BTreeSet::new();
        for (form, period, province) in appeared {
            let tree = &self.atlas.on(period.end()).tree;
            let Some(root) = tree.node(province) else { continue };
            touched.insert((form, period, Slice::Province));
            let slices = tree.children(root).map(|child| Slice::of(tree, child));
            empty.extend(slices.map(|slice| (form, period, slice)));
        }
        empty.retain(|slice| !touched.contains(slice));
        (touched.into_iter().collect(), empty.into_iter().collect())
    }

    fn quality_rows(&self, day: jiff::civil::Date) -> BTreeSet<(FormIx, Period)> {
        let forms = self.layout.silent_forms().iter();
        let rows = forms.flat_map(|&form| {
            let kinds = self.layout.row_kinds(form).iter();
            kinds.map(move |&kind| (form, Period::containing(kind, day)))
        });
        rows.collect()
    }

    fn touched_by_block(
        &self,
        place: BlockPlace,
        changes: &Changes,
        touched: &mut BTreeSet<(FormIx, Period, Slice)>,
    ) {
        let sheet = &self.sheets[place.0 as usize];
        let shape = &self.layout.shapes(sheet.form, sheet.period.kind())[place.2];
        let mut rows: BTreeSet<(FormIx, Period)> =
            self.ladder(sheet.form, sheet.period).map(|period| (sheet.form, period)).collect();
        let mut open: Vec<(IndicatorIx, Period)> = Vec::new();
        for (column, &indicator) in shape.columns.iter().enumerate() {
            if changes.columns[column / 64] >> (column % 64) & 1 == 1 {
                open.push((indicator, sheet.period));
            }
        }
        if changes.status {
            let more = self.appearances(sheet.form, sheet.period, Some(shape));
            for (indicator, _) in
                self.layout.system_indicators().filter(|(_, rule)| rule.follows_status())
            {
                let form = self.catalog.indicator(indicator).form;
                let own = more.iter().filter(|(f, _)| *f == form);
                open.extend(own.map(|&(_, period)| (indicator, period)));
            }
            rows.extend(more);
        }
        self.follow_dependents(open, &mut rows);
        self.add_slices(rows, sheet.ground.span, &changes.prefectures, touched);
    }

    /// Adds the rows of everything that is derived from changed indicators.
    fn follow_dependents(
        &self,
        mut open: Vec<(IndicatorIx, Period)>,
        rows: &mut BTreeSet<(FormIx, Period)>,
    ) {
        let mut seen: BTreeSet<(IndicatorIx, Period)> = BTreeSet::new();
        while let Some((indicator, period)) = open.pop() {
            if !seen.insert((indicator, period)) {
                continue;
            }
            for &(dependent, reading) in self.layout.dependents(indicator) {
                let form = self.catalog.indicator(dependent).form;
                for row in self.dependent_rows(indicator, period, dependent, reading) {
                    rows.insert((form, row));
                    open.push((dependent, row));
                }
            }
        }
    }

    /// Periods in which a derived indicator reads a changed value of `indicator` for `period`.
    fn dependent_rows(
        &self,
        indicator: IndicatorIx,
        period: Period,
        dependent: IndicatorIx,
        reading: Reading,
    ) -> Vec<Period> {
        let form = self.catalog.indicator(dependent).form;
        let mut rows = Vec::new();
        for &kind in self.layout.row_kinds(form) {
            if period.kind() == kind {
                rows.push(period);
            } else {
                rows.extend(period.within(kind));
            }
        }
        rows.extend(self.rows_as_of(indicator, period, form, reading));
        if reading == Reading::Increment {
            let next: Vec<Period> = rows.iter().map(|row| row.next()).collect();
            rows.extend(next.into_iter().filter(|row| !row.is_first_of_year()));
        }
        rows.retain(|&row| self.catalog.has_row(dependent, row));
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// Existing rows of a form that read a changed value of a coarser frequency as of their end.
    fn rows_as_of(
        &self,
        indicator: IndicatorIx,
        period: Period,
        form: FormIx,
        reading: Reading,
    ) -> Vec<Period> {
        let definition = self.catalog.indicator(indicator);
        let frequency = definition.frequency;
        let reads_months = reading == Reading::Months
            && frequency != PeriodKind::Month
            && !frequency.rolls_into(PeriodKind::Month);
        let coarser = |kind: PeriodKind| frequency != kind && !frequency.rolls_into(kind);
        if !reads_months && !self.layout.row_kinds(form).iter().any(|&kind| coarser(kind)) {
            return Vec::new();
        }
        let reads = |row: &Period| {
            if !coarser(row.kind()) && !reads_months {
                return false;
            }
            if definition.kind == Kind::Target {
                return period.holds(row.end()) || row.contains(period);
            }
            let (oldest, _) = window(frequency, row.start());
            period.end() <= row.end() && oldest <= period.start()
        };
        self.existing(form).filter(reads).collect()
    }

    fn add_slices(
        &self,
        rows: BTreeSet<(FormIx, Period)>,
        span: u32,
        prefectures: &Prefectures,
        touched: &mut BTreeSet<(FormIx, Period, Slice)>,
    ) {
        for (form, period) in rows {
            if !self.has_rows(form, period) {
                continue;
            }
            touched.insert((form, period, Slice::Province));
            let passage = self.atlas.passage(span, self.atlas.span(period.end()));
            for &prefecture in prefectures {
                match &passage {
                    None => {
                        let slice = prefecture.map_or(Slice::Province, Slice::Prefecture);
                        touched.insert((form, period, slice));
                    }
                    Some(passage) => {
                        let slices = slices_of(passage, prefecture);
                        touched.extend(slices.map(|slice| (form, period, slice)));
                    }
                }
            }
        }
    }
}

fn slices_of(passage: &Passage, prefecture: Option<UnitCode>) -> impl Iterator<Item = Slice> {
    passage.slices(prefecture)
}

impl Slice {
    /// The slice of a unit of a tree.
    pub(crate) fn of(tree: &model::Tree, node: Node) -> Self {
        let prefecture = tree.prefecture(node).map(|prefecture| tree.code(prefecture));
        prefecture.map_or(Slice::Province, Slice::Prefecture)
    }
}
