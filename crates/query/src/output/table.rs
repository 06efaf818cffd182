//! Aligned columns for a terminal; Chinese characters count as two columns wide.

use std::io::Write;

use arrow::{
    array::{Array, RecordBatch},
    datatypes::SchemaRef,
    util::display::{ArrayFormatter, FormatOptions},
};
use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, presets};

use super::{Sink, failed};
use crate::Error;

/// A table that is laid out when its widths are known.
pub(crate) struct Table<'a> {
    schema: SchemaRef,
    grid: Grid,
    shown: u64,
    most: u64,
    out: &'a mut (dyn Write + Send),
}

impl<'a> Table<'a> {
    /// At most `most` rows are laid out.
    pub(crate) fn new(schema: SchemaRef, most: usize, out: &'a mut (dyn Write + Send)) -> Self {
        let mut grid = Grid::new();
        grid.load_preset(presets::ASCII_MARKDOWN);
        grid.set_content_arrangement(ContentArrangement::Disabled);
        grid.set_header(schema.fields().iter().map(|field| one_line(field.name())));
        for (column, field) in grid.column_iter_mut().zip(schema.fields()) {
            if field.data_type().is_numeric() {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        Self { schema, grid, shown: 0, most: most as u64, out }
    }
}

impl Sink for Table<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let options = FormatOptions::default();
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<Result<_, _>>()
            .map_err(failed)?;
        for row in 0..batch.num_rows() {
            if self.shown == self.most {
                return Ok(());
            }
            let cells = columns.iter().zip(batch.columns()).map(|(text, values)| {
                if values.is_null(row) {
                    String::new()
                } else {
                    one_line(&text.value(row).to_string())
                }
            });
            self.grid.add_row(cells);
            self.shown += 1;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<u64, Error> {
        if !self.schema.fields().is_empty() {
            writeln!(self.out, "{}", self.grid)?;
        }
        self.out.flush()?;
        Ok(self.shown)
    }
}

/// A cell stays on its line, and control characters do not reach the terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
