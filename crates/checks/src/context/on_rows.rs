//! Judging a formula on the rows of many units at once.

use std::collections::BTreeSet;

use model::{Node, check::MissingOperand};

use super::Rows;
use crate::formula::{Column, FigureOperands, Formula, Verdict, column};

/// Judges a formula on the rows of `nodes` and reports those on which it fails or has no result.
pub(crate) fn judge(
    rows: &Rows<'_>,
    nodes: &[Node],
    formula: &Formula,
    missing: MissingOperand,
    report: &mut dyn FnMut(Node, Verdict),
) {
    if nodes.is_empty() {
        return;
    }
    let read = Read::new(rows, formula, nodes);
    read.judge(formula, missing, &mut |row, verdict| report(nodes[row], verdict));
    for &row in &read.wide {
        let node = nodes[row];
        let verdict = formula.judge(missing, &rows.operands(node));
        if matches!(verdict, Verdict::Fails | Verdict::Overflow) {
            report(node, verdict);
        }
    }
}

/// What a formula reads in many rows, column by column.
struct Read {
    rows: usize,
    units: Vec<Vec<i64>>,
    valid: Vec<Vec<bool>>,
    /// Rows with a figure beyond 64 bits, which are judged one by one.
    wide: BTreeSet<usize>,
}

impl Read {
    fn new(rows: &Rows<'_>, formula: &Formula, nodes: &[Node]) -> Self {
        let of = (rows.scene.catalog, rows.scene.figures, rows.period);
        let (mut units, mut valid, mut wide) = (Vec::new(), Vec::new(), BTreeSet::new());
        for operand in formula.operands() {
            let column = column(of, &rows.tree, nodes, operand);
            let fitting = |u: &Option<i128>| u.and_then(|u| i64::try_from(u).ok());
            let narrow: Vec<Option<i64>> = column.iter().map(fitting).collect();
            let beyond = |row: &usize| column[*row].is_some() && narrow[*row].is_none();
            wide.extend((0..nodes.len()).filter(beyond));
            valid.push(narrow.iter().map(Option::is_some).collect());
            units.push(narrow.into_iter().map(Option::unwrap_or_default).collect());
        }
        Self { rows: nodes.len(), units, valid, wide }
    }

    fn judge(
        &self,
        formula: &Formula,
        missing: MissingOperand,
        report: &mut dyn FnMut(usize, Verdict),
    ) {
        let columns = self.units.iter().zip(&self.valid);
        let columns: Vec<Column<'_>> =
            columns.map(|(units, valid)| Column { units, valid: Some(valid) }).collect();
        formula.judge_columns(missing, &columns, self.rows, &mut |row, verdict| {
            if !self.wide.contains(&row) {
                report(row, verdict);
            }
        });
    }
}

impl<'a> Rows<'a> {
    /// The operands of one of the units.
    pub(crate) fn operands(&self, node: Node) -> FigureOperands<'a> {
        let unit = self.tree.code(node);
        FigureOperands::new(self.scene.catalog, self.scene.figures, unit, self.period)
    }
}
