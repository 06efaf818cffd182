//! Reads the CSV files that are built into the program.

use serde::de::DeserializeOwned;

use crate::SampleError;

/// The rows of an embedded CSV file.
pub(crate) fn rows<T: DeserializeOwned>(
    file: &'static str,
    text: &str,
) -> Result<Vec<T>, SampleError> {
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .map_err(|source| SampleError::Csv { file, source })
}
