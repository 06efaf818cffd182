//! Reads `schemas/definitions` into one checked, dated snapshot.
//!
//! [`load`] gives the catalogue or every reason why there is none; [`check`] counts what is in the
//! folder and lists what is wrong with it; [`import_units`] takes in a list of units.

use std::path::Path;

use model::{Catalog, UnitRecord};

mod bundle;
mod consequences;
pub mod csv_file;
mod definitions;
mod digest;
mod import;
pub mod problem;
mod read;
mod report;
mod verify;

pub use bundle::{pack, unpack};
pub use digest::hash;
pub use import::{ChangeReport, ImportError, UnitChange, import_units};
pub use problem::Problem;
pub use report::{CheckReport, ProvinceCount, check};

/// Why there is no catalogue.
#[derive(Debug, thiserror::Error)]
#[error("制度定义有 {} 处问题 | the definitions have {} problems:\n{}", .0.len(), .0.len(), problem::lines(.0))]
pub struct LoadError(
    /// Everything that is wrong, by file and line.
    pub Vec<Problem>,
);

/// Loads the definitions of a folder.
///
/// # Errors
/// Everything that is wrong in them, with file, line and remedy.
pub fn load(dir: &Path) -> Result<Catalog, LoadError> {
    load_with(dir, Vec::new())
}

/// Like [`load`], with units that no file holds, such as generated institutions. They are verified
/// like the others; the catalogue's hash covers the files alone.
///
/// # Errors
/// As [`load`].
pub fn load_with(dir: &Path, extra_units: Vec<UnitRecord>) -> Result<Catalog, LoadError> {
    let mut definitions = definitions::Definitions::read(dir, extra_units);
    match std::mem::take(&mut definitions.problems) {
        problems if problems.is_empty() => Ok(definitions.into_catalog()),
        problems => Err(LoadError(problems)),
    }
}
