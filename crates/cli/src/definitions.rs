//! The definitions of this process as the journal takes them, and those of others from it.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use aggregator::{Bundles, Catalogs, SharedJournal};
use journal::Journal;
use model::Catalog;

use crate::{failure::refused, place::Place, settings::Settings};

/// A folder of definitions, with the generated institutions if a demo filled the data folder.
struct Folder {
    folder: PathBuf,
    institutions: Option<u64>,
}

impl Bundles for Folder {
    fn pack(&self) -> Result<Vec<u8>, String> {
        catalog::pack(&self.folder).map_err(|error| format!("{}: {error}", self.folder.display()))
    }

    fn unpack(&self, bundle: &[u8]) -> Result<Catalog, String> {
        let folder =
            tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
        catalog::unpack(bundle, folder.path()).map_err(|error| error.to_string())?;
        let read = catalog::load(folder.path()).map_err(|error| error.to_string())?;
        let Some(seed) = self.institutions else { return Ok(read) };
        let institutions = sample::province::institutions(&read.register, seed);
        catalog::load_with(folder.path(), institutions).map_err(|error| error.to_string())
    }
}

impl Place {
    /// The configured journal, and the definitions that decide about its entries.
    pub(crate) fn journal_and_catalogs(
        &self,
        settings: &Settings,
    ) -> anyhow::Result<(SharedJournal, Catalogs)> {
        let own = self.catalog(settings)?;
        let journal: Box<dyn Journal + Send> = self.open_journal(settings)?;
        let journal: SharedJournal = Arc::new(Mutex::new(journal));
        let mark = self.demo_mark()?;
        let institutions = mark.as_ref().map(|mark| mark.seed);
        let folder = mark.and_then(|mark| mark.definitions);
        let folder = folder.unwrap_or_else(|| settings.definitions.clone());
        let bundles = Box::new(Folder { folder, institutions });
        Ok((Arc::clone(&journal), Catalogs::new(own, journal, bundles)))
    }
}

/// Refuses definitions under which what was accepted under others could not be read.
pub(crate) fn must_hold(old: &Catalog, new: &Catalog) -> anyhow::Result<()> {
    let forms = old.forms.iter().filter(|form| new.form_by_code(&form.code).is_none());
    let mut lost: Vec<String> = forms.map(|form| format!("form {}", form.code)).collect();
    for indicator in &old.indicators {
        match new.indicator_by_code(&indicator.code).map(|place| new.indicator(place)) {
            None => lost.push(format!("indicator {}", indicator.code)),
            Some(found) if found.scale != indicator.scale => {
                lost.push(format!("the scale of {}", indicator.code));
            }
            Some(_) => {}
        }
    }
    if lost.is_empty() {
        return Ok(());
    }
    Err(refused(format!(
        "these definitions lack or change what returns were accepted under: {}; a form or indicator \
         that is no longer asked keeps its line and ends by its date, one that changes gets a new code",
        lost.join(", ")
    )))
}
