//! A data folder: the journal, the tables, and what a demo left in it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use journal::{EmbeddedJournal, Journal, KafkaJournal};
use model::{Catalog, Period};
use serde::{Deserialize, Serialize};
use store::{Bucket, Clock, Store};

use crate::{
    failure::{OrRefuse, refused},
    settings::Settings,
};

/// What a demo writes beside its data, so that later commands read the same units and the next demo
/// knows that it may begin anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoMark {
    /// Seed of the generated province.
    pub(crate) seed: u64,
    /// The generated quarter.
    pub(crate) period: Period,
    /// Definitions of its own, when the units came from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) definitions: Option<PathBuf>,
}

/// A data folder, and the bucket of the tables if they lie in one.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    folder: PathBuf,
    bucket: Option<Bucket>,
}

impl Place {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { folder: settings.data.clone(), bucket: settings.tables.clone() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The embedded journal's file.
    pub(crate) fn journal(&self) -> PathBuf {
        self.folder.join("journal.sqlite")
    }

    /// The journal that is configured: Kafka, or the file in this folder.
    pub(crate) fn open_journal(
        &self,
        settings: &Settings,
    ) -> anyhow::Result<Box<dyn Journal + Send>> {
        if let Some(kafka) = &settings.kafka {
            return Ok(Box::new(KafkaJournal::new(kafka.clone()).or_refuse()?));
        }
        self.create()?;
        Ok(Box::new(EmbeddedJournal::open(&self.journal()).or_refuse()?))
    }

    /// The folder of the Delta tables, unless they lie in a bucket.
    fn tables(&self) -> PathBuf {
        self.folder.join("tables")
    }

    fn mark(&self) -> PathBuf {
        self.folder.join("demo.json")
    }

    /// Makes the folder.
    pub(crate) fn create(&self) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.folder).map_err(|error| {
            refused(format!(
                "{}: {error}; choose a folder that may be written with --data",
                self.folder.display()
            ))
        })
    }

    /// The mark of a demo, if one filled this folder.
    pub(crate) fn demo_mark(&self) -> anyhow::Result<Option<DemoMark>> {
        let file = self.mark();
        match std::fs::read_to_string(&file) {
            Ok(text) => Ok(Some(serde_json::from_str(&text).map_err(|error| {
                refused(format!("{}: {error}; was it edited? run the demo again", file.display()))
            })?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(refused(format!("{}: {error}", file.display()))),
        }
    }

    /// Refuses a demo where there is data that no demo made.
    pub(crate) fn may_begin_demo(&self) -> anyhow::Result<()> {
        if let Some(bucket) = &self.bucket {
            return Err(refused(format!(
                "a demo fills a folder, and the settings name the bucket {}; run it without them",
                bucket.url
            )));
        }
        let filled = [self.journal(), self.tables(), self.demo_definitions()];
        if filled.iter().any(|path| path.exists()) && self.demo_mark()?.is_none() {
            return Err(refused(format!(
                "{} holds data that no demo made; choose another folder with --data",
                self.folder.display()
            )));
        }
        Ok(())
    }

    /// The definitions of a demo whose units came from a file.
    pub(crate) fn demo_definitions(&self) -> PathBuf {
        self.folder.join("definitions")
    }

    /// Empties the folder for a demo: only what an earlier demo left is removed.
    pub(crate) fn begin_demo(&self, mark: &DemoMark) -> anyhow::Result<()> {
        self.create()?;
        if self.tables().exists() {
            std::fs::remove_dir_all(self.tables()).or_refuse()?;
        }
        for file in ["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"] {
            let file = self.folder.join(file);
            if file.exists() {
                std::fs::remove_file(file).or_refuse()?;
            }
        }
        std::fs::write(self.mark(), serde_json::to_string(mark)?).or_refuse()
    }

    /// The definitions, with the generated institutions if a demo filled the folder.
    pub(crate) fn catalog(&self, settings: &Settings) -> anyhow::Result<Arc<Catalog>> {
        let Some(mark) = self.demo_mark()? else { return Ok(Arc::new(load(settings)?)) };
        let mut settings = settings.clone();
        settings.definitions = mark.definitions.unwrap_or(settings.definitions);
        let catalog = load(&settings)?;
        let institutions = sample::province::institutions(&catalog.register, mark.seed);
        let catalog = catalog::load_with(&settings.definitions, institutions).or_refuse()?;
        Ok(Arc::new(catalog))
    }

    /// The folder in which tables are made anew.
    pub(crate) fn rebuilt(&self) -> PathBuf {
        self.folder.join("tables.rebuilt")
    }

    /// Whether there may be tables: in a bucket, or in the folder.
    pub(crate) fn may_have_tables(&self) -> bool {
        self.bucket.is_some() || self.tables().is_dir()
    }

    /// The tables for reading; refused where there are none yet.
    pub(crate) async fn filled_store(&self) -> anyhow::Result<Store> {
        let place = match &self.bucket {
            Some(bucket) => bucket.url.clone(),
            None => self.folder.display().to_string(),
        };
        let none = || {
            refused(format!(
                "{place} holds no tables; run `zhibao demo` or `zhibao aggregate --until-idle` \
                 first, or name the folder with --data"
            ))
        };
        if self.bucket.is_none() && !self.tables().is_dir() {
            return Err(none());
        }
        let store = self.store().await?;
        match store.tables().await.or_refuse()?.is_empty() {
            true => Err(none()),
            false => Ok(store),
        }
    }

    /// The tables, with the time of day as their clock.
    pub(crate) async fn store(&self) -> anyhow::Result<Store> {
        self.store_with(Arc::new(crate::clock::now_millis)).await
    }

    /// The tables, with a clock of the caller's.
    pub(crate) async fn store_with(&self, clock: Clock) -> anyhow::Result<Store> {
        if let Some(bucket) = &self.bucket {
            return Store::open_bucket(bucket, clock).await.or_refuse();
        }
        self.create()?;
        Store::open(&self.tables(), clock).await.or_refuse()
    }
}

/// Loads the definitions.
pub(crate) fn load(settings: &Settings) -> anyhow::Result<Catalog> {
    if !settings.definitions.is_dir() {
        return Err(refused(format!(
            "no definitions at {}; run in the project's folder or name them with --definitions",
            settings.definitions.display()
        )));
    }
    catalog::load(&settings.definitions).or_refuse()
}
