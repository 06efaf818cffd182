//! What the crates' manifests depend on, for the rules on libraries.
//!
//! Development dependencies are left out: they never reach a user. Names are those of the packages,
//! whatever a manifest calls them locally, with `-` for `_`.

use super::repository::{Repository, SourceFile};
use toml::{Table, Value};

/// One crate under `crates/`.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// Path of its `Cargo.toml`.
    pub(crate) path: String,
    /// Name of the package.
    pub(crate) package: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One ordinary or build dependency, for any target.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// Name of the package depended on.
    pub(crate) package: String,
    /// Line of the manifest, from 1.
    pub(crate) line: usize,
}

impl Dependency {
    /// Whether this is the library or one of its family: `arrow-schema` belongs to `arrow`.
    pub(crate) fn belongs_to(&self, library: &str) -> bool {
        self.package
            .strip_prefix(library)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

/// The manifests of all crates under `crates/`.
///
/// A manifest that cannot be parsed is passed over: cargo itself refuses the workspace then.
pub(crate) fn crate_manifests(repository: &Repository) -> Vec<Manifest> {
    let workspace = repository
        .files()
        .iter()
        .find(|file| file.path == "Cargo.toml")
        .and_then(|file| file.text.parse::<Table>().ok())
        .unwrap_or_default();
    repository
        .files()
        .iter()
        .filter(|file| file.path.starts_with("crates/") && file.name() == "Cargo.toml")
        .filter_map(|file| manifest(file, &workspace))
        .collect()
}

fn manifest(file: &SourceFile, workspace: &Table) -> Option<Manifest> {
    let table: Table = file.text.parse().ok()?;
    let package = table.get("package")?.get("name")?.as_str()?.to_owned();
    let mut dependencies = Vec::new();
    for section in dependency_sections(&table) {
        for (key, value) in section {
            let package = package_name(key, value, workspace);
            dependencies.push(Dependency { package, line: line_of_key(&file.text, key) });
        }
    }
    Some(Manifest { path: file.path.clone(), package, dependencies })
}

/// The tables of ordinary and build dependencies, those for single targets included.
fn dependency_sections(table: &Table) -> Vec<&Table> {
    let targets = table.get("target").and_then(Value::as_table);
    let for_targets = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    std::iter::once(table)
        .chain(for_targets)
        .flat_map(|place| ["dependencies", "build-dependencies"].map(|name| place.get(name)))
        .filter_map(|section| section?.as_table())
        .collect()
}

/// The package behind a key, which may be renamed here or in the workspace's table.
fn package_name(key: &str, value: &Value, workspace: &Table) -> String {
    let inherited = || {
        let shared = workspace.get("workspace")?.get("dependencies")?.get(key)?;
        shared.get("package")?.as_str()
    };
    let name = value.get("package").and_then(Value::as_str).or_else(inherited).unwrap_or(key);
    name.replace('_', "-")
}

/// The line that brings in the dependency; the first line if it is written in an unusual way.
fn line_of_key(text: &str, key: &str) -> usize {
    let mut counts = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            counts = header.contains("dependencies") && !header.contains("dev-dependencies");
            if counts && header.ends_with(&format!(".{key}")) {
                return index + 1;
            }
        }
        let rest = line.trim_start_matches('"').strip_prefix(key);
        let whole = rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=', '"']));
        if counts && whole {
            return index + 1;
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"[package]
name = "a"

[dev-dependencies]
tokio = "1"

[dependencies]
serde.workspace = true
frame = { workspace = true }
lake = { package = "deltalake-core", version = "1" }

[build-dependencies]
cc = "1"

[target.'cfg(unix)'.dependencies.rust_xlsxwriter]
version = "1"
"#;

    #[test]
    fn reads_every_section_but_that_for_development() {
        let workspace =
            "[workspace.dependencies]\nframe = { package = \"arrow\", version = \"59\" }";
        let repository =
            Repository::of(&[("Cargo.toml", workspace), ("crates/a/Cargo.toml", MANIFEST)]);
        let manifests = crate_manifests(&repository);
        let mut found: Vec<(&str, usize)> = manifests[0]
            .dependencies
            .iter()
            .map(|dependency| (dependency.package.as_str(), dependency.line))
            .collect();
        found.sort_by_key(|&(_, line)| line);
        let expected = [
            ("serde", 8),
            ("arrow", 9),
            ("deltalake-core", 10),
            ("cc", 13),
            ("rust-xlsxwriter", 15),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn family_is_by_whole_words() {
        let dependency = Dependency { package: "arrow-schema".to_owned(), line: 1 };
        assert!(dependency.belongs_to("arrow"));
        assert!(!dependency.belongs_to("arr"));
    }
}
