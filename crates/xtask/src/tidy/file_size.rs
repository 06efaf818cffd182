//! A Rust, Python or shell file has at most 500 lines.
//!
//! Bad: `period.rs` with 640 lines. Good: `period.rs` and `period/label.rs`, one behaviour each.

use super::complaint::Complaint;
use super::repository::{Kind, Repository};

const LIMIT: usize = 500;

/// Complains about every longer file.
pub(crate) fn look(repository: &Repository) -> Vec<Complaint> {
    repository
        .files()
        .iter()
        .filter(|file| matches!(file.kind, Kind::Rust | Kind::Script))
        .filter_map(|file| {
            let lines = file.text.lines().count();
            (lines > LIMIT).then(|| {
                let wrong = format!("has {lines} lines, the limit is {LIMIT}");
                Complaint::at(&file.path, LIMIT + 1, wrong, "move one behaviour into its own file")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bites_on_line_501() {
        let long = "//\n".repeat(501);
        let repository =
            Repository::of(&[("crates/a/src/b.rs", &long), ("tests/oracle.py", &long)]);
        let places: Vec<_> = look(&repository).into_iter().map(|c| (c.path, c.line)).collect();
        let expected = ["crates/a/src/b.rs", "tests/oracle.py"].map(|path| (path.to_owned(), 501));
        assert_eq!(places, expected);
    }

    #[test]
    fn allows_500_lines_and_any_length_of_data() {
        let repository = Repository::of(&[
            ("crates/a/src/b.rs", &"//\n".repeat(500)),
            ("schemas/units.csv", &"x\n".repeat(9_000)),
        ]);
        assert_eq!(look(&repository), []);
    }
}
