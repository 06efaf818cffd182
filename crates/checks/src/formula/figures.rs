//! Operands read from the rolled-up figures of one unit and period.

use std::sync::Arc;

use model::{
    Catalog, Figures, IndicatorIx, Node, Period, Tree, UnitCode,
    indicator::{Kind, Reading},
};

use super::{Operand, Operands, Which};
use crate::exact::Exact;

/// How many periods `asof` looks back for a value that the period itself lacks.
const LOOK_BACK: usize = 12;

/// How many of them for this indicator: a target holds in its own year only.
fn look_back(catalog: &Catalog, indicator: IndicatorIx) -> usize {
    if catalog.indicator(indicator).kind == Kind::Target { 0 } else { LOOK_BACK }
}

/// Reads operands of one unit and period.
pub struct FigureOperands<'a> {
    catalog: &'a Catalog,
    figures: &'a dyn Figures,
    tree: Arc<Tree>,
    unit: UnitCode,
    period: Period,
}

impl<'a> FigureOperands<'a> {
    /// Operands of `unit` in `period`.
    pub fn new(
        catalog: &'a Catalog,
        figures: &'a dyn Figures,
        unit: UnitCode,
        period: Period,
    ) -> Self {
        Self { catalog, figures, tree: figures.tree(period), unit, period }
    }

    fn reading(&self, indicator: IndicatorIx, reading: Reading, period: Period) -> Option<i128> {
        self.figures.reading(self.unit, indicator, reading, period)
    }

    fn of_unit(&self, unit: UnitCode, indicator: IndicatorIx) -> Option<i128> {
        self.figures.reading(unit, indicator, Reading::Value, self.period)
    }

    /// The latest value at the period's end: of this period or of one before.
    fn as_of(&self, indicator: IndicatorIx) -> Option<i128> {
        std::iter::successors(Some(self.period), |period| Some(period.previous()))
            .take(look_back(self.catalog, indicator) + 1)
            .find_map(|period| self.reading(indicator, Reading::Value, period))
    }

    /// The own value of the nearest unit at or above that has one.
    fn inherit(&self, indicator: IndicatorIx) -> Option<i128> {
        let node = self.tree.node(self.unit)?;
        std::iter::once(node)
            .chain(self.tree.ancestors(node))
            .find_map(|node| self.own(self.tree.code(node), indicator))
    }

    /// What the unit itself entered, over the period: flows add up, of the others the last counts.
    fn own(&self, unit: UnitCode, indicator: IndicatorIx) -> Option<i128> {
        let definition = self.catalog.indicator(indicator);
        let entered = |period| {
            let cell = self.figures.own(unit, indicator, period);
            cell.value().map(|amount| i128::from(amount.units))
        };
        if definition.frequency >= self.period.kind() {
            // A coarser value is that of the longer period around this one.
            return entered(Period::containing(definition.frequency, self.period.end()));
        }
        let mut parts = self.period.parts(definition.frequency).peekable();
        parts.peek()?;
        match definition.kind {
            Kind::FlowPeriod => parts.map(entered).sum(),
            _ => parts.last().and_then(entered),
        }
    }

    fn children(&self, indicator: IndicatorIx) -> Option<i128> {
        let node = self.tree.node(self.unit)?;
        let values = self
            .tree
            .children(node)
            .filter_map(|child| self.of_unit(self.tree.code(child), indicator));
        values.fold(None, |sum, value| Some(sum.unwrap_or(0) + value))
    }

    fn parent(&self) -> Option<Node> {
        self.tree.parent(self.tree.node(self.unit)?)
    }
}

/// What an operand reads for many units, of the tree of the period.
pub(crate) fn column(
    (catalog, figures, period): (&Catalog, &dyn Figures, Period),
    tree: &Tree,
    nodes: &[Node],
    operand: &Operand,
) -> Vec<Option<i128>> {
    let read = |reading, of: Option<Period>, nodes: &[Node]| match of {
        Some(of) => figures.readings((period, nodes), operand.indicator, reading, of),
        None => vec![None; nodes.len()],
    };
    match operand.which {
        Which::Value => read(Reading::Value, Some(period), nodes),
        Which::Previous => read(Reading::Value, Some(period.previous()), nodes),
        Which::YearBefore => read(Reading::Value, period.year_before(), nodes),
        Which::Increment => read(Reading::Increment, Some(period), nodes),
        Which::Months => read(Reading::Months, Some(period), nodes),
        Which::AsOf => {
            let mut found = read(Reading::Value, Some(period), nodes);
            let mut of = period;
            for _ in 0..look_back(catalog, operand.indicator) {
                let open: Vec<usize> = (0..nodes.len()).filter(|&i| found[i].is_none()).collect();
                if open.is_empty() {
                    break;
                }
                of = of.previous();
                let still: Vec<Node> = open.iter().map(|&i| nodes[i]).collect();
                let earlier = read(Reading::Value, Some(of), &still);
                open.into_iter().zip(earlier).for_each(|(i, value)| found[i] = value);
            }
            found
        }
        Which::Inherit | Which::Children | Which::Parent | Which::Own => {
            let one = |&node: &Node| {
                FigureOperands::new(catalog, figures, tree.code(node), period).units(operand)
            };
            nodes.iter().map(one).collect()
        }
    }
}

impl Operands for FigureOperands<'_> {
    fn read(&self, operand: &Operand) -> Option<Exact> {
        Some(Exact::new(self.units(operand)?, operand.scale))
    }
}

impl FigureOperands<'_> {
    /// What an operand reads, in units of its scale.
    pub(crate) fn units(&self, operand: &Operand) -> Option<i128> {
        let indicator = operand.indicator;
        match operand.which {
            Which::Value => self.reading(indicator, Reading::Value, self.period),
            Which::Previous => self.reading(indicator, Reading::Value, self.period.previous()),
            Which::YearBefore => {
                self.reading(indicator, Reading::Value, self.period.year_before()?)
            }
            Which::Increment => self.reading(indicator, Reading::Increment, self.period),
            Which::Months => self.reading(indicator, Reading::Months, self.period),
            Which::AsOf => self.as_of(indicator),
            Which::Inherit => self.inherit(indicator),
            Which::Children => self.children(indicator),
            Which::Parent => self.of_unit(self.tree.code(self.parent()?), indicator),
            Which::Own => self.own(self.unit, indicator),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Formula,
        fixture::{CITY, Written, catalog, code},
    };

    const TOWN: &str = "410421100000";

    /// What the only operand of `formula` reads for a unit and period.
    fn read(figures: &Written, formula: &str, unit: &str, period: &str) -> Option<String> {
        let catalog = catalog();
        let formula = Formula::parse(&format!("{formula} = 0"), &catalog, &[]).unwrap();
        let operands = FigureOperands::new(&catalog, figures, code(unit), period.parse().unwrap());
        operands.read(&formula.operands()[0]).map(|value| value.to_string())
    }

    #[test]
    fn periods_before_and_a_year_before() {
        let figures = Written::default()
            .value(TOWN, "SA04", "2022-12", 7)
            .value(TOWN, "SA04", "2022-01", 5)
            .value(TOWN, "SA04", "2023-01", 9);
        let town = |formula| read(&figures, formula, TOWN, "2023-01");
        assert_eq!(town("SA04").as_deref(), Some("9"));
        assert_eq!(town("prev(SA04)").as_deref(), Some("7"));
        assert_eq!(town("yoy(SA04)").as_deref(), Some("5"));
        assert_eq!(read(&figures, "yoy(SA04)", TOWN, "2023-02"), None);
    }

    #[test]
    fn the_latest_in_force_looks_back() {
        let figures = Written::default().value(TOWN, "SA04", "2022-11", 7);
        assert_eq!(read(&figures, "asof(SA04)", TOWN, "2023-01").as_deref(), Some("7"));
        assert_eq!(read(&figures, "SA04", TOWN, "2023-01"), None);
        assert_eq!(read(&figures, "asof(SA04)", TOWN, "2022-10"), None);
    }

    #[test]
    fn standards_are_inherited_from_the_nearest_that_enters_them() {
        let figures = Written::default()
            .own("410421000000", "SA13", "2023-01", 60_000)
            .own(CITY, "SA13", "2023-01", 70_000);
        let inherited = |unit| read(&figures, "inherit(SA13)", unit, "2023-01");
        assert_eq!(inherited(TOWN).as_deref(), Some("600"));
        assert_eq!(inherited("410421000000").as_deref(), Some("600"));
        assert_eq!(inherited("410422000000").as_deref(), Some("700"));
        assert_eq!(inherited("419001000000"), None);
    }

    #[test]
    fn neighbours_in_the_tree() {
        let figures = Written::default()
            .value("410421100201", "SA04", "2023-01", 3)
            .value("410421100202", "SA04", "2023-01", 4)
            .value(TOWN, "SA04", "2023-01", 9)
            .own(TOWN, "SA04", "2023-01", 2);
        assert_eq!(read(&figures, "kids(SA04)", TOWN, "2023-01").as_deref(), Some("7"));
        assert_eq!(read(&figures, "own(SA04)", TOWN, "2023-01").as_deref(), Some("2"));
        assert_eq!(read(&figures, "parent(SA04)", "410421100201", "2023-01").as_deref(), Some("9"));
        assert_eq!(read(&figures, "kids(SA04)", "410421100201", "2023-01"), None);
        assert_eq!(read(&figures, "parent(SA04)", "410000000000", "2023-01"), None);
    }

    #[test]
    fn own_flows_add_up_over_a_longer_period_and_stocks_end_it() {
        let months = ["2023-01", "2023-02", "2023-03"];
        let figures = months.iter().fold(Written::default(), |figures, month| {
            figures.own(TOWN, "SA09", month, 2).own(TOWN, "SA47", month, 5)
        });
        assert_eq!(read(&figures, "own(SA09)", TOWN, "2023-Q1").as_deref(), Some("6"));
        assert_eq!(read(&figures, "own(SA47)", TOWN, "2023-Q1").as_deref(), Some("5"));
        assert_eq!(read(&figures, "own(SA09)", TOWN, "2023-H1"), None);
    }
}
