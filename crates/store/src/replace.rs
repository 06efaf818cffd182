//! Small tables that are replaced as a whole: dimensions, scores, rankings, findings.

use std::collections::{BTreeMap, BTreeSet};

use arrow::{array::RecordBatch, datatypes::Schema};
use model::UnitCode;
use serde_json::json;

use crate::{
    FileEntry, Store, StoreError,
    encode::{Encoded, Packing, blocking, to_parquet},
    log_actions::NewFile,
    store::columns,
    table::{Change, Table},
    wide::WHOLE,
    writer::{check_complete, newest_of, roll_up_of},
};

/// How often a commit is tried when other processes commit in between.
const ATTEMPTS: usize = 20;

impl Store {
    /// Makes `batches` the whole content of a table, in one commit, and returns its version. The
    /// first one gives the columns; at least one is needed, and it may be without rows.
    ///
    /// When the table holds exactly this already, nothing is written and the version stays.
    pub async fn replace_table(
        &self,
        name: &str,
        batches: &[RecordBatch],
    ) -> Result<u64, StoreError> {
        self.replace(name, &[(WHOLE.to_owned(), batches.to_vec())], None).await
    }

    /// As [`Store::replace_table`], part by part: what parts hold that are not given stays, but for a
    /// part that was the whole. `applied` is told by [`Store::applied_under`] afterwards, new content
    /// or not.
    pub(crate) async fn replace(
        &self,
        name: &str,
        parts: &[(String, Vec<RecordBatch>)],
        applied: Option<Applied<'_>>,
    ) -> Result<u64, StoreError> {
        let mut table = self.table(name).await?;
        table.refresh().await?;
        let first = parts.iter().find_map(|(_, batches)| batches.first());
        let Some(schema) = first.map(RecordBatch::schema) else {
            return Err(StoreError::Column {
                table: name.to_owned(),
                column: "*".to_owned(),
                problem: "no batch was given, so the columns are unknown".to_owned(),
            });
        };
        let encode = |(part, batches): &(String, Vec<RecordBatch>)| {
            let encoded = to_parquet(schema.clone(), batches, &Packing::Texts(&[]));
            let failed = |e| StoreError::of_format(format!("table {name}"), e);
            Ok::<_, StoreError>((part.clone(), encoded.map_err(failed)?))
        };
        let encoded = blocking(|| parts.iter().map(encode).collect::<Result<Vec<_>, _>>())?;
        table.create(&schema, None).await?;
        for attempt in 0..ATTEMPTS {
            if let Some(applied) = applied {
                check_complete(&table, &applied)?;
            }
            let Some(change) = change(&table, &schema, &encoded, applied)? else {
                return Ok(table.state()?.version());
            };
            match table.commit(change).await {
                Err(StoreError::Conflict { .. }) => {
                    self.conflicted(name, attempt);
                    table.refresh().await?;
                }
                result => return result,
            }
        }
        Err(StoreError::Conflict { table: name.to_owned() })
    }

    /// The version of `submissions` that a table shows of each of these provinces, provided that it
    /// shows it under this catalogue; `None` for one whose definitions have changed since, or that
    /// was never rolled up.
    pub async fn applied_under(
        &self,
        table: &str,
        catalog: &str,
        provinces: &[UnitCode],
    ) -> Result<BTreeMap<UnitCode, Option<u64>>, StoreError> {
        let mut table = self.table(table).await?;
        table.refresh().await?;
        let shown = |&province: &UnitCode| {
            let newest = table.position(&roll_up_of(province));
            let under = table.position(&under(province, catalog)).filter(|_| newest.is_some());
            (province, under.filter(|_| under == newest).map(i64::unsigned_abs))
        };
        Ok(provinces.iter().map(shown).collect())
    }

    /// Whether a table shows something of a province that came in behind a version of `submissions`.
    pub async fn shows_more_than(
        &self,
        table: &str,
        province: UnitCode,
        version: u64,
    ) -> Result<bool, StoreError> {
        let mut table = self.table(table).await?;
        table.refresh().await?;
        Ok(table
            .position(&newest_of(province))
            .is_some_and(|newest| newest.unsigned_abs() > version))
    }
}

/// What the rows of provinces were made from.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'a> {
    /// Newest version of `submissions` of which they may show anything.
    pub submissions: u64,
    /// Version of `submissions` of which they show everything; what came in behind it may be missing.
    pub complete: u64,
    /// Hash of the catalogue.
    pub catalog: &'a str,
    /// The provinces; those of others are others' to write.
    pub provinces: &'a [UnitCode],
    /// The version of the table with which the writer has last written the rows of a province; it is
    /// refused when another has written some since.
    pub turns: &'a BTreeMap<UnitCode, u64>,
    /// Newest version of `submissions` of which the rows of a province that is not among these may show
    /// anything: what a writer knows that writes all of it, or what it has written all of.
    pub taken: u64,
}

/// Application id of the version that was applied under a catalogue.
fn under(province: UnitCode, catalog: &str) -> String {
    format!("{}-{catalog}", roll_up_of(province))
}

/// What puts the parts in the place of those of the same name; `None` when they are there already.
fn change(
    table: &Table,
    schema: &Schema,
    parts: &[(String, Encoded)],
    applied: Option<Applied<'_>>,
) -> Result<Option<Change>, StoreError> {
    let mut change = Change::default();
    let same_columns = same_columns(&columns(table, table.state()?)?, schema);
    if !same_columns {
        change.metadata = Some(table.metadata(schema, None)?);
    }
    let wanted: BTreeMap<String, &Encoded> =
        parts.iter().map(|(part, e)| (format!("{part}-{}.parquet", e.hash), e)).collect();
    let names: BTreeSet<&str> = parts.iter().map(|(part, _)| part.as_str()).collect();
    let all = names.contains(WHOLE);
    let old = table.files();
    let there: BTreeSet<&str> = old.iter().map(|file| file.path.as_str()).collect();
    for (path, encoded) in &wanted {
        if encoded.rows == 0 || there.contains(path.as_str()) {
            continue;
        }
        let file = NewFile {
            path: path.clone(),
            partition: None,
            size: encoded.bytes.len() as u64,
            stats: json!({ "numRecords": encoded.rows }).to_string(),
        };
        change.add.push((file, encoded.bytes.clone()));
    }
    let replaced = |file: &FileEntry| {
        let part = file.path.split_once('-').map_or("", |(part, _)| part);
        (all || part == WHOLE || names.contains(part)) && !wanted.contains_key(&file.path)
    };
    change.remove = old.iter().filter(|file| replaced(file)).cloned().collect();
    if let Some(Applied { complete, catalog, provinces, .. }) = applied {
        for &province in provinces {
            for app in [roll_up_of(province), under(province, catalog)] {
                if table.position(&app) != Some(complete as i64) {
                    change.positions.push((app, complete as i64));
                }
            }
        }
    }
    let nothing = change.positions.is_empty() && change.remove.is_empty() && change.add.is_empty();
    Ok((!same_columns || !nothing).then_some(change))
}

/// Same names and types in the same order.
fn same_columns(stored: &Schema, new: &Schema) -> bool {
    let of = |schema: &Schema| -> Vec<_> {
        schema.fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect()
    };
    of(stored) == of(new)
}
