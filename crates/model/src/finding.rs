//! Findings (审核结果): what a check has against a return or a total.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a finding demands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// 提示: informs.
    Hint,
    /// 核实: must be explained in words.
    Verify,
    /// 强制: must be fixed.
    Hard,
}

impl Severity {
    /// The name in Chinese output.
    pub fn zh(self) -> &'static str {
        match self {
            Severity::Hint => "提示",
            Severity::Verify => "核实",
            Severity::Hard => "强制",
        }
    }

    /// The name in English output.
    pub fn en(self) -> &'static str {
        match self {
            Severity::Hint => "hint",
            Severity::Verify => "verify",
            Severity::Hard => "hard",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Check id (`K05`), or the id of a format rule (`W01`) of `schemas/README.md`.
    pub check: String,
    /// What it demands.
    pub severity: Severity,
    /// The cell, or empty when it is about the return as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cell: String,
    /// What was found, as text.
    pub found: String,
    /// What would pass, as text.
    pub expected: String,
    /// Chinese message with the remedy.
    pub message_zh: String,
    /// English message with the remedy.
    pub message_en: String,
    /// How the unit explains a verify finding; empty where it does not. Who explains it and when are
    /// the signers and the time of the return.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub explanation: String,
    /// Who of a level above let the check rest for this return, and why; empty where nobody did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub exception: String,
}

impl Finding {
    /// Whether it stands against accepting the return, or against locking its period.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Hard && self.exception.is_empty()
    }
}
