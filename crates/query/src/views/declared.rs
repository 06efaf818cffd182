//! View `declared`: totals that a level declared itself (上报合计), with what was decided.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, AsArray, StringBuilder, StructArray},
    datatypes::{DataType, Field, Fields},
};
use datafusion::{
    common::Result,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
};
use model::envelope::Declared;

/// Name of the view.
pub(super) const NAME: &str = "declared";

/// One row per declared value; `units` has every unit that it covers together, joined with `+`.
pub(super) const SQL: &str = "
SELECT unit, unit_name(unit, period) AS name, d['units'] AS units, d['indicator'] AS indicator,
    d['states'] AS states, d['role'] AS role, period, d['dated'] AS dated, d['value'] AS value,
    d['qualifier'] AS qualifier, d['stated'] AS stated, d['precision'] AS precision, decision,
    d['signer'] AS signer, source, d['reference'] AS reference, id, findings, \"partition\",
    \"offset\"
FROM (
    SELECT unit, period, decision, source, id, findings, \"partition\", \"offset\",
        declared_of(body) AS d
    FROM submissions
    WHERE kind = 'declared'
)";

/// Columns that are read from the entry's bytes.
const COLUMNS: [&str; 11] = [
    "units",
    "indicator",
    "states",
    "role",
    "dated",
    "value",
    "qualifier",
    "stated",
    "precision",
    "signer",
    "reference",
];

/// SQL function `declared_of(bytes)`: the declared total in a journal entry as a structure; null
/// where the bytes are none, as in an entry that was set aside.
pub(super) fn function() -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Binary], Volatility::Immutable);
    ScalarUDF::from(DeclaredOf { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DeclaredOf {
    signature: Signature,
}

fn fields() -> Fields {
    COLUMNS.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect()
}

impl ScalarUDFImpl for DeclaredOf {
    fn name(&self) -> &str {
        "declared_of"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Struct(fields()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let mut columns: Vec<StringBuilder> =
            COLUMNS.iter().map(|_| StringBuilder::new()).collect();
        for bytes in arrays[0].as_binary::<i32>() {
            let declared: Option<Declared> =
                bytes.and_then(|bytes| serde_json::from_slice(bytes).ok());
            let texts = declared.as_ref().map(texts);
            for (i, column) in columns.iter_mut().enumerate() {
                column.append_option(texts.as_ref().map(|texts| texts[i].as_str()));
            }
        }
        let columns: Vec<ArrayRef> =
            columns.into_iter().map(|mut column| Arc::new(column.finish()) as ArrayRef).collect();
        Ok(ColumnarValue::Array(Arc::new(StructArray::new(fields(), columns, None))))
    }
}

/// The texts of one declared total, in the order of [`COLUMNS`].
fn texts(declared: &Declared) -> [String; 11] {
    [
        declared.units.join("+"),
        declared.indicator.clone(),
        declared.states.clone(),
        declared.role.clone(),
        declared.dated.clone(),
        declared.value.clone(),
        declared.qualifier.clone(),
        declared.stated.clone(),
        declared.precision.clone(),
        declared.signer.clone(),
        declared.reference.clone(),
    ]
}
