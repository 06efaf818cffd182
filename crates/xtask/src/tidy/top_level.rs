//! The top level holds what the layout names, and nothing else.
//!
//! Bad: `docs/` or `scripts/` at the top. Good: a README beside what it describes, a command of
//! `cargo xtask` for a script. Whoever opens the repository sees a dozen names.

use std::collections::BTreeMap;

use super::complaint::Complaint;
use super::repository::Repository;

/// What must be there.
const REQUIRED: &[&str] = &["Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "crates"];

/// What may be there beside it, apart from names that begin with a dot.
const PERMITTED: &[&str] = &[
    "clippy.toml",
    "deny.toml",
    "docker-compose.yml",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "schemas",
    "tests",
];

/// Whether the layout knows a file of this name at the top.
pub(crate) fn is_known_file(name: &str) -> bool {
    let folder = matches!(name, "crates" | "schemas" | "tests");
    !folder && (REQUIRED.contains(&name) || PERMITTED.contains(&name))
}

/// Complains about every name too many and every name missing.
pub(crate) fn look(repository: &Repository) -> Vec<Complaint> {
    // A folder is reported by its first file, so that the place can be opened.
    let mut entries = BTreeMap::new();
    for file in repository.files() {
        let name = file.path.split('/').next().unwrap_or(&file.path);
        entries.entry(name).or_insert(file.path.as_str());
    }
    let mut complaints = Vec::new();
    for (name, path) in &entries {
        if !name.starts_with('.') && !REQUIRED.contains(name) && !PERMITTED.contains(name) {
            let wrong = format!("`{name}` does not belong at the top level");
            let remedy = "move it beside what it serves, or let git ignore it";
            complaints.push(Complaint::at(path, 1, wrong, remedy));
        }
    }
    for name in REQUIRED.iter().filter(|name| !entries.contains_key(**name)) {
        complaints.push(Complaint::at(name, 1, "is missing at the top level", "add it"));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_at(more: &[&str]) -> Vec<String> {
        let mut files = vec![
            ("Cargo.lock", ""),
            ("Cargo.toml", ""),
            ("LICENSE", ""),
            ("README.md", ""),
            ("crates/a/src/lib.rs", ""),
        ];
        files.extend(more.iter().map(|path| (*path, "")));
        look(&Repository::of(&files)).iter().map(Complaint::to_string).collect()
    }

    #[test]
    fn bites_on_a_stray_folder_once() {
        assert_eq!(
            look_at(&["docs/design.md", "docs/index.md"]),
            ["docs/design.md:1: `docs` does not belong at the top level; \
              move it beside what it serves, or let git ignore it"]
        );
    }

    #[test]
    fn bites_on_a_missing_file() {
        let repository = Repository::of(&[("Cargo.toml", ""), ("crates/a/src/lib.rs", "")]);
        let missing: Vec<_> = look(&repository).into_iter().map(|c| c.path).collect();
        assert_eq!(missing, ["Cargo.lock", "LICENSE", "README.md"]);
    }

    #[test]
    fn allows_the_layout_and_dot_files() {
        assert!(
            look_at(&["tests/run", "deny.toml", ".gitignore", ".cargo/config.toml"]).is_empty()
        );
    }
}
