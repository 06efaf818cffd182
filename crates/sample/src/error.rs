//! What can be wrong with a fixture or with what is asked of the generator.

/// Why a sample could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A fixture is not the CSV that it should be.
    #[error("{file}: {source}; restore the file from the repository")]
    Csv {
        /// The fixture.
        file: &'static str,
        /// What the reader says, with the line.
        source: csv::Error,
    },
    /// A text that should be a decimal number.
    #[error("{at}: found {found:?}, expected a decimal number such as 4583.97")]
    NotANumber {
        /// File and row.
        at: String,
        /// The text.
        found: String,
    },
    /// A row names something that another row should define.
    #[error("{at}: {what} is not there; correct the name or add the row")]
    Missing {
        /// File and row.
        at: String,
        /// What was looked for.
        what: String,
    },
    /// A word that is none of the allowed ones.
    #[error("{at}: found {found:?}, expected {expected}")]
    Word {
        /// File and row.
        at: String,
        /// The word.
        found: String,
        /// What would pass.
        expected: &'static str,
    },
    /// A province is generated for quarters only.
    #[error("{0} is no quarter; ask for one such as 2023-Q1")]
    NotAQuarter(model::Period),
    /// The register holds nobody who could report.
    #[error("the register has no province with reporting units in {0}; import a register first")]
    EmptyRegister(model::Period),
}
