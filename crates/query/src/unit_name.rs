//! SQL function `unit_name(code, period)`: the name that a unit had at the end of a period.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, AsArray, StringBuilder},
    datatypes::{DataType, Int64Type},
};
use datafusion::{
    common::{DataFusionError, Result},
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
};
use jiff::civil::Date;
use model::{Catalog, Period, UnitCode};

/// The function over one catalogue.
#[derive(Debug)]
struct UnitName {
    catalog: Arc<Catalog>,
    signature: Signature,
}

/// The function, to be registered and to be called by views.
pub(crate) fn unit_name(catalog: Arc<Catalog>) -> Arc<ScalarUDF> {
    let signature = Signature::exact(vec![DataType::Int64, DataType::Utf8], Volatility::Immutable);
    Arc::new(ScalarUDF::from(UnitName { catalog, signature }))
}

// One session has one catalogue, so that the hash of its files tells functions apart.
impl PartialEq for UnitName {
    fn eq(&self, other: &Self) -> bool {
        self.catalog.hash == other.catalog.hash
    }
}

impl Eq for UnitName {}

impl Hash for UnitName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.catalog.hash.hash(state);
    }
}

impl ScalarUDFImpl for UnitName {
    fn name(&self) -> &str {
        "unit_name"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [units, periods] = arrays.as_slice() else {
            return Err(DataFusionError::Plan("unit_name takes a code and a period".to_owned()));
        };
        Ok(ColumnarValue::Array(self.names(units, periods)))
    }
}

impl UnitName {
    fn names(&self, units: &ArrayRef, periods: &ArrayRef) -> ArrayRef {
        let (units, periods) = (units.as_primitive::<Int64Type>(), periods.as_string::<i32>());
        let mut names = StringBuilder::new();
        // The rows of one file are of one period.
        let mut last: (String, Option<Date>) = (String::new(), None);
        for (unit, period) in units.iter().zip(periods) {
            let day = match period {
                Some(text) if text == last.0 => last.1,
                Some(text) => {
                    let day = text.parse::<Period>().ok().map(Period::end);
                    last = (text.to_owned(), day);
                    day
                }
                None => None,
            };
            names.append_option(unit.and_then(|unit| self.name(unit, day)));
        }
        Arc::new(names.finish())
    }

    /// The name on `day`; for a day on which the code meant nothing, or none, its first name.
    fn name(&self, unit: i64, day: Option<Date>) -> Option<&str> {
        let code = UnitCode::from_u64(u64::try_from(unit).ok()?)?;
        let register = &self.catalog.register;
        let then = day.and_then(|day| register.on(code, day));
        then.or_else(|| register.spans_of(code).next()).map(|record| record.name.as_str())
    }
}
