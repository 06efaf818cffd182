//! Returns as a workbook: the first sheet, with the head and the lines of a CSV file.
//!
//! Numbers come out as people see them, at most fifteen digits, since a workbook keeps them as floats:
//! 12 is `12`, not `12.0`, and 0.1 + 0.2 is `0.3`.

use std::{collections::BTreeMap, io::Cursor};

use calamine::{Data, Reader, Xlsx, XlsxError, open_workbook_from_rs};
use model::Catalog;

use crate::{FileProblem, FileReturns, Stamp, csv_file};

/// How a workbook begins, as any ZIP archive.
const MARK: &[u8] = b"PK\x03\x04";

/// Digits that a workbook keeps of a number.
const DIGITS: usize = 15;

/// Whether the bytes are a workbook's.
pub(crate) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(MARK)
}

pub(crate) fn read(name: &str, bytes: &[u8], catalog: &Catalog, stamp: &Stamp) -> FileReturns {
    let rows = match rows(bytes) {
        Ok(rows) => rows,
        Err(error) => {
            let problem = FileProblem {
                file: name.to_owned(),
                line: 0,
                message_zh: format!("工作簿无法读取：{error}；请另存为 .xlsx 或“CSV UTF-8”"),
                message_en: format!(
                    "the workbook cannot be read: {error}; save it as .xlsx or as CSV UTF-8"
                ),
            };
            return FileReturns { returns: Vec::new(), problems: vec![problem] };
        }
    };
    let mut rows = rows.into_iter();
    let head = rows.next().map(|(_, cells)| cells).unwrap_or_default();
    let (columns, names): (Vec<u32>, Vec<String>) = head.into_iter().unzip();
    let lines = rows.map(|(line, mut cells)| {
        let mut texts: Vec<String> =
            columns.iter().map(|column| cells.remove(column).unwrap_or_default()).collect();
        // What stands in a column without a head makes the line longer than it, and is told as that.
        texts.extend(cells.into_values());
        (line, texts)
    });
    csv_file::lines(name, &names, lines, catalog, stamp)
}

/// Filled cells of the first sheet by column, by line from 1 on. Only what is there takes memory, so a
/// sheet with a cell in its last corner is as good as any.
fn rows(bytes: &[u8]) -> Result<BTreeMap<u64, BTreeMap<u32, String>>, String> {
    let text_of = |error: XlsxError| error.to_string();
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).map_err(text_of)?;
    let first = book.sheet_names().first().cloned().ok_or("it has no sheet")?;
    let mut cells = book.worksheet_cells_reader(&first).map_err(text_of)?;
    let mut rows: BTreeMap<u64, BTreeMap<u32, String>> = BTreeMap::new();
    while let Some(cell) = cells.next_cell().map_err(text_of)? {
        let (row, column) = cell.get_position();
        let shown = text(&Data::from(cell.get_value().clone()));
        if !shown.is_empty() {
            rows.entry(u64::from(row) + 1).or_default().insert(column, shown);
        }
    }
    Ok(rows)
}

/// A cell as people see it.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.trim().to_owned(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => plain(*number),
        Data::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        // What is none of these is shown as it is, so that the checks can name it.
        other => other.to_string(),
    }
}

/// A float without what it has beyond its digits.
fn plain(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let whole = number.abs().log10().floor() as i32 + 1;
    let decimals = (DIGITS as i32 - whole).max(0) as usize;
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_people_see_them() {
        for (number, shown) in [
            (12.0, "12"),
            (0.1 + 0.2, "0.3"),
            (4583.97, "4583.97"),
            (410_102_001_002.0, "410102001002"),
            (410_102_001_000_001.0, "410102001000001"),
            (0.0001, "0.0001"),
            (-3.5, "-3.5"),
            (0.0, "0"),
        ] {
            assert_eq!(plain(number), shown);
        }
    }
}
