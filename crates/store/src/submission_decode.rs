//! Columns of table `submissions` as rows.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrowPrimitiveType, AsArray, BinaryArray, BooleanArray, PrimitiveArray, RecordBatch,
        StringArray,
    },
    datatypes::{Int32Type, Int64Type, TimestampMicrosecondType},
};
use model::{Period, UnitCode, envelope::EntryKind, receipt::Decision, step::Action};

use crate::SubmissionRow;

/// Why a stored row is none: its place in the batch and what is wrong.
pub(crate) type BadRow = (usize, String);

/// Rows of a batch; `period` is the value of the file's partition.
pub(crate) fn from_batch(
    batch: &RecordBatch,
    period: Option<Period>,
) -> Result<Vec<SubmissionRow>, BadRow> {
    let columns = Columns::of(batch);
    let mut words = Words::default();
    (0..batch.num_rows()).map(|row| columns.row(row, period, &mut words)).collect()
}

/// The columns of a batch, looked up once. One that is absent, as in files of an older program,
/// reads as null.
struct Columns<'a> {
    kind: Text<'a>,
    step: Text<'a>,
    id: Text<'a>,
    unit: Number<'a, Int64Type>,
    form: Text<'a>,
    revision: Number<'a, Int32Type>,
    decision: Text<'a>,
    reason: Text<'a>,
    correction: Text<'a>,
    cells: Text<'a>,
    not_applicable: Text<'a>,
    qualifiers: Text<'a>,
    explanations: Text<'a>,
    prior: Text<'a>,
    findings: Text<'a>,
    signers: Text<'a>,
    submitted_at: Number<'a, TimestampMicrosecondType>,
    on_time: Option<&'a BooleanArray>,
    content_hash: Text<'a>,
    source: Text<'a>,
    partition: Number<'a, Int32Type>,
    offset: Number<'a, Int64Type>,
    wire: Number<'a, Int32Type>,
    catalog_hash: Text<'a>,
    body: Option<&'a BinaryArray>,
}

impl<'a> Columns<'a> {
    fn of(batch: &'a RecordBatch) -> Self {
        let text = |name| Text::of(batch, name);
        Self {
            kind: text("kind"),
            step: text("step"),
            id: text("id"),
            unit: Number::of(batch, "unit"),
            form: text("form"),
            revision: Number::of(batch, "revision"),
            decision: text("decision"),
            reason: text("reason"),
            correction: text("correction"),
            cells: text("cells"),
            not_applicable: text("not_applicable"),
            qualifiers: text("qualifiers"),
            explanations: text("explanations"),
            prior: text("prior"),
            findings: text("findings"),
            signers: text("signers"),
            submitted_at: Number::of(batch, "submitted_at"),
            on_time: batch.column_by_name("on_time").and_then(|c| c.as_boolean_opt()),
            content_hash: text("content_hash"),
            source: text("source"),
            partition: Number::of(batch, "partition"),
            offset: Number::of(batch, "offset"),
            wire: Number::of(batch, "wire"),
            catalog_hash: text("catalog_hash"),
            body: batch.column_by_name("body").and_then(|c| c.as_binary_opt()),
        }
    }

    fn row(
        &self,
        row: usize,
        period: Option<Period>,
        words: &mut Words,
    ) -> Result<SubmissionRow, BadRow> {
        let flags = self.on_time.filter(|column| column.is_valid(row));
        let bodies = self.body.filter(|column| column.is_valid(row));
        Ok(SubmissionRow {
            kind: self.kind.named(row, EntryKind::from_name)?,
            step: self.step.get(row).and_then(Action::from_name),
            id: self.id.need(row)?.to_owned(),
            unit: self.unit.read(row, unit_code)?,
            form: self.form.get(row).map(|word| words.share(word)),
            period,
            revision: self.revision.read(row, |n| n.try_into().ok())?,
            decision: self.decision.named(row, Decision::from_name)?,
            reason: self.reason.own(row),
            correction: self.correction.own(row),
            cells: self.cells.own(row),
            not_applicable: self.not_applicable.own(row),
            qualifiers: self.qualifiers.own(row),
            explanations: self.explanations.own(row),
            prior: self.prior.own(row),
            findings: self.findings.own(row),
            signers: self.signers.own(row),
            submitted_at: self.submitted_at.read(row, Some)?,
            on_time: flags.map(|column| column.value(row)),
            content_hash: self.content_hash.need(row)?.to_owned(),
            source: self.source.get(row).map(|word| words.share(word)),
            partition: self.partition.need(row, |n| n.try_into().ok())?,
            offset: self.offset.need(row, |n| n.try_into().ok())?,
            wire: self.wire.read(row, |n| n.try_into().ok())?,
            catalog_hash: words.share(self.catalog_hash.need(row)?),
            body: bodies.map(|column| column.value(row).to_vec()),
        })
    }
}

/// A text column.
struct Text<'a> {
    name: &'static str,
    column: Option<&'a StringArray>,
}

impl<'a> Text<'a> {
    fn of(batch: &'a RecordBatch, name: &'static str) -> Self {
        Self { name, column: batch.column_by_name(name).and_then(|c| c.as_string_opt()) }
    }

    fn get(&self, row: usize) -> Option<&'a str> {
        let column = self.column?;
        column.is_valid(row).then(|| column.value(row))
    }

    fn own(&self, row: usize) -> Option<String> {
        self.get(row).map(str::to_owned)
    }

    fn need(&self, row: usize) -> Result<&'a str, BadRow> {
        self.get(row).ok_or_else(|| (row, format!("column {} is empty", self.name)))
    }

    fn named<T>(&self, row: usize, of: impl Fn(&str) -> Option<T>) -> Result<T, BadRow> {
        let name = self.need(row)?;
        of(name).ok_or_else(|| (row, format!("column {} holds {name:?}", self.name)))
    }
}

/// A column of numbers.
struct Number<'a, T: ArrowPrimitiveType> {
    name: &'static str,
    column: Option<&'a PrimitiveArray<T>>,
}

impl<'a, T: ArrowPrimitiveType> Number<'a, T> {
    fn of(batch: &'a RecordBatch, name: &'static str) -> Self {
        Self { name, column: batch.column_by_name(name).and_then(|c| c.as_primitive_opt()) }
    }

    fn read<N>(
        &self,
        row: usize,
        of: impl Fn(T::Native) -> Option<N>,
    ) -> Result<Option<N>, BadRow> {
        let Some(column) = self.column.filter(|column| column.is_valid(row)) else {
            return Ok(None);
        };
        let value = column.value(row);
        let wrong = || (row, format!("column {} holds {value:?}", self.name));
        of(value).map(Some).ok_or_else(wrong)
    }

    fn need<N>(&self, row: usize, of: impl Fn(T::Native) -> Option<N>) -> Result<N, BadRow> {
        self.read(row, of)?.ok_or_else(|| (row, format!("column {} is empty", self.name)))
    }
}

/// Words that repeat in almost every row share one allocation.
#[derive(Default)]
struct Words {
    known: Vec<Arc<str>>,
}

impl Words {
    fn share(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.known.iter().find(|known| ***known == *word) {
            return Arc::clone(known);
        }
        let new: Arc<str> = word.into();
        if self.known.len() < 64 {
            self.known.push(Arc::clone(&new));
        }
        new
    }
}

fn unit_code(code: i64) -> Option<UnitCode> {
    UnitCode::from_u64(u64::try_from(code).ok()?)
}
