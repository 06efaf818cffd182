//! Reads `checks/checks.csv`: the check relations.

use std::{collections::HashMap, path::Path};

use model::{
    Form, Indicator, Severity,
    check::{CheckDefinition, CheckKind, CheckLevels, MissingOperand},
};

use super::{
    formula,
    words::{self, expected},
};
use crate::{
    Problem,
    consequences::Broken,
    csv_file::{CsvFile, Row},
    verify::{formulas::Formulas, rules},
};

const FILE: &str = "checks/checks.csv";
const COLUMNS: [&str; 12] = [
    "check_id",
    "kind",
    "scope",
    "forms",
    "severity",
    "expression",
    "missing",
    "message_zh",
    "message_en",
    "levels",
    "tolerance",
    "evidence",
];

/// Reads the checks in the order of the file; their codes must name `forms` and `indicators`.
pub(crate) fn read(
    dir: &Path,
    forms: &[Form],
    indicators: &[Indicator],
    broken: &mut Broken,
    problems: &mut Vec<Problem>,
) -> Vec<CheckDefinition> {
    let Some(file) = CsvFile::open(dir, FILE, &COLUMNS, problems) else {
        broken.checks = true;
        return Vec::new();
    };
    let formulas = Formulas::new(forms, indicators, problems);
    let mut checks = Vec::new();
    let mut lines: HashMap<String, u32> = HashMap::new();
    for row in file.rows() {
        let known_forms = forms_of(row, forms, problems);
        let before = problems.len();
        unknown_indicators(row, indicators, problems);
        let known = problems.len() == before;
        let Some(check) = definition(row, known_forms, problems) else { continue };
        if known {
            problems.extend(formulas.verify(row, &check));
        }
        problems.extend(rules::verify(row, &check));
        if let Some(first) = lines.insert(check.id.clone(), row.line) {
            problems.push(
                row.problem(
                    format!("审核关系 {} 已在第 {first} 行定义", check.id),
                    format!("check {} is already defined in line {first}", check.id),
                )
                .remedy("给其中一条换一个编号", "give one of them another id"),
            );
            continue;
        }
        checks.push(check);
    }
    checks
}

/// One check; what is wrong in it but the id is replaced, so that schemes can refer to it.
fn definition(
    row: Row<'_>,
    forms: Vec<String>,
    problems: &mut Vec<Problem>,
) -> Option<CheckDefinition> {
    let texts = ["scope", "expression", "message_zh", "message_en"]
        .map(|column| row.required(column, problems).unwrap_or_default().to_owned());
    let id = row.required("check_id", problems);
    let kind = row.parse("kind", expected::CHECK_KIND, problems, words::check_kind);
    let severity = row.parse("severity", expected::SEVERITY, problems, words::severity);
    let missing = row.parse("missing", expected::MISSING, problems, words::missing);
    let levels = row.parse("levels", expected::CHECK_LEVELS, problems, words::check_levels);
    let [scope, expression, message_zh, message_en] = texts;
    Some(CheckDefinition {
        id: id?.to_owned(),
        kind: kind.unwrap_or(CheckKind::Rule),
        scope,
        forms,
        severity: severity.unwrap_or(Severity::Hint),
        expression,
        missing: missing.unwrap_or(MissingOperand::Skip),
        message_zh,
        message_en,
        levels: levels.unwrap_or(CheckLevels::All),
        tolerance: row.get("tolerance").to_owned(),
        evidence: row.get("evidence").to_owned(),
    })
}

/// The forms of a check; empty for `any`.
fn forms_of(row: Row<'_>, forms: &[Form], problems: &mut Vec<Problem>) -> Vec<String> {
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

fn unknown_indicators(row: Row<'_>, indicators: &[Indicator], problems: &mut Vec<Problem>) {
    let mut unknown = formula::codes_in(row.get("expression"));
    unknown.retain(|code| !indicators.iter().any(|indicator| indicator.code == *code));
    unknown.sort_unstable();
    unknown.dedup();
    for code in unknown {
        problems.push(
            row.problem(
                format!("公式中的指标 {code} 不存在"),
                format!("the expression names unknown indicator {code}"),
            )
            .remedy("改为 forms/*.csv 里的指标代码", "write a code of forms/*.csv"),
        );
    }
}
