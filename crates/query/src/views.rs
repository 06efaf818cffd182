//! The tables and views that a session can name; one file each.

mod completeness;
mod declared;
mod findings;
mod form_by_code;
mod form_by_name;
mod indicators;
mod json_text;
mod long;
mod long_by_name;
mod returns;
mod set_aside;
mod steps;
mod units;
mod warnings;

use std::{collections::BTreeMap, sync::Arc};

use arrow::datatypes::Field;
use datafusion::{
    catalog::TableProvider,
    common::Result,
    datasource::{ViewTable, provider_as_source},
    execution::{context::SessionContext, object_store::ObjectStoreUrl},
    logical_expr::{Expr, LogicalPlanBuilder, ScalarUDF, when},
    prelude::{col, lit},
};
use model::{Catalog, Level};
use store::{SUBMISSIONS, TableSnapshot};

use crate::{
    Scope,
    files::FileTable,
    layout::{Layout, describer},
    long::{LongFacts, Wide},
    unit_name::unit_name,
};

/// Names of the views that are no form's.
const VIEWS: [&str; 11] = [
    completeness::NAMES[0],
    completeness::NAMES[1],
    completeness::NAMES[2],
    declared::NAME,
    findings::NAME,
    long::NAME,
    long_by_name::NAME,
    returns::NAME,
    set_aside::NAME,
    steps::NAME,
    warnings::NAME,
];

/// Stored tables that every session sees as a whole.
const DEFINITIONS: [&str; 2] = ["calendar", "forms"];

/// Registers everything that exists; returns the names of views whose tables do not exist yet.
pub(crate) async fn register(
    context: &SessionContext,
    tables: &[TableSnapshot],
    catalog: &Arc<Catalog>,
    scope: Scope,
) -> Result<Vec<String>> {
    let name_of = unit_name(Arc::clone(catalog));
    context.register_udf(name_of.as_ref().clone());
    let mut pinned: BTreeMap<&str, Arc<dyn TableProvider>> = BTreeMap::new();
    for (i, table) in tables.iter().enumerate() {
        pinned.insert(&table.table, provider(context, table, i, catalog, scope)?);
    }
    let mut absent = Vec::new();
    let mut wide = Vec::new();
    for (form, definition) in (0..).map(model::FormIx).zip(&catalog.forms) {
        let Some(table) = pinned.remove(definition.table().as_str()) else {
            absent.extend([definition.table(), definition.zh.clone()]);
            continue;
        };
        let layout = Layout::new(catalog, form, &table.schema());
        let by_code = form_by_code::view(&table, &layout, &definition.table(), &name_of)?;
        context.register_table(definition.table().as_str(), by_code)?;
        let by_name = form_by_name::view(catalog, &table, &layout, &name_of)?;
        context.register_table(quoted(&definition.zh), by_name)?;
        wide.push(Wide { form, table, layout });
    }
    if wide.is_empty() {
        absent.extend([long::NAME.to_owned(), long_by_name::NAME.to_owned()]);
        absent.extend(completeness::NAMES.map(str::to_owned));
    } else {
        for (name, view) in completeness::views(catalog, &wide, &name_of)? {
            context.register_table(quoted(name), view)?;
        }
        let facts: Arc<dyn TableProvider> = Arc::new(LongFacts::new(Arc::clone(catalog), wide)?);
        context.register_table(long::NAME, long::view(&facts, &name_of)?)?;
        context.register_table(long_by_name::NAME, long_by_name::view(&facts, &name_of)?)?;
    }
    for (name, table) in [
        (indicators::NAME, indicators::table(catalog)?),
        (units::NAME, units::table(Arc::clone(catalog), scope)),
    ] {
        // The stored ones are for other readers: these know the scope and have more columns.
        pinned.remove(name);
        context.register_table(name, table)?;
    }
    for (name, table) in pinned {
        // The names of views are taken: what is stored under one is still to be had.
        let name = if VIEWS.contains(&name) { format!("stored_{name}") } else { name.to_owned() };
        context.register_table(name.as_str(), table)?;
    }
    absent.extend(over_submissions(context).await?);
    if context.table_exist(warnings::STORED)? {
        let plan = context.state().create_logical_plan(warnings::SQL).await?;
        let view = ViewTable::new(plan, Some(warnings::SQL.to_owned()));
        context.register_table(quoted(warnings::NAME), Arc::new(view))?;
    } else {
        absent.push(warnings::NAME.to_owned());
    }
    Ok(absent)
}

/// Registers the views over the submissions; returns their names if there is no such table yet.
async fn over_submissions(context: &SessionContext) -> Result<Vec<String>> {
    context.register_udf(findings::function());
    context.register_udf(declared::function());
    context.register_udf(json_text::function());
    let findings = findings::sql(context.table_exist(findings::CONTEXT)?);
    let views = [
        (returns::NAME, returns::SQL),
        (findings::NAME, findings.as_str()),
        (set_aside::NAME, set_aside::SQL),
        (steps::NAME, steps::SQL),
        (declared::NAME, declared::SQL),
    ];
    if !context.table_exist(SUBMISSIONS)? {
        return Ok(views
            .map(|(name, _)| name)
            .into_iter()
            .chain([SUBMISSIONS])
            .map(String::from)
            .collect());
    }
    for (name, sql) in views {
        let plan = context.state().create_logical_plan(sql).await?;
        context.register_table(name, Arc::new(ViewTable::new(plan, Some(sql.to_owned()))))?;
    }
    Ok(Vec::new())
}

/// The provider of one pinned table, whose files are looked up in its own place only.
fn provider(
    context: &SessionContext,
    table: &TableSnapshot,
    place: usize,
    catalog: &Arc<Catalog>,
    scope: Scope,
) -> Result<Arc<dyn TableProvider>> {
    let url = ObjectStoreUrl::parse(format!("zhibao://t{place}"))?;
    context.register_object_store(url.as_ref(), Arc::clone(&table.objects));
    // Definitions are nobody's rows.
    let condition = match DEFINITIONS.contains(&table.table.as_str()) {
        true => None,
        false => scope.condition(&table.schema, catalog),
    };
    let form = (0..).map(model::FormIx).zip(&catalog.forms).find(|(_, f)| f.table() == table.table);
    Ok(Arc::new(match form {
        Some((form, _)) => FileTable::new(table, url, describer(catalog, form), condition),
        None => FileTable::new(table, url, Field::clone, condition),
    }))
}

/// A name that is taken as it is written: unquoted names would be folded to lower case.
fn quoted(name: &str) -> datafusion::common::TableReference {
    datafusion::common::TableReference::bare(name.to_owned())
}

/// A view that computes `columns` from `table`.
fn projected(
    table: &Arc<dyn TableProvider>,
    name: &str,
    columns: Vec<Expr>,
) -> Result<Arc<dyn TableProvider>> {
    let source = provider_as_source(Arc::clone(table));
    let plan = LogicalPlanBuilder::scan(quoted(name), source, None)?.project(columns)?.build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}

/// A column by its exact name.
fn exact(name: &str) -> Expr {
    Expr::Column(datafusion::common::Column::new_unqualified(name))
}

/// Name of the unit in column `code` at the end of the row's period.
fn named(name_of: &Arc<ScalarUDF>, code: &str) -> Expr {
    name_of.call(vec![col(code), col("period")])
}

/// The Chinese name of the row's level.
fn level_zh() -> Result<Expr> {
    let mut levels = Level::ALL.into_iter();
    let Some(first) = levels.next() else { return Ok(lit("")) };
    let mut cases = when(col("level").eq(lit(first.name())), lit(first.zh()));
    for level in levels {
        cases = cases.when(col("level").eq(lit(level.name())), lit(level.zh()));
    }
    cases.end()
}

/// Columns with the names of the units above, for the Chinese views.
fn above_zh(name_of: &Arc<ScalarUDF>) -> [Expr; 4] {
    [("province", "所属省"), ("prefecture", "所属市"), ("county", "所属县"), ("township", "所属乡")]
        .map(|(code, zh)| named(name_of, code).alias(zh))
}
