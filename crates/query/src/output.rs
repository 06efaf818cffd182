//! Writing a result: for people, spreadsheets, programs and other engines.

mod csv_text;
mod json;
mod parquet_file;
mod table;

use std::io::Write;

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use datafusion::common::DataFusionError;

use crate::{Error, Limits};

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for a terminal.
    Table,
    /// RFC 4180, UTF-8.
    Csv,
    /// The same behind a byte order mark, by which spreadsheets recognise UTF-8.
    CsvForSheets,
    /// An array of objects; amounts are text, so that no reader makes floats of them.
    Json,
    /// One Parquet file with the columns' types and metadata.
    Parquet,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows of the result.
    pub rows: u64,
    /// Rows that were written; fewer than `rows` only where a table for people was cut off.
    pub shown: u64,
}

/// Writes batches as they come.
pub(crate) trait Sink {
    /// One more batch.
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), Error>;

    /// The end; returns how many rows were shown.
    fn finish(self: Box<Self>) -> Result<u64, Error>;
}

/// The sink of a format.
pub(crate) fn sink<'a>(
    format: Format,
    schema: SchemaRef,
    limits: &Limits,
    out: &'a mut (dyn Write + Send),
) -> Result<Box<dyn Sink + Send + 'a>, Error> {
    Ok(match format {
        Format::Table => Box::new(table::Table::new(schema, limits.shown_rows, out)),
        Format::Csv => Box::new(csv_text::Csv::new(&schema, false, out)?),
        Format::CsvForSheets => Box::new(csv_text::Csv::new(&schema, true, out)?),
        Format::Json => Box::new(json::Json::new(out)),
        Format::Parquet => Box::new(parquet_file::Parquet::new(schema, out)?),
    })
}

/// The error of turning values into text or bytes.
pub(crate) fn failed(error: impl Into<DataFusionError>) -> Error {
    match error.into() {
        DataFusionError::IoError(error) => Error::Output(error),
        DataFusionError::ArrowError(error, context) => match *error {
            arrow::error::ArrowError::IoError(_, error) => Error::Output(error),
            other => Error::Query(crate::error::plain(&DataFusionError::ArrowError(
                Box::new(other),
                context,
            ))),
        },
        other => Error::Query(crate::error::plain(&other)),
    }
}
