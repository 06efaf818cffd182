//! Forms and indicators that the row of a check or warning names.

use model::{Form, Indicator};

use super::formula;
use crate::{Problem, csv_file::Row};

/// The forms of the column `forms`; empty for `any`.
pub(crate) fn forms_of(row: Row<'_>, forms: &[Form], problems: &mut Vec<Problem>) -> Vec<String> {
    let Some(text) = row.required("forms", problems).filter(|&text| text != "any") else {
        return Vec::new();
    };
    let (known, unknown): (Vec<&str>, Vec<&str>) =
        text.split_whitespace().partition(|code| forms.iter().any(|form| form.code == *code));
    for code in unknown {
        problems.push(
            row.problem(format!("报表 {code} 不存在"), format!("unknown form {code}")).remedy(
                "写 forms/forms.csv 里的报表代码，或 any",
                "write codes of forms/forms.csv, or any",
            ),
        );
    }
    known.into_iter().map(str::to_owned).collect()
}

/// Whether every indicator code in the formula of a column exists; those that do not are problems.
pub(crate) fn knows_indicators(
    row: Row<'_>,
    column: &str,
    indicators: &[Indicator],
    problems: &mut Vec<Problem>,
) -> bool {
    let mut unknown = formula::codes_in(row.get(column));
    unknown.retain(|code| !indicators.iter().any(|indicator| indicator.code == *code));
    unknown.sort_unstable();
    unknown.dedup();
    for code in &unknown {
        problems.push(
            row.problem(
                format!("公式中的指标 {code} 不存在"),
                format!("the {column} names unknown indicator {code}"),
            )
            .remedy("改为 forms/*.csv 里的指标代码", "write a code of forms/*.csv"),
        );
    }
    unknown.is_empty()
}
