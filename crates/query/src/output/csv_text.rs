//! CSV as RFC 4180 has it; a text that a spreadsheet would run as a formula is made harmless.

use std::{borrow::Cow, io::Write};

use arrow::{
    array::{Array, RecordBatch},
    datatypes::{DataType, SchemaRef},
    util::display::{ArrayFormatter, FormatOptions},
};

use super::{Sink, failed};
use crate::Error;

/// A CSV writer over an output.
pub(crate) struct Csv<'a> {
    writer: csv::Writer<&'a mut (dyn Write + Send)>,
    rows: u64,
}

impl<'a> Csv<'a> {
    /// Writes the byte order mark, if wanted, and the head.
    pub(crate) fn new(
        schema: &SchemaRef,
        bom: bool,
        out: &'a mut (dyn Write + Send),
    ) -> Result<Self, Error> {
        if bom {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        writer.write_record(schema.fields().iter().map(|f| f.name().as_str())).map_err(io)?;
        Ok(Self { writer, rows: 0 })
    }
}

impl Sink for Csv<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let options = FormatOptions::default();
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        for row in 0..batch.num_rows() {
            for (text, values) in columns.iter().zip(batch.columns()) {
                let text =
                    if values.is_null(row) { String::new() } else { text.value(row).to_string() };
                let is_text = matches!(
                    values.data_type(),
                    DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
                );
                let cell = if is_text { harmless(&text) } else { Cow::Borrowed(text.as_str()) };
                self.writer.write_field(cell.as_bytes()).map_err(io)?;
            }
            self.writer.write_record(None::<&[u8]>).map_err(io)?;
            self.rows += 1;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<u64, Error> {
        self.writer.flush()?;
        Ok(self.rows)
    }
}

/// A text that begins like a formula gets an apostrophe in front, which spreadsheets do not show.
fn harmless(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

fn io(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::Output(error),
        other => Error::Query(format!("{other:?}")),
    }
}
