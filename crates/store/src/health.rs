//! Looks at a table's files before it is used: what a power cut or a stray hand has left there.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use arrow::array::{Array, AsArray};
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path as Location;
use parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};
use serde::Deserialize;

use crate::{
    StoreError,
    files::{Files, within},
};

/// Folder of a table's log.
pub(crate) const LOG: &str = "_delta_log";

/// What the log of a sound table says about application positions.
#[derive(Debug, Default)]
pub(crate) struct LogState {
    /// Newest version; `None` when nothing was ever committed.
    pub(crate) newest: Option<u64>,
    /// Position of each application: its last `txn` action.
    pub(crate) positions: BTreeMap<String, i64>,
}

/// Version of a checkpoint and the application positions in it.
type Checkpoint = (u64, BTreeMap<String, i64>);

/// One line of a commit file, as far as it matters here.
#[derive(Deserialize)]
struct Line {
    txn: Option<Txn>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Txn {
    app_id: String,
    version: i64,
}

#[derive(Deserialize)]
struct LastCheckpoint {
    version: u64,
}

/// Reads every commit file behind the last checkpoint; refuses empty and unreadable ones.
pub(crate) async fn read_log(table: &str, files: &Files) -> Result<LogState, StoreError> {
    let log = files.table(table).join(LOG);
    let versions = versions(table, files, &log).await?;
    let Some(&newest) = versions.last() else { return Ok(LogState::default()) };
    let (first, mut positions) = match checkpoint(table, files, &log).await? {
        Some((version, positions)) => (version + 1, positions),
        None => (0, BTreeMap::new()),
    };
    let behind = versions.iter().filter(|&&version| version >= first);
    for (next, &version) in (first..).zip(behind) {
        if version != next {
            return Err(missing(table, files, next));
        }
        positions.extend(read_commit(table, files, version, version == newest).await?);
    }
    Ok(LogState { newest: Some(newest), positions })
}

/// The application positions that one version sets.
pub(crate) async fn read_commit(
    table: &str,
    files: &Files,
    version: u64,
    newest: bool,
) -> Result<Vec<(String, i64)>, StoreError> {
    let location = commit_file(table, files, version);
    let read = files.read(&location).await.map_err(|e| StoreError::of_storage(table, e))?;
    let bytes = read.ok_or_else(|| missing(table, files, version))?;
    let (table, path) = (table.to_owned(), files.shown(&location));
    if bytes.trim_ascii().is_empty() {
        return Err(StoreError::EmptyCommitFile { table, path, newest });
    }
    let lines = bytes.split(|&b| b == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
    let mut positions = Vec::new();
    for (number, line) in lines {
        match serde_json::from_slice::<Line>(line) {
            Ok(Line { txn }) => positions.extend(txn.map(|t| (t.app_id, t.version))),
            Err(e) => {
                let (line, reason) = (number + 1, e.to_string());
                return Err(StoreError::UnreadableCommitFile { table, path, line, reason, newest });
            }
        }
    }
    Ok(positions)
}

fn missing(table: &str, files: &Files, version: u64) -> StoreError {
    let path = files.shown(&commit_file(table, files, version));
    StoreError::MissingVersion { table: table.to_owned(), version, path }
}

/// Where the commit file of a version lies.
fn commit_file(table: &str, files: &Files, version: u64) -> Location {
    files.table(table).join(LOG).join(format!("{version:020}.json"))
}

/// Refuses a table one of whose data files is absent or of another size.
pub(crate) async fn check_files<'a>(
    table: &str,
    files: &Files,
    wanted: impl Iterator<Item = (&'a str, u64)>,
) -> Result<(), StoreError> {
    let location = files.table(table);
    // One list instead of a question for each file: in a bucket a question costs milliseconds.
    let found: HashMap<Location, u64> = files
        .objects()
        .list(Some(&location))
        .map_ok(|object| (object.location, object.size))
        .try_collect()
        .await
        .map_err(|e| StoreError::of_storage(table, e))?;
    for (file, size) in wanted {
        let file = within(&location, file);
        let problem = match found.get(&file) {
            Some(&there) if there == size => continue,
            Some(there) => format!("has {there} bytes instead of {size}"),
            None => "is missing".to_owned(),
        };
        let path: PathBuf = files.shown(&file);
        return Err(StoreError::DamagedDataFile { table: table.to_owned(), path, problem });
    }
    Ok(())
}

/// Versions that have a commit file, ascending.
async fn versions(table: &str, files: &Files, log: &Location) -> Result<Vec<u64>, StoreError> {
    let mut versions: Vec<u64> = files
        .objects()
        .list(Some(log))
        .try_filter_map(|object| async move {
            let stem = object.location.filename().and_then(|name| name.strip_suffix(".json"));
            let digits = stem.filter(|s| s.len() == 20 && s.bytes().all(|b| b.is_ascii_digit()));
            Ok(digits.and_then(|d| d.parse::<u64>().ok()))
        })
        .try_collect()
        .await
        .map_err(|e| StoreError::of_storage(table, e))?;
    versions.sort_unstable();
    Ok(versions)
}

/// The last checkpoint.
async fn checkpoint(
    table: &str,
    files: &Files,
    log: &Location,
) -> Result<Option<Checkpoint>, StoreError> {
    let failed = |e| StoreError::of_storage(table, e);
    let hint = files.read(&log.clone().join("_last_checkpoint")).await.map_err(failed)?;
    // The hint is only that: without it the whole log is read.
    let hint = hint.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(LastCheckpoint { version }) = hint else { return Ok(None) };
    let location = log.clone().join(format!("{version:020}.checkpoint.parquet"));
    let Some(bytes) = files.read(&location).await.map_err(failed)? else { return Ok(None) };
    let place = format!("table {table}, checkpoint {}", files.shown(&location).display());
    let positions = checkpoint_positions(bytes).map_err(|e| StoreError::of_format(place, e))?;
    Ok(Some((version, positions)))
}

/// Column `txn` of a checkpoint: `struct<appId, version, …>`, null in the rows of other actions.
fn checkpoint_positions(
    bytes: Bytes,
) -> Result<BTreeMap<String, i64>, Box<dyn std::error::Error + Send + Sync>> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes)?;
    let columns = ["txn.appId", "txn.version"];
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns);
    let mut positions = BTreeMap::new();
    for batch in builder.with_projection(mask).build()? {
        let batch = batch?;
        let txn = batch.column_by_name("txn").and_then(|c| c.as_struct_opt());
        let txn = txn.ok_or("column txn is missing")?;
        let ids = txn.column_by_name("appId").and_then(|c| c.as_string_opt::<i32>());
        let versions = txn
            .column_by_name("version")
            .and_then(|c| c.as_primitive_opt::<arrow::datatypes::Int64Type>());
        let (Some(ids), Some(versions)) = (ids, versions) else {
            return Err("column txn has other fields than appId and version".into());
        };
        for row in (0..txn.len()).filter(|&row| txn.is_valid(row) && ids.is_valid(row)) {
            positions.insert(ids.value(row).to_owned(), versions.value(row));
        }
    }
    Ok(positions)
}
