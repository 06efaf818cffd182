//! A Rust file begins with a `//!` line that says what it is for.
//!
//! Bad: `use std::fmt;` on line 1. Good: `//! Reporting periods (报告期).`.

use super::complaint::Complaint;
use super::repository::{Kind, Repository};

/// Complains about every Rust file without such a line.
pub(crate) fn look(repository: &Repository) -> Vec<Complaint> {
    repository
        .of_kind(Kind::Rust)
        .filter(|file| doc_text(file.text.lines().next().unwrap_or("")).is_none_or(str::is_empty))
        .map(|file| {
            let wrong = "does not begin with a `//!` line";
            Complaint::at(&file.path, 1, wrong, "say on line 1 what the file is for")
        })
        .collect()
}

/// The text of a `//!` line, which may be empty; none for any other line.
pub(crate) fn doc_text(line: &str) -> Option<&str> {
    line.strip_prefix("//!").map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bites_on_code_plain_comments_and_nothing() {
        for text in ["use std::fmt;\n", "// Periods.\n", "//!\n//! Periods.\n", ""] {
            let repository = Repository::of(&[("crates/a/src/b.rs", text)]);
            assert_eq!(look(&repository).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn allows_a_doc_line() {
        let repository = Repository::of(&[("crates/a/src/b.rs", "//! Periods.\n\nuse x;\n")]);
        assert_eq!(look(&repository), []);
    }
}
