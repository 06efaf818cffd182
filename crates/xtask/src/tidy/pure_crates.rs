//! The domain crates reach no I/O and no async library, on no way through the workspace.
//!
//! Bad: `checks` depends on `store`, which depends on `arrow`. Good: `checks` takes what it needs
//! as a value or a trait of `model`. So the domain builds and tests in seconds, and gives the same
//! answer for the same input.

use std::collections::BTreeMap;

use super::complaint::Complaint;
use super::manifest::{Dependency, Manifest, crate_manifests};
use super::repository::Repository;

const PURE: &[&str] = &["model", "checks", "ledger", "rollup", "evaluation"];

/// Libraries, with their families, that wait, talk, store or bring a runtime.
const IMPURE: &[&str] = &[
    "arrow",
    "async",
    "axum",
    "calamine",
    "datafusion",
    "deltalake",
    "futures",
    "hyper",
    "mio",
    "object-store",
    "parquet",
    "pgwire",
    "rdkafka",
    "reqwest",
    "rusqlite",
    "rust-xlsxwriter",
    "smol",
    "socket2",
    "tokio",
    "tonic",
    "tower",
    "ureq",
];

/// Complains about every dependency of a pure crate through which such a library is reached.
pub(crate) fn look(repository: &Repository) -> Vec<Complaint> {
    let manifests = crate_manifests(repository);
    let crates: BTreeMap<&str, &Manifest> =
        manifests.iter().map(|manifest| (manifest.package.as_str(), manifest)).collect();
    let mut complaints = Vec::new();
    for manifest in manifests.iter().filter(|m| PURE.contains(&m.package.as_str())) {
        for dependency in &manifest.dependencies {
            if let Some(way) = way_to_impure(dependency, &crates, &mut Vec::new()) {
                complaints.push(Complaint::at(
                    &manifest.path,
                    dependency.line,
                    format!("`{}` is pure but reaches {}", manifest.package, way.join(" > ")),
                    "take the data as a value or a trait, and leave I/O to the caller",
                ));
            }
        }
    }
    complaints
}

/// The chain of packages from a dependency to an impure library, if there is one.
fn way_to_impure<'a>(
    dependency: &'a Dependency,
    crates: &BTreeMap<&str, &'a Manifest>,
    visited: &mut Vec<&'a str>,
) -> Option<Vec<String>> {
    let package = dependency.package.as_str();
    if IMPURE.iter().any(|library| dependency.belongs_to(library)) {
        return Some(vec![format!("`{package}`")]);
    }
    if visited.contains(&package) {
        return None;
    }
    visited.push(package);
    let next = &crates.get(package)?.dependencies;
    let mut way = next.iter().find_map(|further| way_to_impure(further, crates, visited))?;
    way.insert(0, format!("`{package}`"));
    Some(way)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(package: &str, dependencies: &str) -> (String, String) {
        let path = format!("crates/{package}/Cargo.toml");
        (path, format!("[package]\nname = \"{package}\"\n[dependencies]\n{dependencies}"))
    }

    fn look_at(manifests: &[(String, String)]) -> Vec<String> {
        let files: Vec<(&str, &str)> =
            manifests.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        look(&Repository::of(&files)).iter().map(Complaint::to_string).collect()
    }

    #[test]
    fn bites_on_a_direct_dependency() {
        assert_eq!(
            look_at(&[manifest("ledger", "tokio = \"1\"\n")]),
            ["crates/ledger/Cargo.toml:4: `ledger` is pure but reaches `tokio`; \
              take the data as a value or a trait, and leave I/O to the caller"]
        );
    }

    #[test]
    fn bites_on_a_way_through_another_crate() {
        let found = look_at(&[
            manifest("checks", "serde = \"1\"\nstore = { path = \"../store\" }\n"),
            manifest("store", "model = { path = \"../model\" }\narrow-schema = \"59\"\n"),
            manifest("model", "serde = \"1\"\n"),
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/checks/Cargo.toml:5:"), "{}", found[0]);
        assert!(found[0].contains("reaches `store` > `arrow-schema`"), "{}", found[0]);
    }

    #[test]
    fn allows_pure_libraries_and_crates_that_may_do_io() {
        let found = look_at(&[
            manifest("rollup", "rayon = \"1\"\nmodel = { path = \"../model\" }\n"),
            manifest("model", "jiff = \"1\"\n"),
            manifest("journal", "tokio = \"1\"\n"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }
}
