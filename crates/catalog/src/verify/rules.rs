//! The named rules of the checks: their parameters can be used.

use model::check::CheckDefinition;

use crate::{Problem, csv_file::Row};

/// What is wrong with the parameters of a check, if it is a rule that has some.
pub(crate) fn verify(row: Row<'_>, check: &CheckDefinition) -> Option<Problem> {
    let written = checks::wrong_parameters(check)?;
    let (id, expression) = (&check.id, &check.expression);
    let problem = row.problem(
        format!("{id}：规则的参数不能用：{expression}"),
        format!("{id}: the parameters of the rule cannot be used: {expression}"),
    );
    Some(problem.remedy(
        format!("expression 开头写成 {written}"),
        format!("begin the expression with {written}"),
    ))
}
