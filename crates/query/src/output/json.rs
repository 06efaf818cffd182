//! JSON: an array of objects, one per line; amounts are text, nulls are written.

use std::{io::Write, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, RecordBatch},
    compute::cast,
    datatypes::{DataType, Field, FieldRef, Schema},
    error::ArrowError,
    json::{
        Encoder, EncoderFactory, EncoderOptions, WriterBuilder,
        writer::{JsonFormat, NullableEncoder},
    },
    util::display::{ArrayFormatter, FormatOptions},
};

use super::{Sink, failed};
use crate::Error;

/// A JSON array under way.
pub(crate) struct Json<'a> {
    rows: u64,
    out: &'a mut (dyn Write + Send),
}

impl<'a> Json<'a> {
    /// Writes nothing yet.
    pub(crate) fn new(out: &'a mut (dyn Write + Send)) -> Self {
        Self { rows: 0, out }
    }
}

impl Sink for Json<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.out.write_all(if self.rows == 0 { b"[\n" } else { b",\n" })?;
        let mut writer = WriterBuilder::new()
            .with_explicit_nulls(true)
            .with_encoder_factory(Arc::new(ExactAmounts))
            .build::<_, Lines>(&mut *self.out);
        writer.write(&writable(batch).map_err(failed)?).map_err(failed)?;
        writer.finish().map_err(failed)?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<u64, Error> {
        self.out.write_all(if self.rows == 0 { b"[]\n" } else { b"\n]\n" })?;
        self.out.flush()?;
        Ok(self.rows)
    }
}

/// Objects with a comma and a line end between them; the brackets are written around all batches.
#[derive(Debug, Default)]
struct Lines;

impl JsonFormat for Lines {
    fn start_row<W: Write>(&self, writer: &mut W, is_first_row: bool) -> Result<(), ArrowError> {
        if !is_first_row {
            writer.write_all(b",\n")?;
        }
        Ok(())
    }
}

/// The batch with the types that JSON has no encoder for (durations) as text.
fn writable(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let is_odd = |field: &FieldRef| {
        matches!(field.data_type(), DataType::Interval(_) | DataType::Duration(_))
    };
    if !batch.schema().fields().iter().any(is_odd) {
        return Ok(batch.clone());
    }
    let (mut fields, mut columns): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        match is_odd(field) {
            true => {
                columns.push(cast(column, &DataType::Utf8)?);
                fields.push(Field::new(field.name(), DataType::Utf8, true));
            }
            false => {
                columns.push(Arc::clone(column));
                fields.push(field.as_ref().clone());
            }
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// Decimals as text, wherever they stand.
#[derive(Debug)]
struct ExactAmounts;

impl EncoderFactory for ExactAmounts {
    fn make_default_encoder<'a>(
        &self,
        _: &'a FieldRef,
        array: &'a dyn Array,
        _: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        if !array.data_type().is_decimal() {
            return Ok(None);
        }
        let options = FormatOptions::new().with_display_error(true);
        let text = ArrayFormatter::try_new(array, &options)?;
        Ok(Some(NullableEncoder::new(Box::new(Quoted(text)), array.nulls().cloned())))
    }
}

/// A number between quotation marks; digits, sign and point need no escapes.
struct Quoted<'a>(ArrayFormatter<'a>);

impl Encoder for Quoted<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        // Writing to a Vec cannot fail.
        let _ = write!(out, "\"{}\"", self.0.value(row));
    }
}
