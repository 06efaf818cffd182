//! Table `submissions`: rows and journal positions in one commit, and reading them back.

use std::collections::BTreeMap;

use bytes::Bytes;
use model::Period;
use object_store::{ObjectStoreExt, path::Path as Location};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;

use crate::{
    Announcement, FileEntry, Store, StoreError, SubmissionRow,
    encode::{Encoded, Packing, blocking, in_parallel, to_parquet},
    files::within,
    log_actions::NewFile,
    submission_columns::{UNIQUE, file_schema, submissions_schema, to_batch},
    submission_decode::from_batch,
    table::{Change, Table},
};

/// Name of the table.
pub const SUBMISSIONS: &str = "submissions";

/// Its partition column.
const PERIOD: &str = "period";

/// Application id of a journal partition's position, before the number.
const POSITION: &str = "journal-";

/// How often a commit is tried when other processes commit other partitions in between.
const ATTEMPTS: usize = 20;

/// Rows handed over at a time when reading.
const BATCH: usize = 65_536;

/// Name that partitions without a value have in Delta's folders.
pub(crate) const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The half-open range of one journal partition that a commit covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionMove {
    /// Journal partition.
    pub partition: u32,
    /// First offset covered: what [`Store::positions`] said.
    pub from: u64,
    /// First offset not covered: the position after the commit.
    pub to: u64,
}

impl Store {
    /// Next journal offset of each partition that was ever committed.
    pub async fn positions(&self) -> Result<BTreeMap<u32, u64>, StoreError> {
        let mut table = self.table(SUBMISSIONS).await?;
        table.refresh().await?;
        let partition = |app: &str| app.strip_prefix(POSITION)?.parse::<u32>().ok();
        let positions = table.positions().iter();
        Ok(positions
            .filter_map(|(app, &at)| Some((partition(app)?, at.try_into().ok()?)))
            .collect())
    }

    /// Newest version of table `submissions`; `None` before its first commit.
    pub async fn submissions_version(&self) -> Result<Option<u64>, StoreError> {
        let mut table = self.table(SUBMISSIONS).await?;
        table.refresh().await?;
        Ok(table.version())
    }

    /// Appends rows and moves the journal positions that they cover, in one commit, and returns its
    /// version.
    ///
    /// It is a compare-and-swap: the stored position is read first, and a range that does not begin
    /// there is refused with [`StoreError::PositionMoved`], whether it comes too late (another
    /// process has taken over the partition) or too early. Each row must lie in one of the ranges.
    pub async fn commit_submissions(
        &self,
        rows: &[SubmissionRow],
        moves: &[PositionMove],
    ) -> Result<u64, StoreError> {
        self.commit_settled(rows, moves, &[]).await
    }

    /// As [`Store::commit_submissions`]; `announced` are the catalogues that the rows announce.
    pub async fn commit_settled(
        &self,
        rows: &[SubmissionRow],
        moves: &[PositionMove],
        announced: &[Announcement],
    ) -> Result<u64, StoreError> {
        check_rows(rows, moves)?;
        let mut table = self.table(SUBMISSIONS).await?;
        table.refresh().await?;
        check_moves(&table, moves)?;
        // Others may look at the table while the rows are packed.
        drop(table);
        // Large commits come fast, and small ones are put together soon.
        let parts = blocking(|| encode(rows, &Packing::Hurried(&UNIQUE)))?;
        let mut table = self.table(SUBMISSIONS).await?;
        table.refresh().await?;
        check_moves(&table, moves)?;
        table.create(&submissions_schema(), Some(PERIOD)).await?;
        for attempt in 0..ATTEMPTS {
            let mut change = change(&table, &parts, moves);
            change.positions.extend(announced.iter().map(Announcement::position));
            match table.commit(change).await {
                Err(StoreError::Conflict { .. }) => {
                    self.conflicted(&table.name, attempt);
                    table.refresh().await?;
                    check_moves(&table, moves)?;
                }
                result => return result,
            }
        }
        Err(StoreError::Conflict { table: SUBMISSIONS.to_owned() })
    }

    /// Reads all rows, commit by commit, within a commit by partition and offset: so each journal
    /// partition, and with it each key, comes in the order of the journal. Memory holds one commit
    /// at a time. Returns the version read; `None` when there is no table yet.
    pub async fn read_submissions(
        &self,
        mut take: impl FnMut(Vec<SubmissionRow>),
    ) -> Result<Option<u64>, StoreError> {
        self.read_submissions_of(|_| true, |_, rows| take(rows)).await
    }

    /// As [`Store::read_submissions`], but only commits whose version is `wanted`; the rows come
    /// with that version. Rows of commits that were put together come with the version of the last of
    /// them, so that rows of earlier ones, which were not wanted, may be among them.
    pub async fn read_submissions_of(
        &self,
        wanted: impl Fn(u64) -> bool,
        mut take: impl FnMut(u64, Vec<SubmissionRow>),
    ) -> Result<Option<u64>, StoreError> {
        let (files, location, version) = {
            let mut table = self.table(SUBMISSIONS).await?;
            table.refresh().await?;
            (table.files(), table.location().clone(), table.version())
        };
        let mut commits: BTreeMap<u64, Vec<FileEntry>> = BTreeMap::new();
        for file in files {
            let commit = commit_of(&file)?;
            if wanted(commit) {
                commits.entry(commit).or_default().push(file);
            }
        }
        for (commit, files) in commits {
            let mut fetched = Vec::with_capacity(files.len());
            for file in files {
                let bytes = self.fetch(&location, &file).await?;
                fetched.push((file, bytes));
            }
            let mut rows = blocking(|| decode(fetched))?;
            rows.sort_by_key(|row| (row.partition, row.offset));
            while rows.len() > BATCH {
                let rest = rows.split_off(BATCH);
                take(commit, std::mem::replace(&mut rows, rest));
            }
            if !rows.is_empty() {
                take(commit, rows);
            }
        }
        Ok(version)
    }

    /// The newest version of table `submissions` that brought rows; later ones may have put files
    /// together.
    pub async fn newest_submissions(&self) -> Result<Option<u64>, StoreError> {
        let mut table = self.table(SUBMISSIONS).await?;
        table.refresh().await?;
        let mut newest = None;
        for file in table.files() {
            newest = newest.max(Some(commit_of(&file)?));
        }
        Ok(newest)
    }

    /// Reads all rows of some periods, file by file, in no order. Returns the version read; `None` when
    /// there is no table yet.
    pub async fn read_submissions_in(
        &self,
        wanted: impl Fn(Option<Period>) -> bool,
        mut take: impl FnMut(Vec<SubmissionRow>),
    ) -> Result<Option<u64>, StoreError> {
        let (files, location, version) = {
            let mut table = self.table(SUBMISSIONS).await?;
            table.refresh().await?;
            (table.files(), table.location().clone(), table.version())
        };
        for file in files {
            let period = file.partition_values.get(PERIOD).cloned().flatten();
            if wanted(period.and_then(|text| text.parse().ok())) {
                let bytes = self.fetch(&location, &file).await?;
                take(blocking(|| decode(vec![(file, bytes)]))?);
            }
        }
        Ok(version)
    }

    pub(crate) async fn fetch(
        &self,
        location: &Location,
        file: &FileEntry,
    ) -> Result<Bytes, StoreError> {
        let path = within(location, &file.path);
        let failed = |e| StoreError::of_storage(SUBMISSIONS, e);
        self.objects().get(&path).await.map_err(failed)?.bytes().await.map_err(failed)
    }
}

/// Every row lies in a range.
fn check_rows(rows: &[SubmissionRow], moves: &[PositionMove]) -> Result<(), StoreError> {
    let ranges: BTreeMap<u32, std::ops::Range<u64>> =
        moves.iter().map(|m| (m.partition, m.from..m.to)).collect();
    let outside = |row: &&SubmissionRow| {
        ranges.get(&row.partition).is_none_or(|range| !range.contains(&row.offset))
    };
    match rows.iter().find(outside) {
        Some(row) => {
            Err(StoreError::RowOutsideMove { partition: row.partition, offset: row.offset })
        }
        None => Ok(()),
    }
}

/// Every range begins where the table stands.
fn check_moves(table: &Table, moves: &[PositionMove]) -> Result<(), StoreError> {
    for &PositionMove { partition, from, .. } in moves {
        let stored = table.position(&format!("{POSITION}{partition}")).unwrap_or(0).unsigned_abs();
        if stored != from {
            return Err(StoreError::PositionMoved { partition, stored, from });
        }
    }
    Ok(())
}

/// The rows of one period as a file.
pub(crate) type FilePart = (Option<String>, Encoded);

/// One file for each period.
pub(crate) fn encode(
    rows: &[SubmissionRow],
    packing: &Packing<'_>,
) -> Result<Vec<FilePart>, StoreError> {
    let mut periods: BTreeMap<Option<String>, Vec<&SubmissionRow>> = BTreeMap::new();
    let mut last: Option<(Option<Period>, Option<String>)> = None;
    for row in rows {
        // Rows of one period mostly follow each other: spare them the text.
        let text = match &last {
            Some((period, text)) if *period == row.period => text.clone(),
            _ => row.period.map(|period| period.to_string()),
        };
        last = Some((row.period, text.clone()));
        periods.entry(text).or_default().push(row);
    }
    let parts = in_parallel(periods.into_iter().collect(), |(period, mut rows)| {
        rows.sort_by_key(|row| (row.partition, row.offset));
        let place = || format!("table {SUBMISSIONS}");
        let batch = to_batch(&rows).map_err(|e| StoreError::of_format(place(), e))?;
        let encoded = to_parquet(file_schema(), &[batch], packing);
        Ok((period, encoded.map_err(|e| StoreError::of_format(place(), e))?))
    });
    parts.into_iter().collect()
}

/// The change that brings the files in, as the version behind the table's newest one. File names
/// begin with that version: it orders the rows of one partition when they are read back.
fn change(table: &Table, parts: &[FilePart], moves: &[PositionMove]) -> Change {
    let version = table.version().map_or(0, |newest| newest + 1);
    let add = parts.iter().map(|part| file(version, part)).collect();
    let positions = moves.iter().map(|m| (format!("{POSITION}{}", m.partition), m.to as i64));
    Change { add, positions: positions.collect(), ..Change::default() }
}

/// A file with rows of a version, and of no later one.
pub(crate) fn file(version: u64, (period, encoded): &FilePart) -> (NewFile, Bytes) {
    let folder = period.as_deref().unwrap_or(NO_VALUE);
    let file = NewFile {
        path: format!("{PERIOD}={folder}/{version:010}-{}.parquet", encoded.hash),
        partition: Some((PERIOD, period.clone())),
        size: encoded.bytes.len() as u64,
        stats: json!({ "numRecords": encoded.rows }).to_string(),
    };
    (file, encoded.bytes.clone())
}

/// The version that a file came in with, from its name.
pub(crate) fn commit_of(file: &FileEntry) -> Result<u64, StoreError> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let version = name.split_once('-').and_then(|(version, _)| version.parse().ok());
    version.ok_or_else(|| StoreError::StoredRow {
        table: SUBMISSIONS.to_owned(),
        file: file.path.clone(),
        row: 0,
        problem: "the file's name does not begin with a version".to_owned(),
    })
}

pub(crate) fn decode(files: Vec<(FileEntry, Bytes)>) -> Result<Vec<SubmissionRow>, StoreError> {
    let mut rows = Vec::new();
    for part in in_parallel(files, |(file, bytes)| decode_file(&file, bytes)) {
        rows.append(&mut part?);
    }
    Ok(rows)
}

fn decode_file(file: &FileEntry, bytes: Bytes) -> Result<Vec<SubmissionRow>, StoreError> {
    let bad_row = |row, problem| StoreError::StoredRow {
        table: SUBMISSIONS.to_owned(),
        file: file.path.clone(),
        row,
        problem,
    };
    let text = file.partition_values.get(PERIOD).cloned().flatten();
    let period = text.map(|t| t.parse::<Period>()).transpose();
    let period = period.map_err(|e| bad_row(0, e.to_string()))?;
    let place = || format!("table {SUBMISSIONS}, file {}", file.path);
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|e| StoreError::of_format(place(), e))?;
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|e| StoreError::of_format(place(), e))?;
        let first = rows.len();
        let part = from_batch(&batch, period).map_err(|(row, p)| bad_row(first + row, p))?;
        rows.extend(part);
    }
    Ok(rows)
}
