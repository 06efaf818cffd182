//! The formulas of the checks: each can be read, names what exists, and says something.

use checks::{Formula, Tried};
use model::{
    Catalog, Form, FormIx, Indicator, Register,
    calendar::Calendar,
    check::{CheckDefinition, CheckKind},
};

use crate::{Problem, csv_file::Row};

/// What formulas are read against.
pub(crate) struct Formulas(Option<Catalog>);

impl Formulas {
    /// Where forms or indicators are wrong, formulas are not looked at: their names may be missing for
    /// that reason alone.
    pub(crate) fn new(forms: &[Form], indicators: &[Indicator], problems: &[Problem]) -> Self {
        let good = problems.iter().all(|problem| !problem.file.starts_with("forms/"));
        let catalog = || {
            Catalog::new(
                Register::new(Vec::new()),
                forms.to_vec(),
                indicators.to_vec(),
                Vec::new(),
                Vec::new(),
                Calendar::default(),
                String::new(),
            )
        };
        Self(good.then(catalog))
    }

    /// What is wrong with the formula of a check, if it is one.
    pub(crate) fn verify(&self, row: Row<'_>, check: &CheckDefinition) -> Option<Problem> {
        let catalog = self.0.as_ref().filter(|_| check.kind == CheckKind::Formula)?;
        let forms: Vec<FormIx> =
            check.forms.iter().filter_map(|code| catalog.form_by_code(code)).collect();
        let id = &check.id;
        let formula = match Formula::parse(&check.expression, catalog, &forms) {
            Ok(formula) => formula,
            Err(error) => {
                return Some(
                    row.problem(format!("{id}：{}", error.zh()), format!("{id}: {error}"))
                        .remedy("改正 expression", "correct the expression"),
                );
            }
        };
        let (zh, en) = match formula.try_out() {
            Tried::Decides => return None,
            Tried::NeverHolds => ("永远不成立：每份报表都会被判错", "can never be true"),
            Tried::NeverFails => ("永远成立：什么也查不出", "can never be false"),
        };
        let problem = row.problem(
            format!("{id}：公式 {formula} {zh}"),
            format!("{id}: the formula {formula} {en}"),
        );
        Some(problem.remedy("改正 expression", "correct the expression"))
    }
}
