//! Views `completeness`, `timeliness` and `报送情况`: how much of what is due came in, and in time, by
//! unit, period and sort of return.

use std::sync::Arc;

use datafusion::{
    catalog::TableProvider,
    common::Result,
    datasource::{ViewTable, provider_as_source},
    logical_expr::{Expr, LogicalPlanBuilder, ScalarUDF},
    prelude::lit,
};
use model::{Catalog, Level, PeriodKind, form::BlockKey};

use super::{above_zh, exact, level_zh, named, quoted};
use crate::{layout::Role, long::Wide};

/// Names of the views.
pub(super) const NAMES: [&str; 3] = ["completeness", "timeliness", "报送情况"];

/// Columns of a wide table with the counts of one sort of return.
struct Sort<'a> {
    wide: &'a Wide,
    block: BlockKey,
    /// Due, received, on time, accepted.
    counts: [String; 4],
}

/// The views over all sorts of returns of the wide tables, with their names; none where there is no
/// table.
pub(super) fn views(
    catalog: &Catalog,
    tables: &[Wide],
    name_of: &Arc<ScalarUDF>,
) -> Result<Vec<(&'static str, Arc<dyn TableProvider>)>> {
    let sorts: Vec<Sort<'_>> = tables.iter().flat_map(|wide| sorts(catalog, wide)).collect();
    type Columns = fn(&Catalog, &Sort<'_>, &Arc<ScalarUDF>) -> Result<Vec<Expr>>;
    let columns: [Columns; 3] = [completeness, timeliness, in_chinese];
    let mut views = Vec::new();
    for (name, columns) in NAMES.into_iter().zip(columns) {
        let mut all: Option<LogicalPlanBuilder> = None;
        for sort in &sorts {
            let source = provider_as_source(Arc::clone(&sort.wide.table));
            let table = catalog.form(sort.wide.form).table();
            // Rows of other kinds of period have no such return.
            let one = LogicalPlanBuilder::scan(quoted(&table), source, None)?
                .filter(exact(&sort.counts[0]).gt(lit(0)))?
                .project(columns(catalog, sort, name_of)?)?;
            all = Some(match all {
                Some(before) => before.union(one.build()?)?,
                None => one,
            });
        }
        if let Some(all) = all {
            let view: Arc<dyn TableProvider> = Arc::new(ViewTable::new(all.build()?, None));
            views.push((name, view));
        }
    }
    Ok(views)
}

fn sorts<'a>(catalog: &Catalog, wide: &'a Wide) -> Vec<Sort<'a>> {
    let stored = wide.table.schema();
    let blocks = catalog.blocks().iter().filter(|(block, _)| block.form == wide.form);
    let count = |block: BlockKey, at: usize| {
        let place = wide.layout.place(Role::Count(block, at))?;
        Some(stored.field(place).name().clone())
    };
    let sort = |&(block, _): &(BlockKey, _)| {
        let counts = [count(block, 0)?, count(block, 1)?, count(block, 2)?, count(block, 3)?];
        Some(Sort { wide, block, counts })
    };
    blocks.filter_map(sort).collect()
}

/// unit, name, level, period, period_kind, the units above, form, frequency, entry_level.
fn keys(catalog: &Catalog, sort: &Sort<'_>, name_of: &Arc<ScalarUDF>) -> Vec<Expr> {
    let mut columns = vec![exact("unit"), named(name_of, "unit").alias("name")];
    columns.extend(["level", "period", "period_kind"].map(exact));
    columns.extend(["province", "prefecture", "county", "township"].map(exact));
    columns.push(lit(catalog.form(sort.wide.form).code.clone()).alias("form"));
    columns.push(lit(sort.block.frequency.letter().to_string()).alias("frequency"));
    columns.push(lit(sort.block.level.name()).alias("entry_level"));
    columns
}

fn completeness(catalog: &Catalog, sort: &Sort<'_>, name_of: &Arc<ScalarUDF>) -> Result<Vec<Expr>> {
    let [due, received, _, accepted] = sort.counts.each_ref().map(|name| exact(name));
    let mut columns = keys(catalog, sort, name_of);
    columns.extend([
        due.clone().alias("due"),
        received.clone().alias("received"),
        accepted.alias("accepted"),
        (due - received).alias("missing"),
    ]);
    Ok(columns)
}

fn timeliness(catalog: &Catalog, sort: &Sort<'_>, name_of: &Arc<ScalarUDF>) -> Result<Vec<Expr>> {
    let [due, _, on_time, accepted] = sort.counts.each_ref().map(|name| exact(name));
    let mut columns = keys(catalog, sort, name_of);
    columns.extend([
        due.clone().alias("due"),
        on_time.clone().alias("on_time"),
        (accepted.clone() - on_time).alias("late"),
        (due - accepted).alias("open"),
    ]);
    Ok(columns)
}

fn in_chinese(catalog: &Catalog, sort: &Sort<'_>, name_of: &Arc<ScalarUDF>) -> Result<Vec<Expr>> {
    let [due, received, on_time, accepted] = sort.counts.each_ref().map(|name| exact(name));
    let BlockKey { frequency, level, .. } = sort.block;
    let (frequency, entered): (PeriodKind, Level) = (frequency, level);
    let mut columns = vec![
        named(name_of, "unit").alias("单位"),
        exact("unit").alias("单位代码"),
        level_zh()?.alias("层级"),
        exact("period").alias("报告期"),
        exact("period_kind").alias("报告期类型"),
    ];
    columns.extend(above_zh(name_of));
    columns.extend([
        lit(catalog.form(sort.wide.form).zh.clone()).alias("报表"),
        lit(frequency.zh()).alias("报送频率"),
        lit(entered.zh()).alias("填报层级"),
        due.clone().alias("应报"),
        received.clone().alias("实报"),
        on_time.clone().alias("按时"),
        accepted.clone().alias("已采用"),
        (due - received).alias("缺报"),
        (accepted - on_time).alias("迟报"),
    ]);
    Ok(columns)
}
