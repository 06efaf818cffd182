//! The formulas of checks and warnings: each can be read, names what exists, and says something.

use checks::{Formula, Tried};
use model::{Catalog, Form, FormIx, Indicator, Register, calendar::Calendar};

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

    /// The formula of a row, with the definitions that it was read against, or what is wrong with it;
    /// nothing where formulas are not looked at.
    pub(crate) fn read(
        &self,
        row: Row<'_>,
        id: &str,
        text: &str,
        forms: &[String],
        wording: &Wording,
    ) -> Option<Result<(&Catalog, Formula), Problem>> {
        let catalog = self.0.as_ref()?;
        let forms: Vec<FormIx> =
            forms.iter().filter_map(|code| catalog.form_by_code(code)).collect();
        let column = wording.column;
        let remedy = |problem: Problem| {
            problem.remedy(format!("改正 {column}"), format!("correct the {column}"))
        };
        let formula = match Formula::parse(text, catalog, &forms) {
            Ok(formula) => formula,
            Err(error) => {
                let (zh, en) = (format!("{id}：{}", error.zh()), format!("{id}: {error}"));
                return Some(Err(remedy(row.problem(zh, en))));
            }
        };
        let (zh, en) = match formula.try_out() {
            Tried::Decides => return Some(Ok((catalog, formula))),
            Tried::NeverHolds => wording.never,
            Tried::NeverFails => wording.always,
        };
        Some(Err(remedy(row.problem(
            format!("{id}：公式 {formula} {zh}"),
            format!("{id}: the formula {formula} {en}"),
        ))))
    }
}

/// How problems speak of the formulas of a file.
pub(crate) struct Wording {
    /// The column in which they stand.
    pub(crate) column: &'static str,
    /// What is said, in Chinese and English, of one that never holds.
    pub(crate) never: (&'static str, &'static str),
    /// What is said of one that always holds.
    pub(crate) always: (&'static str, &'static str),
}
