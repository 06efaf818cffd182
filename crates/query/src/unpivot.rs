//! Turns rows of a wide table into one row per indicator, batch by batch.

use std::{fmt, sync::Arc};

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray,
        new_null_array,
    },
    compute::{cast, filter_record_batch},
    datatypes::{Int64Type, SchemaRef},
};
use datafusion::{
    common::{DataFusionError, Result, tree_node::TreeNodeRecursion},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::EquivalenceProperties,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PhysicalExpr,
        PlanProperties, stream::RecordBatchStreamAdapter,
    },
};
use futures::{StreamExt, stream};

/// Where an output column comes from.
#[derive(Clone, Debug)]
pub(crate) enum From {
    /// This column of the input, as it is.
    Input(usize),
    /// This one of the indicator's texts.
    Text(usize),
    /// The indicator's value.
    Value,
    /// This count of the indicator's returns: due, received, on time, accepted.
    Count(usize),
}

/// One indicator of the input.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    /// Its place in the input.
    pub(crate) value: usize,
    /// Places of due, received, on time and accepted of its returns, if units enter it.
    pub(crate) counts: Option<[usize; 4]>,
    /// Texts that are the same in all its rows.
    pub(crate) texts: Vec<String>,
}

/// The plan: every row of the input once per branch, except where there is neither a value nor a
/// return due.
#[derive(Clone, Debug)]
pub(crate) struct UnpivotExec {
    input: Arc<dyn ExecutionPlan>,
    branches: Arc<Vec<Branch>>,
    columns: Arc<Vec<From>>,
    properties: Arc<PlanProperties>,
}

impl UnpivotExec {
    /// `schema` has one field per entry of `columns`.
    pub(crate) fn new(
        input: Arc<dyn ExecutionPlan>,
        branches: Arc<Vec<Branch>>,
        columns: Arc<Vec<From>>,
        schema: SchemaRef,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            datafusion::physical_plan::Partitioning::UnknownPartitioning(
                input.output_partitioning().partition_count(),
            ),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self { input, branches, columns, properties: Arc::new(properties) }
    }
}

impl DisplayAs for UnpivotExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes = self.branches.iter().filter_map(|b| b.texts.first()).take(8);
        let codes: Vec<&str> = codes.map(String::as_str).collect();
        write!(f, "UnpivotExec: {} indicators [{}", self.branches.len(), codes.join(", "))?;
        f.write_str(if self.branches.len() > codes.len() { ", …]" } else { "]" })
    }
}

impl ExecutionPlan for UnpivotExec {
    fn name(&self) -> &str {
        "UnpivotExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.pop().ok_or_else(|| {
            DataFusionError::Internal("UnpivotExec has exactly one input".to_owned())
        })?;
        let (branches, columns) = (Arc::clone(&self.branches), Arc::clone(&self.columns));
        Ok(Arc::new(Self::new(input, branches, columns, self.schema())))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let (branches, columns) = (Arc::clone(&self.branches), Arc::clone(&self.columns));
        let schema = self.schema();
        let out = Arc::clone(&schema);
        let rows = input.flat_map(move |batch| {
            let batch = match batch {
                Ok(batch) => batch,
                Err(error) => return stream::iter(vec![Err(error)]).left_stream(),
            };
            let (branches, columns, out) =
                (Arc::clone(&branches), Arc::clone(&columns), Arc::clone(&out));
            let parts = (0..branches.len())
                .map(move |i| unpivot(&batch, &branches[i], &columns, &out))
                .filter(|part| !matches!(part, Ok(part) if part.num_rows() == 0));
            stream::iter(parts).right_stream()
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// The rows of one indicator.
fn unpivot(
    batch: &RecordBatch,
    branch: &Branch,
    columns: &[From],
    schema: &SchemaRef,
) -> Result<RecordBatch> {
    let rows = batch.num_rows();
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for (column, field) in columns.iter().zip(schema.fields()) {
        arrays.push(match column {
            From::Input(place) => Arc::clone(batch.column(*place)),
            From::Text(i) => Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                &branch.texts[*i],
                rows,
            ))),
            From::Value => cast(batch.column(branch.value), field.data_type())?,
            From::Count(i) => match branch.counts {
                Some(places) => cast(batch.column(places[*i]), field.data_type())?,
                None => new_null_array(field.data_type(), rows),
            },
        });
    }
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
    let all = RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)?;
    Ok(filter_record_batch(&all, &there(batch, branch)?)?)
}

/// Whether a row says anything about the indicator: a value, or a return that is due.
fn there(batch: &RecordBatch, branch: &Branch) -> Result<BooleanArray> {
    let values = batch.column(branch.value);
    let due: Option<Int64Array> = match branch.counts {
        Some([due, ..]) => {
            let due = cast(batch.column(due), &arrow::datatypes::DataType::Int64)?;
            Some(due.as_primitive::<Int64Type>().clone())
        }
        None => None,
    };
    let is_due = |row| due.as_ref().is_some_and(|due| due.is_valid(row) && due.value(row) > 0);
    Ok((0..batch.num_rows()).map(|row| Some(values.is_valid(row) || is_due(row))).collect())
}
