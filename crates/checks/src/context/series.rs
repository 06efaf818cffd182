//! Cells of returns against the whole series of the same unit: K101, K102.
//!
//! Only where cells are entered, as the rules of `history`: a total above moves because a cell below
//! does, and would only say it again. Every figure that is read is a cell of a return in force, so
//! none is partial. Where the unit was another one, or sent nothing, the series has a gap.

use model::{Indicator, IndicatorIx, Level, Node, Period, check::CheckDefinition, indicator::Kind};

use super::{
    ContextFinding, Rows,
    history::{applying, same_unit},
};
use crate::{
    exact::Exact,
    rule::{k101_modified_z_score, k102_hidiroglou_berthelot},
    says::{Says, finding},
};

/// Earlier periods that are looked at: two years of months.
pub(crate) const LOOKED_AT: usize = 24;

/// A value beside those of the earlier periods. Of a year-to-date value these are increments.
#[derive(Clone, Copy)]
pub(crate) struct Series<'a> {
    pub(crate) indicator: &'a Indicator,
    pub(crate) period: Period,
    pub(crate) now: i64,
    /// Of the periods before, the latest first; nothing where there is none.
    pub(crate) past: &'a [Option<i64>],
}

impl Series<'_> {
    /// Code, Chinese name and what of it is meant, as messages print it.
    pub(crate) fn name(&self) -> (String, String) {
        let Indicator { code, zh, .. } = self.indicator;
        match is_counted(self.indicator) {
            true => (format!("{code} {zh} 当期增加额"), format!("the increment of {code} {zh}")),
            false => (format!("{code} {zh}"), format!("{code} {zh}")),
        }
    }

    /// An amount of the cell, as text.
    pub(crate) fn text(&self, units: i128) -> String {
        Exact::new(units, self.indicator.scale).to_string()
    }
}

/// Judges the returns of these units for the form and period.
pub(crate) fn check(rows: &Rows<'_>, findings: &mut Vec<ContextFinding>) {
    let Rows { scene, form, period, .. } = rows;
    for (key, indicators) in scene.catalog.blocks() {
        if (key.form, key.frequency) == (*form, period.kind()) {
            of_block(rows, key.level, indicators, findings);
        }
    }
}

/// The rules that the catalogue applies to returns of one level, with their parameters.
struct Rules<'a> {
    score: Option<(&'a CheckDefinition, k101_modified_z_score::Setting)>,
    moves: Option<(&'a CheckDefinition, k102_hidiroglou_berthelot::Setting)>,
}

impl<'a> Rules<'a> {
    fn new(rows: &Rows<'a>, level: Level) -> Self {
        let score = applying(rows, level, k101_modified_z_score::ID);
        let moves = applying(rows, level, k102_hidiroglou_berthelot::ID);
        Self {
            score: score.and_then(|one| Some((one, k101_modified_z_score::setting(one)?))),
            moves: moves.and_then(|one| Some((one, k102_hidiroglou_berthelot::setting(one)?))),
        }
    }

    /// Earlier values without which none of the rules says anything.
    fn least(&self) -> Option<usize> {
        let score = self.score.as_ref().map(|(_, setting)| setting.least);
        let moves = self.moves.as_ref().map(|_| k102_hidiroglou_berthelot::LEAST + 1);
        score.into_iter().chain(moves).min()
    }

    fn judge<'s>(
        &'s self,
        series: Series<'s>,
    ) -> impl Iterator<Item = (&'a CheckDefinition, Says)> + 's {
        let score = self.score.as_ref().and_then(|(check, setting)| {
            Some((*check, k101_modified_z_score::check(setting, series)?))
        });
        let moves = self.moves.as_ref().and_then(|(check, setting)| {
            Some((*check, k102_hidiroglou_berthelot::check(setting, series)?))
        });
        score.into_iter().chain(moves)
    }
}

fn of_block(
    rows: &Rows<'_>,
    level: Level,
    indicators: &[IndicatorIx],
    findings: &mut Vec<ContextFinding>,
) {
    let Rows { scene, form, period, tree, nodes } = rows;
    let rules = Rules::new(rows, level);
    let Some(least) = rules.least() else { return };
    let asked = scene.catalog.form(*form);
    let owes = |node: &&Node| tree.level(**node) == level && asked.asks(tree.class(**node));
    let nodes: Vec<Node> = nodes.iter().filter(owes).copied().collect();
    // The period itself, those before it, and one more for the increment of the oldest.
    let periods = std::iter::successors(Some(*period), |of| Some(of.previous()));
    let periods: Vec<Period> = periods.take(LOOKED_AT + 2).collect();
    // Asked without units, this says only whether anything was entered.
    let entered =
        |&of: &Period| !scene.figures.own_amounts((*period, &[]), indicators, of).is_empty();
    let entered: Vec<bool> = periods.iter().map(entered).collect();
    if nodes.is_empty() || !entered[0] || entered.iter().filter(|&&any| any).count() <= least {
        return;
    }
    let known = |(&of, &any): (&Period, &bool)| match any {
        true => same_unit(rows, &nodes, Some(of)),
        false => Vec::new(),
    };
    let known: Vec<Vec<bool>> = periods.iter().zip(&entered).map(known).collect();
    for &indicator in indicators {
        let definition = scene.catalog.indicator(indicator);
        if !is_judged(definition) {
            continue;
        }
        let amounts = |(&of, &any): (&Period, &bool)| match any {
            true => scene.figures.own_amounts((*period, &nodes), &[indicator], of).pop(),
            false => None,
        };
        let columns: Vec<Vec<Option<i64>>> =
            periods.iter().zip(&entered).map(|of| amounts(of).unwrap_or_default()).collect();
        let table = Table { periods: &periods, columns: &columns, known: &known };
        for (row, &node) in nodes.iter().enumerate() {
            let Some((now, past)) = table.series(definition, row, least) else { continue };
            let series = Series { indicator: definition, period: *period, now, past: &past };
            for (check, says) in rules.judge(series) {
                let found = finding(scene.catalog, &check.id, *form, level, says);
                findings.extend(found.map(|found| rows.finding(node, found)));
            }
        }
    }
}

/// Cells of one indicator: a column for each period, the latest first, a row for each unit.
struct Table<'a> {
    periods: &'a [Period],
    columns: &'a [Vec<Option<i64>>],
    /// Whether the unit was the same one then.
    known: &'a [Vec<bool>],
}

impl Table<'_> {
    /// The value of a unit and those before it, if there are at least so many.
    fn series(
        &self,
        indicator: &Indicator,
        row: usize,
        least: usize,
    ) -> Option<(i64, [Option<i64>; LOOKED_AT])> {
        let counted = is_counted(indicator);
        let now = self.value(counted, row, 0)?;
        let past = std::array::from_fn(|place| self.value(counted, row, place + 1));
        (past.iter().flatten().count() >= least).then_some((now, past))
    }

    fn value(&self, counted: bool, row: usize, place: usize) -> Option<i64> {
        let value = self.cell(row, place)?;
        if !counted || self.periods[place].is_first_of_year() {
            return Some(value);
        }
        value.checked_sub(self.cell(row, place + 1)?)
    }

    fn cell(&self, row: usize, place: usize) -> Option<i64> {
        let known = self.known.get(place)?.get(row)?;
        self.columns.get(place)?.get(row).copied().flatten().filter(|_| *known)
    }
}

/// Whether it is counted from January on, so that what moves is its increment.
fn is_counted(indicator: &Indicator) -> bool {
    indicator.kind == Kind::FlowYtd
}

/// Numbers that vary around a level of their own. Standards and targets are decisions, ratios follow
/// from others, and who is new among distinct persons is no count of the period.
fn is_judged(indicator: &Indicator) -> bool {
    matches!(indicator.kind, Kind::Stock | Kind::FlowPeriod | Kind::FlowYtd)
}

#[cfg(test)]
mod tests {
    use model::Period;

    use crate::{
        Context,
        fixture::{Written, catalog},
    };

    const TOWN: &str = "410421100000";
    const COUNTY: &str = "410421000000";

    /// Months of one unit and cell, up to 2023-03; nothing where a month is missing.
    fn months(unit: &str, code: &str, amounts: &[Option<i64>]) -> Written {
        let last: Period = "2023-03".parse().unwrap();
        let months = std::iter::successors(Some(last), |month| Some(month.previous()));
        let cells = months.zip(amounts.iter().rev());
        cells.fold(Written::default(), |written, (month, units)| match units {
            Some(units) => written.own(unit, code, &month.to_string(), *units),
            None => written,
        })
    }

    fn hints(figures: &Written) -> Vec<String> {
        let form = catalog().form_by_code("SA").unwrap();
        let month: Period = "2023-03".parse().unwrap();
        let found = Context::new(catalog()).all(figures, &[], &[(form, month)]);
        let hints = found.iter().filter(|one| matches!(&*one.finding.check, "K101" | "K102"));
        hints.map(|one| format!("{} {}", one.finding.check, one.finding.cell)).collect()
    }

    fn all(amounts: &[i64]) -> Vec<Option<i64>> {
        amounts.iter().copied().map(Some).collect()
    }

    #[test]
    fn stocks_and_flows_are_held_against_their_own_history() {
        let usual = all(&[10, 12, 11, 13, 12, 14, 12]);
        let odd = all(&[10, 12, 11, 13, 12, 14, 90]);
        for code in ["SA09", "SA47"] {
            assert_eq!(hints(&months(TOWN, code, &usual)), [""; 0], "{code}");
            assert_eq!(hints(&months(TOWN, code, &odd)), [format!("K101 {code}")]);
        }
        // Eight earlier months have seven ratios.
        let longer = all(&[11, 10, 13, 12, 11, 13, 12, 14, 90]);
        assert_eq!(hints(&months(TOWN, "SA09", &longer)), ["K101 SA09", "K102 SA09"]);
    }

    #[test]
    fn of_a_year_to_date_value_the_increment_counts() {
        // Increments 10 12 11 13 12 14 of 2022-09 to 2023-02, and 12 in March; restarted in January.
        let sums = [50, 60, 72, 83, 96, 12, 26, 38];
        assert_eq!(hints(&months(TOWN, "SA11", &all(&sums))), [""; 0]);
        // 7 to 17 is usual. Had January not restarted, its -84 would make it 4 to 19.
        let odd = [50, 60, 72, 83, 96, 12, 26, 44];
        assert_eq!(hints(&months(TOWN, "SA11", &all(&odd))), ["K101 SA11"]);
        // Without the month before there is no increment; without the oldest there are only five.
        let mut gap = all(&odd);
        gap[6] = None;
        assert_eq!(hints(&months(TOWN, "SA11", &gap)), [""; 0]);
        assert_eq!(hints(&months(TOWN, "SA11", &all(&odd)[1..])), [""; 0]);
    }

    #[test]
    fn a_short_or_broken_history_says_nothing() {
        let odd = all(&[10, 12, 11, 13, 12, 14, 90]);
        assert_eq!(hints(&months(TOWN, "SA09", &odd[1..])), [""; 0]);
        for place in 0..odd.len() {
            let mut broken = odd.clone();
            broken[place] = None;
            assert_eq!(hints(&months(TOWN, "SA09", &broken)), [""; 0], "without month {place}");
        }
        // Six months with a value are enough, wherever the others are.
        let mut longer = odd.clone();
        longer.splice(3..3, [None, None]);
        assert_eq!(hints(&months(TOWN, "SA09", &longer)), ["K101 SA09"]);
        // What is older than two years is forgotten.
        let mut old = odd[..6].to_vec();
        old.extend(vec![None; 19]);
        old.push(Some(90));
        assert_eq!(hints(&months(TOWN, "SA09", &old)), [""; 0]);
    }

    #[test]
    fn decisions_are_not_judged_nor_rolled_up_totals() {
        let odd = all(&[10, 12, 11, 13, 12, 14, 90]);
        assert_eq!(hints(&months(COUNTY, "SA13", &odd)), [""; 0]);
        // SA09 is entered by townships; a share of the county itself is none of theirs.
        assert_eq!(hints(&months(COUNTY, "SA09", &odd)), [""; 0]);
        assert_eq!(hints(&months(COUNTY, "SA10", &odd)), ["K101 SA10"]);
    }
}
