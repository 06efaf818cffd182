//! A definition file in CSV: decoded, its header checked, its rows with line numbers.

use std::{borrow::Cow, fs, io::Read, path::Path, sync::Arc};

use csv::StringRecord;
use encoding_rs::GB18030;

use crate::Problem;

/// A CSV file whose header is known to hold the wanted columns.
pub struct CsvFile {
    name: Arc<str>,
    header: Vec<String>,
    rows: Vec<(u32, StringRecord)>,
}

/// One row of a [`CsvFile`].
#[derive(Clone, Copy)]
pub struct Row<'a> {
    file: &'a CsvFile,
    /// Line on which the row begins, from 1 on.
    pub line: u32,
    record: &'a StringRecord,
}

impl CsvFile {
    /// Opens `name` (a path relative to `dir`, with `/`), which must hold exactly `columns`, in any
    /// order. `.gz` is decompressed, a byte-order mark is dropped.
    ///
    /// Whatever is wrong goes to `problems`. `None` if the file or its header cannot be used; rows
    /// with too few or too many fields are reported and left out.
    pub fn open(
        dir: &Path,
        name: &str,
        columns: &[&str],
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        Self::open_with_optional(dir, name, columns, &[], problems)
    }

    /// Like [`CsvFile::open`], with columns that may be absent and then read as empty.
    pub fn open_with_optional(
        dir: &Path,
        name: &str,
        columns: &[&str],
        optional: &[&str],
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let text = read_text(&dir.join(name), name, problems)?;
        Self::parse(name, &text, columns, optional, problems)
    }

    /// Parses the text of a file called `name`; see [`CsvFile::open_with_optional`].
    pub fn parse(
        name: &str,
        text: &str,
        columns: &[&str],
        optional: &[&str],
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let mut header: Vec<String> = match records.next() {
            Some(Ok(first)) => first.iter().map(|c| c.trim().to_owned()).collect(),
            _ => Vec::new(),
        };
        if !header_is_usable(name, &mut header, columns, optional, problems) {
            return None;
        }
        let mut rows = Vec::new();
        for record in records {
            let Ok(record) = record else { continue };
            let line = record.position().map_or(0, |place| line_of(text, place));
            if record.len() == header.len() {
                rows.push((line, record));
            } else {
                let (found, wanted) = (record.len(), header.len());
                problems.push(
                    Problem::new(
                        name,
                        line,
                        format!("这一行有 {found} 列，表头有 {wanted} 列"),
                        format!("the row has {found} fields, the header {wanted}"),
                    )
                    .remedy(
                        "补上或删去逗号；含逗号的文字用半角双引号括起来",
                        "add or remove commas; put text that holds a comma into double quotes",
                    ),
                );
            }
        }
        Some(Self { name: Arc::from(name), header, rows })
    }

    /// The name relative to the definitions folder.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The rows in the order of the file.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.rows.iter().map(move |(line, record)| Row { file: self, line: *line, record })
    }

    /// The place of a column, for [`Row::at`]; `None` for an absent optional one.
    pub fn column(&self, column: &str) -> Option<usize> {
        self.header.iter().position(|c| c == column)
    }
}

impl<'a> Row<'a> {
    /// The trimmed text of a column; empty if the column is absent.
    pub fn get(&self, column: &str) -> &'a str {
        self.at(self.file.column(column))
    }

    /// The trimmed text of a column by its place.
    pub fn at(&self, column: Option<usize>) -> &'a str {
        column.and_then(|i| self.record.get(i)).unwrap_or("").trim()
    }

    /// A problem of this row.
    pub fn problem(&self, message_zh: impl Into<String>, message_en: impl Into<String>) -> Problem {
        Problem::new(&*self.file.name, self.line, message_zh, message_en)
    }

    /// The text of a column that must not be empty.
    pub fn required(&self, column: &str, problems: &mut Vec<Problem>) -> Option<&'a str> {
        let text = self.get(column);
        if text.is_empty() {
            problems.push(
                self.problem(format!("{column} 列为空"), format!("column {column} is empty"))
                    .remedy(format!("填写 {column}"), format!("fill in {column}")),
            );
            return None;
        }
        Some(text)
    }

    /// The value of a column, read by `parse`; if it reads nothing, a problem that names the
    /// column, the text found and what is `expected`.
    pub fn parse<T>(
        &self,
        column: &str,
        expected: &str,
        problems: &mut Vec<Problem>,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.get(column);
        let value = parse(text);
        if value.is_none() {
            problems.push(
                self.problem(
                    format!("{column} 列的“{text}”无法识别"),
                    format!("column {column}: {text:?} is not understood"),
                )
                .remedy(format!("应为：{expected}"), format!("write {expected}")),
            );
        }
        value
    }
}

/// The line on which a record begins; the reader's own place is before the blank lines above it.
fn line_of(text: &str, place: &csv::Position) -> u32 {
    let rest = text.as_bytes().get(place.byte() as usize..).unwrap_or_default();
    let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    place.line() as u32 + blank.filter(|&&b| b == b'\n').count() as u32
}

/// Reads a file as UTF-8. Another encoding is a problem; the text is then read as GB18030 only so
/// that the rest of the file is looked at too.
fn read_text(path: &Path, name: &str, problems: &mut Vec<Problem>) -> Option<String> {
    match decode(path) {
        Ok(Ok(text)) => Some(text),
        Ok(Err(NotUtf8 { line, bytes })) => {
            problems.push(not_utf8(name, line));
            GB18030.decode_without_bom_handling_and_without_replacement(&bytes).map(Cow::into_owned)
        }
        Err(error) => {
            problems.push(
                Problem::new(
                    name,
                    0,
                    format!("文件无法读取：{error}"),
                    format!("the file cannot be read: {error}"),
                )
                .remedy("补上该文件或改正其权限", "add the file, or correct its permissions"),
            );
            None
        }
    }
}

/// Bytes that are no UTF-8.
pub(crate) struct NotUtf8 {
    /// Line of the first wrong byte.
    pub(crate) line: u32,
    bytes: Vec<u8>,
}

/// The text of a file, decompressed and without byte-order mark.
pub(crate) fn decode(path: &Path) -> std::io::Result<Result<String, NotUtf8>> {
    let mut bytes = fs::read(path)?;
    if path.extension().is_some_and(|e| e == "gz") {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain)?;
        bytes = plain;
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    Ok(String::from_utf8(bytes).map_err(|e| {
        let good = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = 1 + good.iter().filter(|&&b| b == b'\n').count() as u32;
        NotUtf8 { line, bytes: e.into_bytes() }
    }))
}

/// The problem of a file in another encoding.
pub(crate) fn not_utf8(name: &str, line: u32) -> Problem {
    Problem::new(
        name,
        line,
        "文件不是 UTF-8 编码（多半是 GB18030/GBK）",
        "the file is not UTF-8 (most likely GB18030)",
    )
    .remedy(
        "在表格软件里另存为“CSV UTF-8（逗号分隔）”，或执行 iconv -f GB18030 -t UTF-8",
        "save it as \"CSV UTF-8\" in the spreadsheet program, or run iconv -f GB18030 -t UTF-8",
    )
}

/// Compares a header with the columns wanted; each difference is a problem of line 1.
///
/// An unknown name where a wanted one is missing is taken for that one, so that one typo does not
/// hide the file. Whether all wanted columns are there then.
fn header_is_usable(
    name: &str,
    header: &mut [String],
    columns: &[&str],
    optional: &[&str],
    problems: &mut Vec<Problem>,
) -> bool {
    let mut missing: Vec<&str> =
        columns.iter().copied().filter(|c| !header.iter().any(|h| h == c)).collect();
    for i in 0..header.len() {
        let found = header[i].clone();
        if header[..i].contains(&found) {
            problems.push(
                Problem::new(
                    name,
                    1,
                    format!("列名“{found}”重复"),
                    format!("column {found:?} stands twice"),
                )
                .remedy("删去其中一列", "remove one of them"),
            );
        } else if !columns.contains(&&*found) && !optional.contains(&&*found) {
            let meant = (!missing.is_empty()).then(|| missing.remove(nearest(&found, &missing)));
            let remedy = match meant {
                Some(meant) => (format!("改为“{meant}”"), format!("write {meant:?}")),
                None => ("删去该列".to_owned(), "remove the column".to_owned()),
            };
            problems.push(
                Problem::new(
                    name,
                    1,
                    format!("列名“{found}”无法识别"),
                    format!("unknown column {found:?}"),
                )
                .remedy(remedy.0, remedy.1),
            );
            if let Some(meant) = meant {
                header[i] = meant.to_owned();
            }
        }
    }
    for column in &missing {
        problems.push(
            Problem::new(
                name,
                1,
                format!("缺少“{column}”列"),
                format!("column {column:?} is missing"),
            )
            .remedy("在表头补上该列", "add it to the header"),
        );
    }
    missing.is_empty()
}

/// The candidate with the fewest edits to `text`.
pub(crate) fn nearest(text: &str, candidates: &[&str]) -> usize {
    let distances = candidates.iter().map(|c| strsim::levenshtein(text, c));
    distances.enumerate().min_by_key(|&(_, d)| d).map_or(0, |(i, _)| i)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Vec<(u32, String)>, Vec<Problem>) {
        let mut problems = Vec::new();
        let file = CsvFile::parse("f.csv", text, &["code", "zh"], &["note"], &mut problems);
        let rows = file.iter().flat_map(CsvFile::rows);
        (rows.map(|row| (row.line, row.get("zh").to_owned())).collect(), problems)
    }

    #[test]
    fn rows_know_their_line() {
        let text = "zh,code\n甲,1\n\n\"乙\n丙\",2\r\n丁,3,4\r\n\r\n 戊 ,5\r\n";
        let (rows, problems) = parse(text);
        assert_eq!(rows, [(2, "甲".into()), (4, "乙\n丙".into()), (8, "戊".into())]);
        let lines: Vec<u32> = problems.iter().map(|p| p.line).collect();
        assert_eq!(lines, [6], "{problems:#?}");
    }

    #[test]
    fn a_header_with_a_typo_is_reported_once_and_read_as_meant() {
        let (rows, problems) = parse("code,zhh\n1,甲\n");
        assert_eq!(rows, [(2, "甲".into())]);
        assert_eq!(problems.len(), 1);
        assert_eq!((problems[0].line, problems[0].remedy_en.as_str()), (1, "write \"zh\""));
    }

    #[test]
    fn a_column_that_is_missing_twice_or_too_many_is_reported() {
        let messages = |text| -> Vec<String> {
            parse(text).1.into_iter().map(|problem| problem.message_en).collect()
        };
        assert_eq!(messages("code\n1\n"), ["column \"zh\" is missing"]);
        assert_eq!(messages("code,zh,zh\n1,甲,乙\n"), ["column \"zh\" stands twice"]);
        assert_eq!(messages("code,zh,colour\n1,甲,x\n"), ["unknown column \"colour\""]);
        assert_eq!(messages("code,zh,note\n1,甲,x\n"), [""; 0]);
        assert_eq!(messages("").len(), 2);
    }
}
