//! Definitions of checks (审核关系); what they find is a [`crate::Finding`].

use crate::{Level, Severity};

/// One line of `schemas/definitions/checks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckDefinition {
    /// `K01` to `K100`.
    pub id: String,
    /// Formula over indicators, or named rule with parameters.
    pub kind: CheckKind,
    /// What it looks at, as the catalogue groups it (`intra_form`, `parent_child`, …).
    pub scope: String,
    /// Codes of the forms it belongs to; empty for any.
    pub forms: Vec<String>,
    /// What a finding demands.
    pub severity: Severity,
    /// The formula in SQL syntax, or the rule with its explanation.
    pub expression: String,
    /// What a missing operand does.
    pub missing: MissingOperand,
    /// Chinese message.
    pub message_zh: String,
    /// English message.
    pub message_en: String,
    /// Levels it applies to.
    pub levels: CheckLevels,
    /// Tolerance as the catalogue words it.
    pub tolerance: String,
    /// Where the rule comes from.
    pub evidence: String,
}

/// Formula or rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// A boolean SQL expression over indicators.
    Formula,
    /// A rule implemented by name.
    Rule,
}

/// What a formula does when an operand is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingOperand {
    /// It does not fire.
    Skip,
    /// It fires.
    Any,
    /// The operand counts as zero.
    Zero,
}

/// Which units a check applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckLevels {
    /// Every level.
    All,
    /// Only this level.
    Only(Level),
    /// This level and those above.
    Up(Level),
    /// Values that the system makes itself.
    System,
    /// What is published.
    Publication,
}

impl CheckLevels {
    /// Whether a unit of `level` is looked at.
    pub fn include(self, level: Level) -> bool {
        match self {
            CheckLevels::All | CheckLevels::System | CheckLevels::Publication => true,
            CheckLevels::Only(only) => level == only,
            CheckLevels::Up(lowest) => level >= lowest,
        }
    }
}
