//! No module, file or folder of source has a name that says nothing about its content.
//!
//! Bad: `crates/model/src/utils.rs`, `mod helpers { … }`, `date_util.py`. Good: the name of the one
//! thing inside, such as `crates/model/src/amount.rs`.

use std::collections::BTreeSet;

use super::complaint::Complaint;
use super::repository::{Kind, Repository, SourceFile};
use super::rust_text::{code_only, is_word_byte, line_of, places_of_word};

const BANNED: &[&str] = &["utils", "util", "common", "helpers", "helper", "core", "misc"];

/// Endings that make no name better.
const BANNED_ENDINGS: &[&str] = &["_utils", "_util", "_helpers", "_helper", "_misc"];

/// Complains about every such file, folder (once) and inline module.
pub(crate) fn look(repository: &Repository) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    for file in repository.files() {
        if !matches!(file.kind, Kind::Rust | Kind::Script) {
            continue;
        }
        if let Some((place, name)) = banned_part(&file.path)
            && seen.insert(place.to_owned())
        {
            complaints.push(complaint(file, 1, name));
        }
        if file.kind == Kind::Rust {
            complaints.extend(inline_modules(file));
        }
    }
    complaints
}

fn complaint(file: &SourceFile, line: usize, name: &str) -> Complaint {
    let wrong = format!("the name `{name}` says nothing about the content");
    Complaint::at(&file.path, line, wrong, "name it after the one thing it holds")
}

/// The first part of the path with a banned name: the path up to it, and the name.
fn banned_part(path: &str) -> Option<(&str, &str)> {
    let mut start = 0;
    for part in path.split('/') {
        let end = start + part.len();
        let name = part.split('.').next().unwrap_or(part);
        if is_banned(name) {
            return Some((&path[..end], name));
        }
        start = end + 1;
    }
    None
}

fn is_banned(name: &str) -> bool {
    let name = name.replace('-', "_");
    BANNED.contains(&name.as_str()) || BANNED_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Modules with a banned name whose body stands in the file; others have a file of their own.
fn inline_modules(file: &SourceFile) -> Vec<Complaint> {
    let code = code_only(&file.text);
    places_of_word(&code, "mod")
        .filter_map(|place| {
            let after = code[place + 3..].trim_start();
            let length = after.bytes().take_while(|&byte| is_word_byte(byte)).count();
            let (name, body) = after.split_at(length);
            let inline = body.trim_start().starts_with('{');
            (inline && is_banned(name)).then(|| complaint(file, line_of(&code, place), name))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bites_on_files_folders_and_inline_modules() {
        let repository = Repository::of(&[
            ("crates/a/src/utils.rs", ""),
            ("crates/common/src/lib.rs", ""),
            ("crates/common/src/unit.rs", ""),
            ("crates/a/src/lib.rs", "//! Doc.\nmod helpers {\n}\n"),
            ("tests/date_util.py", ""),
        ]);
        let places: Vec<_> = look(&repository).into_iter().map(|c| (c.path, c.line)).collect();
        let expected = [
            ("crates/a/src/lib.rs", 2),
            ("crates/a/src/utils.rs", 1),
            ("crates/common/src/lib.rs", 1),
            ("tests/date_util.py", 1),
        ];
        assert_eq!(places, expected.map(|(path, line)| (path.to_owned(), line)));
    }

    #[test]
    fn allows_telling_names_and_data() {
        let repository = Repository::of(&[
            ("crates/model/src/amount.rs", "// mod utils {\nuse core::fmt;\n"),
            ("schemas/common/units.csv", ""),
        ]);
        assert_eq!(look(&repository), []);
    }
}
