//! Settings (配置): how this process runs. File, then variables, then flags.

use std::path::PathBuf;

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};

use crate::{arguments::Common, failure::refused};

/// All settings with their defaults.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// Folder of the journal and the tables.
    pub(crate) data: PathBuf,
    /// Folder of the definitions.
    pub(crate) definitions: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: PathBuf::from("zhibao-data"),
            definitions: PathBuf::from("schemas/definitions"),
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
        let known = ["data", "definitions"];
        let mut settings: Settings = figment
            .merge(Env::prefixed("ZHIBAO_").only(&known))
            .extract()
            .map_err(|error| refused(format!("settings: {error}")))?;
        settings.data = common.data.clone().unwrap_or(settings.data);
        settings.definitions = common.definitions.clone().unwrap_or(settings.definitions);
        Ok(settings)
    }
}
