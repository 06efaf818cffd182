//! The tables' columns as text, for `schemas/tables`.

use std::fmt::Write;

use arrow::datatypes::DataType;
use model::{Catalog, FormIx};

use crate::{submissions_schema, wide_columns};

/// The columns of a form's table: name, type, meaning in Chinese and English, measure.
pub fn table_schema_text(catalog: &Catalog, form: FormIx) -> String {
    let definition = catalog.form(form);
    let mut text = head(&definition.table(), &definition.zh, &definition.en);
    for column in wide_columns(catalog, form) {
        let kind = type_name(&column.data_type());
        line(&mut text, [&column.name, &kind, &column.zh, &column.en, &column.measure]);
    }
    text
}

/// The columns of table `submissions`, in the same form.
pub fn submissions_schema_text() -> String {
    let mut text = head(crate::SUBMISSIONS, "报送", "every revision, with what became of it");
    for field in submissions_schema().fields() {
        let comment = field.metadata().get("comment").map_or("", String::as_str);
        let (zh, en) = comment.split_once("; ").unwrap_or((comment, ""));
        line(&mut text, [field.name(), &type_name(field.data_type()), zh, en, ""]);
    }
    text
}

fn head(table: &str, zh: &str, en: &str) -> String {
    format!(
        "# {table} {zh}: {en}\n\nDelta table, partitioned by `period`. Generated; a difference \
         fails the tests.\n\n| column | type | 含义 | meaning | 计量单位 |\n|---|---|---|---|---|\n"
    )
}

fn line(text: &mut String, cells: [&str; 5]) {
    for cell in cells {
        // Writing to a String cannot fail.
        let _ = write!(text, "| {} ", cell.replace('|', "\\|"));
    }
    text.push_str("|\n");
}

/// The type as Delta names it.
fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Int64 => "long".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Utf8 => "string".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Binary => "binary".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        other => other.to_string(),
    }
}
