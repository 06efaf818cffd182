//! Putting the rows of many small commits of `submissions` together, so that the table has few files
//! however often it was committed: what a commit costs, and the memory of every reader, go by the files.
//!
//! Rows stay what they are, and come in the same order: only whole runs of neighbouring commits are put
//! together, and their files carry the version of the last one.

use std::{collections::BTreeMap, ops::Range};

use crate::{
    FileEntry, SUBMISSIONS, Store, StoreError, SubmissionRow,
    encode::{Packing, blocking},
    log_actions::NewFile,
    submission_columns::UNIQUE,
    submissions::{commit_of, decode, encode, file},
    table::{Change, Table},
};

/// How many neighbouring commits are put together at least.
const LEAST: usize = 16;

/// How many times as many rows come together at least as the largest of them has: so a row is written
/// again only a few times, however often commits are put together.
const GROWTH: u64 = 8;

/// How many rows are put together at most.
const MOST_ROWS: u64 = 65_536;

/// A commit with so many rows is left alone.
const LARGE: u64 = MOST_ROWS / GROWTH;

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
            encode(&rows, &Packing::Texts(&UNIQUE))
        })?;
        let add = parts.iter().map(|part| file(version, part));
        // A file with the rows of one that is there, packed as it is, has its name: that one stays.
        let stays = |path: &str| old.iter().any(|file| file.path == path);
        let (same, add): (Vec<_>, Vec<_>) = add.partition(|(file, _)| stays(&file.path));
        old.retain(|file| same.iter().all(|(stays, _)| stays.path != file.path));
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
    let mut begin = 0;
    while begin < rows.len() {
        let (mut end, mut sum) = (begin, 0);
        while end < rows.len() && rows[end] < LARGE && sum + rows[end] <= MOST_ROWS {
            sum += rows[end];
            end += 1;
        }
        if let Some(run) = grows(rows, begin..end) {
            return Some(run);
        }
        // What stopped the run is no part of another one if it is large, and may begin the next if not.
        let large = rows.get(end).is_some_and(|&count| count >= LARGE);
        begin = end + usize::from(large || end == begin);
    }
    None
}

/// The last part of a run without a commit that is too large for the others; `None` if few are left.
fn grows(rows: &[u64], run: Range<usize>) -> Option<Range<usize>> {
    let mut begin = run.start;
    while run.end - begin >= LEAST {
        let part = &rows[begin..run.end];
        let largest = part.iter().enumerate().max_by_key(|&(place, count)| (count, place));
        let (place, &largest) = largest?;
        if largest * GROWTH <= part.iter().sum() {
            return Some(begin..run.end);
        }
        begin += place + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_many_small_neighbours_are_put_together() {
        assert_eq!(worth(&[]), None);
        assert_eq!(worth(&[3; 15]), None);
        assert_eq!(worth(&[3; 16]), Some(0..16));
        // What was put together waits until the others have grown.
        let mut rows = vec![48];
        rows.extend([3; 15]);
        assert_eq!(worth(&rows), None);
        rows.push(3);
        assert_eq!(worth(&rows), Some(1..17));
        assert_eq!(worth(&[48; 16]), Some(0..16));
        // A large commit stands between its neighbours.
        let mut rows = vec![3; 10];
        rows.push(LARGE);
        rows.extend([3; 10]);
        assert_eq!(worth(&rows), None);
        rows.extend([3; 6]);
        assert_eq!(worth(&rows), Some(11..27));
    }

    #[test]
    fn no_more_rows_than_memory_is_meant_for() {
        assert_eq!(worth(&[1_000; 100]), Some(0..65));
    }

    #[test]
    fn commits_are_put_together_again_and_again_until_they_are_large() {
        for size in [1, 4, 100, 3_000] {
            let mut rows: Vec<u64> = Vec::new();
            let (mut written, mut most) = (0, 0);
            for _ in 0..20_000 {
                rows.push(size);
                while let Some(run) = worth(&rows) {
                    let sum = rows[run.clone()].iter().sum();
                    written += sum;
                    rows.splice(run, [sum]);
                }
                most = most.max(rows.iter().filter(|&&count| count < LARGE).count());
            }
            assert!(most <= 100, "{most} small commits of {size} rows");
            assert_eq!(rows.iter().sum::<u64>(), 20_000 * size);
            assert!(written < 20_000 * size * 6, "{written} rows were written for {size}");
        }
    }
}
