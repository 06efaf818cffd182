//! SQL function `json_text(json, name)`: a text field of a JSON object.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, AsArray, StringArray},
    datatypes::DataType,
};
use datafusion::{
    common::Result,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
};

/// The function; null where there is no such field, or no text in it.
pub(super) fn function() -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Utf8, DataType::Utf8], Volatility::Immutable);
    ScalarUDF::from(JsonText { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct JsonText {
    signature: Signature,
}

impl ScalarUDFImpl for JsonText {
    fn name(&self) -> &str {
        "json_text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let (texts, names) = (arrays[0].as_string::<i32>(), arrays[1].as_string::<i32>());
        let fields = texts.iter().zip(names).map(|(text, name)| field(text?, name?));
        let fields: StringArray = fields.collect();
        Ok(ColumnarValue::Array(Arc::new(fields) as ArrayRef))
    }
}

fn field(text: &str, name: &str) -> Option<String> {
    let object: serde_json::Value = serde_json::from_str(text).ok()?;
    object.get(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
