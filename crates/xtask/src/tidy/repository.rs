//! The files of the repository: what git tracks or would track, and the text of the sources.
//!
//! Asking git, rather than walking folders, leaves out build output and local data by the one list
//! that everybody keeps anyway, `.gitignore`.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What a file is to the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A `.rs` file.
    Rust,
    /// A Python or shell file, by its ending or by its `#!` line.
    Script,
    /// Other text that people write or accept: manifests, prose, SQL, pages, snapshots.
    Text,
    /// Everything else; its content is not read.
    Data,
}

/// One file, with its path from the repository root (`/` between the parts).
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) kind: Kind,
    /// Empty for [`Kind::Data`].
    pub(crate) text: String,
}

impl SourceFile {
    /// The lines with their numbers, from 1.
    pub(crate) fn numbered_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// All files, sorted by path.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    files: Vec<SourceFile>,
}

impl Repository {
    /// The repository that `folder` lies in. The error says what to do.
    pub(crate) fn around(folder: &Path) -> Result<Self, String> {
        let root = folder
            .ancestors()
            .find(|ancestor| ancestor.join("crates/xtask/Cargo.toml").is_file())
            .ok_or("this folder is outside the repository; change into the repository")?;
        let mut files = Vec::new();
        for path in listed_by_git(root)? {
            // What is deleted but not yet committed is still listed, and so are submodules.
            let on_disk = root.join(&path);
            if on_disk.is_file() {
                let content = fs::read(&on_disk)
                    .map_err(|error| format!("{path}: {error}; make the file readable"))?;
                files.push(source_file(path, &content));
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// Every file, sorted by path.
    pub(crate) fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// The files of one kind.
    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(move |file| file.kind == kind)
    }

    /// Whether the path is a file, or a folder with at least one file.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.iter().any(|file| {
            file.path
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// A made-up repository, for the tests of the rules.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut files: Vec<SourceFile> = files
            .iter()
            .map(|(path, text)| source_file((*path).to_owned(), text.as_bytes()))
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { files }
    }
}

fn listed_by_git(root: &Path) -> Result<Vec<String>, String> {
    // `-z` also switches off git's quoting of names that are not ASCII.
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .output()
        .map_err(|error| format!("git does not start: {error}; install git"))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("git cannot list the files: {}; run inside a clone", why.trim()));
    }
    let listing = String::from_utf8_lossy(&output.stdout);
    let mut paths: Vec<String> =
        listing.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    // During a merge git lists a conflicting file once for each side.
    paths.sort();
    paths.dedup();
    Ok(paths)
}

fn source_file(path: String, content: &[u8]) -> SourceFile {
    let kind = kind_of(&path, content);
    let text = match kind {
        Kind::Data => String::new(),
        Kind::Rust | Kind::Script | Kind::Text => String::from_utf8_lossy(content).into_owned(),
    };
    SourceFile { path, kind, text }
}

fn kind_of(path: &str, content: &[u8]) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "rs" => Kind::Rust,
        "py" | "sh" => Kind::Script,
        _ if content.starts_with(b"#!") => Kind::Script,
        "toml" | "md" | "sql" | "slt" | "snap" | "html" | "css" | "js" | "json" | "yml"
        | "yaml" => Kind::Text,
        _ => Kind::Data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_goes_by_ending_then_by_first_line() {
        assert_eq!(kind_of("crates/a/src/lib.rs", b"#![no_std]"), Kind::Rust);
        assert_eq!(kind_of("tests/run", b"#!/usr/bin/env bash\n"), Kind::Script);
        assert_eq!(kind_of("README.md", b"# Title"), Kind::Text);
        assert_eq!(kind_of("schemas/units.csv", b"code,name"), Kind::Data);
        assert_eq!(kind_of(".gitignore", b"/target"), Kind::Data);
    }

    #[test]
    fn has_finds_files_and_folders_but_no_beginnings_of_names() {
        let repository = Repository::of(&[("crates/model/src/lib.rs", "")]);
        assert!(repository.has("crates/model/src/lib.rs"));
        assert!(repository.has("crates/model/"));
        assert!(!repository.has("crates/mod"));
    }

    #[test]
    fn folder_outside_is_refused() {
        let refusal = Repository::around(Path::new("/")).expect_err("the root is no repository");
        assert!(refusal.contains("outside the repository"), "{refusal}");
    }
}
