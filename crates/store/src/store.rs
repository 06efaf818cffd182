//! The store: a folder or bucket of tables.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arrow::datatypes::Schema;
use deltalake::{kernel::engine::arrow_conversion::TryIntoArrow, table::state::DeltaTableState};
use object_store::ObjectStore;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{Bucket, Durable, StoreError, TableSnapshot, files::Files, snapshot, table::Table};

/// Milliseconds since 1970 (UTC): the times that the tables' log takes.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The tables of one folder or bucket. One per process; several processes may share the tables.
pub struct Store {
    files: Files,
    clock: Clock,
    tables: Mutex<BTreeMap<String, Arc<Mutex<Table>>>>,
    conflicts: AtomicU64,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the folder, which is made if need be, and looks at every table in it: an empty or
    /// unreadable commit file, a missing version and a missing data file are refused, each with the
    /// file and what to do. Data files that no commit names are ignored.
    pub async fn open(root: &Path, clock: Clock) -> Result<Self, StoreError> {
        Self::open_files(Files::in_folder(root, Durable::default())?, clock).await
    }

    /// As [`Store::open`], over an object store that does more than the local file system, such as
    /// failing on purpose.
    pub async fn open_over(
        root: &Path,
        clock: Clock,
        objects: Arc<dyn ObjectStore>,
    ) -> Result<Self, StoreError> {
        Self::open_files(Files::in_folder(root, Durable::new(objects))?, clock).await
    }

    /// Opens the tables of a bucket and looks at them as [`Store::open`] does.
    ///
    /// # Errors
    /// Also when the server cannot be reached, or does not know conditional writes.
    pub async fn open_bucket(bucket: &Bucket, clock: Clock) -> Result<Self, StoreError> {
        let files = Files::in_bucket(bucket)?;
        bucket.try_condition(files.objects().as_ref(), files.top()).await?;
        Self::open_files(files, clock).await
    }

    async fn open_files(files: Files, clock: Clock) -> Result<Self, StoreError> {
        let store = Self { files, clock, tables: Mutex::default(), conflicts: AtomicU64::new(0) };
        for name in store.names().await? {
            store.table(&name).await?;
        }
        Ok(store)
    }

    /// The folder, absolute; none in a bucket.
    pub fn folder(&self) -> Option<&Path> {
        self.files.folder()
    }

    /// How often another process has committed first, so far; most of these commits succeeded when
    /// they were tried again.
    pub fn conflicts(&self) -> u64 {
        self.conflicts.load(Ordering::Relaxed)
    }

    /// Notes a commit that another process was faster than, for the `attempt`-th time.
    pub(crate) fn conflicted(&self, table: &str, attempt: usize) {
        self.conflicts.fetch_add(1, Ordering::Relaxed);
        // Where several write, one is faster now and then; one that always is, is worth a look.
        if attempt % 5 == 4 {
            let times = attempt + 1;
            tracing::warn!(
                table,
                times,
                "another process committed first each time; the commit is tried again"
            );
        }
    }

    /// Where a table lies, as a person finds it: a path, or an address in a bucket.
    pub fn place_of(&self, table: &str) -> String {
        self.files.shown(&self.files.table(table)).display().to_string()
    }

    /// Tables and their newest versions, by name.
    pub async fn tables(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut tables = Vec::new();
        for name in self.names().await? {
            let mut table = self.table(&name).await?;
            table.refresh().await?;
            tables.extend(table.version().map(|version| (name, version)));
        }
        Ok(tables)
    }

    /// The newest version of a table.
    pub async fn snapshot(&self, table: &str) -> Result<TableSnapshot, StoreError> {
        let mut table = self.table(table).await?;
        table.refresh().await?;
        self.describe(&table, table.state()?)
    }

    /// A certain version of a table.
    pub async fn snapshot_at(
        &self,
        table: &str,
        version: u64,
    ) -> Result<TableSnapshot, StoreError> {
        let mut table = self.table(table).await?;
        table.refresh().await?;
        let state = table.state_at(version).await?;
        self.describe(&table, &state)
    }

    /// What reads and writes the files.
    pub(crate) fn objects(&self) -> &dyn ObjectStore {
        self.files.objects().as_ref()
    }

    /// A table's handle, for one caller at a time; the table itself need not exist yet.
    pub(crate) async fn table(&self, name: &str) -> Result<OwnedMutexGuard<Table>, StoreError> {
        if !is_table_name(name) {
            return Err(StoreError::TableName(name.to_owned()));
        }
        let mut tables = self.tables.lock().await;
        if let Some(table) = tables.get(name) {
            let table = Arc::clone(table);
            drop(tables);
            return Ok(table.lock_owned().await);
        }
        let opened = Table::open(name, &self.files, &self.clock).await?;
        let table = Arc::new(Mutex::new(opened));
        tables.insert(name.to_owned(), Arc::clone(&table));
        drop(tables);
        Ok(table.lock_owned().await)
    }

    /// Names of the folders that may hold a table.
    async fn names(&self) -> Result<Vec<String>, StoreError> {
        let top = self.files.top();
        let place = self.files.shown(top).display().to_string();
        let listed = self.objects().list_with_delimiter(Some(top)).await;
        let listed = listed.map_err(|error| StoreError::of_storage(&place, error))?;
        let folders = listed.common_prefixes.iter().filter_map(|folder| folder.filename());
        let mut names: Vec<String> =
            folders.filter(|name| is_table_name(name)).map(str::to_owned).collect();
        names.sort_unstable();
        Ok(names)
    }

    fn describe(
        &self,
        table: &Table,
        state: &DeltaTableState,
    ) -> Result<TableSnapshot, StoreError> {
        Ok(TableSnapshot {
            table: table.name.clone(),
            version: state.version(),
            schema: Arc::new(columns(table, state)?),
            files: snapshot::files(state),
            objects: self.files.objects_of(&table.name),
            folder: self.files.folder().map(|folder| folder.join(&table.name)),
        })
    }
}

fn is_table_name(name: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    name.bytes().all(word) && name.starts_with(|c: char| c.is_ascii_lowercase())
}

/// The columns of a table as Arrow describes them.
pub(crate) fn columns(table: &Table, state: &DeltaTableState) -> Result<Schema, StoreError> {
    let schema = state.schema();
    schema
        .as_ref()
        .try_into_arrow()
        .map_err(|e| StoreError::of_format(format!("table {}, columns", table.name), e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_names_cannot_leave_the_folder() {
        for name in ["sa", "query_log", "d2"] {
            assert!(is_table_name(name), "{name}");
        }
        for name in ["", "..", "SA", "a/b", "_delta_log", "2a", "社会救助"] {
            assert!(!is_table_name(name), "{name}");
        }
    }
}
