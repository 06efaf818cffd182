//! A repository path in backticks in a README exists.
//!
//! Bad: a README that still names the file `crates/model/src/date.rs` after it became `period.rs`.
//! Patterns (`crates/*/src`), placeholders (`tests/<suite>`) and fenced blocks are left alone.

use super::complaint::Complaint;
use super::repository::{Repository, SourceFile};
use super::top_level;

/// Beginnings that make a quoted word a path from the root.
const FOLDERS: &[&str] = &["crates/", "schemas/", "tests/", ".ci/"];

/// Complains about every quoted path that leads nowhere.
pub(crate) fn look(repository: &Repository) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in repository.files().iter().filter(|file| file.name() == "README.md") {
        for (line, quoted) in quoted_words(file) {
            let Some(path) = as_path(quoted) else { continue };
            // A crate's README may mean its own `tests/` folder.
            let beside = file.path.strip_suffix("README.md").unwrap_or("");
            if !repository.has(path) && !repository.has(&format!("{beside}{path}")) {
                let wrong = format!("`{path}` does not exist");
                complaints.push(Complaint::at(&file.path, line, wrong, "correct or drop the path"));
            }
        }
    }
    complaints
}

/// The first word of everything in backticks, with its line; the rest may be arguments.
fn quoted_words(file: &SourceFile) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut fenced = false;
    for (number, line) in file.numbered_lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let quoted = line.split('`').skip(1).step_by(2);
            words.extend(quoted.filter_map(|text| Some((number, text.split_whitespace().next()?))));
        }
    }
    words
}

/// The path that a quoted word names, without `:line`, `#heading` or `::item`; none if it is no
/// path from the root.
fn as_path(word: &str) -> Option<&str> {
    if word.contains(['*', '<', '>', '{', '}', '$', '…']) {
        return None;
    }
    let path = word.split([':', '#']).next()?.trim_end_matches([',', ';']);
    let in_folder = FOLDERS.iter().any(|folder| path.starts_with(folder));
    (in_folder || top_level::is_known_file(path)).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_at(path: &str, text: &str) -> Vec<usize> {
        let repository = Repository::of(&[
            (path, text),
            ("Cargo.toml", ""),
            ("tests/run", ""),
            ("crates/model/src/unit.rs", ""),
            ("crates/model/tests/walk.rs", ""),
        ]);
        look(&repository).into_iter().map(|complaint| complaint.line).collect()
    }

    #[test]
    fn bites_on_paths_that_lead_nowhere() {
        let text = "# Map\nSee `crates/model/src/date.rs`\nand `deny.toml` or `tests/go --fast`.\n";
        assert_eq!(look_at("README.md", text), [2, 3, 3]);
    }

    #[test]
    fn allows_what_exists() {
        let text = "`crates/model/` `crates/model/src/unit.rs:7` `tests/run all` `Cargo.toml`";
        assert_eq!(look_at("README.md", text), []);
        assert_eq!(look_at("crates/model/README.md", "`tests/walk.rs`"), []);
    }

    #[test]
    fn leaves_patterns_prose_and_blocks_alone() {
        let text =
            "`crates/*/src` `tests/<suite>` `a/b` crates/none `model`\n```\n`tests/none`\n```\n";
        assert_eq!(look_at("README.md", text), []);
    }
}
