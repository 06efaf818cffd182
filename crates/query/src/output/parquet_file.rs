//! One Parquet file, written as it comes, so that it may go into a pipe.

use std::io::Write;

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use datafusion::common::DataFusionError;
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::properties::WriterProperties,
};

use super::Sink;
use crate::{Error, error::plain};

/// A Parquet writer over an output.
pub(crate) struct Parquet<'a> {
    writer: ArrowWriter<&'a mut (dyn Write + Send)>,
    rows: u64,
}

impl<'a> Parquet<'a> {
    /// Writes the file's head.
    pub(crate) fn new(schema: SchemaRef, out: &'a mut (dyn Write + Send)) -> Result<Self, Error> {
        // Without a program name in it, the same rows give the same bytes whatever wrote them.
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by("zhibao".to_owned())
            .build();
        let writer = ArrowWriter::try_new(out, schema, Some(properties)).map_err(failed)?;
        Ok(Self { writer, rows: 0 })
    }
}

impl Sink for Parquet<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.rows += batch.num_rows() as u64;
        self.writer.write(batch).map_err(failed)
    }

    fn finish(mut self: Box<Self>) -> Result<u64, Error> {
        self.writer.finish().map_err(failed)?;
        Ok(self.rows)
    }
}

fn failed(error: ParquetError) -> Error {
    match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(error) => Error::Output(*error),
            Err(other) => Error::Query(other.to_string()),
        },
        other => Error::Query(plain(&DataFusionError::from(other))),
    }
}
