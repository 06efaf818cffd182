//! View `findings`: one row per finding (审核结果), of every return and from context.

use std::sync::Arc;

use arrow::{
    array::{Array, AsArray, ListBuilder, StringBuilder, StructBuilder},
    datatypes::{DataType, Field, Fields},
};
use datafusion::{
    common::{DataFusionError, Result},
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
};
use model::{Finding, Severity};

/// Name of the view.
pub(super) const NAME: &str = "findings";

/// Where it was found, what it demands, what was found and expected, and what to do. Findings
/// about one return are in its row.
const OF_RETURNS: &str = "
SELECT unit, unit_name(unit, period) AS name, form, period, revision, decision, id,
    f['check'] AS check_id, f['severity'] AS severity, f['cell'] AS cell, f['found'] AS found,
    f['expected'] AS expected, f['message_zh'] AS message_zh, f['message_en'] AS message_en,
    f['explanation'] AS explanation, f['exception'] AS exception
FROM (
    SELECT unit, form, period, revision, decision, id, unnest(findings_of(findings)) AS f
    FROM submissions
    WHERE findings IS NOT NULL
)";

/// Those from context, about the accepted state, stand in a table of their own.
const OF_CONTEXT: &str = "
SELECT unit, unit_name(unit, period), form, period, CAST(NULL AS INT), CAST(NULL AS VARCHAR),
    CAST(NULL AS VARCHAR), check_id,
    CASE severity WHEN '强制' THEN 'hard' WHEN '核实' THEN 'verify' WHEN '提示' THEN 'hint' END,
    cell, found, expected, message_zh, message_en, explanation, exception
FROM context_findings";

/// The statement of the view; `context` says whether checks from context were ever run.
pub(super) fn sql(context: bool) -> String {
    if context { format!("{OF_RETURNS}\nUNION ALL{OF_CONTEXT}") } else { OF_RETURNS.to_owned() }
}

/// Table of the findings from context.
pub(super) const CONTEXT: &str = "context_findings";

/// Columns of one finding.
const COLUMNS: [&str; 9] = [
    "check",
    "severity",
    "cell",
    "found",
    "expected",
    "message_zh",
    "message_en",
    "explanation",
    "exception",
];

/// The last ones, which are empty where nobody said anything.
const WORDS: usize = 2;

/// SQL function `findings_of(json)`: the findings of one row as a list of structures.
pub(super) fn function() -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Utf8], Volatility::Immutable);
    ScalarUDF::from(FindingsOf { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FindingsOf {
    signature: Signature,
}

fn fields() -> Fields {
    COLUMNS.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect()
}

impl ScalarUDFImpl for FindingsOf {
    fn name(&self) -> &str {
        "findings_of"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        let item = Field::new_list_field(DataType::Struct(fields()), true);
        Ok(DataType::List(Arc::new(item)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let texts = arrays[0].as_string::<i32>();
        let mut lists = ListBuilder::new(StructBuilder::from_fields(fields(), texts.len()));
        for text in texts {
            let findings: Vec<Finding> = match text {
                Some(text) => serde_json::from_str(text).map_err(unreadable)?,
                None => Vec::new(),
            };
            for finding in &findings {
                append(lists.values(), finding);
            }
            lists.append(true);
        }
        Ok(ColumnarValue::Array(Arc::new(lists.finish())))
    }
}

fn append(row: &mut StructBuilder, finding: &Finding) {
    let texts = [
        finding.check.as_str(),
        severity(finding.severity),
        finding.cell.as_str(),
        finding.found.as_str(),
        finding.expected.as_str(),
        finding.message_zh.as_str(),
        finding.message_en.as_str(),
        finding.explanation.as_str(),
        finding.exception.as_str(),
    ];
    for (i, text) in texts.into_iter().enumerate() {
        if let Some(column) = row.field_builder::<StringBuilder>(i) {
            // What nobody explained has no explanation, rather than an empty one.
            let said = i + WORDS < COLUMNS.len() || !text.is_empty();
            column.append_option(said.then_some(text));
        }
    }
    row.append(true);
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Hint => "hint",
        Severity::Verify => "verify",
        Severity::Hard => "hard",
    }
}

fn unreadable(error: serde_json::Error) -> DataFusionError {
    DataFusionError::Execution(format!(
        "column findings of table submissions is not as this program writes it: {error}"
    ))
}
