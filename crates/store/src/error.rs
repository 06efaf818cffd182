//! What can go wrong with the tables, each with the place and the remedy.

use std::{error::Error, io, path::PathBuf};

use model::UnitCode;

/// Commits fail with the same errors as reads.
pub type CommitError = StoreError;

/// Why the tables could not be read or written. A failed commit leaves the version before it
/// readable and in force: nothing is ever half written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A commit file of no bytes, as a power cut leaves behind on a file system without care.
    #[error(
        "table {table}: commit file {} is empty; {}",
        path.display(), remedy(*newest)
    )]
    EmptyCommitFile {
        /// The table.
        table: String,
        /// The file.
        path: PathBuf,
        /// Whether it is the newest of the table.
        newest: bool,
    },
    /// A commit file that is no JSON.
    #[error(
        "table {table}: commit file {}, line {line}: {reason}; {}",
        path.display(), remedy(*newest)
    )]
    UnreadableCommitFile {
        /// The table.
        table: String,
        /// The file.
        path: PathBuf,
        /// 1-based line.
        line: usize,
        /// What the reader said.
        reason: String,
        /// Whether it is the newest of the table.
        newest: bool,
    },
    /// A version between the first and the newest has no commit file.
    #[error(
        "table {table}: version {version} is missing, {} does not exist; restore the folder from \
         a backup, or move the table away and rebuild it from the journal",
        path.display()
    )]
    MissingVersion {
        /// The table.
        table: String,
        /// The version.
        version: u64,
        /// The file that should be there.
        path: PathBuf,
    },
    /// A data file that a table needs is absent or has another size.
    #[error(
        "table {table}: data file {} {problem}; restore it from a backup, or move the table away \
         and rebuild it from the journal",
        path.display()
    )]
    DamagedDataFile {
        /// The table.
        table: String,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The disk is full.
    #[error(
        "no space left while writing {place}: free space; nothing was half written, the last \
         version stays in force; a service goes on by itself, anything else is to be run again"
    )]
    StorageFull {
        /// Table or folder.
        place: String,
        /// What the system said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The folder may not be written.
    #[error(
        "{place} cannot be written: give this user write access to the folder (or choose another \
         one with --data), or mount the file system for writing; nothing was changed, a service goes \
         on by itself, anything else is to be run again"
    )]
    NotWritable {
        /// Table or folder.
        place: String,
        /// What the system said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The stored journal position is not the one that the commit starts from.
    #[error(
        "journal partition {partition}: the table stands at offset {stored}, this commit starts \
         at {from}: another process has committed since; drop these rows and read on from {stored}"
    )]
    PositionMoved {
        /// Journal partition.
        partition: u32,
        /// Next offset by the table.
        stored: u64,
        /// First offset of the refused commit.
        from: u64,
    },
    /// A row lies outside the journal range that its commit declares.
    #[error(
        "journal partition {partition}, offset {offset} is in no range of this commit; \
         nothing was written"
    )]
    RowOutsideMove {
        /// Journal partition.
        partition: u32,
        /// Journal offset.
        offset: u64,
    },
    /// Another process committed to the table first.
    #[error("table {table}: another process committed first; read the table again and retry")]
    Conflict {
        /// The table.
        table: String,
    },
    /// Another roll-up has applied a newer version already.
    #[error(
        "table {table}: version {stored} of submissions is applied already, this roll-up read \
         {applied}: read the tables again and retry"
    )]
    RollUpBehind {
        /// The table.
        table: String,
        /// Version applied by the table.
        stored: u64,
        /// Version that the refused commit applied.
        applied: u64,
    },
    /// Another process has written rows of the province since this one did.
    #[error(
        "table {table}: another process has written rows of {province} in between, which may show \
         more than is known here: read the tables again and retry"
    )]
    RollUpTaken {
        /// The table.
        table: String,
        /// The province.
        province: UnitCode,
    },
    /// The same slice twice, or a whole period beside a part of it.
    #[error("table {table}, period {period}: {problem}")]
    Slices {
        /// The table.
        table: String,
        /// The period.
        period: String,
        /// Which slices do not go together.
        problem: String,
    },
    /// Rows do not fit the table's columns.
    #[error("table {table}, column {column}: {problem}")]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// What does not fit.
        problem: String,
    },
    /// A name that cannot be a table.
    #[error("{0:?} is no table name: lower-case letters, digits and _, beginning with a letter")]
    TableName(String),
    /// There is no such table.
    #[error("there is no table {0}; the tables appear with the first `zhibao aggregate`")]
    NoTable(String),
    /// There is no such version.
    #[error("table {table} has no version {version}; its newest is {newest}")]
    NoVersion {
        /// The table.
        table: String,
        /// The wanted version.
        version: u64,
        /// The newest version.
        newest: u64,
    },
    /// A stored row does not hold what its column promises.
    #[error(
        "table {table}, file {file}, row {row}: {problem}; it was not written by this program, \
         or by a newer one"
    )]
    StoredRow {
        /// The table.
        table: String,
        /// Path of the file in the table.
        file: String,
        /// 0-based row.
        row: usize,
        /// What does not fit.
        problem: String,
    },
    /// The bucket cannot be used.
    #[error("tables at {url}: {reason}")]
    Bucket {
        /// Its address.
        url: String,
        /// What is wrong, and what to do.
        reason: String,
        /// What the client said.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// A file or folder could not be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The Delta library refused.
    #[error("table {place}: {source}")]
    Delta {
        /// Table or folder.
        place: String,
        /// Its words.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Parquet or Arrow refused.
    #[error("{place}: {source}")]
    Format {
        /// Table or file.
        place: String,
        /// Its words.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What to do about a commit file that cannot be read.
fn remedy(newest: bool) -> &'static str {
    if newest {
        "it is the newest of its table and its commit was not acknowledged: move this file away \
         and run again, the journal still holds its entries"
    } else {
        "restore it from a backup, or move the table away and rebuild it from the journal"
    }
}

impl StoreError {
    /// Whether reading the table again and trying once more can succeed.
    pub fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::Conflict { .. }
                | Self::PositionMoved { .. }
                | Self::RollUpBehind { .. }
                | Self::RollUpTaken { .. }
        )
    }

    /// The error of a failed read or write at `place`, sorted by its cause.
    pub(crate) fn of_storage(place: &str, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let source = error.into();
        let place = place.to_owned();
        match io_kind(source.as_ref()) {
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
                Self::StorageFull { place, source }
            }
            Some(io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
                Self::NotWritable { place, source }
            }
            _ => Self::Delta { place, source },
        }
    }

    /// The error of a file-system call.
    pub(crate) fn of_io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        match io_kind(&source) {
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
                Self::StorageFull { place: path.display().to_string(), source: source.into() }
            }
            Some(io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => {
                Self::NotWritable { place: path.display().to_string(), source: source.into() }
            }
            _ => Self::Io { path, source },
        }
    }

    /// The error of encoding or decoding at `place`.
    pub(crate) fn of_format(
        place: impl Into<String>,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Format { place: place.into(), source: error.into() }
    }
}

/// The kind of the innermost system error in a chain of causes.
fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    let causes = std::iter::successors(Some(error), |&e| e.source());
    let of = |e: &(dyn Error + 'static)| e.downcast_ref::<io::Error>().map(io::Error::kind);
    causes.filter_map(of).filter(|&kind| kind != io::ErrorKind::Other).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_recognised_however_deep_it_is_wrapped() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let wrapped =
            object_store::Error::Generic { store: "LocalFileSystem", source: Box::new(full) };
        let outer = deltalake::DeltaTableError::ObjectStore { source: wrapped };
        let error = StoreError::of_storage("sa", outer);
        assert!(matches!(&error, StoreError::StorageFull { place, .. } if place == "sa"));
        assert!(error.to_string().contains("free space"), "{error}");
    }

    #[test]
    fn other_causes_keep_their_words() {
        let error = StoreError::of_storage("sa", "something else");
        assert!(error.to_string().contains("something else"), "{error}");
    }
}
