//! The format rules W01 to W12: what makes an envelope unusable before any check can look at it.
//!
//! Checks of the catalogue judge what a unit reports; these judge whether the envelope says it in
//! a readable way. They belong to the wire format, so they are always on and always hard.

/// One format rule, as `schemas/README.md` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatRule {
    /// `W01` and so on; never given to another rule.
    pub id: &'static str,
    /// What is wrong, in Chinese.
    pub zh: &'static str,
    /// What is wrong, in English.
    pub en: &'static str,
}

/// All format rules by id.
///
/// | id | when it stands |
/// |---|---|
/// | W01 | the period text is none of the eight kinds |
/// | W02 | `submitted_at` is no instant with an offset |
/// | W03 | the revision is 0; the first one is 1 |
/// | W04 | an indicator code is in no form |
/// | W05 | a cell, or an entry of a list, stands twice |
/// | W06 | a cell belongs to another form, frequency or a higher entry level |
/// | W07 | a value for an indicator that the system counts or computes |
/// | W08 | a cell has a value and is declared not applicable |
/// | W09 | a qualifier belongs to no value, or is not one of the known words |
/// | W10 | the submission id is empty |
/// | W11 | a declared total whose role, statement, units or terms do not fit together |
/// | W12 | a formula has no result: the numbers are too large for exact arithmetic |
/// | W13 | a step (办理) leads nowhere, or the one who takes it may not |
pub const FORMAT_RULES: &[FormatRule] = &[
    FormatRule { id: "W01", zh: "报告期写法不对", en: "unreadable period" },
    FormatRule { id: "W02", zh: "报送时间写法不对", en: "unreadable submission time" },
    FormatRule { id: "W03", zh: "版次写法不对", en: "wrong revision number" },
    FormatRule { id: "W04", zh: "指标代码不存在", en: "unknown indicator code" },
    FormatRule { id: "W05", zh: "重复填写", en: "stands twice" },
    FormatRule {
        id: "W06",
        zh: "本期本级不填该指标",
        en: "not asked from this level for this period",
    },
    FormatRule {
        id: "W07",
        zh: "该指标由系统生成，不得填报",
        en: "made by the system, not entered",
    },
    FormatRule {
        id: "W08", zh: "既填数又注明不适用", en: "both a value and not applicable"
    },
    FormatRule {
        id: "W09",
        zh: "限定词无对应数值或不在词表",
        en: "qualifier without a value, or unknown",
    },
    FormatRule { id: "W10", zh: "报送编号为空", en: "empty submission id" },
    FormatRule {
        id: "W11",
        zh: "上报合计的要素不相符",
        en: "parts of a declared total do not fit",
    },
    FormatRule { id: "W12", zh: "公式算不出结果", en: "a formula has no result" },
    FormatRule { id: "W13", zh: "不能这样办理", en: "the step is not taken" },
];

/// The rule with this id.
pub(crate) fn format_rule(id: &str) -> Option<&'static FormatRule> {
    FORMAT_RULES.iter().find(|rule| rule.id == id)
}
