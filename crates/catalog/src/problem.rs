//! What is wrong in a definition file: the place, what it is, what to do.

use std::fmt;

/// One inconsistency of the definitions, in Chinese and English.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Problem {
    /// File, relative to the definitions folder, with `/` between its parts.
    pub file: String,
    /// Line in the (decompressed) file from 1 on; 0 when the file as a whole is meant.
    pub line: u32,
    /// What is wrong, in Chinese.
    pub message_zh: String,
    /// What is wrong, in English.
    pub message_en: String,
    /// What to do, in Chinese.
    pub remedy_zh: String,
    /// What to do, in English.
    pub remedy_en: String,
}

impl Problem {
    /// A problem at `file`:`line`; say with [`Problem::remedy`] what to do about it.
    pub fn new(
        file: impl Into<String>,
        line: u32,
        message_zh: impl Into<String>,
        message_en: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            line,
            message_zh: message_zh.into(),
            message_en: message_en.into(),
            remedy_zh: String::new(),
            remedy_en: String::new(),
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn remedy(mut self, zh: impl Into<String>, en: impl Into<String>) -> Self {
        self.remedy_zh = zh.into();
        self.remedy_en = en.into();
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, message_zh, message_en, remedy_zh, remedy_en } = self;
        write!(f, "{file}:{line}: {message_zh} | {message_en} → {remedy_zh} | {remedy_en}")
    }
}

/// The problems, one on each line.
pub(crate) fn lines(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}
