//! What a rule has against a place, and how it is printed.
//!
//! Example: `crates/model/src/unit.rs:1: has 612 lines, the limit is 500; move one behaviour into
//! its own file`.

use std::fmt;

/// One place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Complaint {
    /// Path from the repository root.
    pub(crate) path: String,
    /// Line in that file, from 1.
    pub(crate) line: usize,
    wrong: String,
    remedy: String,
}

impl Complaint {
    /// A complaint about one line: what is wrong with it, and what to do.
    pub(crate) fn at(
        path: &str,
        line: usize,
        wrong: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { path: path.to_owned(), line, wrong: wrong.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line, self.wrong, self.remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_place_fault_and_remedy() {
        let complaint = Complaint::at("crates/a/src/b.rs", 7, "is too long", "split it");
        assert_eq!(complaint.to_string(), "crates/a/src/b.rs:7: is too long; split it");
    }
}
