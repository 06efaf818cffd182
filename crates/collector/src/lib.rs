//! Intake at any level: files in, returns ready to be checked and sent out.
//!
//! A file with a bad line loses that line, never the others; every problem names file and line.

mod csv_file;
mod encoding;
mod json_file;
mod xlsx_file;

use std::borrow::Cow;

use model::{Catalog, envelope::Return};

/// What a file held.
#[derive(Debug, Default)]
pub struct FileReturns {
    /// Readable returns, with the line that each begins at.
    pub returns: Vec<(u64, Return<'static>)>,
    /// What could not be read.
    pub problems: Vec<FileProblem>,
}

/// A place in a file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message_en}")]
pub struct FileProblem {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
    /// What is wrong and what to do.
    pub message_zh: String,
    /// The same in English.
    pub message_en: String,
}

/// What the receiver adds to a return that does not say it itself.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// When it was handed in, RFC 3339 with the offset of Asia/Shanghai.
    pub submitted_at: String,
}

/// Reads the returns of a file: a workbook (XLSX) by its first bytes, JSON if its first character is `{`
/// or `[`, otherwise CSV.
///
/// Of text UTF-8 with or without a mark, UTF-16 with a mark and GB18030 are read.
pub fn read_file(name: &str, bytes: &[u8], catalog: &Catalog, stamp: &Stamp) -> FileReturns {
    if xlsx_file::is_workbook(bytes) {
        return xlsx_file::read(name, bytes, catalog, stamp);
    }
    let text = match encoding::decode(bytes) {
        Ok(text) => text,
        Err(line) => {
            let problem = FileProblem {
                file: name.to_owned(),
                line,
                message_zh: "不是 UTF-8，也不是 GB18030；请另存为“CSV UTF-8”后重试".to_owned(),
                message_en: "neither UTF-8 nor GB18030; save it as “CSV UTF-8” and try again"
                    .to_owned(),
            };
            return FileReturns { returns: Vec::new(), problems: vec![problem] };
        }
    };
    if text.trim_start().starts_with(['{', '[']) {
        json_file::read(name, &text, stamp)
    } else {
        csv_file::read(name, &text, catalog, stamp)
    }
}

/// The submission id of a return that has none: from what it is about, so that sending the same
/// file again is a replay.
fn default_id(unit: &str, form: &str, period: &str, revision: u32) -> Cow<'static, str> {
    Cow::Owned(format!("{unit}-{form}-{period}-r{revision}"))
}

#[cfg(test)]
mod tests;
