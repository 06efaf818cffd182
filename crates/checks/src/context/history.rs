//! Cells of returns against what the same unit sent before: K73, K74, K79, K80, K83.
//!
//! Only where cells are entered: if every return keeps these rules, so does every sum of whole totals.
//! A unit that is new, or was made of others, has no earlier cells and is not judged.

use model::{Indicator, IndicatorIx, Level, Node, Period, check::CheckDefinition, indicator::Kind};

use super::{ContextFinding, Rows};
use crate::{
    exact::Exact,
    rule::{
        k73_ytd_not_falling, k74_ytd_restarts, k79_change_yoy, k80_factor_ten_thousand,
        k83_copied_forward,
    },
    says::{Says, finding, parameters},
};

/// One cell beside the cells that stood there before.
#[derive(Clone, Copy)]
pub(crate) struct Now<'a> {
    pub(crate) indicator: &'a Indicator,
    pub(crate) period: Period,
    pub(crate) amount: i64,
    /// Of the period before.
    pub(crate) before: Option<i64>,
    /// Of the same period a year before.
    pub(crate) year_before: Option<i64>,
}

impl Now<'_> {
    /// Code and Chinese name, as messages print it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.indicator.code, self.indicator.zh)
    }

    /// An amount of the cell, as text.
    pub(crate) fn text(&self, units: i64) -> String {
        Exact::new(i128::from(units), self.indicator.scale).to_string()
    }
}

/// A rule about one cell.
type OfCell = fn(&CheckDefinition, Now<'_>) -> Option<Says>;

const OF_CELLS: [(&str, OfCell); 4] = [
    (k73_ytd_not_falling::ID, k73_ytd_not_falling::check),
    (k74_ytd_restarts::ID, k74_ytd_restarts::check),
    (k79_change_yoy::ID, k79_change_yoy::check),
    (k80_factor_ten_thousand::ID, k80_factor_ten_thousand::check),
];

/// Judges the returns of these units for the form and period.
pub(crate) fn check(rows: &Rows<'_>, findings: &mut Vec<ContextFinding>) {
    let Rows { scene, form, period, .. } = rows;
    for (key, indicators) in scene.catalog.blocks() {
        if (key.form, key.frequency) == (*form, period.kind()) {
            of_block(rows, key.level, indicators, findings);
        }
    }
}

fn of_block(
    rows: &Rows<'_>,
    level: Level,
    indicators: &[IndicatorIx],
    findings: &mut Vec<ContextFinding>,
) {
    let Rows { scene, form, period, tree, nodes } = rows;
    let asked = scene.catalog.form(*form);
    let owes = |node: &&Node| tree.level(**node) == level && asked.asks(tree.class(**node));
    let nodes: Vec<Node> = nodes.iter().filter(owes).copied().collect();
    let amounts = |of| scene.figures.own_amounts((*period, &nodes), indicators, of);
    let (now, before) = (amounts(*period), amounts(period.previous()));
    let year_before = period.year_before().map(amounts).unwrap_or_default();
    if nodes.is_empty() || now.is_empty() || (before.is_empty() && year_before.is_empty()) {
        return;
    }
    let (known_before, known_year_before) = (
        same_unit(rows, &nodes, Some(period.previous())),
        same_unit(rows, &nodes, period.year_before()),
    );
    let block =
        Block { rows, level, definitions: OF_CELLS.map(|(id, _)| applying(rows, level, id)) };
    let share = applying(rows, level, k79_change_yoy::ID)
        .and_then(|check| parameters(check).first().copied());
    let copied = applying(rows, level, k83_copied_forward::ID);
    let mut copies = vec![Copies::default(); nodes.len()];
    for (column, &indicator) in indicators.iter().enumerate() {
        let indicator = scene.catalog.indicator(indicator);
        let quick = Quick::new(indicator, *period, share);
        let earlier = |columns: &[Vec<Option<i64>>], known: &[bool], row: usize| {
            columns.get(column).and_then(|amounts| amounts[row]).filter(|_| known[row])
        };
        for (row, &node) in nodes.iter().enumerate() {
            let Some(amount) = now[column][row] else { continue };
            let last = earlier(&before, &known_before, row);
            let last_year = earlier(&year_before, &known_year_before, row);
            if let Some(last) = last {
                copies[row].count(amount, last);
            }
            if quick.may_be_wrong(amount, last, last_year) {
                let period = *period;
                let now = Now { indicator, period, amount, before: last, year_before: last_year };
                block.judge(node, now, findings);
            }
        }
    }
    let Some(check) = copied else { return };
    let Some(share) = parameters(check).first().copied() else { return };
    for (&node, copies) in nodes.iter().zip(copies) {
        let says = k83_copied_forward::check(share, copies);
        let found = says.and_then(|says| finding(scene.catalog, &check.id, *form, level, says));
        findings.extend(found.map(|found| rows.finding(node, found)));
    }
}

/// Cells of a return that were compared with those of the period before, and those that are equal.
#[derive(Clone, Copy, Default)]
pub(crate) struct Copies {
    pub(crate) compared: usize,
    pub(crate) equal: usize,
}

impl Copies {
    /// Counts a cell, unless it is and was nothing.
    pub(crate) fn count(&mut self, now: i64, before: i64) {
        if now > 0 || before > 0 {
            self.compared += 1;
            self.equal += usize::from(now == before);
        }
    }
}

/// The returns of one sort.
struct Block<'a> {
    rows: &'a Rows<'a>,
    level: Level,
    /// Of the rules in [`OF_CELLS`], where the catalogue applies them here.
    definitions: [Option<&'a CheckDefinition>; OF_CELLS.len()],
}

impl Block<'_> {
    /// Asks every rule about a cell.
    fn judge(&self, node: Node, now: Now<'_>, findings: &mut Vec<ContextFinding>) {
        let Rows { scene, form, .. } = self.rows;
        for (definition, (_, rule)) in self.definitions.iter().zip(OF_CELLS) {
            let Some(definition) = definition else { continue };
            let says = rule(definition, now);
            let found = says
                .and_then(|says| finding(scene.catalog, &definition.id, *form, self.level, says));
            findings.extend(found.map(|found| self.rows.finding(node, found)));
        }
    }
}

/// What tells most cells of a column apart from those that a rule may find, in a few comparisons: a
/// province has millions of cells, nearly all of them in order.
struct Quick {
    counted: bool,
    restarts: bool,
    /// The share by which a value may move in a year, as a fraction.
    share: Option<(i128, i128)>,
}

impl Quick {
    fn new(indicator: &Indicator, period: Period, share: Option<Exact>) -> Self {
        let first = period.is_first_of_year();
        let counted = matches!(indicator.kind, Kind::FlowYtd | Kind::DistinctYtd);
        let fraction = |share: Exact| {
            let (units, scale) = share.parts();
            Some((units, 10i128.checked_pow(scale)?))
        };
        Self {
            counted: counted && !first,
            restarts: counted && first,
            share: share.and_then(fraction),
        }
    }

    fn may_be_wrong(&self, now: i64, before: Option<i64>, year_before: Option<i64>) -> bool {
        let of_last = before.is_some_and(|before| {
            let (small, large) = (now.min(before), now.max(before));
            self.counted && now < before
                || self.restarts && now >= before
                || small > 0
                    && i128::from(large) >= k80_factor_ten_thousand::FACTORS.0 * i128::from(small)
        });
        of_last
            || year_before.is_some_and(|before| {
                let moved = i128::from((now - before).abs());
                self.share.is_some_and(|(units, one)| moved * one > units * i128::from(before))
            })
    }
}

/// Whether each unit was the same one in an earlier period: a code that goes on after a split or a merger
/// names another unit.
pub(super) fn same_unit(rows: &Rows<'_>, nodes: &[Node], earlier: Option<Period>) -> Vec<bool> {
    let Some(earlier) = earlier else { return vec![false; nodes.len()] };
    let (now, then) = (&rows.tree, rows.scene.figures.tree(earlier));
    if std::sync::Arc::ptr_eq(now, &then) {
        return vec![true; nodes.len()];
    }
    let same = |&node: &Node| {
        then.node(now.code(node)).is_some_and(|was| then.record(was) == now.record(node))
    };
    nodes.iter().map(same).collect()
}

/// The definition of a rule, if the catalogue applies it here.
pub(super) fn applying<'a>(rows: &Rows<'a>, level: Level, id: &str) -> Option<&'a CheckDefinition> {
    let check = rows.scene.definition(id)?;
    let code = &rows.scene.catalog.form(rows.form).code;
    let applies = check.forms.is_empty() || check.forms.contains(code);
    (applies && check.levels.include(level)).then_some(check)
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{FormIx, Period};

    use crate::{
        Context,
        fixture::{Written, catalog},
    };

    const TOWN: &str = "410421100000";

    /// Own cells of a township in a month.
    pub(crate) fn cells(month: &str, amounts: &[(&str, i64)]) -> Vec<(String, String, i64)> {
        let one = |&(code, units): &(&str, i64)| (month.to_owned(), code.to_owned(), units);
        amounts.iter().map(one).collect()
    }

    /// What these rules find about the township in a month: check and cell.
    pub(crate) fn found(month: &str, all: &[Vec<(String, String, i64)>]) -> Vec<String> {
        let written =
            all.iter().flatten().fold(Written::default(), |written, (month, code, units)| {
                written.own(TOWN, code, month, *units)
            });
        let form: FormIx = catalog().form_by_code("SA").unwrap();
        let month: Period = month.parse().unwrap();
        let found = Context::new(catalog()).all(&written, &[], &[(form, month)]);
        let told =
            |one: &crate::ContextFinding| format!("{} {}", one.finding.check, one.finding.cell);
        found.iter().filter(|one| one.finding.check != "K87").map(told).collect()
    }
}
