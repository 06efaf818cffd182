//! View `社会救助`, `养老服务`, …: one form by the Chinese names of its indicators.

use std::{collections::HashSet, sync::Arc};

use datafusion::{catalog::TableProvider, common::Result, logical_expr::ScalarUDF};
use model::{Catalog, form::BlockKey};

use super::{above_zh, exact, level_zh, named, projected};
use crate::layout::{Layout, Role};

/// Names of due, received, on time and accepted.
const COUNTS: [&str; 4] = ["应报", "实报", "按时", "已采用"];

/// 单位, 单位代码, 层级, 报告期, …, each indicator by its SQL name, each count of returns, 是否不完整.
pub(super) fn view(
    catalog: &Catalog,
    table: &Arc<dyn TableProvider>,
    layout: &Layout,
    name_of: &Arc<ScalarUDF>,
) -> Result<Arc<dyn TableProvider>> {
    let stored = table.schema();
    let mut columns = vec![
        named(name_of, "unit").alias("单位"),
        exact("unit").alias("单位代码"),
        level_zh()?.alias("层级"),
        exact("period").alias("报告期"),
    ];
    columns.extend(above_zh(name_of));
    let fixed = columns.iter().map(|column| column.schema_name().to_string());
    let mut used: HashSet<String> = fixed.collect();
    for (role, place) in layout.columns() {
        let Some(name) = name_in_chinese(catalog, role) else { continue };
        let field = stored.field(place).name();
        // Two indicators may share a name with a fixed column; the code tells them apart.
        let name = if used.contains(&name) { format!("{name}_{field}") } else { name };
        used.insert(name.clone());
        columns.push(exact(field).alias(name));
    }
    let form = layout.columns().find_map(|(role, _)| role.indicator());
    let label = form.map_or("form", |i| catalog.form(catalog.indicator(i).form).zh.as_str());
    projected(table, label, columns)
}

/// The column's name, if it is not one of the keys.
fn name_in_chinese(catalog: &Catalog, role: Role) -> Option<String> {
    let indicator = |place| &catalog.indicator(place).sql_zh;
    Some(match role {
        Role::Value(place) => indicator(place).clone(),
        Role::Lowest(place) => format!("{}最低", indicator(place)),
        Role::Highest(place) => format!("{}最高", indicator(place)),
        Role::Count(block, i) => format!("{}{}", block_zh(block), COUNTS[i]),
        Role::Partial => "是否不完整".to_owned(),
        Role::NotApplicable => "不适用".to_owned(),
        Role::PeriodKind => "报告期类型".to_owned(),
        Role::Unit | Role::Level | Role::Period | Role::Above(_) => return None,
    })
}

/// A sort of returns by who sends it and how often: 村月报, 县季报.
fn block_zh(block: BlockKey) -> String {
    format!("{}{}报", block.level.zh(), block.frequency.zh())
}
