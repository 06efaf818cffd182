//! A session: one caller's read-only look at one set of table versions.

use std::{collections::BTreeMap, io::Write, sync::Arc};

use arrow::datatypes::SchemaRef;
use datafusion::{
    common::DataFusionError,
    execution::{
        SendableRecordBatchStream, SessionStateBuilder,
        context::{SQLOptions, SessionContext},
        memory_pool::FairSpillPool,
        runtime_env::RuntimeEnvBuilder,
    },
    logical_expr::LogicalPlan,
    physical_plan::execute_stream,
    prelude::SessionConfig,
};
use futures::StreamExt;
use model::Catalog;
use store::{Store, TableSnapshot};

use crate::{
    Error, Limits, Scope, adds_up,
    error::plain,
    failure,
    output::{self, Format, Written},
    size, views,
};

/// One caller's view of one set of table versions. Everything outside its scope does not exist for
/// it, and nothing can be changed through it.
pub struct Session {
    context: SessionContext,
    catalog: Arc<Catalog>,
    limits: Limits,
    versions: BTreeMap<String, u64>,
    /// Names of views whose tables were never written.
    absent: Vec<String>,
}

impl Session {
    /// Pins the newest version of every table of the store.
    pub async fn open(store: &Store, catalog: Arc<Catalog>, scope: Scope) -> Result<Self, Error> {
        Self::open_with(store, catalog, scope, Limits::default()).await
    }

    /// As [`Session::open`], with other limits.
    pub async fn open_with(
        store: &Store,
        catalog: Arc<Catalog>,
        scope: Scope,
        limits: Limits,
    ) -> Result<Self, Error> {
        let failed = |table: &str, error: store::StoreError| Error::Table {
            table: table.to_owned(),
            reason: error.to_string(),
        };
        let mut tables = Vec::new();
        for (name, version) in store.tables().await.map_err(|e| failed("*", e))? {
            let table = store.snapshot_at(&name, version).await.map_err(|e| failed(&name, e))?;
            tables.push(table);
        }
        Self::over(tables, catalog, scope, limits).await
    }

    /// A session over tables that are pinned already.
    pub async fn over(
        tables: Vec<TableSnapshot>,
        catalog: Arc<Catalog>,
        scope: Scope,
        limits: Limits,
    ) -> Result<Self, Error> {
        if let Scope::Subtree(unit) = scope
            && catalog.register.spans_of(unit).next().is_none()
        {
            return Err(Error::UnknownScope(unit.to_string()));
        }
        let context = context(&limits).map_err(|e| Error::Query(plain(&e)))?;
        let versions = tables.iter().map(|t| (t.table.clone(), t.version)).collect();
        let absent = views::register(&context, &tables, &catalog, scope)
            .await
            .map_err(|e| Error::Query(plain(&e)))?;
        Ok(Self { context, catalog, limits, versions, absent })
    }

    /// The pinned version of each table, to be printed beside a result.
    pub fn versions(&self) -> &BTreeMap<String, u64> {
        &self.versions
    }

    /// Names of all tables and views that can be queried, in order.
    pub fn names(&self) -> Vec<String> {
        let schemas = self.context.catalog_names().into_iter().filter_map(|catalog| {
            let catalog = self.context.catalog(&catalog)?;
            catalog.schema("public")
        });
        let mut names: Vec<String> = schemas.flat_map(|schema| schema.table_names()).collect();
        names.sort_unstable();
        names
    }

    /// Starts a query; its rows come as they are computed.
    pub async fn query(&self, sql: &str) -> Result<SendableRecordBatchStream, Error> {
        let plan = self.plan(sql).await?;
        let state = self.context.state();
        let running = async {
            let physical = state.query_planner().create_physical_plan(&plan, &state).await?;
            execute_stream(physical, self.context.task_ctx())
        };
        running.await.map_err(|error| self.failed(&error))
    }

    /// The optimised plan of a statement that only reads.
    async fn plan(&self, sql: &str) -> Result<LogicalPlan, Error> {
        size::check(sql, &self.limits)?;
        let state = self.context.state();
        let dialect = state.config().options().sql_parser.dialect;
        let statement =
            state.sql_to_statement(sql, &dialect).map_err(|e| failure::of_syntax(&e))?;
        let plan = state.statement_to_plan(statement).await.map_err(|e| self.failed(&e))?;
        let read_only = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        read_only.verify_plan(&plan).map_err(|e| Error::ReadOnly(plain(&e)))?;
        let plan = state.optimize(&plan).map_err(|e| self.failed(&e))?;
        adds_up::check(&plan, &self.catalog, &state)?;
        Ok(plan)
    }

    fn failed(&self, error: &DataFusionError) -> Error {
        failure::of_query(error, &self.names(), &self.absent, self.limits.memory)
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("versions", &self.versions).finish_non_exhaustive()
    }
}

/// Runs one statement and writes its result, and nothing else, to `out`.
pub async fn run(
    session: &Session,
    sql: &str,
    format: Format,
    out: &mut (dyn Write + Send),
) -> Result<Written, Error> {
    let mut rows = session.query(sql).await?;
    let schema: SchemaRef = rows.schema();
    // Nothing is written before the first batch is there: a failing query leaves no half head.
    let mut next = rows.next().await.transpose().map_err(|e| session.failed(&e))?;
    let mut sink = output::sink(format, schema, &session.limits, out)?;
    let mut count = 0;
    while let Some(batch) = next {
        count += batch.num_rows() as u64;
        sink.batch(&batch)?;
        next = rows.next().await.transpose().map_err(|e| session.failed(&e))?;
    }
    Ok(Written { rows: count, shown: sink.finish()? })
}

/// A context that reads nothing but what is registered with it.
fn context(limits: &Limits) -> Result<SessionContext, DataFusionError> {
    let mut config = SessionConfig::new()
        .with_target_partitions(limits.partitions)
        .with_information_schema(true)
        .with_default_catalog_and_schema("zhibao", "public");
    let options = config.options_mut();
    // Amounts written into a statement stay decimals: 0.1 is no float.
    options.sql_parser.parse_float_as_decimal = true;
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(limits.memory)))
        .build_arc()?;
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .build();
    Ok(SessionContext::new_with_state(state))
}
