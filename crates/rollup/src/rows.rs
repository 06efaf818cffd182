//! Rows of the tables, by column: every unit of a slice with its values and coverage.

use std::sync::Arc;

use jiff::civil::Date;
use model::{
    Cell, Column, Coverage, FormIx, Indicator, IndicatorIx, Node, Period, Rows, UnitCode,
    amount::within,
    form::BlockKey,
    indicator::{Entry, RollUpRule},
};
use rayon::prelude::*;

use crate::{
    RollUpError, State,
    atlas::Ground,
    copied::{Copied, Values},
    coverage::Shared,
    source::{Base, Source},
};

/// Part of the rows of one form and period, as the tables are rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slice {
    /// All rows.
    Whole,
    /// The rows of units above every prefecture: the provinces themselves.
    Province,
    /// A prefecture and everything below it; a county that the province governs itself counts as one.
    Prefecture(UnitCode),
    /// The row of a province itself.
    Own(UnitCode),
    /// A province and everything below it.
    InProvince(UnitCode),
}

/// Fewer rows than this are not worth handing to other threads.
const WORTH_SHARING: usize = 1 << 9;

/// Who makes the columns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Threads {
    One,
    Several,
}

impl Threads {
    fn worth(nodes: &[Node]) -> Self {
        if nodes.len() < WORTH_SHARING { Threads::One } else { Threads::Several }
    }
}

/// What makes some of the columns.
enum Task<'a> {
    /// Those that are taken over together.
    Copied(Copied<'a>),
    /// That of one indicator; of a standard also its extremes.
    One(IndicatorIx, &'a Indicator),
}

/// A column that was made.
struct Made {
    indicator: IndicatorIx,
    column: Column,
    /// The first unit whose value needs more than 18 digits.
    too_long: Option<Node>,
}

/// The rows that are being made.
struct Page<'p> {
    period: Period,
    ground: &'p Arc<Ground>,
    nodes: &'p [Node],
    shared: &'p Shared,
}

impl State {
    /// The rows of a form and period for the units of a slice, ascending; no rows where nothing was
    /// recorded. Sums that would need more than 18 digits were refused by [`State::roll_up`].
    pub fn rows(&self, form: FormIx, period: Period, slice: Slice) -> Rows {
        let ground = self.atlas.on(period.end());
        let nodes = self.row_nodes(form, period, slice, ground);
        let threads = Threads::worth(&nodes);
        self.rows_for(form, period, ground, nodes, threads).0
    }

    /// [`State::rows`] by the calling thread alone, for those who make several side by side.
    pub fn rows_alone(&self, form: FormIx, period: Period, slice: Slice) -> Rows {
        let ground = self.atlas.on(period.end());
        let nodes = self.row_nodes(form, period, slice, ground);
        self.rows_for(form, period, ground, nodes, Threads::One).0
    }

    /// [`State::rows`] of several periods and slices, in their order, made side by side.
    pub fn rows_of_all(&self, form: FormIx, pieces: &[(Period, Slice)]) -> Vec<Rows> {
        pieces.par_iter().map(|&(period, slice)| self.rows(form, period, slice)).collect()
    }

    /// The rows of a period on the tree of another day (back-casting), such as the quarters before a
    /// merger on the tree after it.
    ///
    /// # Errors
    /// A sum that needs more than 18 digits on that tree.
    pub fn rows_on(&self, form: FormIx, period: Period, day: Date) -> Result<Rows, RollUpError> {
        let ground = self.atlas.on(day);
        let nodes = self.row_nodes(form, period, Slice::Whole, ground);
        let threads = Threads::worth(&nodes);
        let (rows, too_long) = self.rows_for(form, period, ground, nodes, threads);
        match too_long {
            None => Ok(rows),
            Some((node, indicator)) => Err(RollUpError::Overflow {
                unit: ground.tree.code(node),
                indicator: self.indicator_code(indicator),
                period,
            }),
        }
    }

    /// Units that are asked for a return of the form that has rows at this kind of period, and all
    /// units above them, in provinces that recorded any return of the form in the period. For a form
    /// that asks nothing of anybody: all units.
    fn row_nodes(&self, form: FormIx, period: Period, slice: Slice, ground: &Ground) -> Vec<Node> {
        let Some(provinces) = self.provinces_with_rows(form, period) else { return Vec::new() };
        let tree = &ground.tree;
        let silent = self.layout.silent_forms().contains(&form);
        let definition = self.catalog.form(form);
        let census = ground.census();
        let levels = self.shown_blocks(form, period).map(|key| key.level);
        let mut owing: Vec<usize> = levels.flat_map(|l| census.owing(definition, l)).collect();
        owing.sort_unstable();
        owing.dedup();
        let has_row = |node: &Node| silent || census.count(&owing, tree, *node) > 0;
        let shown = |root: &&Node| provinces.contains_key(&tree.code(**root));
        let roots = ground.roots.iter().filter(shown);
        match slice {
            Slice::Whole => {
                roots.flat_map(|&root| tree.subtree(root).map(Node)).filter(has_row).collect()
            }
            Slice::Province => roots.copied().filter(has_row).collect(),
            Slice::Own(code) => {
                roots.copied().filter(|root| tree.code(*root) == code).filter(has_row).collect()
            }
            Slice::InProvince(code) => {
                let of = roots.filter(|root| tree.code(**root) == code);
                of.flat_map(|&root| tree.subtree(root).map(Node)).filter(has_row).collect()
            }
            Slice::Prefecture(code) => {
                let Some(top) = tree.node(code) else { return Vec::new() };
                let below_root = tree.parent(top).is_some_and(|above| tree.parent(above).is_none());
                let inside = |root: &Node| tree.subtree(*root).contains(&top.0);
                if !below_root || !roots.copied().any(|root| inside(&root)) {
                    return Vec::new();
                }
                tree.subtree(top).map(Node).filter(has_row).collect()
            }
        }
    }

    /// Sorts of returns of a form that have rows at the kind of a period.
    fn shown_blocks(&self, form: FormIx, period: Period) -> impl Iterator<Item = BlockKey> {
        let blocks = self.catalog.blocks().iter().map(|(key, _)| *key);
        let kind = period.kind();
        blocks.filter(move |key| {
            key.form == form && (key.frequency == kind || key.frequency.rolls_into(kind))
        })
    }

    fn rows_for(
        &self,
        form: FormIx,
        period: Period,
        ground: &Arc<Ground>,
        nodes: Vec<Node>,
        threads: Threads,
    ) -> (Rows, Option<(Node, IndicatorIx)>) {
        let shared = Shared::default();
        let page = Page { period, ground, nodes: &nodes, shared: &shared };
        let tasks = self.tasks(form, &page);
        let make = |task: &Task<'_>| self.columns(task, &page);
        let mut made: Vec<Made> = match threads {
            Threads::Several => tasks.par_iter().flat_map_iter(make).collect(),
            Threads::One => tasks.iter().flat_map(make).collect(),
        };
        // Stable: the extremes of a standard stay behind it.
        made.sort_by_key(|made| made.indicator);
        let bad = made.iter().find_map(|made| Some((made.too_long?, made.indicator)));
        let columns = made.into_iter().map(|made| made.column).collect();
        let not_applicable = self.not_applicable(form, period, ground, &nodes);
        let coverage = self.coverage_columns(form, period, ground, &nodes, threads);
        let tree = Arc::clone(&ground.tree);
        (Rows { form, period, tree, nodes, columns, coverage, not_applicable }, bad)
    }

    /// What makes the columns of a form.
    fn tasks<'a>(&'a self, form: FormIx, page: &Page<'_>) -> Vec<Task<'a>> {
        let (mut copied, mut tasks) = (Vec::new(), Vec::new());
        for (indicator, definition) in self.catalog.indicators_of(form) {
            match self.as_it_stands(indicator, definition, page) {
                Some(base) => Copied::add(&mut copied, indicator, &base),
                None => tasks.push(Task::One(indicator, definition)),
            }
        }
        tasks.extend(copied.into_iter().map(Task::Copied));
        tasks
    }

    /// Where the values of an indicator stand, if they are taken over from there as they are.
    fn as_it_stands<'a>(
        &'a self,
        indicator: IndicatorIx,
        definition: &Indicator,
        page: &Page<'_>,
    ) -> Option<Base<'a>> {
        let sums = !matches!(definition.rollup, RollUpRule::Ratio(_) | RollUpRule::WeightedMean(_));
        let entered = definition.entry != Entry::System;
        if !(sums && entered && self.catalog.has_row(indicator, page.period)) {
            return None;
        }
        match self.value_source(indicator, page.period, page.ground, 0) {
            Source::Base(base) => Some(base).filter(|base| base.passage.is_none()),
            _ => None,
        }
    }

    /// The columns of a task.
    fn columns(&self, task: &Task<'_>, page: &Page<'_>) -> Vec<Made> {
        let Page { period, ground, nodes, shared } = *page;
        let (indicator, definition) = match task {
            Task::Copied(copied) => {
                let values = copied.values(nodes).into_iter();
                return values.map(|(indicator, of)| self.copied(indicator, of)).collect();
            }
            Task::One(indicator, definition) => (*indicator, *definition),
        };
        let (name, scale) = (definition.code.to_ascii_lowercase(), definition.scale);
        let has_row = self.catalog.has_row(indicator, period);
        let RollUpRule::WeightedMean(weights) = &definition.rollup else {
            let source = if has_row {
                self.value_source(indicator, period, ground, 0)
            } else {
                Source::Nothing
            };
            return vec![column(indicator, name, scale, nodes, source.column(nodes, shared))];
        };
        let mean = if has_row { self.mean(indicator, weights, period, ground, 1) } else { None };
        let mean = mean.as_ref();
        let values = nodes.iter().map(|&node| mean?.at(node));
        let ranges: Vec<_> = nodes.iter().map(|&node| mean?.range(node)).collect();
        let low = ranges.iter().map(|range| range.map(|(low, _)| low));
        let high = ranges.iter().map(|range| range.map(|(_, high)| high));
        vec![
            column(indicator, name.clone(), scale, nodes, values),
            column(indicator, format!("{name}_min"), scale, nodes, low),
            column(indicator, format!("{name}_max"), scale, nodes, high),
        ]
    }

    /// A column that was taken over: each value is within bounds, or the roll-up would have refused it.
    fn copied(&self, indicator: IndicatorIx, (values, valid): Values) -> Made {
        let definition = self.catalog.indicator(indicator);
        let (name, scale) = (definition.code.to_ascii_lowercase(), definition.scale);
        Made { indicator, column: Column { name, scale, values, valid }, too_long: None }
    }

    fn coverage_columns(
        &self,
        form: FormIx,
        period: Period,
        ground: &Arc<Ground>,
        nodes: &[Node],
        threads: Threads,
    ) -> Vec<(BlockKey, Vec<Coverage>)> {
        let blocks = self.catalog.blocks().iter().filter(|(key, _)| key.form == form);
        let keys: Vec<BlockKey> = blocks.map(|(key, _)| *key).collect();
        let make = |key: &BlockKey| {
            let source = self.coverage_source(*key, period, ground);
            (*key, source.column(nodes).iter().map(|returns| returns.coverage).collect())
        };
        match threads {
            Threads::Several => keys.par_iter().map(make).collect(),
            Threads::One => keys.iter().map(make).collect(),
        }
    }

    /// Cells that a row's unit declared not applicable in the last base period of the period.
    fn not_applicable(
        &self,
        form: FormIx,
        period: Period,
        ground: &Ground,
        nodes: &[Node],
    ) -> Vec<(u32, IndicatorIx)> {
        let mut cells = Vec::new();
        for key in self.shown_blocks(form, period) {
            let last = Period::containing(key.frequency, period.end());
            let Some(sheet) = self.sheet(form, last) else { continue };
            if !sheet.has_not_applicable() {
                continue;
            }
            let indicators = self.catalog.asked(form, key.frequency, key.level);
            for (row, node) in (0u32..).zip(nodes) {
                let code = ground.tree.code(*node);
                let unit = if sheet.ground.span == ground.span {
                    Some(*node)
                } else {
                    sheet.ground.tree.node(code)
                };
                let Some(unit) = unit else { continue };
                for &indicator in indicators {
                    let Some(place) = self.layout.place(indicator) else { continue };
                    if sheet.own(place.block, place.column, unit) == Cell::NotApplicable {
                        cells.push((row, indicator));
                    }
                }
            }
        }
        cells.sort_unstable();
        cells
    }
}

/// A column of exact values.
fn column(
    indicator: IndicatorIx,
    name: String,
    scale: u8,
    nodes: &[Node],
    exact: impl IntoIterator<Item = Option<i128>>,
) -> Made {
    let mut values = Vec::with_capacity(nodes.len());
    let mut valid = Vec::with_capacity(nodes.len());
    let mut too_long = None;
    for (&node, exact) in nodes.iter().zip(exact) {
        let fits = exact.and_then(|v| i64::try_from(v).ok()).filter(|&v| within(v));
        if exact.is_some() && fits.is_none() {
            too_long = too_long.or(Some(node));
        }
        values.push(fits.unwrap_or(0));
        valid.push(fits.is_some());
    }
    Made { indicator, column: Column { name, scale, values, valid }, too_long }
}
