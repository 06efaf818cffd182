//! Small tables from plain columns, for callers that know nothing of Arrow.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringArray},
    datatypes::{DataType, Field, Schema},
};

use crate::{Applied, Store, StoreError};

/// A column of a small table: name and values by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainColumn {
    name: &'static str,
    values: PlainValues,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PlainValues {
    Text(Vec<Option<String>>),
    Integer(Vec<Option<i64>>),
    Decimal(u8, Vec<Option<i64>>),
    Truth(Vec<bool>),
}

impl PlainColumn {
    /// A column of texts.
    pub fn text<T: Into<String>>(name: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        let values = values.into_iter().map(|value| Some(value.into())).collect();
        Self { name, values: PlainValues::Text(values) }
    }

    /// A column of texts that may be missing.
    pub fn text_or_null(
        name: &'static str,
        values: impl IntoIterator<Item = Option<String>>,
    ) -> Self {
        Self { name, values: PlainValues::Text(values.into_iter().collect()) }
    }

    /// A column of integers that may be missing.
    pub fn integer(name: &'static str, values: impl IntoIterator<Item = Option<i64>>) -> Self {
        Self { name, values: PlainValues::Integer(values.into_iter().collect()) }
    }

    /// A column of decimals that may be missing, as integers of `scale`.
    pub fn decimal(
        name: &'static str,
        scale: u8,
        values: impl IntoIterator<Item = Option<i64>>,
    ) -> Self {
        Self { name, values: PlainValues::Decimal(scale, values.into_iter().collect()) }
    }

    /// A column of truth values.
    pub fn truth(name: &'static str, values: impl IntoIterator<Item = bool>) -> Self {
        Self { name, values: PlainValues::Truth(values.into_iter().collect()) }
    }

    fn into_array(self) -> Result<(Field, ArrayRef), arrow::error::ArrowError> {
        let (kind, array): (DataType, ArrayRef) = match self.values {
            PlainValues::Text(values) => (DataType::Utf8, Arc::new(StringArray::from(values))),
            PlainValues::Integer(values) => (DataType::Int64, Arc::new(Int64Array::from(values))),
            PlainValues::Truth(values) => (DataType::Boolean, Arc::new(BooleanArray::from(values))),
            PlainValues::Decimal(scale, values) => {
                let wide = values.into_iter().map(|value| value.map(i128::from));
                let array = wide.collect::<Decimal128Array>();
                let scale = i8::try_from(scale).unwrap_or(i8::MAX);
                let array = array.with_precision_and_scale(18, scale)?;
                (DataType::Decimal128(18, scale), Arc::new(array))
            }
        };
        Ok((Field::new(self.name, kind, true), array))
    }
}

impl Store {
    /// Makes `columns` the whole content of a table; see [`Store::replace_table`].
    pub async fn replace_plain(
        &self,
        name: &str,
        columns: Vec<PlainColumn>,
    ) -> Result<u64, StoreError> {
        self.replace_table(name, &[batch(name, columns)?]).await
    }

    /// As [`Store::replace_plain`], part by part: the parts that are not named stay. What the content
    /// was made from is told by [`Store::applied_under`] afterwards. A table that shows a newer version
    /// of one of its provinces refuses.
    pub async fn replace_parts_of(
        &self,
        name: &str,
        parts: Vec<(String, Vec<PlainColumn>)>,
        applied: Applied<'_>,
    ) -> Result<u64, StoreError> {
        let batches =
            parts.into_iter().map(|(part, columns)| Ok((part, vec![batch(name, columns)?])));
        self.replace(name, &batches.collect::<Result<Vec<_>, _>>()?, Some(applied)).await
    }
}

fn batch(name: &str, columns: Vec<PlainColumn>) -> Result<RecordBatch, StoreError> {
    let failed = |e: arrow::error::ArrowError| StoreError::of_format(format!("table {name}"), e);
    let columns = columns.into_iter().map(PlainColumn::into_array);
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) =
        columns.collect::<Result<Vec<_>, _>>().map_err(failed)?.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(failed)
}
