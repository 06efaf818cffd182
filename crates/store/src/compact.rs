//! Putting the rows of many small commits of `submissions` together, so that the table has few files
//! however often it was committed: what a commit costs, and the memory of every reader, go by the files.
//!
//! Rows stay what they are, and come in the same order: only whole runs of neighbouring commits are put
//! together, and their files carry the version of the last one.

use std::{collections::BTreeMap, ops::Range};

use crate::{
    FileEntry, SUBMISSIONS, Store, StoreError, SubmissionRow,
    encode::blocking,
    log_actions::NewFile,
    submissions::{commit_of, decode, encode, file},
    table::{Change, Table},
};

/// How many neighbouring commits are put together at least.
const LEAST: usize = 32;

/// How many rows are put together at most.
const MOST_ROWS: u64 = 65_536;

/// Commits with less rows than this are put together with each other, then the results of that with
/// each other, and so on: no row is written more often than there are steps.
const STEPS: [u64; 3] = [1_024, 8_192, 32_768];

/// How often a commit is tried when other processes commit in between.
const ATTEMPTS: usize = 20;

/// The files of one commit.
#[derive(Default)]
struct Group {
    rows: u64,
    files: Vec<FileEntry>,
}

impl Store {
    /// Puts rows of small commits up to version `until` of `submissions` together, if there are many,
    /// and returns how many files less there are. Nobody may need to know any more which of these
    /// commits a row came with: `until` is a version that all tables show.
    ///
    /// # Errors
    /// A file cannot be read or written; the table is then as it was.
    pub async fn compact_submissions(&self, until: u64) -> Result<usize, StoreError> {
        let (groups, location) = {
            let mut table = self.table(SUBMISSIONS).await?;
            table.refresh().await?;
            (groups(table.files(), until)?, table.location().clone())
        };
        let Some(run) = worth(&groups.values().map(|group| group.rows).collect::<Vec<_>>()) else {
            return Ok(0);
        };
        let mut version = 0;
        let mut old: Vec<FileEntry> = Vec::new();
        for (of, group) in groups.into_iter().skip(run.start).take(run.len()) {
            version = of;
            old.extend(group.files);
        }
        let mut fetched = Vec::with_capacity(old.len());
        for file in &old {
            fetched.push((file.clone(), self.fetch(&location, file).await?));
        }
        let parts = blocking(|| {
            let mut rows: Vec<SubmissionRow> = decode(fetched)?;
            rows.sort_by_key(|row| (row.partition, row.offset));
            encode(&rows)
        })?;
        let add: Vec<(NewFile, bytes::Bytes)> =
            parts.iter().map(|part| file(version, part)).collect();
        let gone = old.len().saturating_sub(add.len());
        self.rearrange(old, add).await.map(|done| if done { gone } else { 0 })
    }

    /// Puts files in the place of others that hold the same rows; `false` if those are gone.
    async fn rearrange(
        &self,
        remove: Vec<FileEntry>,
        add: Vec<(NewFile, bytes::Bytes)>,
    ) -> Result<bool, StoreError> {
        let mut table = self.table(SUBMISSIONS).await?;
        for attempt in 0..ATTEMPTS {
            table.refresh().await?;
            if !all_there(&table, &remove) {
                // Another process did the same.
                return Ok(false);
            }
            let (remove, add) = (remove.clone(), add.clone());
            let change = Change { add, remove, same_rows: true, ..Change::default() };
            match table.commit(change).await {
                Err(StoreError::Conflict { .. }) => self.conflicted(&table.name, attempt),
                result => return result.map(|_| true),
            }
        }
        Err(StoreError::Conflict { table: SUBMISSIONS.to_owned() })
    }
}

fn all_there(table: &Table, wanted: &[FileEntry]) -> bool {
    let there = table.files();
    let found = |file: &FileEntry| there.binary_search_by(|one| one.path.cmp(&file.path)).is_ok();
    wanted.iter().all(found)
}

/// The files of commits up to a version, by commit.
fn groups(files: Vec<FileEntry>, until: u64) -> Result<BTreeMap<u64, Group>, StoreError> {
    let mut groups: BTreeMap<u64, Group> = BTreeMap::new();
    for file in files {
        let commit = commit_of(&file)?;
        if commit <= until {
            let group = groups.entry(commit).or_default();
            group.rows += file.num_rows;
            group.files.push(file);
        }
    }
    Ok(groups)
}

/// The first run of neighbours that is worth putting together, by the rows of each commit.
fn worth(rows: &[u64]) -> Option<Range<usize>> {
    STEPS.iter().find_map(|&small| {
        let mut begin = 0;
        let mut sum = 0;
        for (at, &count) in rows.iter().enumerate() {
            if count >= small {
                (begin, sum) = (at + 1, 0);
                continue;
            }
            if sum + count > MOST_ROWS {
                if at - begin >= LEAST {
                    return Some(begin..at);
                }
                (begin, sum) = (at, 0);
            }
            sum += count;
        }
        (rows.len() - begin >= LEAST).then_some(begin..rows.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_many_small_neighbours_are_put_together() {
        assert_eq!(worth(&[]), None);
        assert_eq!(worth(&[3; 31]), None);
        assert_eq!(worth(&[3; 32]), Some(0..32));
        // What was put together waits for others of its kind.
        let mut rows = vec![2_000; 31];
        rows.extend([3; 31]);
        assert_eq!(worth(&rows), Some(0..62), "the second step takes the small ones along");
        rows.truncate(40);
        assert_eq!(worth(&rows), Some(0..40));
        // A large commit stands between its neighbours.
        let mut rows = vec![3; 20];
        rows.push(40_000);
        rows.extend([3; 20]);
        assert_eq!(worth(&rows), None);
        rows.extend([3; 12]);
        assert_eq!(worth(&rows), Some(21..53));
    }

    #[test]
    fn no_more_rows_than_memory_is_meant_for() {
        let rows = [1_000; 100];
        let run = worth(&rows).unwrap();
        assert_eq!(run, 0..65);
    }

    #[test]
    fn commits_are_put_together_again_and_again_until_they_are_large() {
        let mut rows: Vec<u64> = Vec::new();
        let mut written = 0;
        for _ in 0..20_000 {
            rows.push(4);
            while let Some(run) = worth(&rows) {
                let sum = rows[run.clone()].iter().sum();
                written += sum;
                rows.splice(run, [sum]);
            }
        }
        assert!(rows.len() < 100, "{} commits are left", rows.len());
        assert_eq!(rows.iter().sum::<u64>(), 80_000);
        assert!(written < 80_000 * 30, "{written} rows were written");
    }
}
