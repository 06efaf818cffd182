//! Definitions of early warnings (监测预警): when the unit above is told of a change, and how urgently.

use crate::check::CheckLevels;

/// One line of `schemas/definitions/warnings`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarningDefinition {
    /// `E01`, `E02`, ….
    pub id: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Codes of the forms in which its names are looked for first; empty for all.
    pub forms: Vec<String>,
    /// The formula in SQL syntax that states when the warning is raised.
    pub condition: String,
    /// Units that are watched.
    pub levels: CheckLevels,
    /// Whether it is raised although returns are missing. Only for a condition that stays true
    /// whatever else comes in, such as an accident.
    pub partial: bool,
    /// How soon somebody has to look.
    pub urgency: Urgency,
    /// On whose list the row is put.
    pub to: Addressee,
    /// Chinese message.
    pub message_zh: String,
    /// English message.
    pub message_en: String,
    /// Where the warning and its threshold come from.
    pub source: String,
}

/// How soon somebody has to look (预警级别).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// 蓝: to be known, looked at with the next report.
    Blue,
    /// 黄: to be looked into within the period.
    Yellow,
    /// 红: to be acted on at once.
    Red,
}

impl Urgency {
    /// All of them, the least urgent first.
    pub const ALL: [Urgency; 3] = [Urgency::Blue, Urgency::Yellow, Urgency::Red];

    /// The word in definitions and English output.
    pub fn name(self) -> &'static str {
        match self {
            Urgency::Blue => "blue",
            Urgency::Yellow => "yellow",
            Urgency::Red => "red",
        }
    }

    /// The word in Chinese output.
    pub fn zh(self) -> &'static str {
        match self {
            Urgency::Blue => "蓝",
            Urgency::Yellow => "黄",
            Urgency::Red => "红",
        }
    }

    /// The urgency that is called so.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|urgency| urgency.name() == name)
    }
}

/// On whose list a warning is put: always a unit above the one that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Addressee {
    /// The unit directly above.
    Parent,
    /// The prefecture; of a prefecture itself the province.
    Prefecture,
    /// The province.
    Province,
}

impl Addressee {
    /// All of them, the nearest first.
    pub const ALL: [Addressee; 3] = [Addressee::Parent, Addressee::Prefecture, Addressee::Province];

    /// The word in definitions.
    pub fn name(self) -> &'static str {
        match self {
            Addressee::Parent => "parent",
            Addressee::Prefecture => "prefecture",
            Addressee::Province => "province",
        }
    }

    /// The addressee that is called so.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|addressee| addressee.name() == name)
    }
}
