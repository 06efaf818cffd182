//! Takes in a list of units (`zhibao catalog import units FILE`): verifies it, compares it with what
//! the definitions hold, keeps the spans that end, and says what has changed.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, GzBuilder};
use jiff::civil::Date;
use model::UnitRecord;

use crate::{
    Problem,
    csv_file::{self, CsvFile},
    problem,
    read::{self, units::Unreadable},
    verify,
};

mod change_report;
mod merge;

pub use change_report::{ChangeReport, UnitChange};

/// Why a list was not taken in. The definitions are as they were.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The list, or what it would become together with the other lists, is wrong.
    #[error("名录有 {} 处问题，未导入 | the list has {} problems and was not imported:\n{}", .0.len(), .0.len(), problem::lines(.0))]
    Problems(Vec<Problem>),
    /// The name is no plain file name.
    #[error("名称“{0}”只能用小写字母、数字和连字符 | the name {0:?} may hold only a-z, 0-9 and -")]
    BadName(String),
    /// The definitions already hold changes of a later day.
    #[error(
        "现有名录已有 {held} 的变更，不能按 {as_of} 导入，请改用更晚的日期 | the lists hold changes of {held}, so no import as of {as_of}: use a later day"
    )]
    TooEarly {
        /// The day of the import.
        as_of: Date,
        /// The last day on which the held lists change.
        held: Date,
    },
    /// A file could not be read or written.
    #[error("{path}：{source} | {path}: {source}", path = .path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Takes in `file` (CSV, or CSV in gzip) as the list that holds from `as_of` on, and stores it as
/// `units/NAME.csv.gz`.
///
/// The first list of a province is taken to hold for all earlier days too. A later one keeps the
/// spans of the earlier: units that are gone end on `as_of`, changed ones go on in a new span. It
/// replaces each file that holds the same provinces and no other.
///
/// # Errors
/// [`ImportError`]; nothing has been written then.
pub fn import_units(
    definitions: &Path,
    file: &Path,
    name: &str,
    as_of: Date,
) -> Result<ChangeReport, ImportError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.is_empty() || !name.bytes().all(plain) || name == "changes" {
        return Err(ImportError::BadName(name.to_owned()));
    }
    let stored = format!("units/{name}.csv.gz");
    let list = read_list(file)?;
    let held = Held::read(definitions, &stored, &list)?;
    let last = held.base.iter().flat_map(|r| [r.valid_from, r.valid_to]).flatten().max();
    if let Some(held) = last.filter(|&day| day > as_of) {
        return Err(ImportError::TooEarly { as_of, held });
    }
    let list_size = list.len();
    let mut all = list;
    all.extend(held.others);
    let mut problems = Vec::new();
    verify::register::verify(&all, &Unreadable::default(), &mut problems);
    refuse(problems)?;
    all.truncate(list_size);
    let (merged, mut report) = merge::merge(held.base, all, as_of);
    (report.file, report.units) = (stored.clone(), list_size);

    write(&definitions.join(&stored), &merged)?;
    for old in held.replaced.iter().filter(|old| **old != stored) {
        let path = definitions.join(old);
        fs::remove_file(&path).map_err(|source| ImportError::Io { path, source })?;
    }
    Ok(report)
}

fn refuse(mut problems: Vec<Problem>) -> Result<(), ImportError> {
    problems.sort();
    if problems.is_empty() { Ok(()) } else { Err(ImportError::Problems(problems)) }
}

/// Reads the list to take in; its places are named by the file's own name.
fn read_list(file: &Path) -> Result<Vec<UnitRecord>, ImportError> {
    let name = file.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let text = csv_file::decode(file)
        .map_err(|source| ImportError::Io { path: file.to_owned(), source })?
        .map_err(|wrong| ImportError::Problems(vec![csv_file::not_utf8(&name, wrong.line)]))?;
    let mut problems = Vec::new();
    let list = CsvFile::parse(&name, &text, &read::units::COLUMNS, &[], &mut problems)
        .map_or_else(Vec::new, |file| {
            read::units::records(&file, &mut Unreadable::default(), &mut problems)
        });
    if list.is_empty() && problems.is_empty() {
        problems.push(
            Problem::new(name, 1, "名录没有单位", "the list holds no unit")
                .remedy("检查文件", "check the file"),
        );
    }
    refuse(problems)?;
    Ok(list)
}

/// What the definitions hold now.
struct Held {
    /// The spans of the provinces that the new list covers.
    base: Vec<UnitRecord>,
    /// All others.
    others: Vec<UnitRecord>,
    /// Files that the new one replaces.
    replaced: Vec<String>,
}

impl Held {
    fn read(definitions: &Path, stored: &str, list: &[UnitRecord]) -> Result<Self, ImportError> {
        let roots = |records: &[UnitRecord]| -> Vec<_> {
            records.iter().filter(|r| r.parent.is_none()).map(|r| r.code).collect()
        };
        let covered = roots(list);
        let mut held = Self { base: Vec::new(), others: Vec::new(), replaced: Vec::new() };
        let mut problems = Vec::new();
        // A first import finds no list, which is no problem here.
        for name in read::units::files(definitions, &mut Vec::new()) {
            let records =
                read::units::read(definitions, &name, &mut Unreadable::default(), &mut problems);
            let own = roots(&records);
            if name == stored || (!own.is_empty() && own.iter().all(|r| covered.contains(r))) {
                held.base.extend(records);
                held.replaced.push(name);
            } else {
                held.others.extend(records);
            }
        }
        refuse(problems)?;
        Ok(held)
    }
}

/// Writes the list whole or not at all, with the same bytes for the same records.
fn write(path: &Path, records: &[UnitRecord]) -> Result<(), ImportError> {
    let failed = |source| ImportError::Io { path: path.to_owned(), source };
    let bytes = encode(records).map_err(failed)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = folder.join(format!(".{name}.part"));
    let put = || -> io::Result<()> {
        let mut file = fs::File::create(&part)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)?;
        fs::File::open(folder)?.sync_all()
    };
    put().map_err(|source| {
        // What cannot be removed either stays as a hidden file that no reader looks at.
        let _ = fs::remove_file(&part);
        failed(source)
    })
}

fn encode(records: &[UnitRecord]) -> io::Result<Vec<u8>> {
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let mut csv = csv::Writer::from_writer(gzip);
    csv.write_record(read::units::COLUMNS.iter().chain(&read::units::OPTIONAL))?;
    for record in records {
        let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
        let (parent, parent_level) = record
            .parent
            .map_or_else(Default::default, |(code, level)| (code.to_string(), level.name()));
        let successors: Vec<String> = record.successors.iter().map(ToString::to_string).collect();
        csv.write_record([
            record.code.to_string().as_str(),
            &parent,
            record.level.name(),
            &record.name,
            parent_level,
            record.class.name(),
            record.eval_group.map_or("", |_| "prefecture"),
            &day(record.valid_from),
            &day(record.valid_to),
            &successors.join(" "),
        ])?;
    }
    let gzip = csv.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    gzip.finish()
}
