//! Looks at a table's folder before it is used: what a power cut or a stray hand has left there.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use arrow::array::{Array, AsArray};
use parquet::arrow::{ProjectionMask, arrow_reader::ParquetRecordBatchReaderBuilder};
use serde::Deserialize;

use crate::StoreError;

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
pub(crate) fn read_log(table: &str, folder: &Path) -> Result<LogState, StoreError> {
    let log = folder.join(LOG);
    let versions = versions(&log)?;
    let Some(&newest) = versions.last() else { return Ok(LogState::default()) };
    let (first, mut positions) = match checkpoint(table, &log)? {
        Some((version, positions)) => (version + 1, positions),
        None => (0, BTreeMap::new()),
    };
    let behind = versions.iter().filter(|&&version| version >= first);
    for (next, &version) in (first..).zip(behind) {
        if version != next {
            let path = commit_file(&log, next);
            return Err(StoreError::MissingVersion {
                table: table.to_owned(),
                version: next,
                path,
            });
        }
        let path = commit_file(&log, version);
        positions.extend(read_commit(table, &path, version == newest)?);
    }
    Ok(LogState { newest: Some(newest), positions })
}

/// The application positions of one commit file.
pub(crate) fn read_commit(
    table: &str,
    path: &Path,
    newest: bool,
) -> Result<Vec<(String, i64)>, StoreError> {
    let bytes = fs::read(path).map_err(|e| StoreError::of_io(path, e))?;
    let (table, path) = (table.to_owned(), path.to_owned());
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

/// Path of the commit file of a version.
pub(crate) fn commit_file(log: &Path, version: u64) -> PathBuf {
    log.join(format!("{version:020}.json"))
}

/// Refuses a table one of whose data files is absent or of another size.
pub(crate) fn check_files<'a>(
    table: &str,
    folder: &Path,
    files: impl Iterator<Item = (&'a str, u64)>,
) -> Result<(), StoreError> {
    for (file, size) in files {
        let path = folder.join(file);
        let problem = match fs::metadata(&path) {
            Ok(found) if found.len() == size => continue,
            Ok(found) => format!("has {} bytes instead of {size}", found.len()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => "is missing".to_owned(),
            Err(e) => return Err(StoreError::of_io(path, e)),
        };
        return Err(StoreError::DamagedDataFile { table: table.to_owned(), path, problem });
    }
    Ok(())
}

/// Versions that have a commit file, ascending.
fn versions(log: &Path) -> Result<Vec<u64>, StoreError> {
    let entries = match fs::read_dir(log) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(StoreError::of_io(log, e)),
    };
    let mut versions = Vec::new();
    for entry in entries {
        let name = entry.map_err(|e| StoreError::of_io(log, e))?.file_name();
        let stem = name.to_str().and_then(|name| name.strip_suffix(".json"));
        let digits = stem.filter(|s| s.len() == 20 && s.bytes().all(|b| b.is_ascii_digit()));
        versions.extend(digits.and_then(|d| d.parse::<u64>().ok()));
    }
    versions.sort_unstable();
    Ok(versions)
}

/// The last checkpoint.
fn checkpoint(table: &str, log: &Path) -> Result<Option<Checkpoint>, StoreError> {
    let hint = match fs::read(log.join("_last_checkpoint")) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(StoreError::of_io(log, e)),
    };
    // The hint is only that: without it the whole log is read.
    let Ok(LastCheckpoint { version }) = serde_json::from_slice(&hint) else { return Ok(None) };
    let path = log.join(format!("{version:020}.checkpoint.parquet"));
    if !path.exists() {
        return Ok(None);
    }
    let place = format!("table {table}, checkpoint {}", path.display());
    let positions = checkpoint_positions(&path).map_err(|e| StoreError::of_format(place, e))?;
    Ok(Some((version, positions)))
}

/// Column `txn` of a checkpoint: `struct<appId, version, …>`, null in the rows of other actions.
fn checkpoint_positions(
    path: &Path,
) -> Result<BTreeMap<String, i64>, Box<dyn std::error::Error + Send + Sync>> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path)?)?;
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
