//! SQL function that decides whether a row lies in a scope by the tree of its period, for tables
//! without columns for all the units above.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray},
    datatypes::{DataType, Int64Type},
};
use datafusion::{
    common::Result,
    logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility},
};
use model::{
    Catalog, Period, UnitCode,
    envelope::{Declared, EntryKind},
};

use crate::Scope;

/// Columns that say whose a row is, as far as a table has them: its unit, all units that it covers
/// together, its period, and of a declared total the entry that names them.
const COLUMNS: [&str; 5] = ["unit", "units", "period", "kind", "body"];

/// The function for one scope and one set of columns.
#[derive(Debug)]
pub(crate) struct InScope {
    root: UnitCode,
    catalog: Arc<Catalog>,
    columns: Vec<&'static str>,
    signature: Signature,
}

impl InScope {
    /// `has` says which columns the table has; `unit` is one of them.
    pub(crate) fn new(root: UnitCode, catalog: Arc<Catalog>, has: impl Fn(&str) -> bool) -> Self {
        let columns: Vec<&'static str> = COLUMNS.into_iter().filter(|name| has(name)).collect();
        let signature = Signature::any(columns.len(), Volatility::Immutable);
        Self { root, catalog, columns, signature }
    }

    /// The columns to call it with.
    pub(crate) fn columns(&self) -> &[&'static str] {
        &self.columns
    }
}

impl PartialEq for InScope {
    fn eq(&self, other: &Self) -> bool {
        let of = |f: &Self| (f.root, f.catalog.hash.clone(), f.columns.clone());
        of(self) == of(other)
    }
}

impl Eq for InScope {}

impl Hash for InScope {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.root, &self.catalog.hash, &self.columns).hash(state);
    }
}

impl ScalarUDFImpl for InScope {
    fn name(&self) -> &str {
        "in_scope"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let column =
            |name| self.columns.iter().position(|&c| c == name).and_then(|i| arrays.get(i));
        let rows = Rows {
            unit: column("unit"),
            units: column("units"),
            period: column("period"),
            kind: column("kind"),
            body: column("body"),
        };
        let scope = Scope::Subtree(self.root);
        let inside = |row| {
            // What cannot be placed belongs to no subtree.
            let Some((units, period)) = rows.placed(row) else { return false };
            !units.is_empty() && units.iter().all(|&u| scope.holds(&self.catalog, u, period))
        };
        let all: BooleanArray = (0..args.number_rows).map(|row| Some(inside(row))).collect();
        Ok(ColumnarValue::Array(Arc::new(all)))
    }
}

/// The columns of one batch.
struct Rows<'a> {
    unit: Option<&'a ArrayRef>,
    units: Option<&'a ArrayRef>,
    period: Option<&'a ArrayRef>,
    kind: Option<&'a ArrayRef>,
    body: Option<&'a ArrayRef>,
}

impl Rows<'_> {
    /// The units of a row and its period; `None` when one of them cannot be read.
    fn placed(&self, row: usize) -> Option<(Vec<UnitCode>, Option<Period>)> {
        let period = match text(self.period, row) {
            Some(text) => Some(text.parse().ok()?),
            None => None,
        };
        let read = |code: &str| code.parse::<UnitCode>().ok();
        if let Some(units) = text(self.units, row).filter(|units| !units.is_empty()) {
            return Some((units.split(['+', ',']).map(read).collect::<Option<_>>()?, period));
        }
        if text(self.kind, row) == Some(EntryKind::Declared.name()) {
            let body = self.body?.as_binary_opt::<i32>()?;
            let sent: Declared = serde_json::from_slice(body.value(row)).ok()?;
            return Some((sent.units.iter().map(|u| read(u)).collect::<Option<_>>()?, period));
        }
        let units = self.unit?.as_primitive_opt::<Int64Type>()?;
        let unit = units.is_valid(row).then(|| units.value(row))?;
        Some((vec![UnitCode::from_u64(u64::try_from(unit).ok()?)?], period))
    }
}

/// A text of a column that the table may not have.
fn text(column: Option<&ArrayRef>, row: usize) -> Option<&str> {
    let column = column?.as_string_opt::<i32>()?;
    column.is_valid(row).then(|| column.value(row))
}
