//! One table: a warm handle on its newest version, and the one way to commit.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use arrow::datatypes::Schema;
use bytes::Bytes;
use deltalake::{
    DeltaTable, DeltaTableError,
    checkpoints::create_checkpoint,
    kernel::{
        Action, Metadata, Transaction,
        transaction::{CommitBuilder, CommitProperties, FinalizedCommit, TransactionError},
    },
    logstore::{StorageConfig, default_logstore},
    protocol::{DeltaOperation, SaveMode},
    table::state::DeltaTableState,
};
use object_store::path::Path as Location;

use crate::{
    Clock, FileEntry, StoreError,
    files::{Files, within},
    health,
    log_actions::{self, NewFile},
    snapshot,
};

/// A checkpoint every so many versions bounds what a start has to read.
const CHECKPOINT_EVERY: u64 = 100;
/// How often the commits are listed again before a gap among them is taken for a lost file.
const GAP_ATTEMPTS: u32 = 8;

/// What one commit changes.
#[derive(Default)]
pub(crate) struct Change {
    /// Files to write and bring in.
    pub(crate) add: Vec<(NewFile, Bytes)>,
    /// Files to take out.
    pub(crate) remove: Vec<FileEntry>,
    /// Application positions to set.
    pub(crate) positions: Vec<(String, i64)>,
    /// New columns.
    pub(crate) metadata: Option<Metadata>,
    /// The files that come in hold the rows of those that go: readers of changes need not look.
    pub(crate) same_rows: bool,
}

/// A table and what is known about its newest version.
pub(crate) struct Table {
    pub(crate) name: String,
    files: Files,
    location: Location,
    clock: Clock,
    delta: DeltaTable,
    /// Version from which on the handle has only been moved forward.
    loaded: u64,
    positions: BTreeMap<String, i64>,
}

impl Table {
    /// Looks at the table's files, of which there need not be any; refuses a table that lost some.
    pub(crate) async fn open(name: &str, files: &Files, clock: &Clock) -> Result<Self, StoreError> {
        let log_store = default_logstore(
            files.objects_of(name),
            Arc::clone(files.objects()),
            &files.url(name)?,
            &StorageConfig::default(),
        );
        let mut table = Self {
            name: name.to_owned(),
            files: files.clone(),
            location: files.table(name),
            clock: Arc::clone(clock),
            delta: DeltaTable::new(log_store),
            loaded: 0,
            positions: BTreeMap::new(),
        };
        table.refresh().await?;
        Ok(table)
    }

    /// Goes to the newest version.
    pub(crate) async fn refresh(&mut self) -> Result<(), StoreError> {
        let Some(before) = self.version() else { return self.load().await };
        let mut attempt = 0;
        while let Err(error) = self.delta.update_incremental(None).await {
            self.past_gap(error, &mut attempt).await?;
        }
        let now = self.version().unwrap_or(before);
        for version in before + 1..=now {
            let newest = version == now;
            let set = health::read_commit(&self.name, &self.files, version, newest).await?;
            self.positions.extend(set);
        }
        self.renew().await
    }

    /// A folder that is listed while another process commits may show a later commit and not yet an
    /// earlier one: read again, the gap is gone. One that stays is a lost file.
    async fn past_gap(&self, error: DeltaTableError, attempt: &mut u32) -> Result<(), StoreError> {
        *attempt += 1;
        if *attempt > GAP_ATTEMPTS || !error.to_string().contains("found gap") {
            return Err(self.failed(error));
        }
        tracing::warn!(
            table = self.name,
            attempt,
            "another process commits while its commits are listed; they are read again"
        );
        tokio::time::sleep(Duration::from_millis(10 << (*attempt).min(6))).await;
        Ok(())
    }

    /// Reads the handle anew from the last checkpoint every so many versions: moved forward it keeps
    /// what every version on the way has held, and grows with each.
    async fn renew(&mut self) -> Result<(), StoreError> {
        match self.version() {
            Some(version) if version >= self.loaded + CHECKPOINT_EVERY => {
                let mut fresh = DeltaTable::new(self.delta.log_store());
                let mut attempt = 0;
                while let Err(error) = fresh.load_version(version).await {
                    self.past_gap(error, &mut attempt).await?;
                }
                self.delta = fresh;
                self.loaded = version;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Reads the table from its files, if there are any, and checks that nothing is lost.
    async fn load(&mut self) -> Result<(), StoreError> {
        let log = health::read_log(&self.name, &self.files).await?;
        let Some(newest) = log.newest else { return Ok(()) };
        let mut attempt = 0;
        while let Err(error) = self.delta.load_version(newest).await {
            self.past_gap(error, &mut attempt).await?;
        }
        self.loaded = newest;
        let files = self.files();
        let sizes = files.iter().map(|file| (file.path.as_str(), file.size));
        let checked = health::check_files(&self.name, &self.files, sizes).await;
        if checked.is_err() {
            self.delta.state = None;
        }
        self.positions = log.positions;
        checked
    }

    /// Newest known version; `None` when the table does not exist.
    pub(crate) fn version(&self) -> Option<u64> {
        self.delta.version()
    }

    /// Where the table lies, as the object store names it.
    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    /// State of the newest known version.
    pub(crate) fn state(&self) -> Result<&DeltaTableState, StoreError> {
        self.delta.state.as_ref().ok_or_else(|| StoreError::NoTable(self.name.clone()))
    }

    /// State of an older version.
    pub(crate) async fn state_at(&self, version: u64) -> Result<DeltaTableState, StoreError> {
        let newest = self.state()?.version();
        if version > newest {
            return Err(StoreError::NoVersion { table: self.name.clone(), version, newest });
        }
        let mut past = DeltaTable::new(self.delta.log_store());
        past.load_version(version).await.map_err(|e| self.failed(e))?;
        past.state.ok_or_else(|| StoreError::NoTable(self.name.clone()))
    }

    /// Data files of the newest known version, by path; none when the table does not exist.
    pub(crate) fn files(&self) -> Vec<FileEntry> {
        self.delta.state.as_ref().map(snapshot::files).unwrap_or_default()
    }

    /// Position that an application has reached in the newest known version.
    pub(crate) fn position(&self, application: &str) -> Option<i64> {
        self.positions.get(application).copied()
    }

    /// All application positions.
    pub(crate) fn positions(&self) -> &BTreeMap<String, i64> {
        &self.positions
    }

    /// Makes the table, unless it exists.
    pub(crate) async fn create(
        &mut self,
        schema: &Schema,
        partition: Option<&'static str>,
    ) -> Result<(), StoreError> {
        if self.version().is_some() {
            return Ok(());
        }
        let now = (self.clock)();
        let metadata = self.metadata(schema, partition)?;
        let protocol = log_actions::protocol().map_err(|e| self.failed(e))?;
        let operation = DeltaOperation::Create {
            mode: SaveMode::ErrorIfExists,
            location: self.delta.log_store().root_url().clone(),
            protocol: protocol.clone(),
            metadata: metadata.clone(),
        };
        let actions = vec![
            log_actions::commit_info("CREATE TABLE", now),
            Action::Protocol(protocol),
            Action::Metadata(metadata),
        ];
        match self.finish(actions, Vec::new(), operation).await {
            // Another process was faster: its table is as good.
            Err(StoreError::Conflict { .. }) => self.refresh().await,
            other => other.map(drop),
        }
    }

    /// The action that describes the table.
    pub(crate) fn metadata(
        &self,
        schema: &Schema,
        partition: Option<&str>,
    ) -> Result<Metadata, StoreError> {
        let now = (self.clock)();
        log_actions::metadata(&self.name, schema, partition, now).map_err(|e| self.failed(e))
    }

    /// Writes the files of a change, then commits it as the version behind the newest known one.
    ///
    /// When another process has committed since, nothing changes and [`StoreError::Conflict`]
    /// says so; the caller refreshes and decides anew. Files of a failed commit stay behind without
    /// a reference, which readers never see.
    pub(crate) async fn commit(&mut self, change: Change) -> Result<u64, StoreError> {
        let now = (self.clock)();
        let Change { mut add, mut remove, positions, metadata, same_rows } = change;
        add.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
        remove.sort_by(|a, b| a.path.cmp(&b.path));
        // A reader takes what is removed and added in one commit for removed.
        if let Some((file, _)) = add
            .iter()
            .find(|(file, _)| remove.binary_search_by(|gone| gone.path.cmp(&file.path)).is_ok())
        {
            let what = format!("{} would be taken out and brought in at once", file.path);
            return Err(StoreError::of_format(format!("table {}", self.name), what));
        }
        let files: Vec<(Location, Bytes)> = add
            .iter()
            .map(|(file, bytes)| (within(&self.location, &file.path), bytes.clone()))
            .collect();
        // In a task of its own, so that whoever commits may make other rows meanwhile.
        let place = self.files.clone();
        let put = tokio::spawn(async move { place.put_group(&files).await });
        match put.await {
            Ok(put) => put.map_err(|e| self.failed(e))?,
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Err(ended) => return Err(self.failed(ended)),
        }

        let mut actions =
            vec![log_actions::commit_info(if same_rows { "OPTIMIZE" } else { "WRITE" }, now)];
        actions.extend(metadata.map(Action::Metadata));
        actions.extend(remove.iter().map(|file| log_actions::remove(file, now, !same_rows)));
        actions.extend(add.iter().map(|(file, _)| file.add(now, !same_rows)));
        let operation =
            DeltaOperation::Write { mode: SaveMode::Append, partition_by: None, predicate: None };
        let transactions =
            positions.iter().map(|(app, at)| Transaction::new(app, *at)).collect::<Vec<_>>();
        let version = self.finish(actions, transactions, operation).await?;
        self.positions.extend(positions);
        if version % CHECKPOINT_EVERY == CHECKPOINT_EVERY - 1 {
            self.checkpoint().await;
        }
        if let Err(error) = self.renew().await {
            // The commit stands; the next refresh tries again.
            tracing::warn!(table = self.name, %error, "the table was not read anew");
        }
        Ok(version)
    }

    /// Puts the commit file, and takes its state as the newest.
    async fn finish(
        &mut self,
        actions: Vec<Action>,
        transactions: Vec<Transaction>,
        operation: DeltaOperation,
    ) -> Result<u64, StoreError> {
        // No retries: a commit on another version than the one it was decided on is a conflict.
        // Old log files are kept, since editions pin versions.
        let properties = CommitProperties::default()
            .with_application_transactions(transactions)
            .with_max_retries(0)
            .with_create_checkpoint(false)
            .with_cleanup_expired_logs(Some(false));
        let log_store = self.delta.log_store();
        let snapshot = self.delta.state.as_ref().map(|state| state as _);
        let committed: Result<FinalizedCommit, DeltaTableError> = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(snapshot, log_store, operation)
            .await;
        match committed {
            Ok(done) => {
                self.delta.state = Some(done.snapshot());
                Ok(done.version())
            }
            Err(e) if is_conflict(&e) => Err(StoreError::Conflict { table: self.name.clone() }),
            Err(e) => {
                // Whether it is committed is not known: read everything anew before the next step.
                self.delta.state = None;
                self.positions.clear();
                Err(self.failed(e))
            }
        }
    }

    /// A checkpoint only saves time, so that a failed one is not an error.
    async fn checkpoint(&self) {
        if let Err(e) = create_checkpoint(&self.delta, None).await {
            tracing::warn!(table = self.name, error = %e, "no checkpoint was written");
        }
    }

    fn failed(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
        StoreError::of_storage(&self.name, error)
    }
}

/// Whether another process has taken the version.
fn is_conflict(error: &DeltaTableError) -> bool {
    matches!(
        error,
        DeltaTableError::VersionAlreadyExists(_)
            | DeltaTableError::Transaction {
                source: TransactionError::VersionAlreadyExists(_)
                    | TransactionError::CommitConflict(_)
                    | TransactionError::MaxCommitAttempts(_)
            }
    )
}
