//! `cargo xtask tidy`: house rules that neither the compiler nor clippy knows.
//!
//! Each rule is one file in `tidy/` and one line in [`RULES`]. The test `tidy_repository` runs them
//! all, so that an ordinary `cargo test` holds the rules too.

mod banned_names;
mod complaint;
mod fences;
mod file_size;
mod function_size;
mod job_line;
mod machine_paths;
mod manifest;
mod module_doc;
mod pure_crates;
mod readme_paths;
mod repository;
mod rust_text;
mod top_level;
mod unfinished;

use crate::command::{Failure, Outcome, is_help, note, say};
use complaint::Complaint;
use repository::Repository;

/// One house rule.
struct Rule {
    name: &'static str,
    about: &'static str,
    look: fn(&Repository) -> Vec<Complaint>,
}

const RULES: &[Rule] = &[
    Rule {
        name: "file-size",
        about: "a Rust, Python or shell file has at most 500 lines",
        look: file_size::look,
    },
    Rule {
        name: "function-size",
        about: "a Rust function has at most 60 lines, from `fn` to its closing brace",
        look: function_size::look,
    },
    Rule {
        name: "module-doc",
        about: "a Rust file begins with a `//!` line",
        look: module_doc::look,
    },
    Rule {
        name: "job-line",
        about: "a lib.rs or main.rs begins with the crate's job in one sentence on one line",
        look: job_line::look,
    },
    Rule {
        name: "banned-names",
        about: "no module or file has a name that says nothing, such as `utils`",
        look: banned_names::look,
    },
    Rule {
        name: "fences",
        about: "a heavy library is used only by the crates that own it",
        look: fences::look,
    },
    Rule {
        name: "pure-crates",
        about: "the domain crates reach no I/O and no async library",
        look: pure_crates::look,
    },
    Rule {
        name: "readme-paths",
        about: "a repository path in a README exists",
        look: readme_paths::look,
    },
    Rule {
        name: "top-level",
        about: "the top level holds what the layout names, and nothing else",
        look: top_level::look,
    },
    Rule {
        name: "machine-paths",
        about: "no source names a folder of one machine",
        look: machine_paths::look,
    },
    Rule {
        name: "unfinished",
        about: "no ignored test and no placeholder or debugging macro is left in Rust code",
        look: unfinished::look,
    },
];

/// Runs every rule on the repository around the current folder.
pub(crate) fn run(arguments: &[String]) -> Result<Outcome, Failure> {
    match arguments {
        [] => {}
        [only] if is_help(only) => {
            say(&usage());
            return Ok(Outcome::Clean);
        }
        [other, ..] => return Err(Failure::Usage(format!("tidy takes no argument `{other}`"))),
    }
    let here = std::env::current_dir().map_err(|error| {
        Failure::Refused(format!("no current folder: {error}; change into one"))
    })?;
    let repository = Repository::around(&here).map_err(Failure::Refused)?;
    let complaints = complaints(&repository);
    for complaint in &complaints {
        say(&complaint.to_string());
    }
    note(&format!(
        "tidy: {} files, {} rules, {} complaints",
        repository.files().len(),
        RULES.len(),
        complaints.len()
    ));
    Ok(if complaints.is_empty() { Outcome::Clean } else { Outcome::Found })
}

/// What all rules have against the repository, by path and line.
fn complaints(repository: &Repository) -> Vec<Complaint> {
    let mut complaints: Vec<Complaint> =
        RULES.iter().flat_map(|rule| (rule.look)(repository)).collect();
    complaints.sort();
    complaints
}

fn usage() -> String {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let lines: Vec<String> =
        RULES.iter().map(|rule| format!("  {:width$}  {}", rule.name, rule.about)).collect();
    format!(
        "Usage: cargo xtask tidy\n\nLooks at every file that git tracks or would track. Rules:\n{}",
        lines.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tidy_repository() {
        let here = std::env::current_dir().expect("a test runs in its package's folder");
        let repository = Repository::around(&here).expect("the repository can be listed");
        let complaints = complaints(&repository);
        let listing: Vec<String> = complaints.iter().map(Complaint::to_string).collect();
        assert!(complaints.is_empty(), "\n{}\n", listing.join("\n"));
    }

    #[test]
    fn complaints_come_by_path_and_line() {
        let repository = Repository::of(&[
            ("crates/b/src/lib.rs", "//! Does b.\n#[ignore]\nfn f() { dbg!(1); }\n"),
            ("crates/a/src/utils.rs", "fn g() {}\n"),
        ]);
        let places: Vec<(String, usize)> = complaints(&repository)
            .into_iter()
            .map(|complaint| (complaint.path, complaint.line))
            .filter(|(path, _)| path.starts_with("crates/"))
            .collect();
        let expected = [
            ("crates/a/src/utils.rs", 1),
            ("crates/a/src/utils.rs", 1),
            ("crates/b/src/lib.rs", 2),
            ("crates/b/src/lib.rs", 3),
        ];
        assert_eq!(places, expected.map(|(path, line)| (path.to_owned(), line)));
    }

    #[test]
    fn unknown_argument_is_wrong_usage() {
        assert!(matches!(run(&["--fix".to_owned()]), Err(Failure::Usage(_))));
    }
}
