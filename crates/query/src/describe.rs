//! What a column's metadata says about it: the indicator's code, names, measure and kind.

use std::collections::HashMap;

use arrow::datatypes::Field;
use model::Indicator;

/// Metadata key: code of the indicator.
pub const INDICATOR: &str = "indicator";
/// Metadata key: Chinese name as printed on the form.
pub const ZH: &str = "zh";
/// Metadata key: English name.
pub const EN: &str = "en";
/// Metadata key: measure (计量单位).
pub const MEASURE: &str = "measure";
/// Metadata key: what sort of number it is (`stock`, `ratio`, …).
pub const KIND: &str = "kind";
/// Metadata key: digits behind the point in print.
pub const DECIMALS: &str = "decimals";
/// Metadata key of a column that holds values of many indicators.
pub(crate) const MIXED: &str = "mixed";

/// `field` with what the catalogue says about its indicator.
pub(crate) fn described(field: &Field, indicator: &Indicator) -> Field {
    let pairs = [
        (INDICATOR, indicator.code.clone()),
        (ZH, indicator.zh.clone()),
        (EN, indicator.en.clone()),
        (MEASURE, indicator.measure.clone()),
        (KIND, kind_name(indicator.kind).to_owned()),
        (DECIMALS, indicator.decimals.to_string()),
    ];
    let metadata: HashMap<String, String> =
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    field.clone().with_metadata(metadata)
}

/// The name of a kind in the code-named views and in definitions.
pub(crate) fn kind_name(kind: model::indicator::Kind) -> &'static str {
    use model::indicator::Kind;
    match kind {
        Kind::Stock => "stock",
        Kind::FlowPeriod => "flow_period",
        Kind::FlowYtd => "flow_ytd",
        Kind::DistinctYtd => "distinct_ytd",
        Kind::Standard => "standard",
        Kind::Target => "target",
        Kind::Ratio => "ratio",
    }
}

/// The name of a kind in the Chinese views.
pub(crate) fn kind_zh(kind: model::indicator::Kind) -> &'static str {
    use model::indicator::Kind;
    match kind {
        Kind::Stock => "期末数",
        Kind::FlowPeriod => "当期数",
        Kind::FlowYtd => "本年累计",
        Kind::DistinctYtd => "累计人数",
        Kind::Standard => "标准",
        Kind::Target => "任务数",
        Kind::Ratio => "比率",
    }
}
