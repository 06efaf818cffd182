//! Which rows a session may see: all, or those of one unit and the units below it.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use arrow::{
    array::{AsArray, BooleanArray},
    datatypes::{DataType, Int64Type, Schema},
};
use datafusion::{
    common::{DataFusionError, Result},
    logical_expr::{
        ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
        col, lit,
    },
};
use jiff::civil::Date;
use model::{Catalog, Period, UnitCode};

/// Columns with the codes of the units above, in tables that have them.
const ABOVE: [&str; 4] = ["province", "prefecture", "county", "township"];

/// What a session may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Every row.
    Whole,
    /// The rows of this unit and of every unit below it, by the tree of each row's period.
    Subtree(UnitCode),
}

impl Scope {
    /// The condition that the rows of a table with these columns must fulfil; `None` for no
    /// condition. A table that does not say whose its rows are has no rows for a subtree.
    pub(crate) fn condition(self, schema: &Schema, catalog: &Arc<Catalog>) -> Option<Expr> {
        let Scope::Subtree(root) = self else { return None };
        let has = |name: &str| schema.column_with_name(name).is_some();
        if !has("unit") {
            return Some(lit(false));
        }
        let code = root.as_u64() as i64;
        let above: Vec<Expr> = ABOVE
            .into_iter()
            .filter(|name| has(name))
            .map(|name| col(name).eq(lit(code)))
            .collect();
        if !above.is_empty() {
            return above.into_iter().fold(col("unit").eq(lit(code)), Expr::or).into();
        }
        if !has("period") {
            return Some(lit(false));
        }
        let signature =
            Signature::exact(vec![DataType::Int64, DataType::Utf8], Volatility::Immutable);
        let inside = InScope { root, catalog: Arc::clone(catalog), signature };
        Some(ScalarUDF::from(inside).call(vec![col("unit"), col("period")]))
    }

    /// Whether a unit of a period's tree is inside.
    pub(crate) fn holds(self, catalog: &Catalog, unit: UnitCode, period: Period) -> bool {
        self.holds_on(catalog, unit, period.end())
    }

    /// Whether a unit of the tree of `day` is inside.
    pub(crate) fn holds_on(self, catalog: &Catalog, unit: UnitCode, day: Date) -> bool {
        let Scope::Subtree(root) = self else { return true };
        if unit == root {
            return true;
        }
        let tree = catalog.register.tree(day);
        let (Some(node), Some(root)) = (tree.node(unit), tree.node(root)) else { return false };
        tree.subtree(root).contains(&node.0)
    }
}

/// Whether a unit lies in the scope by the tree of a period, for tables without columns for the
/// units above.
#[derive(Debug)]
struct InScope {
    root: UnitCode,
    catalog: Arc<Catalog>,
    signature: Signature,
}

impl PartialEq for InScope {
    fn eq(&self, other: &Self) -> bool {
        (self.root, &self.catalog.hash) == (other.root, &other.catalog.hash)
    }
}

impl Eq for InScope {}

impl Hash for InScope {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.root, &self.catalog.hash).hash(state);
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
        let [units, periods] = arrays.as_slice() else {
            return Err(DataFusionError::Plan("in_scope takes a code and a period".to_owned()));
        };
        let scope = Scope::Subtree(self.root);
        let rows = units.as_primitive::<Int64Type>().iter().zip(periods.as_string::<i32>());
        let inside: BooleanArray = rows
            .map(|(unit, period)| {
                let unit = unit.and_then(|u| UnitCode::from_u64(u64::try_from(u).ok()?));
                let period = period.and_then(|text| text.parse::<Period>().ok());
                // What cannot be placed belongs to no subtree.
                Some(unit.zip(period).is_some_and(|(u, p)| scope.holds(&self.catalog, u, p)))
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(inside)))
    }
}
