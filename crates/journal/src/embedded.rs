//! The embedded journal: one SQLite file, for one machine without a broker.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use crate::{
    Entry, Follow, Journal, JournalError, Member, MemberEvent, NewEntry, PARTITIONS, Place,
    Positions, StartPositions, partition_of,
};

/// How often a waiting reader looks again.
const POLL: Duration = Duration::from_millis(50);

/// Entries that a member is told of together.
const MEMBER_BATCH: usize = 50_000;

/// A journal in one SQLite file (WAL, every commit synced).
pub struct EmbeddedJournal {
    path: PathBuf,
    connection: Connection,
}

impl EmbeddedJournal {
    /// Opens the journal, or creates an empty one.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(path)?;
            // 16 KiB pages hold some twenty returns each: half the page work of the default.
            connection.pragma_update(None, "page_size", 16_384)?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            // In WAL mode only FULL syncs the log at every commit; a receipt must survive power loss.
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "wal_autocheckpoint", 8_192)?;
            connection.execute_batch(
                "CREATE TABLE IF NOT EXISTS entry (
                    partition INTEGER NOT NULL,
                    position INTEGER NOT NULL,
                    at INTEGER NOT NULL,
                    unit TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    wire TEXT NOT NULL,
                    bytes BLOB NOT NULL,
                    PRIMARY KEY (partition, position)
                ) WITHOUT ROWID, STRICT",
            )?;
            Ok(connection)
        };
        let connection = open().map_err(|source| match failure(path, source) {
            JournalError::Io { path, source } => JournalError::Open { path, source },
            full => full,
        })?;
        Ok(Self { path: path.to_owned(), connection })
    }
}

/// What went wrong, with the disk told apart from the rest.
fn failure(path: &Path, source: rusqlite::Error) -> JournalError {
    let path = path.display().to_string();
    match source.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => JournalError::DiskFull { path },
        _ => JournalError::Io { path, source },
    }
}

fn read_ends(connection: &Connection) -> rusqlite::Result<Positions> {
    let mut statement = connection
        .prepare_cached("SELECT partition, max(position) + 1 FROM entry GROUP BY partition")?;
    let ends = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
    ends.collect()
}

fn insert(connection: &mut Connection, entries: &[NewEntry<'_>]) -> rusqlite::Result<Vec<Place>> {
    // Immediate: offsets are read and given out under the write lock, so two writers cannot give
    // the same offset.
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut ends = read_ends(&transaction)?;
    let mut places = Vec::with_capacity(entries.len());
    {
        let mut statement = transaction.prepare_cached(
            "INSERT INTO entry (partition, position, at, unit, kind, wire, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for entry in entries {
            let partition = entry.partition.unwrap_or_else(|| partition_of(entry.unit));
            let end = ends.entry(partition).or_default();
            statement.execute(params![
                partition,
                *end as i64,
                entry.at,
                entry.unit,
                entry.kind,
                entry.wire,
                entry.bytes
            ])?;
            places.push(Place { partition, offset: *end });
            *end += 1;
        }
    }
    transaction.commit()?;
    Ok(places)
}

impl Journal for EmbeddedJournal {
    fn append(&mut self, entries: &[NewEntry<'_>]) -> Result<Vec<Place>, JournalError> {
        insert(&mut self.connection, entries).map_err(|source| failure(&self.path, source))
    }

    fn follow(&self, positions: &Positions) -> Result<Box<dyn Follow + Send>, JournalError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(|source| {
            JournalError::Open { path: self.path.display().to_string(), source }
        })?;
        Ok(Box::new(EmbeddedFollower {
            path: self.path.clone(),
            connection,
            positions: positions.clone(),
        }))
    }

    fn join(&self, starts: StartPositions) -> Result<Box<dyn Member>, JournalError> {
        let all: Vec<u32> = (0..PARTITIONS).collect();
        let positions = starts(&all).map_err(|why| JournalError::Starts { why })?;
        let ends = self.ends()?;
        let end = |partition: &u32| ends.get(partition).copied().unwrap_or(0);
        if let Some((partition, at)) =
            positions.iter().find(|(partition, at)| end(partition) < **at)
        {
            // Reading on would pass over whatever is appended up to there.
            let why = format!(
                "they were made from {at} entries of partition {partition}, and {} holds {}: it has \
                 lost some, restore it from a backup",
                self.path.display(),
                end(partition)
            );
            return Err(JournalError::Starts { why });
        }
        let follower = self.follow(&positions)?;
        Ok(Box::new(EmbeddedMember { journal: self.path.clone(), assigned: false, follower }))
    }

    fn ends(&self) -> Result<Positions, JournalError> {
        read_ends(&self.connection).map_err(|source| failure(&self.path, source))
    }
}

/// The one member: it has every partition for as long as it runs.
struct EmbeddedMember {
    journal: PathBuf,
    assigned: bool,
    follower: Box<dyn Follow + Send>,
}

impl Member for EmbeddedMember {
    fn next(&mut self, wait: Duration) -> Result<Option<MemberEvent>, JournalError> {
        if !std::mem::replace(&mut self.assigned, true) {
            return Ok(Some(MemberEvent::Assigned((0..PARTITIONS).collect())));
        }
        let entries = self.follower.next_batch(MEMBER_BATCH, wait)?;
        Ok((!entries.is_empty()).then_some(MemberEvent::Entries(entries)))
    }

    fn seek(&mut self, positions: &Positions) -> Result<(), JournalError> {
        self.follower = EmbeddedJournal::open(&self.journal)?.follow(positions)?;
        Ok(())
    }

    fn reached(&mut self, _: &Positions) -> Result<(), JournalError> {
        Ok(())
    }
}

/// A reader with its own connection.
struct EmbeddedFollower {
    path: PathBuf,
    connection: Connection,
    positions: Positions,
}

impl EmbeddedFollower {
    fn read(&mut self, limit: usize) -> rusqlite::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut statement = self.connection.prepare_cached(
            "SELECT position, at, kind, wire, bytes FROM entry
             WHERE partition = ?1 AND position >= ?2 ORDER BY position LIMIT ?3",
        )?;
        for partition in 0..PARTITIONS {
            let from = self.positions.entry(partition).or_default();
            // Every partition gets its share of the batch, so that partitions can be settled side
            // by side and none waits behind a busy one.
            let share = (limit - entries.len()).div_ceil((PARTITIONS - partition) as usize);
            let mut rows = statement.query(params![partition, *from as i64, share as i64])?;
            while let Some(row) = rows.next()? {
                let offset = row.get::<_, i64>(0)? as u64;
                *from = offset + 1;
                entries.push(Entry {
                    place: Place { partition, offset },
                    at: row.get(1)?,
                    kind: row.get(2)?,
                    wire: row.get(3)?,
                    bytes: row.get(4)?,
                });
            }
        }
        Ok(entries)
    }
}

impl Follow for EmbeddedFollower {
    fn next_batch(&mut self, limit: usize, wait: Duration) -> Result<Vec<Entry>, JournalError> {
        let started = Instant::now();
        loop {
            let entries = self.read(limit).map_err(|source| failure(&self.path, source))?;
            if !entries.is_empty() || started.elapsed() >= wait {
                return Ok(entries);
            }
            std::thread::sleep(POLL.min(wait));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>(unit: &'a str, bytes: &'a [u8]) -> NewEntry<'a> {
        let (kind, wire) = ("return", "1");
        NewEntry {
            unit,
            key: unit,
            partition: None,
            kind,
            wire,
            catalog: None,
            trace: None,
            bytes,
            at: 7,
        }
    }

    #[test]
    fn what_was_appended_is_read_once_in_order_from_any_position() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = EmbeddedJournal::open(&folder.path().join("journal.sqlite")).unwrap();
        let places = journal
            .append(&[
                entry("410102001002", b"a"),
                entry("419001001001", b"b"),
                entry("410102", b"c"),
            ])
            .unwrap();
        assert_eq!((places[0].offset, places[2].offset), (0, 1));
        assert_eq!(places[0].partition, places[2].partition);

        let mut follower = journal.follow(&Positions::new()).unwrap();
        let first = follower.next_batch(2, Duration::ZERO).unwrap();
        let rest = follower.next_batch(2, Duration::ZERO).unwrap();
        assert_eq!((first.len(), rest.len()), (2, 1), "one of each partition, then the rest");
        assert!(follower.next_batch(10, Duration::ZERO).unwrap().is_empty());

        let again = Positions::from([(places[0].partition, 1), (places[1].partition, 1)]);
        let entries = journal.follow(&again).unwrap().next_batch(10, Duration::ZERO).unwrap();
        assert_eq!(entries.iter().map(|e| &e.bytes[..]).collect::<Vec<_>>(), [b"c"]);
        assert_eq!(journal.ends().unwrap()[&places[0].partition], 2);
    }

    #[test]
    fn a_file_that_is_no_journal_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.sqlite");
        std::fs::write(&path, "not a database, and long enough to be read as a header").unwrap();
        let error = EmbeddedJournal::open(&path).err().unwrap().to_string();
        assert!(error.contains("journal.sqlite"), "{error}");
    }
}
