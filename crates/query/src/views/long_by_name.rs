//! View `指标值`: one row per unit, period and indicator, by Chinese names.

use std::sync::Arc;

use datafusion::{catalog::TableProvider, common::Result, logical_expr::ScalarUDF};

use super::{above_zh, exact, level_zh, named, projected};

/// Name of the view.
pub(super) const NAME: &str = "指标值";

/// 单位, 单位代码, 层级, 报告期, …, 报表, 指标代码, 指标, 计量单位, 类型, 数值, 应报, 实报, 按时, 已采用.
pub(super) fn view(
    facts: &Arc<dyn TableProvider>,
    name_of: &Arc<ScalarUDF>,
) -> Result<Arc<dyn TableProvider>> {
    let mut columns = vec![
        named(name_of, "unit").alias("单位"),
        exact("unit").alias("单位代码"),
        level_zh()?.alias("层级"),
        exact("period").alias("报告期"),
        exact("period_kind").alias("报告期类型"),
    ];
    columns.extend(above_zh(name_of));
    let rest = [
        ("form_zh", "报表"),
        ("indicator", "指标代码"),
        ("indicator_zh", "指标"),
        ("measure", "计量单位"),
        ("kind_zh", "类型"),
        ("value", "数值"),
        ("due", "应报"),
        ("received", "实报"),
        ("on_time", "按时"),
        ("accepted", "已采用"),
    ];
    columns.extend(rest.map(|(stored, zh)| exact(stored).alias(zh)));
    projected(facts, NAME, columns)
}
