//! Whose province the demo shows: Henan, or a register file.

use std::path::{Path, PathBuf};

use jiff::civil::date;

use super::super::Context;
use crate::failure::{OrRefuse, refused};

/// The definitions to use when `--units` names a file: a copy in the data folder that holds the
/// file's register in place of Henan's. `None` for Henan.
pub(super) fn definitions(context: &Context, units: &str) -> anyhow::Result<Option<PathBuf>> {
    if units == "henan" {
        return Ok(None);
    }
    let file = Path::new(units);
    if !file.is_file() {
        return Err(refused(format!(
            "--units {units}: no such file; write `henan` or the path of a register as for \
             `zhibao catalog import units`"
        )));
    }
    context.place.create()?;
    let copied = context.place.demo_definitions();
    if copied.exists() {
        std::fs::remove_dir_all(&copied).or_refuse()?;
    }
    copy(&context.settings.definitions, &copied)?;
    let register = copied.join("units");
    // Henan's lists and the places of the reports make room for the file's.
    for entry in std::fs::read_dir(&register).or_refuse()? {
        let path = entry.or_refuse()?.path();
        if path.is_file() {
            std::fs::remove_file(path).or_refuse()?;
        }
    }
    // The list is taken to hold since long before the quarter.
    catalog::import_units(&copied, file, "demo", date(2000, 1, 1)).or_refuse()?;
    // Later commands read it from wherever they are started.
    Ok(Some(std::fs::canonicalize(copied).or_refuse()?))
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to).or_refuse()?;
    for entry in std::fs::read_dir(from).or_refuse()? {
        let entry = entry.or_refuse()?;
        let target = to.join(entry.file_name());
        if entry.file_type().or_refuse()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target).or_refuse()?;
        }
    }
    Ok(())
}
