//! One version of a table as the query layer sees it: its columns and its files.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use arrow::datatypes::SchemaRef;
use deltalake::table::state::DeltaTableState;
use object_store::ObjectStore;

/// A pinned version: later commits do not change it, and its files stay where they are.
#[derive(Clone, Debug)]
pub struct TableSnapshot {
    /// Name of the table.
    pub table: String,
    /// Version in Delta's log.
    pub version: u64,
    /// Columns, partition columns included; a column's comment is in its field's metadata under
    /// `comment`.
    pub schema: SchemaRef,
    /// Data files, by path.
    pub files: Vec<FileEntry>,
    /// What reads the files, by their paths.
    pub objects: Arc<dyn ObjectStore>,
    /// Folder of the table, absolute; none in a bucket.
    pub folder: Option<PathBuf>,
}

/// One data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Path in the table's folder.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Partition columns and their values; these columns are not in the file.
    pub partition_values: BTreeMap<String, Option<String>>,
    /// Number of rows.
    pub num_rows: u64,
}

impl TableSnapshot {
    /// Absolute paths of the files; none in a bucket.
    pub fn paths(&self) -> impl Iterator<Item = PathBuf> {
        let folder = self.folder.iter();
        folder.flat_map(|folder| self.files.iter().map(|file| folder.join(&file.path)))
    }

    /// Number of rows.
    pub fn num_rows(&self) -> u64 {
        self.files.iter().map(|file| file.num_rows).sum()
    }
}

/// The files of a state, by path.
pub(crate) fn files(state: &DeltaTableState) -> Vec<FileEntry> {
    let mut files: Vec<FileEntry> = state
        .log_data()
        .iter()
        .map(|file| FileEntry {
            path: file.path().into_owned(),
            size: file.size().unsigned_abs(),
            partition_values: file.partition_values_map().into_iter().collect(),
            num_rows: file.num_records().unwrap_or(0) as u64,
        })
        .collect();
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    files
}
