//! No source names a folder of one machine.
//!
//! Bad: a test that reads a file by its absolute path in somebody's home. Good: a path from
//! `CARGO_MANIFEST_DIR`, a temporary folder, an environment variable.

use super::complaint::Complaint;
use super::repository::{Kind, Repository};

/// Absolute folders without their first slash; so this file does not name one itself.
const FOLDERS: &[&str] = &["root/", "work/", "tmp/bash"];

/// In these the paths are those inside a container, not of a machine.
const CONTAINER_FILES: &[&str] = &["docker-compose.yml"];

/// Complains about every line of a source or document with such a path.
pub(crate) fn look(repository: &Repository) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in repository.files() {
        if file.kind == Kind::Data || CONTAINER_FILES.contains(&file.path.as_str()) {
            continue;
        }
        for (number, line) in file.numbered_lines() {
            if let Some(folder) = FOLDERS.iter().find(|folder| names_folder(line, folder)) {
                let wrong = format!("`/{folder}` exists on one machine only");
                let remedy = "use a path from the repository, a setting or a temporary folder";
                complaints.push(Complaint::at(&file.path, number, wrong, remedy));
            }
        }
    }
    complaints
}

/// Whether the folder stands in the line as an absolute path, not as part of a longer one.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(place, _)| {
        let Some(before) = line[..place].strip_suffix('/') else { return false };
        let within = |last: char| last.is_alphanumeric() || "._-~/})]*".contains(last);
        before.ends_with("file://") || !before.ends_with(within)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_at(path: &str, text: &str) -> Vec<usize> {
        let repository = Repository::of(&[(path, text)]);
        look(&repository).into_iter().map(|complaint| complaint.line).collect()
    }

    #[test]
    fn bites_on_absolute_paths_in_code_comments_and_prose() {
        for (index, folder) in FOLDERS.iter().enumerate() {
            let text = format!("//! Doc.\nlet a = \"/{folder}a\";\n// see `/{folder}b`\n");
            assert_eq!(look_at("crates/a/src/b.rs", &text), [2, 3], "folder {index}");
        }
        let url = format!("[x](file:///{}y)\n", FOLDERS[1]);
        assert_eq!(look_at("README.md", &url), [1]);
    }

    #[test]
    fn allows_parts_of_longer_paths() {
        for before in ["a", "..", "{dir}", "https://x.cn", "~"] {
            let text = format!("see {before}/{}b\n", FOLDERS[1]);
            assert_eq!(look_at("README.md", &text), [], "{text}");
        }
    }
}
