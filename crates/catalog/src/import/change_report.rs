//! What an import changed.

use jiff::civil::Date;
use model::{Level, UnitCode, UnitRecord};
use serde::Serialize;

/// One unit that an import changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitChange {
    /// Code.
    pub code: UnitCode,
    /// Level.
    pub level: Level,
    /// Name, of a renamed unit the new one.
    pub name: String,
    /// What it was: name, parent or class; empty for an added unit.
    pub before: String,
    /// What it is; empty for a unit that is gone.
    pub after: String,
}

impl UnitChange {
    pub(super) fn of(unit: &UnitRecord, before: String, after: String) -> Self {
        Self { code: unit.code, level: unit.level, name: unit.name.clone(), before, after }
    }
}

/// What an import changed; a unit that changed in two ways stands in two lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChangeReport {
    /// The file written, relative to the definitions folder.
    pub file: String,
    /// First day of the new list.
    pub as_of: Date,
    /// Units of the new list.
    pub units: usize,
    /// Units that are as they were.
    pub unchanged: usize,
    /// Units that were not there before.
    pub added: Vec<UnitChange>,
    /// Units that are no longer there.
    pub gone: Vec<UnitChange>,
    /// Units with another name.
    pub renamed: Vec<UnitChange>,
    /// Units below another unit.
    pub moved: Vec<UnitChange>,
    /// Units of another class, or ranked with other peers.
    pub class_changed: Vec<UnitChange>,
}

impl ChangeReport {
    /// The report as text, with at most `sample` units of each list.
    pub fn text(&self, chinese: bool, sample: usize) -> String {
        let pick = |zh: &'static str, en: &'static str| if chinese { zh } else { en };
        let Self { file, as_of, units, unchanged, .. } = self;
        let mut text = if chinese {
            format!("{file}：自 {as_of} 起 {units} 个单位，{unchanged} 个未变\n")
        } else {
            format!("{file}: {units} units from {as_of} on, {unchanged} unchanged\n")
        };
        let lists = [
            (pick("新增", "added"), &self.added),
            (pick("撤销", "gone"), &self.gone),
            (pick("更名", "renamed"), &self.renamed),
            (pick("改隶", "moved"), &self.moved),
            (pick("类别变更", "class changed"), &self.class_changed),
        ];
        for (title, list) in lists {
            text.push_str(&format!("{title}\t{}\n", list.len()));
            for change in list.iter().take(sample) {
                let UnitChange { code, name, before, after, .. } = change;
                text.push_str(&format!("  {code} {name}\t{before} → {after}\n"));
            }
            if list.len() > sample {
                text.push_str(&format!("  … +{}\n", list.len() - sample));
            }
        }
        if !self.gone.is_empty() {
            text.push_str(pick(
                "撤销单位由谁继任，请写入 units/changes.csv\n",
                "say in units/changes.csv who took over from the units that are gone\n",
            ));
        }
        text
    }
}
