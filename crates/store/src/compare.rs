//! Two sets of rows, cell by cell: for proving that a rebuild equals what it rebuilds.

use std::collections::{BTreeMap, BTreeSet};

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array},
    compute::{cast, concat_batches, sort_to_indices, take_record_batch},
    datatypes::Int64Type,
    error::ArrowError,
    util::display::array_value_to_string,
};
use bytes::Bytes;
use model::{Catalog, Period, Rows, UnitCode};
use object_store::ObjectStoreExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{
    FileEntry, Store, StoreError,
    encode::in_parallel,
    files::within,
    wide::{holds, slice_of},
    wide_batch::WideShape,
    wide_schema,
};

/// The key of rows within a period.
const UNIT: &str = "unit";

/// Differences that are told in full.
const TOLD: usize = 20;

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Cells that were compared.
    pub cells: u64,
    /// Cells or rows that differ.
    pub different: u64,
    /// The first of them in words: table, period, unit, column, one value and the other.
    pub told: Vec<String>,
}

impl Compared {
    /// Adds another comparison.
    pub fn add(&mut self, other: Compared) {
        self.cells += other.cells;
        self.different += other.different;
        self.told.extend(other.told);
        self.told.truncate(TOLD);
    }

    fn differs(&mut self, text: String) {
        self.different += 1;
        if self.told.len() < TOLD {
            self.told.push(text);
        }
    }
}

impl Store {
    /// Periods of which a form's table has rows.
    pub async fn periods(&self, table: &str) -> Result<BTreeSet<Period>, StoreError> {
        let by_period = self.files_by_period(table).await?;
        Ok(by_period.into_keys().collect())
    }

    /// Compares what a form's table holds of a period with the rows that it should hold: all of them,
    /// or those of one province, as its writer has named them.
    pub async fn compare_rows(
        &self,
        catalog: &Catalog,
        expected: Rows,
        province: Option<UnitCode>,
    ) -> Result<Compared, StoreError> {
        let shape = WideShape::new(catalog, expected.form);
        let period = expected.period;
        let expected = shape.batch(expected)?;
        let stored = self.rows_of(&shape.table, period, province).await?;
        let place = format!("{} {period}", shape.table);
        let failed = |e| StoreError::of_format(place.clone(), e);
        let stored = match stored {
            Some(stored) => stored,
            None => RecordBatch::new_empty(expected.schema()),
        };
        let expected = by_unit(&expected).map_err(failed)?;
        compare(&place, &by_unit(&stored).map_err(failed)?, &expected).map_err(failed)
    }

    /// All rows of a period as they lie in the files; `None` when there are none.
    async fn rows_of(
        &self,
        table: &str,
        period: Period,
        province: Option<UnitCode>,
    ) -> Result<Option<RecordBatch>, StoreError> {
        let location = self.table(table).await?.location().clone();
        let mut by_period = self.files_by_period(table).await?;
        let Some(mut files) = by_period.remove(&period) else { return Ok(None) };
        if let Some(province) = province.map(|code| code.to_string()) {
            files.retain(|file| holds(&province, slice_of(file)));
        }
        let failed = |e: object_store::Error| StoreError::of_storage(table, e);
        let mut fetched = Vec::with_capacity(files.len());
        for file in files {
            let path = within(&location, &file.path);
            let bytes = self.objects().get(&path).await.map_err(failed)?;
            fetched.push(bytes.bytes().await.map_err(failed)?);
        }
        let read = in_parallel(fetched, read);
        let place = || format!("table {table}, period {period}");
        let failed = |e| StoreError::of_format(place(), e);
        let batches = read.into_iter().collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let Some(first) = batches.first() else { return Ok(None) };
        let all = concat_batches(&first.schema(), &batches);
        all.map(Some).map_err(failed)
    }

    async fn files_by_period(
        &self,
        table: &str,
    ) -> Result<BTreeMap<Period, Vec<FileEntry>>, StoreError> {
        let mut table = self.table(table).await?;
        table.refresh().await?;
        let mut by_period: BTreeMap<Period, Vec<FileEntry>> = BTreeMap::new();
        for file in table.files() {
            let value = file.partition_values.get(wide_schema::PERIOD).cloned().flatten();
            if let Some(period) = value.and_then(|text| text.parse().ok()) {
                by_period.entry(period).or_default().push(file);
            }
        }
        Ok(by_period)
    }
}

fn read(bytes: Bytes) -> Result<RecordBatch, ArrowError> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)?.build()?;
    let schema = arrow::array::RecordBatchReader::schema(&reader);
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    concat_batches(&schema, &batches)
}

/// Rows in the order of their unit's code.
fn by_unit(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let units = batch.column_by_name(UNIT).ok_or_else(|| missing(UNIT))?;
    take_record_batch(batch, &sort_to_indices(units, None, None)?)
}

fn missing(column: &str) -> ArrowError {
    ArrowError::SchemaError(format!("there is no column {column}"))
}

/// Compares rows that are sorted by their unit.
fn compare(
    place: &str,
    stored: &RecordBatch,
    expected: &RecordBatch,
) -> Result<Compared, ArrowError> {
    let mut compared = Compared::default();
    let (there, wanted) = (units(stored)?, units(expected)?);
    if there != wanted {
        let (there, wanted): (BTreeSet<_>, BTreeSet<_>) =
            (there.into_iter().collect(), wanted.into_iter().collect());
        for unit in there.symmetric_difference(&wanted) {
            let which = if wanted.contains(unit) { "is missing" } else { "is one too many" };
            compared.differs(format!("{place}: the row of {unit} {which}"));
        }
        if compared.different == 0 {
            compared.differs(format!("{place}: a unit has more than one row"));
        }
        return Ok(compared);
    }
    for (field, wanted) in expected.schema().fields().iter().zip(expected.columns()) {
        let found = match stored.column_by_name(field.name()) {
            Some(found) => plain(found, wanted)?,
            None => new_null_array(wanted.data_type(), wanted.len()),
        };
        compared.cells += wanted.len() as u64;
        if found.to_data() == wanted.to_data() {
            continue;
        }
        for row in 0..wanted.len() {
            let one = shown(&found, row)?;
            let other = shown(wanted, row)?;
            if one != other {
                let unit = shown(expected.column_by_name(UNIT).ok_or_else(|| missing(UNIT))?, row)?;
                let column = field.name();
                compared.differs(format!("{place} {unit} {column}: {one} instead of {other}"));
            }
        }
    }
    Ok(compared)
}

fn units(batch: &RecordBatch) -> Result<Vec<i64>, ArrowError> {
    let column = batch.column_by_name(UNIT).ok_or_else(|| missing(UNIT))?;
    let units = column.as_primitive_opt::<Int64Type>().ok_or_else(|| missing(UNIT))?;
    Ok(units.values().to_vec())
}

/// The stored column in the type of the expected one.
fn plain(found: &ArrayRef, wanted: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match found.data_type() == wanted.data_type() {
        true => Ok(found.clone()),
        false => cast(found, wanted.data_type()),
    }
}

fn shown(column: &ArrayRef, row: usize) -> Result<String, ArrowError> {
    match column.is_null(row) {
        true => Ok("nothing".to_owned()),
        false => array_value_to_string(column, row),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::{
        array::Int64Array,
        datatypes::{DataType, Field, Schema},
    };

    use super::*;

    fn rows(units: &[i64], values: &[Option<i64>]) -> RecordBatch {
        let field = |name| Field::new(name, DataType::Int64, true);
        let schema = Schema::new(vec![field(UNIT), field("sa01")]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(units.to_vec())),
            Arc::new(Int64Array::from(values.to_vec())),
        ];
        by_unit(&RecordBatch::try_new(Arc::new(schema), columns).unwrap()).unwrap()
    }

    #[test]
    fn the_same_rows_in_another_order_are_equal() {
        let one = rows(&[2, 1], &[None, Some(7)]);
        let compared = compare("sa", &one, &rows(&[1, 2], &[Some(7), None])).unwrap();
        assert_eq!((compared.cells, compared.different), (4, 0));
    }

    #[test]
    fn a_cell_a_missing_row_and_a_row_too_many_are_told() {
        let right = rows(&[1, 2], &[Some(7), None]);
        let cell = compare("sa", &rows(&[1, 2], &[Some(8), None]), &right).unwrap();
        assert_eq!(cell.told, ["sa 1 sa01: 8 instead of 7"]);
        let null = compare("sa", &rows(&[1, 2], &[Some(7), Some(0)]), &right).unwrap();
        assert_eq!(null.told, ["sa 2 sa01: 0 instead of nothing"]);
        let missing = compare("sa", &rows(&[1], &[Some(7)]), &right).unwrap();
        assert_eq!(missing.told, ["sa: the row of 2 is missing"]);
        let more = compare("sa", &rows(&[1, 2, 3], &[Some(7), None, None]), &right).unwrap();
        assert_eq!(more.told, ["sa: the row of 3 is one too many"]);
        let twice = compare("sa", &rows(&[1, 2, 2], &[Some(7), None, None]), &right).unwrap();
        assert_eq!(twice.told, ["sa: a unit has more than one row"]);
    }
}
