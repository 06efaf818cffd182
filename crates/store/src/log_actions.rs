//! Actions of the Delta log whose every field comes from the caller: no clock, no chance.
//!
//! The library stamps its own commit info and table metadata with the time of day and a random
//! id. It keeps those that it is handed, so they are made here: times from the store's clock, the
//! table's id from its name. The library writes maps in an order that changes from run to run, so
//! that none with more than one entry is handed over but the properties of a table (see `in_order`).

use std::collections::HashMap;

use arrow::datatypes::Schema;
use deltalake::{
    DeltaTableError,
    kernel::{
        Action, Add, CommitInfo, Metadata, Protocol, Remove, StructType,
        engine::arrow_conversion::TryIntoKernel,
    },
};
use model::envelope::content_hash;
use serde_json::{Value, json};

/// Columns of which a file tells the range that it holds, where a table has them.
pub(crate) const RANGES: [&str; 2] = ["prefecture", "unit"];

/// What the log calls the writer.
const ENGINE: &str = concat!("zhibao/", env!("CARGO_PKG_VERSION"));

/// Who, when and what: the first action of a commit.
pub(crate) fn commit_info(operation: &str, now: i64) -> Action {
    Action::CommitInfo(CommitInfo {
        timestamp: Some(now),
        operation: Some(operation.to_owned()),
        engine_info: Some(ENGINE.to_owned()),
        ..CommitInfo::default()
    })
}

/// Reader version 1, writer version 2: what every reader of Delta tables understands.
pub(crate) fn protocol() -> Result<Protocol, DeltaTableError> {
    Ok(serde_json::from_value(json!({ "minReaderVersion": 1, "minWriterVersion": 2 }))?)
}

/// Schema and properties of a table.
pub(crate) fn metadata(
    table: &str,
    schema: &Schema,
    partition: Option<&str>,
    created: i64,
) -> Result<Metadata, DeltaTableError> {
    let schema: StructType = schema.try_into_kernel()?;
    in_order(&json!({
        "id": table_id(table),
        "name": table,
        "description": null,
        "format": { "provider": "parquet", "options": {} },
        "schemaString": serde_json::to_string(&schema)?,
        "partitionColumns": partition.into_iter().collect::<Vec<_>>(),
        "configuration": properties(table, &schema, partition.is_some()),
        "createdTime": created,
    }))
}

/// The properties of a table: its log is kept, since editions pin versions, and a file tells the
/// ranges of few columns, or of none where there are no partitions. Unless the table says which, each new state of it makes room for the ranges
/// of the first 32, for every file that there is.
fn properties(table: &str, schema: &StructType, partitioned: bool) -> Value {
    let mut properties = json!({ "delta.enableExpiredLogCleanup": "false" });
    let told = |name: &&str| partitioned && schema.field(name).is_some();
    let ranges = RANGES.into_iter().filter(told);
    let ranges = ranges.collect::<Vec<_>>().join(",");
    if table == crate::SUBMISSIONS {
        properties["delta.appendOnly"] = "true".into();
        properties["delta.dataSkippingNumIndexedCols"] = "0".into();
    } else if ranges.is_empty() {
        properties["delta.dataSkippingNumIndexedCols"] = "0".into();
    } else {
        properties["delta.dataSkippingStatsColumns"] = ranges.into();
    }
    properties
}

/// Metadata whose properties the library will write in the order of their names. It keeps them in a
/// map whose order is chance, so they are read until they fall into place: one time in six at least.
fn in_order(metadata: &Value) -> Result<Metadata, DeltaTableError> {
    let read = || -> Result<Metadata, _> { serde_json::from_value(metadata.clone()) };
    for _ in 0..1_000 {
        let metadata = read()?;
        if metadata.configuration().keys().is_sorted() {
            return Ok(metadata);
        }
    }
    // Another order is no less right.
    Ok(read()?)
}

/// An id in the form of a UUID (version 8: own content), the same for every table of this name.
fn table_id(table: &str) -> String {
    let hash = content_hash(format!("zhibao table {table}").as_bytes());
    let variant = ["8", "9", "a", "b"][usize::from(hash.as_bytes()[16]) % 4];
    format!(
        "{}-{}-8{}-{variant}{}-{}",
        &hash[..8],
        &hash[8..12],
        &hash[13..16],
        &hash[17..20],
        &hash[20..32]
    )
}

/// A data file that enters the table.
#[derive(Clone, Debug)]
pub(crate) struct NewFile {
    /// Path in the table's folder.
    pub(crate) path: String,
    /// Partition column and value, in a partitioned table.
    pub(crate) partition: Option<(&'static str, Option<String>)>,
    /// Size in bytes.
    pub(crate) size: u64,
    /// Statistics as Delta's JSON.
    pub(crate) stats: String,
}

impl NewFile {
    /// The action that brings it in; `new_rows`: it holds rows that the table did not.
    pub(crate) fn add(&self, now: i64, new_rows: bool) -> Action {
        Action::Add(Add {
            path: self.path.clone(),
            partition_values: self.partition_values(),
            size: self.size as i64,
            modification_time: now,
            data_change: new_rows,
            stats: Some(self.stats.clone()),
            ..empty_add()
        })
    }

    fn partition_values(&self) -> HashMap<String, Option<String>> {
        self.partition.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }
}

fn empty_add() -> Add {
    Add {
        path: String::new(),
        partition_values: HashMap::new(),
        size: 0,
        modification_time: 0,
        data_change: true,
        stats: None,
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    }
}

/// The action that takes a file out of the table; the file itself stays for older versions.
/// `old_rows`: the table does not hold its rows any more.
pub(crate) fn remove(file: &crate::FileEntry, now: i64, old_rows: bool) -> Action {
    Action::Remove(Remove {
        path: file.path.clone(),
        data_change: old_rows,
        deletion_timestamp: Some(now),
        extended_file_metadata: Some(true),
        partition_values: Some(file.partition_values.clone().into_iter().collect()),
        size: Some(file.size as i64),
        ..Remove::default()
    })
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field};

    use super::*;

    /// By chance, all seven would be in order in one of 384 runs.
    #[test]
    fn properties_are_written_in_the_order_of_their_names() {
        let unit = Field::new("unit", DataType::Int64, false);
        let schema = Schema::new(vec![unit, Field::new("sa_1", DataType::Int64, true)]);
        let told = r#"{"delta.dataSkippingStatsColumns":"unit","#;
        let none = r#"{"delta.dataSkippingNumIndexedCols":"0","#;
        let grows = r#"{"delta.appendOnly":"true","delta.dataSkippingNumIndexedCols":"0","#;
        let wide = ["sa", "ec", "ac", "form_quality"].map(|table| (table, Some("period"), told));
        let small = ["units", "scores"].map(|table| (table, None, none));
        let other = [(crate::SUBMISSIONS, Some("period"), grows)];
        for (table, partition, properties) in wide.into_iter().chain(small).chain(other) {
            let metadata = metadata(table, &schema, partition, 0).unwrap();
            let written = serde_json::to_string(&metadata).unwrap();
            let kept = r#""delta.enableExpiredLogCleanup":"false"}"#;
            assert!(written.contains(&format!("{properties}{kept}")), "{written}");
        }
    }

    #[test]
    fn a_table_has_the_same_id_everywhere_and_another_than_its_neighbour() {
        let id = table_id("sa");
        assert_eq!(id, table_id("sa"));
        assert_ne!(id, table_id("ec"));
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert!(id.split('-').nth(2).unwrap().starts_with('8'));
    }
}
