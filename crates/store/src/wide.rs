//! The wide table of a form: (period, slice) parts are replaced as a whole, never edited.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use arrow::{
    array::{AsArray, RecordBatch},
    datatypes::{Field, Int64Type, Schema},
};
use deltalake::kernel::Metadata;
use model::{Catalog, FormIx, Rows};
use serde_json::json;

use crate::{
    Applied, FileEntry, Store, StoreError,
    encode::{Encoded, Packing, blocking, in_parallel, to_parquet},
    log_actions::{NewFile, RANGES},
    store::columns,
    table::{Change, Table},
    wide_batch::WideShape,
    wide_schema::{PERIOD, wide_schema},
    writer::{ROLL_UP, Wrote},
};

/// How often a commit is tried when other processes commit in between.
const ATTEMPTS: usize = 20;

/// Name of the slice that is the whole period.
pub(crate) const WHOLE: &str = "all";

/// Rows that replace what the table holds of one period, or of one slice of it.
#[derive(Clone, Debug)]
pub struct SliceRows {
    /// Name of the slice, such as a unit's code; `a.b` is a slice of `a`. `None` when the rows are the
    /// whole period. A slice is written either as a whole or in slices of its own, and a whole
    /// replaces its slices.
    pub slice: Option<String>,
    /// The rows; their form is that of the table.
    pub rows: Rows,
}

/// One slice, ready to be written.
struct Part {
    period: String,
    slice: String,
    encoded: Encoded,
    stats: String,
}

impl Store {
    /// Replaces slices of a form's table by the rows given, all in one commit, which also says that
    /// version `applied` of `submissions` is rolled up. What is not named stays. Returns the new
    /// version.
    ///
    /// A roll-up that has read an older version of `submissions` than the table shows is refused
    /// with [`StoreError::RollUpBehind`]: its rows would undo newer ones.
    pub async fn commit_rows(
        &self,
        form: FormIx,
        slices: Vec<SliceRows>,
        catalog: &Catalog,
        applied: u64,
    ) -> Result<u64, StoreError> {
        self.commit_slices(form, slices, |slice| slice, catalog, Wrote::All(applied)).await
    }

    /// As [`Store::commit_rows`], but only rows of the provinces named, each of which has its own
    /// position: the writer of one does not wait for the writers of others. `make` makes the rows of a
    /// piece when they are to be packed, so that never all of them are in memory.
    pub async fn commit_rows_of<P: Send>(
        &self,
        form: FormIx,
        pieces: Vec<P>,
        make: impl Fn(P) -> SliceRows + Sync,
        catalog: &Catalog,
        applied: Applied<'_>,
    ) -> Result<u64, StoreError> {
        self.commit_slices(form, pieces, make, catalog, Wrote::Provinces(applied)).await
    }

    async fn commit_slices<P: Send>(
        &self,
        form: FormIx,
        pieces: Vec<P>,
        make: impl Fn(P) -> SliceRows + Sync,
        catalog: &Catalog,
        wrote: Wrote<'_>,
    ) -> Result<u64, StoreError> {
        let shape = WideShape::new(catalog, form);
        let mut table = self.table(&shape.table).await?;
        table.refresh().await?;
        wrote.check(&table)?;
        let parts = blocking(|| encode(&shape, form, pieces, make))?;
        check_slices(&shape.table, &parts)?;
        let schema = wide_schema(catalog, form);
        table.create(&schema, Some(PERIOD)).await?;
        for attempt in 0..ATTEMPTS {
            let metadata = new_columns(&table, &schema, Some(PERIOD))?;
            let mut change = replace(&table, &parts)?;
            change.metadata = metadata;
            change.positions = wrote.positions(&table);
            match table.commit(change).await {
                Err(StoreError::Conflict { .. }) => {
                    self.conflicted(&table.name, attempt);
                    table.refresh().await?;
                    wrote.check(&table)?;
                }
                result => return result,
            }
        }
        Err(StoreError::Conflict { table: shape.table })
    }

    /// Makes the table of a form, and gives it the columns that the catalogue has gained, without
    /// rows; so that a query finds it.
    pub async fn ensure_form(&self, form: FormIx, catalog: &Catalog) -> Result<(), StoreError> {
        let schema = wide_schema(catalog, form);
        let mut table = self.table(&catalog.form(form).table()).await?;
        table.refresh().await?;
        table.create(&schema, Some(PERIOD)).await?;
        let Some(metadata) = new_columns(&table, &schema, Some(PERIOD))? else { return Ok(()) };
        table.commit(Change { metadata: Some(metadata), ..Change::default() }).await.map(drop)
    }

    /// The version of `submissions` that a table shows; `None` before its first roll-up.
    pub async fn applied(&self, table: &str) -> Result<Option<u64>, StoreError> {
        let mut table = self.table(table).await?;
        table.refresh().await?;
        Ok(table.position(ROLL_UP).map(i64::unsigned_abs))
    }
}

/// Each slice once, and no period both whole and in parts.
fn check_slices(table: &str, parts: &[Part]) -> Result<(), StoreError> {
    let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Part { period, slice: name, .. } in parts {
        let wrong = |problem: String| {
            let (table, period) = (table.to_owned(), period.clone());
            Err(StoreError::Slices { table, period, problem })
        };
        let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.';
        if name.is_empty() || !name.bytes().all(word) {
            return wrong(format!("{name:?} cannot name a slice: write digits of unit codes"));
        }
        let names = seen.entry(period).or_default();
        if !names.insert(name) {
            return wrong(format!("slice {name} is given twice"));
        }
        let inside = |other: &&&str| **other != name && (holds(name, other) || holds(other, name));
        if let Some(other) = names.iter().find(inside) {
            return wrong(format!(
                "slices {name} and {other} are given together, one holds the other"
            ));
        }
    }
    Ok(())
}

/// Whether a slice holds everything of another.
pub(crate) fn holds(slice: &str, other: &str) -> bool {
    let inside = |rest: &str| rest.is_empty() || rest.starts_with('.');
    slice == WHOLE || other.strip_prefix(slice).is_some_and(inside)
}

fn encode<P: Send>(
    shape: &WideShape,
    form: FormIx,
    pieces: Vec<P>,
    make: impl Fn(P) -> SliceRows + Sync,
) -> Result<Vec<Part>, StoreError> {
    let parts = in_parallel(pieces, |piece| {
        let SliceRows { slice, rows } = make(piece);
        let period = rows.period.to_string();
        if rows.form != form {
            let problem = format!("rows of form {} among those of form {}", rows.form.0, form.0);
            return Err(StoreError::Slices { table: shape.table.clone(), period, problem });
        }
        let batch = shape.batch(rows)?;
        let stats = stats(&batch);
        let place = || format!("table {}, period {period}", shape.table);
        let encoded = to_parquet(Arc::clone(&shape.file_schema), &[batch], &Packing::Numbers)
            .map_err(|e| StoreError::of_format(place(), e))?;
        let slice = slice.unwrap_or_else(|| WHOLE.to_owned());
        Ok(Part { period, slice, encoded, stats })
    });
    parts.into_iter().collect()
}

/// What readers use to leave a file out: its rows, and which units it can hold.
fn stats(batch: &RecordBatch) -> String {
    let range = |name: &str| {
        let column = batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
        Some((arrow::compute::min(column)?, arrow::compute::max(column)?))
    };
    let (mut min, mut max) = (serde_json::Map::new(), serde_json::Map::new());
    for name in RANGES {
        if let Some((low, high)) = range(name) {
            min.insert(name.to_owned(), low.into());
            max.insert(name.to_owned(), high.into());
        }
    }
    json!({ "numRecords": batch.num_rows(), "minValues": min, "maxValues": max }).to_string()
}

/// The change that puts the parts in the place of the files that hold their slices now.
fn replace(table: &Table, parts: &[Part]) -> Result<Change, StoreError> {
    let mut change = Change::default();
    let mut stored: BTreeMap<String, Vec<FileEntry>> = BTreeMap::new();
    for file in table.files() {
        let period = file.partition_values.get(PERIOD).cloned().flatten().unwrap_or_default();
        stored.entry(period).or_default().push(file);
    }
    for part in parts {
        let there = stored.get(&part.period).map_or(&[][..], Vec::as_slice);
        let above =
            |file: &&FileEntry| slice_of(file) != part.slice && holds(slice_of(file), &part.slice);
        if let Some(file) = there.iter().find(above) {
            return Err(StoreError::Slices {
                table: table.name.clone(),
                period: part.period.clone(),
                problem: format!(
                    "slice {} cannot be replaced, {} is stored as a whole: write it as a whole",
                    part.slice,
                    slice_of(file)
                ),
            });
        }
        let path = format!("{PERIOD}={}/{}-{}.parquet", part.period, part.slice, part.encoded.hash);
        let old = there.iter().filter(|file| holds(&part.slice, slice_of(file)));
        let mut unchanged = false;
        for file in old {
            if file.path == path {
                unchanged = true;
            } else {
                change.remove.push(file.clone());
            }
        }
        if !unchanged && part.encoded.rows > 0 {
            let file = NewFile {
                path,
                partition: Some((PERIOD, Some(part.period.clone()))),
                size: part.encoded.bytes.len() as u64,
                stats: part.stats.clone(),
            };
            change.add.push((file, part.encoded.bytes.clone()));
        }
    }
    Ok(change)
}

/// The slice that a file holds, from its name.
pub(crate) fn slice_of(file: &FileEntry) -> &str {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    name.split_once('-').map_or(name, |(slice, _)| slice)
}

/// The table's description with the columns that `wanted` has and the table lacks; `None` when it
/// has them all. Columns that are no longer wanted stay, since older rows hold them.
pub(crate) fn new_columns(
    table: &Table,
    wanted: &Schema,
    partition: Option<&str>,
) -> Result<Option<Metadata>, StoreError> {
    let stored = columns(table, table.state()?)?;
    let mut fields: Vec<Field> = stored.fields().iter().map(|f| f.as_ref().clone()).collect();
    let before = fields.len();
    for field in wanted.fields() {
        match stored.field_with_name(field.name()) {
            Ok(old) if old.data_type() == field.data_type() => {}
            Ok(old) => {
                return Err(StoreError::Column {
                    table: table.name.clone(),
                    column: field.name().clone(),
                    problem: format!(
                        "is stored as {}, the definitions now say {}: give the indicator a new \
                         code, or move the table away and rebuild it from the journal",
                        old.data_type(),
                        field.data_type()
                    ),
                });
            }
            Err(_) => fields.push(field.as_ref().clone().with_nullable(true)),
        }
    }
    if fields.len() == before {
        return Ok(None);
    }
    table.metadata(&Schema::new(fields), partition).map(Some)
}
