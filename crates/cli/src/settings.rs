//! Settings (配置): how this process runs. File, then variables, then flags.

use std::path::PathBuf;

use aggregator::ServiceSettings;
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use journal::KafkaSettings;
use serde::{Deserialize, Serialize};
use store::Bucket;

use crate::{arguments::Common, failure::refused};

/// All settings with their defaults.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Folder of the journal and the tables.
    pub(crate) data: PathBuf,
    /// Folder of the definitions.
    pub(crate) definitions: PathBuf,
    /// The journal on Kafka; without it the journal is a file in the data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kafka: Option<KafkaSettings>,
    /// The bucket of the tables; without it they lie in the data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tables: Option<Bucket>,
    /// How `zhibao aggregate` runs.
    pub(crate) aggregate: ServiceSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: PathBuf::from("zhibao-data"),
            definitions: PathBuf::from("schemas/definitions"),
            kafka: None,
            tables: None,
            aggregate: ServiceSettings::default(),
        }
    }
}

impl Settings {
    /// Reads the settings file if one is named, then `ZHIBAO_…`, then the flags.
    pub(crate) fn read(common: &Common) -> anyhow::Result<Self> {
        let mut figment = Figment::from(Serialized::defaults(Settings::default()));
        if let Some(file) = &common.settings {
            if !file.is_file() {
                return Err(refused(format!("settings file {} does not exist", file.display())));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        // ZHIBAO_KAFKA__BROKERS is kafka.brokers. Other variables with this prefix are not settings.
        let sections = ["data", "definitions", "kafka__", "tables__", "aggregate__"];
        let variables = Env::prefixed("ZHIBAO_").filter(move |name| {
            sections.iter().any(|section| match section.strip_suffix("__") {
                Some(_) => name.as_str().to_lowercase().starts_with(section),
                None => name == section,
            })
        });
        let mut settings: Settings = figment
            .merge(variables.split("__"))
            .extract()
            .map_err(|error| refused(format!("settings: {error}")))?;
        settings.data = common.data.clone().unwrap_or(settings.data);
        settings.definitions = common.definitions.clone().unwrap_or(settings.definitions);
        Ok(settings)
    }
}
