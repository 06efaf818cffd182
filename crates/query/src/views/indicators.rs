//! Table `indicators`: what each column means, from the catalogue in force.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, BooleanArray, Int32Array, RecordBatch, StringArray},
    datatypes::{DataType, Field, Schema},
};
use datafusion::{catalog::TableProvider, common::Result, datasource::MemTable};
use model::{Catalog, Indicator, indicator::Entry};

use crate::describe::{kind_name, kind_zh};

/// Name of the table.
pub(super) const NAME: &str = "indicators";

/// A text column and where it comes from.
type Text = (&'static str, fn(&Catalog, &Indicator) -> String);

const TEXTS: [Text; 13] = [
    ("code", |_, i| i.code.clone()),
    ("form", |c, i| c.form(i.form).code.clone()),
    ("form_zh", |c, i| c.form(i.form).zh.clone()),
    ("zh", |_, i| i.zh.clone()),
    ("sql_zh", |_, i| i.sql_zh.clone()),
    ("en", |_, i| i.en.clone()),
    ("measure", |_, i| i.measure.clone()),
    ("kind", |_, i| kind_name(i.kind).to_owned()),
    ("kind_zh", |_, i| kind_zh(i.kind).to_owned()),
    ("frequency", |_, i| i.frequency.letter().to_string()),
    ("entry", |_, i| entry(i.entry).to_owned()),
    ("national_code", |_, i| i.national_code.clone()),
    ("note", |_, i| i.note.clone()),
];

/// One row per indicator, by form and line.
pub(super) fn table(catalog: &Catalog) -> Result<Arc<dyn TableProvider>> {
    let all = &catalog.indicators;
    let mut fields: Vec<Field> =
        TEXTS.iter().map(|(name, _)| Field::new(*name, DataType::Utf8, false)).collect();
    let mut columns: Vec<ArrayRef> = TEXTS
        .iter()
        .map(|(_, of)| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(all.iter().map(|i| of(catalog, i))))
        })
        .collect();
    let mut number = |name: &str, of: fn(&Indicator) -> i32| {
        fields.push(Field::new(name, DataType::Int32, false));
        columns.push(Arc::new(all.iter().map(|i| Some(of(i))).collect::<Int32Array>()));
    };
    number("line", |i| i.line.into());
    number("decimals", |i| i.decimals.into());
    number("scale", |i| i.scale.into());
    fields.push(Field::new("core", DataType::Boolean, false));
    columns.push(Arc::new(all.iter().map(|i| Some(i.core)).collect::<BooleanArray>()));
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    Ok(Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
}

fn entry(entry: Entry) -> &'static str {
    match entry {
        Entry::At(level) => level.name(),
        Entry::System => "system",
        Entry::Derived => "derived",
    }
}
