//! Small tables that are replaced as a whole: dimensions, scores, rankings, findings.

use arrow::{array::RecordBatch, datatypes::Schema};
use serde_json::json;

use crate::{
    Store, StoreError,
    encode::{Encoded, Packing, blocking, to_parquet},
    log_actions::NewFile,
    store::columns,
    table::{Change, Table},
    wide::{ROLL_UP, check_applied},
};

/// How often a commit is tried when other processes commit in between.
const ATTEMPTS: usize = 20;

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
        self.replace(name, batches, None).await
    }

    /// As [`Store::replace_table`]; `applied` is told by [`Store::applied_under`] afterwards, new
    /// content or not.
    pub(crate) async fn replace(
        &self,
        name: &str,
        batches: &[RecordBatch],
        applied: Option<Applied<'_>>,
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
        let encoded = blocking(|| to_parquet(schema.clone(), batches, &Packing::Texts(&[])))
            .map_err(failed)?;
        table.create(&schema, None).await?;
        for _ in 0..ATTEMPTS {
            if let Some(applied) = applied {
                check_applied(&table, applied.submissions)?;
            }
            let Some(change) = change(&table, &schema, &encoded, applied)? else {
                return Ok(table.state()?.version());
            };
            match table.commit(change).await {
                Err(StoreError::Conflict { .. }) => table.refresh().await?,
                result => return result,
            }
        }
        Err(StoreError::Conflict { table: name.to_owned() })
    }

    /// The version of `submissions` that a table shows, provided that it shows it under this
    /// catalogue; `None` when the definitions have changed since, or nothing was rolled up yet.
    pub async fn applied_under(
        &self,
        table: &str,
        catalog: &str,
    ) -> Result<Option<u64>, StoreError> {
        let mut table = self.table(table).await?;
        table.refresh().await?;
        let under = table.position(&under(catalog));
        let newest = table.position(ROLL_UP);
        Ok(under.filter(|_| under == newest).map(i64::unsigned_abs))
    }
}

/// What the content of a table was made from.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'a> {
    /// Version of `submissions`.
    pub submissions: u64,
    /// Hash of the catalogue.
    pub catalog: &'a str,
}

/// Application id of the version that was applied under a catalogue.
fn under(catalog: &str) -> String {
    format!("{ROLL_UP}-{catalog}")
}

/// What makes `encoded` the whole content; `None` when it is that already.
fn change(
    table: &Table,
    schema: &Schema,
    encoded: &Encoded,
    applied: Option<Applied<'_>>,
) -> Result<Option<Change>, StoreError> {
    let path = format!("all-{}.parquet", encoded.hash);
    let mut change = Change::default();
    let same_columns = same_columns(&columns(table, table.state()?)?, schema);
    if !same_columns {
        change.metadata = Some(table.metadata(schema, None)?);
    }
    let old = table.files();
    let complete = old.iter().any(|file| file.path == path) || encoded.rows == 0;
    change.remove = old.into_iter().filter(|file| file.path != path).collect();
    if let Some(Applied { submissions, catalog }) = applied {
        let positions = [ROLL_UP.to_owned(), under(catalog)].map(|app| (app, submissions as i64));
        let told = |(app, at): &(String, i64)| table.position(app) == Some(*at);
        if !positions.iter().all(told) {
            change.positions.extend(positions);
        }
    }
    if same_columns && complete && change.positions.is_empty() && change.remove.is_empty() {
        return Ok(None);
    }
    if !complete {
        let file = NewFile {
            path,
            partition: None,
            size: encoded.bytes.len() as u64,
            stats: json!({ "numRecords": encoded.rows }).to_string(),
        };
        change.add.push((file, encoded.bytes.clone()));
    }
    Ok(Some(change))
}

/// Same names and types in the same order.
fn same_columns(stored: &Schema, new: &Schema) -> bool {
    let of = |schema: &Schema| -> Vec<_> {
        schema.fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect()
    };
    of(stored) == of(new)
}
