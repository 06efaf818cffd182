//! Reads `checks/checks.csv`: the check relations.

use std::{collections::HashMap, path::Path};

use model::{
    Form, Indicator, Severity,
    check::{CheckDefinition, CheckKind, CheckLevels, MissingOperand},
};

use super::{
    named::{forms_of, knows_indicators},
    words::{self, expected},
};
use crate::{
    Problem,
    consequences::Broken,
    csv_file::{CsvFile, Row},
    verify::{
        formulas::{Formulas, Wording},
        rules,
    },
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

/// How an expression is spoken of.
const WORDING: Wording = Wording {
    column: "expression",
    never: ("永远不成立：每份报表都会被判错", "can never be true"),
    always: ("永远成立：什么也查不出", "can never be false"),
};

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
        let known = knows_indicators(row, "expression", indicators, problems);
        let Some(check) = definition(row, known_forms, problems) else { continue };
        if known && check.kind == CheckKind::Formula {
            let (text, forms) = (&check.expression, &check.forms);
            let read = formulas.read(row, &check.id, text, forms, &WORDING);
            problems.extend(read.and_then(Result::err));
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
