//! Columns of a form's wide table: one row per unit and period, a column for each indicator.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use model::{Catalog, FormIx, Level, amount::MAX_DIGITS, form::BlockKey, indicator::Kind};

use crate::submission_columns::commented;

/// Name of the partition column of the wide tables.
pub(crate) const PERIOD: &str = "period";

/// One column of a wide table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WideColumn {
    /// Name.
    pub name: String,
    /// What it holds.
    pub kind: WideKind,
    /// Chinese meaning.
    pub zh: String,
    /// English meaning.
    pub en: String,
    /// Measure (计量单位); empty where there is none.
    pub measure: String,
}

/// What a column of a wide table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WideKind {
    /// Code of the unit.
    Unit,
    /// Level of the unit, by [`Level::name`].
    Level,
    /// The period; the table is partitioned by it.
    Period,
    /// Letter of the period's kind.
    PeriodKind,
    /// Code of the unit above at a level, or of the unit itself at its own; at the level of the
    /// city, the unit directly below the province.
    Ancestor(Level),
    /// An amount with this many digits behind the point.
    Value(u8),
    /// A count of the returns of one sort.
    Coverage(BlockKey, Count),
    /// Whether any sort of return is incomplete.
    Partial,
    /// Codes of the indicators that the unit declared not applicable, joined with commas.
    NotApplicable,
}

/// Which returns are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Those that are due.
    Due,
    /// Those of which something readable came in.
    Received,
    /// Those first accepted in time.
    OnTime,
    /// Those in force.
    Accepted,
}

impl Count {
    /// All counts in the order of their columns.
    pub const ALL: [Count; 4] = [Count::Due, Count::Received, Count::OnTime, Count::Accepted];

    /// Beginning of the column's name.
    pub fn name(self) -> &'static str {
        match self {
            Count::Due => "due",
            Count::Received => "received",
            Count::OnTime => "on_time",
            Count::Accepted => "accepted",
        }
    }

    fn zh(self) -> &'static str {
        match self {
            Count::Due => "应报",
            Count::Received => "已报",
            Count::OnTime => "按时",
            Count::Accepted => "通过",
        }
    }
}

impl WideColumn {
    fn new(name: impl Into<String>, kind: WideKind, zh: &str, en: &str) -> Self {
        let (zh, en) = (zh.to_owned(), en.to_owned());
        Self { name: name.into(), kind, zh, en, measure: String::new() }
    }

    /// Its type in the table; amounts are decimals of 18 digits, which Parquet keeps as `INT64`.
    pub fn data_type(&self) -> DataType {
        match self.kind {
            WideKind::Unit | WideKind::Ancestor(_) => DataType::Int64,
            WideKind::Level | WideKind::Period | WideKind::PeriodKind | WideKind::NotApplicable => {
                DataType::Utf8
            }
            WideKind::Value(scale) => DataType::Decimal128(MAX_DIGITS as u8, scale as i8),
            WideKind::Coverage(..) => DataType::Int32,
            WideKind::Partial => DataType::Boolean,
        }
    }

    fn nullable(&self) -> bool {
        !matches!(
            self.kind,
            WideKind::Unit | WideKind::Level | WideKind::PeriodKind | WideKind::Partial
        )
    }

    fn field(&self, data_type: DataType) -> Field {
        let zh = if self.measure.is_empty() {
            self.zh.clone()
        } else {
            format!("{} ({})", self.zh, self.measure)
        };
        commented(&self.name, data_type, self.nullable(), &zh, &self.en)
    }
}

/// Columns of a form's table in their order.
pub fn wide_columns(catalog: &Catalog, form: FormIx) -> Vec<WideColumn> {
    let mut columns = key_columns();
    for (_, indicator) in catalog.indicators_of(form) {
        let code = indicator.code.to_ascii_lowercase();
        let mut value = |suffix: &str, zh: &str, en: &str| {
            columns.push(WideColumn {
                name: format!("{code}{suffix}"),
                kind: WideKind::Value(indicator.scale),
                zh: format!("{}{zh}", indicator.zh),
                en: format!("{}{en}", indicator.en),
                measure: indicator.measure.clone(),
            });
        };
        value("", "", "");
        if indicator.kind == Kind::Standard {
            value("_min", "(最低)", ", lowest");
            value("_max", "(最高)", ", highest");
        }
    }
    for &(block, _) in catalog.blocks().iter().filter(|(block, _)| block.form == form) {
        columns.extend(Count::ALL.map(|count| coverage_column(block, count)));
    }
    columns.push(WideColumn::new(
        "partial",
        WideKind::Partial,
        "合计不完整",
        "some due returns are not in force",
    ));
    columns.push(WideColumn::new(
        "not_applicable",
        WideKind::NotApplicable,
        "不适用指标",
        "codes of indicators that do not apply, comma between",
    ));
    columns
}

fn key_columns() -> Vec<WideColumn> {
    use WideKind::{Ancestor, Level as OfLevel, Period, PeriodKind, Unit};
    let own = "code of the unit itself at its own level";
    vec![
        WideColumn::new("unit", Unit, "填报单位代码", "code of the unit"),
        WideColumn::new("level", OfLevel, "层级", "level of the unit"),
        WideColumn::new(PERIOD, Period, "报告期", "period"),
        WideColumn::new("period_kind", PeriodKind, "报告期类型", "D W T M B Q H Y"),
        WideColumn::new("province", Ancestor(Level::Province), "所属省", own),
        WideColumn::new("prefecture", Ancestor(Level::City), "所属市 (省直辖县为其本身)", own),
        WideColumn::new("county", Ancestor(Level::County), "所属县", own),
        WideColumn::new("township", Ancestor(Level::Township), "所属乡", own),
    ]
}

fn coverage_column(block: BlockKey, count: Count) -> WideColumn {
    let letter = block.frequency.letter().to_ascii_lowercase();
    WideColumn::new(
        format!("{}_{letter}_{}", count.name(), block.level.name()),
        WideKind::Coverage(block, count),
        &format!("{}级{}报{}数", block.level.zh(), block.frequency.zh(), count.zh()),
        &format!("returns of the {}, {}", block.level.name(), count.name().replace('_', " ")),
    )
}

/// Columns of a form's table as Arrow describes them, with comments.
pub fn wide_schema(catalog: &Catalog, form: FormIx) -> SchemaRef {
    let columns = wide_columns(catalog, form);
    Arc::new(Schema::new(columns.iter().map(|c| c.field(c.data_type())).collect::<Vec<_>>()))
}

/// Columns of its files: without the partition, and amounts as 64-bit decimals, which Parquet
/// writes as the same bytes as the 128-bit ones.
pub(crate) fn file_schema(columns: &[WideColumn]) -> SchemaRef {
    let fields = columns.iter().filter(|c| c.kind != WideKind::Period).map(|c| match c.kind {
        WideKind::Value(scale) => c.field(DataType::Decimal64(MAX_DIGITS as u8, scale as i8)),
        _ => c.field(c.data_type()),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
