//! No ignored test and no placeholder or debugging macro is left in Rust code.
//!
//! Bad: `#[ignore]` on a slow test, `todo!()` in a branch. Good: a slow test in its own suite, an
//! error that says what is not supported.

use super::complaint::Complaint;
use super::repository::{Kind, Repository};
use super::rust_text::{code_only, line_of, places_of_word};

/// Macros, and what to do about them.
const MACROS: &[(&str, &str)] = &[
    ("todo", "write the code, or return an error that says what is not supported"),
    ("unimplemented", "write the code, or return an error that says what is not supported"),
    ("dbg", "drop it, or log with tracing"),
];

/// Complains about every such place; comments and strings are not looked at.
pub(crate) fn look(repository: &Repository) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in repository.of_kind(Kind::Rust) {
        let code = code_only(&file.text);
        for &(name, remedy) in MACROS {
            for place in places_of_word(&code, name).filter(|&place| is_call(&code, place, name)) {
                let wrong = format!("`{name}!` is left in the code");
                complaints.push(Complaint::at(&file.path, line_of(&code, place), wrong, remedy));
            }
        }
        for place in ignoring_attributes(&code) {
            let remedy = "let it run, or move it into a suite that is run on demand";
            let line = line_of(&code, place);
            complaints.push(Complaint::at(&file.path, line, "the test is ignored", remedy));
        }
    }
    complaints
}

fn is_call(code: &str, place: usize, name: &str) -> bool {
    let after = code[place + name.len()..].trim_start();
    after.strip_prefix('!').is_some_and(|rest| rest.trim_start().starts_with(['(', '[', '{']))
}

/// The places of attributes that ignore a test, plainly or under a condition.
fn ignoring_attributes(code: &str) -> impl Iterator<Item = usize> {
    code.match_indices("#[").map(|(place, _)| place).filter(|&place| {
        let inside = &code[place + 2..];
        let attribute = &inside[..inside.find(']').unwrap_or(inside.len())];
        let first = places_of_word(attribute, "ignore").next();
        let plain = first.is_some_and(|at| attribute[..at].trim().is_empty());
        plain || (first.is_some() && attribute.trim_start().starts_with("cfg_attr"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_at(text: &str) -> Vec<usize> {
        let repository = Repository::of(&[("crates/a/src/b.rs", text)]);
        look(&repository).into_iter().map(|complaint| complaint.line).collect()
    }

    #[test]
    fn bites_on_macros() {
        assert_eq!(look_at("fn f() {\n    todo!();\n}\n"), [2]);
        assert_eq!(look_at("fn f() {\n    std::unimplemented!(\"later\");\n}\n"), [2]);
        assert_eq!(look_at("let x = dbg![y];\n"), [1]);
    }

    #[test]
    fn bites_on_ignored_tests() {
        assert_eq!(look_at("#[test]\n#[ignore]\nfn f() {}\n"), [2]);
        assert_eq!(look_at("#[test]\n#[ignore = \"slow\"]\nfn f() {}\n"), [2]);
        assert_eq!(look_at("#[cfg_attr(windows, ignore)]\nfn f() {}\n"), [1]);
    }

    #[test]
    fn allows_words_strings_and_comments() {
        assert_eq!(look_at("// todo!()\nlet a = \"dbg!(x)\"; if todo != 1 {}\n"), []);
        assert_eq!(look_at("#[arg(long, ignore)]\nstruct S;\n"), []);
    }
}
