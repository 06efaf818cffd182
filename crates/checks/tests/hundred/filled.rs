//! A county of zeros in which every due return is in force, with a few cells changed, rolled up.
//!
//! Cells are written `code@unit=amount`, or of another period `code@unit:period=amount`; `-v` is a
//! village that sends nothing, `?code` a cell that is left blank wherever it is not set.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{
    Amount, Catalog, Cell, Figures, FormIx, IndicatorIx, Node, Period, SubmissionKey, UnitCode,
    submission::{KeyChange, KeyStatus},
};
use rollup::State;

use super::place::{COUNTY, code, period, unit_of};

/// The state in which these cells of the form and period are other than zero.
pub(crate) fn rolled_up(
    catalog: &Arc<Catalog>,
    (form, of): (FormIx, Period),
    cells: &[&str],
) -> State {
    let mut filled = Filled {
        catalog,
        amounts: BTreeMap::new(),
        periods: BTreeSet::from([(form, of), (form, of.previous())]),
        silent: None,
        blank: None,
    };
    for &cell in cells {
        match cell {
            cell if cell.starts_with('?') => filled.blank = catalog.indicator_by_code(&cell[1..]),
            "-v" => filled.silent = Some(code(unit_of("v"))),
            cell => filled.set(cell, of),
        }
    }
    filled.roll_up(catalog)
}

/// The county and everything below it.
pub(crate) fn nodes_of(state: &State, of: Period) -> Vec<Node> {
    let tree = state.tree(of);
    let county = tree.node(code(COUNTY)).unwrap();
    tree.subtree(county).map(Node).collect()
}

/// A county of zeros with some other cells.
struct Filled<'a> {
    catalog: &'a Catalog,
    amounts: BTreeMap<(UnitCode, IndicatorIx, Period), i64>,
    periods: BTreeSet<(FormIx, Period)>,
    silent: Option<UnitCode>,
    /// A cell that is left blank wherever it is not set.
    blank: Option<IndicatorIx>,
}

impl Filled<'_> {
    fn set(&mut self, cell: &str, of: Period) {
        let (place, amount) = cell.split_once('=').expect(cell);
        let (indicator, unit) = place.split_once('@').expect(cell);
        let (letter, of) = match unit.split_once(':') {
            Some((letter, other)) => (letter, period(other)),
            None => (unit, of),
        };
        let place = self.catalog.indicator_by_code(indicator).expect(indicator);
        let definition = self.catalog.indicator(place);
        assert_eq!(definition.frequency, of.kind(), "{cell}");
        let amount = Amount::parse(amount, definition.scale).expect(cell).units;
        self.amounts.insert((code(unit_of(letter)), place, of), amount);
        self.periods.insert((definition.form, of));
    }

    /// Every due return of the county and above it, in force.
    fn roll_up(&self, catalog: &Arc<Catalog>) -> State {
        let mut state = State::new(Arc::clone(catalog));
        for &(form, of) in &self.periods {
            let tree = catalog.register.tree(of.end());
            for node in tree.nodes() {
                let unit = tree.code(node);
                let asked = catalog.asked(form, of.kind(), tree.level(node));
                let owes = !asked.is_empty() && catalog.form(form).asks(tree.class(node));
                if !owes || self.silent == Some(unit) {
                    continue;
                }
                let cell = |&i: &IndicatorIx| {
                    let units = self.amounts.get(&(unit, i, of)).copied().unwrap_or(0);
                    (i, Cell::Value(Amount { units, scale: catalog.indicator(i).scale }))
                };
                let key = SubmissionKey { unit, form, period: of };
                let status = KeyStatus { received: true, on_time: true, accepted: true };
                let filled = |i: &&IndicatorIx| {
                    self.blank != Some(**i) || self.amounts.contains_key(&(unit, **i, of))
                };
                let cells = asked.iter().filter(filled).map(cell).collect();
                state.record(&KeyChange { key, status, cells }).unwrap();
            }
        }
        state.roll_up().unwrap();
        state
    }
}
