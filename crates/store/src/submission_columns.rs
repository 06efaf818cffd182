//! Columns of table `submissions`, and rows as columns.

use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, BinaryArray, BooleanArray, Date32Array, Int32Array, Int64Array, RecordBatch,
        StringBuilder, TimestampMicrosecondArray,
    },
    datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    error::ArrowError,
};
use jiff::civil::date;
use model::{Period, step::Action};

use crate::SubmissionRow;

/// Columns that differ in almost every row.
pub(crate) const UNIQUE: [&str; 6] = ["id", "unit", "cells", "content_hash", "offset", "body"];

/// Name, type, whether null is allowed, and what it means.
type ColumnText = (&'static str, DataType, bool, &'static str, &'static str);

/// The columns in their order, without `period`, which is the partition.
pub(crate) fn column_texts() -> Vec<ColumnText> {
    use DataType::{Binary, Boolean, Date32, Int32, Int64, Utf8};
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    vec![
        ("kind", Utf8, false, "种类", "return, declared, step, lock, catalog or catalog_part"),
        (
            "step",
            Utf8,
            true,
            "办理",
            "accept, send_back, withdraw, except, explain, lock, unlock, approve or publish",
        ),
        ("id", Utf8, false, "报送编号", "submission id"),
        ("unit", Int64, true, "填报单位代码", "code of the reporting unit"),
        ("form", Utf8, true, "报表代码", "code of the form"),
        ("period_start", Date32, true, "报告期首日", "first day of the period"),
        ("revision", Int32, true, "版次", "revision"),
        ("decision", Utf8, false, "审核结论", "what was decided"),
        ("reason", Utf8, true, "结论理由", "why it was decided so"),
        ("correction", Utf8, true, "更正说明", "why the sender corrects an earlier revision"),
        ("cells", Utf8, true, "单元格", "JSON: indicator code and amount as text"),
        ("not_applicable", Utf8, true, "不适用指标", "codes that do not apply, comma between"),
        ("qualifiers", Utf8, true, "限定词", "JSON: 约, 以上, 余, 不低于, by indicator"),
        ("explanations", Utf8, true, "核实说明", "JSON: explanations, by check"),
        (
            "prior",
            Utf8,
            true,
            "上期数",
            "JSON: values of the period before, as they were sent along",
        ),
        ("findings", Utf8, true, "审核结果", "JSON: findings"),
        ("signers", Utf8, true, "签章", "JSON: who answers for it"),
        ("submitted_at", instant, true, "报送时间", "when it was handed in (UTC)"),
        ("on_time", Boolean, true, "是否按时", "handed in before the deadline"),
        (
            "content_hash",
            Utf8,
            false,
            "内容摘要",
            "SHA-256 of the entry's bytes, of a return without its time",
        ),
        ("source", Utf8, true, "来源", "typed, file, system, historical or 生成"),
        ("partition", Int32, false, "日志分区", "journal partition"),
        ("offset", Int64, false, "日志位置", "journal offset"),
        ("wire", Int32, true, "信封版本", "version of the envelope"),
        ("catalog_hash", Utf8, false, "制度摘要", "hash of the catalogue it was decided with"),
        ("body", Binary, true, "原始内容", "the entry's bytes, where no column holds them"),
    ]
}

/// Columns of table `submissions`, `period` (its partition) last.
pub fn submissions_schema() -> SchemaRef {
    let mut fields = file_fields();
    fields.push(commented("period", DataType::Utf8, true, "报告期", "period"));
    Arc::new(Schema::new(fields))
}

/// Columns of its files.
pub(crate) fn file_schema() -> SchemaRef {
    Arc::new(Schema::new(file_fields()))
}

fn file_fields() -> Vec<Field> {
    let texts = column_texts().into_iter();
    texts.map(|(name, kind, null, zh, en)| commented(name, kind, null, zh, en)).collect()
}

/// A field with its meaning as a comment, which Delta's readers show.
pub(crate) fn commented(name: &str, kind: DataType, null: bool, zh: &str, en: &str) -> Field {
    let comment = if en.is_empty() { zh.to_owned() } else { format!("{zh}; {en}") };
    Field::new(name, kind, null).with_metadata([("comment".to_owned(), comment)].into())
}

/// Rows as one batch, in the order given.
pub(crate) fn to_batch(rows: &[&SubmissionRow]) -> Result<RecordBatch, ArrowError> {
    let text = |of: fn(&SubmissionRow) -> Option<&str>| -> ArrayRef {
        // Counted first: texts of a hundred megabytes would be moved again and again as they grow.
        let bytes = rows.iter().filter_map(|row| of(row)).map(str::len).sum();
        let mut texts = StringBuilder::with_capacity(rows.len(), bytes);
        rows.iter().for_each(|row| texts.append_option(of(row)));
        Arc::new(texts.finish())
    };
    let int = |of: fn(&SubmissionRow) -> Option<i32>| -> ArrayRef {
        Arc::new(rows.iter().map(|row| of(row)).collect::<Int32Array>())
    };
    let long = |of: fn(&SubmissionRow) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.iter().map(|row| of(row)).collect::<Int64Array>())
    };
    let days = rows.iter().map(|row| row.period.map(first_day)).collect::<Date32Array>();
    let instants = rows.iter().map(|row| row.submitted_at).collect::<TimestampMicrosecondArray>();
    let on_time = rows.iter().map(|row| row.on_time).collect::<BooleanArray>();
    let bodies = rows.iter().map(|row| row.body.as_deref()).collect::<BinaryArray>();
    let columns: Vec<ArrayRef> = vec![
        text(|row| Some(row.kind.name())),
        text(|row| row.step.map(Action::name)),
        text(|row| Some(&row.id)),
        long(|row| row.unit.map(|unit| unit.as_u64() as i64)),
        text(|row| row.form.as_deref()),
        Arc::new(days),
        int(|row| row.revision.map(|revision| revision as i32)),
        text(|row| Some(row.decision.name())),
        text(|row| row.reason.as_deref()),
        text(|row| row.correction.as_deref()),
        text(|row| row.cells.as_deref()),
        text(|row| row.not_applicable.as_deref()),
        text(|row| row.qualifiers.as_deref()),
        text(|row| row.explanations.as_deref()),
        text(|row| row.prior.as_deref()),
        text(|row| row.findings.as_deref()),
        text(|row| row.signers.as_deref()),
        Arc::new(instants.with_timezone("UTC")),
        Arc::new(on_time),
        text(|row| Some(&row.content_hash)),
        text(|row| row.source.as_deref()),
        int(|row| Some(row.partition as i32)),
        long(|row| Some(row.offset as i64)),
        int(|row| row.wire.map(i32::from)),
        text(|row| Some(&row.catalog_hash)),
        Arc::new(bodies),
    ];
    RecordBatch::try_new(file_schema(), columns)
}

/// Days from 1970-01-01 to the first day of a period.
pub(crate) fn first_day(period: Period) -> i32 {
    (period.start() - date(1970, 1, 1)).get_days()
}
