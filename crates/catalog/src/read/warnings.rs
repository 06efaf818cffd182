//! Reads `warnings/warnings.csv`: the early warnings.

use std::{collections::HashMap, path::Path};

use model::{
    Form, Indicator, Level,
    check::CheckLevels,
    warning::{Addressee, Urgency, WarningDefinition},
};

use super::{
    named::{forms_of, knows_indicators},
    words::{self, expected},
};
use crate::{
    Problem,
    csv_file::{CsvFile, Row},
    verify::formulas::{Formulas, Wording},
};

const FOLDER: &str = "warnings";
const FILE: &str = "warnings/warnings.csv";
const COLUMNS: [&str; 12] = [
    "id",
    "zh",
    "en",
    "forms",
    "condition",
    "levels",
    "partial",
    "urgency",
    "to",
    "message_zh",
    "message_en",
    "source",
];

/// How a condition is spoken of.
const WORDING: Wording = Wording {
    column: "condition",
    never: ("永远不成立：从不预警", "can never be true"),
    always: ("永远成立：处处预警", "can never be false"),
};

/// Reads the warnings in the order of the file. Definitions from before there were warnings have no
/// such folder, and no warnings.
pub(crate) fn read(
    dir: &Path,
    forms: &[Form],
    indicators: &[Indicator],
    problems: &mut Vec<Problem>,
) -> Vec<WarningDefinition> {
    let mut warnings = Vec::new();
    if !dir.join(FOLDER).exists() {
        return warnings;
    }
    let Some(file) = CsvFile::open(dir, FILE, &COLUMNS, problems) else { return warnings };
    let formulas = Formulas::new(forms, indicators, problems);
    let mut lines: HashMap<String, u32> = HashMap::new();
    for row in file.rows() {
        let known_forms = forms_of(row, forms, problems);
        let known = knows_indicators(row, "condition", indicators, problems);
        let Some(warning) = definition(row, known_forms, problems) else { continue };
        if known {
            problems.extend(verify(row, &formulas, &warning));
        }
        if let Some(first) = lines.insert(warning.id.clone(), row.line) {
            problems.push(
                row.problem(
                    format!("预警 {} 已在第 {first} 行定义", warning.id),
                    format!("warning {} is already defined in line {first}", warning.id),
                )
                .remedy("给其中一条换一个编号", "give one of them another id"),
            );
            continue;
        }
        warnings.push(warning);
    }
    warnings
}

fn definition(
    row: Row<'_>,
    forms: Vec<String>,
    problems: &mut Vec<Problem>,
) -> Option<WarningDefinition> {
    let texts = ["id", "zh", "en", "condition", "message_zh", "message_en", "source"]
        .map(|column| row.required(column, problems).map(str::to_owned));
    let levels = row.parse("levels", expected::UNIT_LEVELS, problems, words::unit_levels);
    let partial = row.parse("partial", expected::YES_NO, problems, words::yes_no);
    let urgency = row.parse("urgency", expected::URGENCY, problems, Urgency::from_name);
    let to = row.parse("to", expected::ADDRESSEE, problems, Addressee::from_name);
    let [id, zh, en, condition, message_zh, message_en, source] = texts;
    Some(WarningDefinition {
        id: id?,
        zh: zh?,
        en: en?,
        forms,
        condition: condition?,
        levels: levels?,
        partial: partial?,
        urgency: urgency?,
        to: to?,
        message_zh: message_zh?,
        message_en: message_en?,
        source: source?,
    })
}

/// What is wrong with the condition, or makes it one that is never judged or not for partial figures.
fn verify(row: Row<'_>, formulas: &Formulas, warning: &WarningDefinition) -> Option<Problem> {
    let WarningDefinition { id, condition, forms, levels, .. } = warning;
    let (catalog, formula) = match formulas.read(row, id, condition, forms, &WORDING)? {
        Ok(read) => read,
        Err(problem) => return Some(problem),
    };
    let lowest = formula.lowest_level(catalog)?;
    if !watches_any(*levels, lowest) {
        let name = lowest.name();
        let problem = row.problem(
            format!("{id}：levels 所指的单位没有全部指标，或没有上级；最低为 {name}"),
            format!(
                "{id}: no unit of these levels has all the figures and a unit above it; \
                 the lowest that has them is {name}"
            ),
        );
        return Some(problem.remedy("改正 levels", "correct the levels"));
    }
    if warning.partial && !formula.stays_true(catalog) {
        let problem = row.problem(
            format!("{id}：后到的报表可使 {condition} 不再成立，不能凭不全的数值预警"),
            format!(
                "{id}: returns that still come in can make {condition} false again, \
                 so it cannot be raised on partial figures"
            ),
        );
        return Some(problem.remedy("partial 改为 no", "write no in the column partial"));
    }
    None
}

/// Whether there is a level that is watched, has the figures, and is not the highest.
fn watches_any(levels: CheckLevels, lowest: Level) -> bool {
    let below_the_top = Level::ALL.into_iter().filter(|&level| level < Level::Province);
    below_the_top.into_iter().any(|level| level >= lowest && levels.include(level))
}
