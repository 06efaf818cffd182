//! The provider of one pinned table: hands its files to DataFusion's Parquet source, leaves out
//! periods that a filter rules out, and confines the rows to the session's scope.

use std::{collections::BTreeSet, sync::Arc};

use arrow::{
    array::{ArrayRef, RecordBatch},
    datatypes::{Field, FieldRef, Schema, SchemaRef},
};
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::{DFSchema, DataFusionError, ScalarValue, Statistics, stats::Precision},
    datasource::{
        listing::PartitionedFile,
        physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource},
        source::DataSourceExec,
        table_schema::TableSchema,
    },
    execution::object_store::ObjectStoreUrl,
    logical_expr::{Expr, TableProviderFilterPushDown, TableType, utils::conjunction},
    physical_plan::{
        ExecutionPlan, PhysicalExpr, empty::EmptyExec, expressions::Column, filter::FilterExec,
        projection::ProjectionExec,
    },
};
use object_store::path::Path;
use store::{FileEntry, TableSnapshot};

use crate::prune::{may_pass, unqualified};

/// One table at one version, confined to a scope.
#[derive(Debug)]
pub(crate) struct FileTable {
    files: Vec<FileEntry>,
    store: ObjectStoreUrl,
    stored: TableSchema,
    /// Rows outside it do not exist for the session; over the columns of the table.
    scope: Option<Expr>,
}

impl FileTable {
    /// `store` is where the paths of the table's files are looked up; `describe` gives a stored
    /// field its metadata.
    pub(crate) fn new(
        table: &TableSnapshot,
        store: ObjectStoreUrl,
        describe: impl Fn(&Field) -> Field,
        scope: Option<Expr>,
    ) -> Self {
        // Partition columns are in the paths, not in the files; a table without files has no rows
        // to tell them by, and needs none.
        let by = table.files.first().map(|file| &file.partition_values);
        let (outside, inside): (Vec<FieldRef>, Vec<FieldRef>) = table
            .schema
            .fields()
            .iter()
            .map(|field| Arc::new(describe(field)))
            .partition(|field| by.is_some_and(|by| by.contains_key(field.name())));
        let stored = TableSchema::builder(Arc::new(Schema::new(inside)))
            .with_table_partition_cols(outside)
            .build();
        Self { files: table.files.clone(), store, stored, scope }
    }

    /// Values of the partition columns of a file, in their order.
    fn partition_values(&self, file: &FileEntry) -> Result<Vec<ScalarValue>, DataFusionError> {
        let columns = self.stored.table_partition_cols().iter();
        let value = |field: &FieldRef| match file.partition_values.get(field.name()).cloned() {
            Some(Some(text)) => ScalarValue::try_from_string(text, field.data_type()),
            _ => ScalarValue::try_from(field.data_type()),
        };
        columns.map(value).collect()
    }

    /// The files that `filters` do not rule out by their partition.
    fn files_for(
        &self,
        session: &dyn Session,
        filters: &[Expr],
    ) -> Result<Vec<&FileEntry>, DataFusionError> {
        let columns = self.stored.table_partition_cols();
        if columns.is_empty() || self.files.is_empty() {
            return Ok(self.files.iter().collect());
        }
        let values: Vec<Vec<ScalarValue>> =
            self.files.iter().map(|file| self.partition_values(file)).collect::<Result<_, _>>()?;
        let arrays: Vec<ArrayRef> = (0..columns.len())
            .map(|i| ScalarValue::iter_to_array(values.iter().map(|row| row[i].clone())))
            .collect::<Result<_, _>>()?;
        let rows = RecordBatch::try_new(Arc::new(Schema::new(columns.clone())), arrays)?;
        let pass = may_pass(session, filters, &rows)?;
        Ok(self.files.iter().zip(pass).filter_map(|(file, pass)| pass.then_some(file)).collect())
    }

    /// One group of files per partition of the session, with what is known about their rows.
    fn groups(
        &self,
        files: &[&FileEntry],
        partitions: usize,
    ) -> Result<Vec<FileGroup>, DataFusionError> {
        let file_schema = self.stored.file_schema();
        let mut all = Vec::with_capacity(files.len());
        for file in files {
            let path = Path::parse(&file.path).map_err(|e| DataFusionError::External(e.into()))?;
            let mut part = PartitionedFile::new(String::new(), file.size);
            part.object_meta.location = path;
            part.partition_values = self.partition_values(file)?;
            let known = Statistics::new_unknown(file_schema)
                .with_num_rows(Precision::Exact(file.num_rows as usize))
                .with_total_byte_size(Precision::Inexact(file.size as usize));
            all.push(part.with_statistics(Arc::new(known)));
        }
        Ok(FileGroup::new(all).split_files(partitions))
    }

    /// Everything that the filters and the scope say about one row, as the Parquet source reads it:
    /// row groups that cannot match are skipped.
    fn predicate(
        &self,
        session: &dyn Session,
        filters: &[Expr],
    ) -> Result<Option<Arc<dyn PhysicalExpr>>, DataFusionError> {
        let all = filters.iter().map(unqualified).chain(self.scope.clone().map(Ok));
        let Some(all) = conjunction(all.collect::<Result<Vec<_>, _>>()?) else { return Ok(None) };
        let schema = DFSchema::try_from(self.schema().as_ref().clone())?;
        session.create_physical_expr(all, &schema).map(Some)
    }

    /// The plan of reading `projection` of `files`, still without the scope.
    fn read(
        &self,
        session: &dyn Session,
        files: &[&FileEntry],
        projection: Option<Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let rows: u64 = files.iter().map(|file| file.num_rows).sum();
        let bytes: u64 = files.iter().map(|file| file.size).sum();
        let known = Statistics::new_unknown(&self.schema())
            .with_num_rows(Precision::Exact(rows as usize))
            .with_total_byte_size(Precision::Inexact(bytes as usize));
        let mut source = ParquetSource::new(self.stored.clone());
        if let Some(predicate) = self.predicate(session, filters)? {
            source = source.with_predicate(predicate);
        }
        let partitions = session.config().target_partitions();
        let config = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(self.groups(files, partitions)?)
            .with_statistics(known)
            .with_projection_indices(projection)?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

#[async_trait]
impl TableProvider for FileTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.stored.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let schema = self.schema();
        let wanted =
            projection.cloned().unwrap_or_else(|| (0..schema.fields().len()).collect::<Vec<_>>());
        let files = self.files_for(session, filters)?;
        if files.is_empty() {
            return Ok(Arc::new(EmptyExec::new(Arc::new(schema.project(&wanted)?))));
        }
        let Some(scope) = &self.scope else {
            // A limit may only be passed on when no filter stands above: DataFusion sees to that.
            return self.read(session, &files, Some(wanted), filters, limit);
        };
        let mut read = wanted.clone();
        let needed: BTreeSet<usize> = scope
            .column_refs()
            .into_iter()
            .map(|column| schema.index_of(&column.name))
            .collect::<Result<_, _>>()?;
        read.extend(needed.into_iter().filter(|place| !wanted.contains(place)));
        let input = self.read(session, &files, Some(read), filters, None)?;
        let input_schema = DFSchema::try_from(input.schema().as_ref().clone())?;
        let predicate = session.create_physical_expr(scope.clone(), &input_schema)?;
        let confined: Arc<dyn ExecutionPlan> = Arc::new(FilterExec::try_new(predicate, input)?);
        first_columns(confined, wanted.len())
    }
}

/// The first `count` columns of a plan: those that the scope alone needed are dropped again.
fn first_columns(
    plan: Arc<dyn ExecutionPlan>,
    count: usize,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    let schema = plan.schema();
    if schema.fields().len() == count {
        return Ok(plan);
    }
    let columns: Vec<(Arc<dyn PhysicalExpr>, String)> = schema.fields()[..count]
        .iter()
        .enumerate()
        .map(|(i, field)| {
            let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), i));
            (column, field.name().clone())
        })
        .collect();
    Ok(Arc::new(ProjectionExec::try_new(columns, plan)?))
}
