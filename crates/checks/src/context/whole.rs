//! Whether everything that a formula reads for a unit is whole: a total that lacks returns or cells
//! proves nothing.

use model::{
    Cell, IndicatorIx, Node, Period, UnitCode,
    indicator::{Entry, Kind},
};

use super::{Rows, Scene, is_complete};
use crate::formula::{Formula, Operand, Which};

/// Whether every figure that the formula reads for the unit is made of all its returns.
pub(crate) fn is_whole(rows: &Rows<'_>, formula: &Formula, node: Node) -> bool {
    let Rows { scene, period, tree, .. } = rows;
    let (unit, parent) = (tree.code(node), tree.parent(node).map(|above| tree.code(above)));
    let whole = |unit, operand: &Operand, period| {
        is_complete(*scene, unit, operand.indicator, period)
            && every_cell(*scene, unit, operand.indicator, period)
    };
    formula.operands().iter().all(|operand| match operand.which {
        // One unit's own word.
        Which::Inherit | Which::Own => true,
        Which::AsOf => {
            read_at(*scene, unit, operand, *period).is_some_and(|of| whole(unit, operand, of))
        }
        Which::Value | Which::Months | Which::Children => whole(unit, operand, *period),
        Which::Previous => whole(unit, operand, period.previous()),
        Which::YearBefore => {
            period.year_before().is_some_and(|before| whole(unit, operand, before))
        }
        Which::Increment => {
            whole(unit, operand, *period)
                && (period.is_first_of_year() || whole(unit, operand, period.previous()))
        }
        Which::Parent => parent.is_some_and(|parent| whole(parent, operand, *period)),
    })
}

/// How many periods `asof` looks at in the roll-up.
const LOOKED_AT: usize = 24;

/// The period whose value `asof` reads for a unit: of a target the one that holds the day, else the
/// latest that is over and has a value.
fn read_at(scene: Scene<'_>, unit: UnitCode, operand: &Operand, period: Period) -> Option<Period> {
    let indicator = scene.catalog.indicator(operand.indicator);
    let latest = if scene.catalog.has_row(operand.indicator, period) {
        period
    } else {
        let holding = Period::containing(indicator.frequency, period.end());
        match indicator.kind == Kind::Target || holding.end() <= period.end() {
            true => holding,
            false => holding.previous(),
        }
    };
    let back = if indicator.kind == Kind::Target { 1 } else { LOOKED_AT };
    std::iter::successors(Some(latest), |of| Some(of.previous()))
        .take(back)
        .find(|&of| scene.figures.value(unit, operand.indicator, of).is_some())
}

/// Whether every unit below that enters a cell which need not be filled in has filled it in, or said
/// that it does not apply: what is left blank is missing from the sum.
fn every_cell(scene: Scene<'_>, unit: UnitCode, indicator: IndicatorIx, period: Period) -> bool {
    let definition = scene.catalog.indicator(indicator);
    let Entry::At(level) = definition.entry else { return true };
    let tree = scene.figures.tree(period);
    let Some(top) = tree.node(unit).filter(|&top| !definition.core && tree.level(top) > level)
    else {
        return true;
    };
    let form = scene.catalog.form(definition.form);
    let base: Vec<Period> = match definition.frequency == period.kind() {
        true => vec![period],
        false => period.parts(definition.frequency).collect(),
    };
    tree.subtree(top).map(Node).all(|node| {
        tree.level(node) != level
            || !form.asks(tree.class(node))
            || base
                .iter()
                .all(|&of| scene.figures.own(tree.code(node), indicator, of) != Cell::Missing)
    })
}
