//! A heavy library is used only by the crates that own it.
//!
//! Bad: `rdkafka` among the dependencies of `collector`. Good: `collector` depends on `journal`,
//! and what it needs of Kafka is a function there. So the rest builds without the library, and
//! exchanging it touches one crate.

use super::complaint::Complaint;
use super::manifest::{Dependency, crate_manifests};
use super::repository::Repository;

/// A library, or family of libraries, and the crates that may depend on it.
struct Fence {
    library: &'static str,
    owners: &'static [&'static str],
}

const fn fence(library: &'static str, owners: &'static [&'static str]) -> Fence {
    Fence { library, owners }
}

/// The layout's table. A longer name goes before the shorter one that it begins with.
const FENCES: &[Fence] = &[
    fence("rayon", &["rollup"]),
    fence("sqlparser", &["checks"]),
    fence("rdkafka", &["journal"]),
    fence("rusqlite", &["journal", "collector"]),
    fence("calamine", &["collector"]),
    fence("reqwest", &["collector", "bulletin"]),
    fence("axum", &["collector", "aggregator", "query", "portal"]),
    fence("deltalake", &["store"]),
    fence("arrow-flight", &["query"]),
    fence("arrow", &["store", "query"]),
    fence("parquet", &["store", "query"]),
    fence("datafusion", &["query"]),
    fence("pgwire", &["query"]),
    fence("askama", &["portal"]),
    fence("clap", &["cli"]),
    fence("figment", &["cli"]),
    fence("anyhow", &["cli"]),
];

/// Crates that no user runs; the member `tests` lies outside `crates/` and is not looked at.
const EXEMPT: &[&str] = &["xtask", "testkit"];

/// Complains about every dependency across a fence.
pub(crate) fn look(repository: &Repository) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for manifest in crate_manifests(repository) {
        if EXEMPT.contains(&manifest.package.as_str()) {
            continue;
        }
        for dependency in &manifest.dependencies {
            if let Some(fence) = fence_around(dependency)
                && !fence.owners.contains(&manifest.package.as_str())
            {
                complaints.push(Complaint::at(
                    &manifest.path,
                    dependency.line,
                    format!("`{}` may not use `{}`", manifest.package, dependency.package),
                    format!("let {} offer what is needed", fence.owners.join(" or ")),
                ));
            }
        }
    }
    complaints
}

fn fence_around(dependency: &Dependency) -> Option<&'static Fence> {
    FENCES.iter().find(|fence| dependency.belongs_to(fence.library))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_at(package: &str, dependencies: &str) -> Vec<String> {
        let manifest = format!("[package]\nname = \"{package}\"\n[dependencies]\n{dependencies}");
        let path = format!("crates/{package}/Cargo.toml");
        let repository = Repository::of(&[(&path, &manifest)]);
        look(&repository).iter().map(Complaint::to_string).collect()
    }

    #[test]
    fn bites_across_a_fence() {
        assert_eq!(
            look_at("collector", "serde = \"1\"\nrdkafka.workspace = true\n"),
            ["crates/collector/Cargo.toml:5: `collector` may not use `rdkafka`; \
              let journal offer what is needed"]
        );
    }

    #[test]
    fn bites_on_relatives_of_a_fenced_library() {
        assert_eq!(look_at("store", "arrow-flight = \"59\"\n").len(), 1);
        assert_eq!(look_at("bulletin", "datafusion-common = \"55\"\n").len(), 1);
    }

    #[test]
    fn allows_owners_and_development_crates() {
        assert!(look_at("store", "arrow-schema = \"59\"\ndeltalake = \"1\"\n").is_empty());
        assert!(look_at("testkit", "rdkafka = \"0.39\"\n").is_empty());
    }

    #[test]
    fn longer_names_come_first() {
        for (index, fence) in FENCES.iter().enumerate() {
            let dependency = Dependency { package: fence.library.to_owned(), line: 1 };
            let hidden = FENCES[..index].iter().any(|above| dependency.belongs_to(above.library));
            assert!(!hidden, "{} is never reached", fence.library);
        }
    }
}
