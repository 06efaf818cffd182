//! The store: a folder of tables.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::datatypes::Schema;
use deltalake::{kernel::engine::arrow_conversion::TryIntoArrow, table::state::DeltaTableState};
use object_store::ObjectStore;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{Durable, StoreError, TableSnapshot, health, snapshot, table::Table};

/// Milliseconds since 1970 (UTC): the times that the tables' log takes.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The tables of one folder. One per process; several processes may share the folder.
pub struct Store {
    root: PathBuf,
    objects: Arc<Durable>,
    clock: Clock,
    tables: Mutex<BTreeMap<String, Arc<Mutex<Table>>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the folder, which is made if need be, and looks at every table in it: an empty or
    /// unreadable commit file, a missing version and a missing data file are refused, each with the
    /// file and what to do. Data files that no commit names are ignored.
    pub async fn open(root: &Path, clock: Clock) -> Result<Self, StoreError> {
        Self::open_with(root, clock, Durable::default()).await
    }

    /// As [`Store::open`], over an object store that does more than the local file system, such as
    /// failing on purpose.
    pub async fn open_over(
        root: &Path,
        clock: Clock,
        objects: Arc<dyn ObjectStore>,
    ) -> Result<Self, StoreError> {
        Self::open_with(root, clock, Durable::new(objects)).await
    }

    async fn open_with(root: &Path, clock: Clock, objects: Durable) -> Result<Self, StoreError> {
        let failed = |e| StoreError::of_io(root, e);
        let new = !root.exists();
        fs::create_dir_all(root).map_err(failed)?;
        let root = fs::canonicalize(root).map_err(failed)?;
        if let Some(above) = root.parent().filter(|_| new) {
            // The folder's own name must outlive a power cut too.
            fs::File::open(above).and_then(|above| above.sync_all()).map_err(failed)?;
        }
        let store = Self { root, objects: Arc::new(objects), clock, tables: Mutex::default() };
        for name in store.folders()? {
            store.table(&name).await?;
        }
        Ok(store)
    }

    /// The folder, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Tables and their newest versions, by name.
    pub async fn tables(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut tables = Vec::new();
        for name in self.folders()? {
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
        describe(&table, table.state()?)
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
        describe(&table, &state)
    }

    /// What reads and writes the files.
    pub(crate) fn objects(&self) -> &Durable {
        &self.objects
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
        let opened = Table::open(name, &self.root, &self.objects, &self.clock).await?;
        let table = Arc::new(Mutex::new(opened));
        tables.insert(name.to_owned(), Arc::clone(&table));
        drop(tables);
        Ok(table.lock_owned().await)
    }

    /// Names of the folders that hold a table's log.
    fn folders(&self) -> Result<Vec<String>, StoreError> {
        let failed = |e| StoreError::of_io(&self.root, e);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.root).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_table_name(&name) && entry.path().join(health::LOG).is_dir() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

fn is_table_name(name: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    name.bytes().all(word) && name.starts_with(|c: char| c.is_ascii_lowercase())
}

fn describe(table: &Table, state: &DeltaTableState) -> Result<TableSnapshot, StoreError> {
    Ok(TableSnapshot {
        table: table.name.clone(),
        version: state.version(),
        schema: Arc::new(columns(table, state)?),
        files: snapshot::files(state),
        root: table.folder.clone(),
    })
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
