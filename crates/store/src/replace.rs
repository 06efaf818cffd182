//! Small tables that are replaced as a whole: dimensions, scores, rankings, findings.

use arrow::{array::RecordBatch, datatypes::Schema};
use serde_json::json;

use crate::{
    Store, StoreError,
    encode::{blocking, to_parquet},
    log_actions::NewFile,
    store::columns,
    table::Change,
};

impl Store {
    /// Makes `batches` the whole content of a table, in one commit, and returns its version. The
    /// first one gives the columns; at least one is needed, and it may be without rows.
    ///
    /// When the table holds exactly this already, nothing is written and the version stays.
    pub async fn replace_table(
        &self,
        name: &str,
        batches: &[RecordBatch],
    ) -> Result<u64, StoreError> {
        let mut table = self.table(name).await?;
        table.refresh().await?;
        let Some(schema) = batches.first().map(RecordBatch::schema) else {
            return Err(StoreError::Column {
                table: name.to_owned(),
                column: "*".to_owned(),
                problem: "no batch was given, so the columns are unknown".to_owned(),
            });
        };
        let failed = |e| StoreError::of_format(format!("table {name}"), e);
        let encoded = blocking(|| to_parquet(schema.clone(), batches, &[])).map_err(failed)?;
        table.create(&schema, None).await?;

        let path = format!("all-{}.parquet", encoded.hash);
        let mut change = Change::default();
        let same_columns = same_columns(&columns(&table, table.state()?)?, &schema);
        if !same_columns {
            change.metadata = Some(table.metadata(&schema, None)?);
        }
        let old = table.files();
        let kept = old.iter().any(|file| file.path == path);
        let complete = kept || encoded.rows == 0;
        change.remove = old.into_iter().filter(|file| file.path != path).collect();
        if same_columns && complete && change.remove.is_empty() {
            return Ok(table.state()?.version());
        }
        if !complete {
            let file = NewFile {
                path,
                partition: None,
                size: encoded.bytes.len() as u64,
                stats: json!({ "numRecords": encoded.rows }).to_string(),
            };
            change.add.push((file, encoded.bytes));
        }
        table.commit(change).await
    }
}

/// Same names and types in the same order.
fn same_columns(stored: &Schema, new: &Schema) -> bool {
    let of = |schema: &Schema| -> Vec<_> {
        schema.fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect()
    };
    of(stored) == of(new)
}
