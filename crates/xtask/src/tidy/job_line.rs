//! A `lib.rs` or `main.rs` begins with the crate's job in one sentence on one line.
//!
//! Bad: `//! Various things around units` or a paragraph. Good: `//! What is wrong with a
//! submission; pure.`, then an empty `//!` line before anything more.

use super::complaint::Complaint;
use super::module_doc::doc_text;
use super::repository::{Repository, SourceFile};

/// Complains about every crate whose first line is no single sentence.
///
/// A file without any doc line is left to the rule on module docs.
pub(crate) fn look(repository: &Repository) -> Vec<Complaint> {
    repository
        .files()
        .iter()
        .filter(|file| is_crate_root(&file.path))
        .filter_map(|file| {
            let remedy = "put the crate's job on line 1, one sentence with a full stop, \
                          and an empty `//!` line after it";
            fault(file).map(|wrong| Complaint::at(&file.path, 1, wrong, remedy))
        })
        .collect()
}

fn is_crate_root(path: &str) -> bool {
    path.ends_with("src/lib.rs") || path.ends_with("src/main.rs")
}

fn fault(file: &SourceFile) -> Option<&'static str> {
    let mut lines = file.text.lines();
    let first = doc_text(lines.next()?)?;
    let Some(sentence) = first.strip_suffix(['.', '。']) else {
        return Some("line 1 is not a sentence with a full stop");
    };
    if sentence.contains(". ") || sentence.contains('。') {
        return Some("line 1 has more than one sentence");
    }
    let goes_on = lines.next().and_then(doc_text).is_some_and(|second| !second.is_empty());
    goes_on.then_some("the first paragraph goes on after line 1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_at(text: &str) -> usize {
        look(&Repository::of(&[("crates/a/src/lib.rs", text)])).len()
    }

    #[test]
    fn bites_on_fragments_and_paragraphs() {
        assert_eq!(look_at("//! Things around units\n"), 1);
        assert_eq!(look_at("//! Checks returns. Also sorts them.\n"), 1);
        assert_eq!(look_at("//! Checks returns.\n//! Also sorts them.\n"), 1);
    }

    #[test]
    fn allows_one_sentence() {
        assert_eq!(look_at("//! Checks returns; pure.\n//!\n//! More about it.\n"), 0);
        assert_eq!(look_at("//! Checks returns.\n\nmod a;\n"), 0);
    }

    #[test]
    fn looks_at_crate_roots_only() {
        let repository = Repository::of(&[("crates/a/src/unit.rs", "//! Units\n")]);
        assert_eq!(look(&repository), []);
    }
}
