//! K05 小数位不符: a cell is a decimal number that its column can hold.
//!
//! Three mistakes, three messages: text that is no number, more decimals than the indicator keeps
//! (none for counts), more digits than an amount may have.

use model::{AmountError, Finding, IndicatorIx, amount::MAX_ENTERED_DIGITS};

use crate::{
    intake::Submitted,
    says::{Says, quote},
};

const ID: &str = "K05";

/// The finding about a text that [`model::Amount::parse`] refused.
pub(crate) fn found(
    submitted: &Submitted<'_>,
    indicator: IndicatorIx,
    text: &str,
    error: &AmountError,
) -> Option<Finding> {
    let definition = submitted.intake.catalog.indicator(indicator);
    let (head, expected, zh, en) = words(error, definition.scale, MAX_ENTERED_DIGITS);
    let (name, text) = (submitted.name(indicator), quote(text));
    let says = Says {
        cell: definition.code.clone(),
        found: text.clone(),
        expected,
        head,
        zh: format!("{name} 填的是“{text}”，{zh}（计量单位：{}）", definition.measure),
        en: format!("{name} says {text:?}; {en} (measure: {})", definition.measure),
    };
    submitted.finding(ID, says)
}

type Heads = Option<(&'static str, &'static str)>;

/// Heading, expectation and remedy of each mistake; `most` is the number of digits allowed.
pub(crate) fn words(error: &AmountError, scale: u8, most: u32) -> (Heads, String, String, String) {
    match error {
        AmountError::NotANumber => (
            Some(("不是数字", "not a number")),
            "0-9 .".to_owned(),
            "请只写数字和小数点，不写千分位、单位或文字".to_owned(),
            "write digits and a point only, no separators, measures or words".to_owned(),
        ),
        AmountError::TooManyDecimals { found, allowed: 0 } => (
            None,
            "scale 0".to_owned(),
            format!("有 {found} 位小数，计数须为整数；请核对数值和计量单位"),
            format!(
                "it has {found} decimals, but counts are whole numbers; check value and measure"
            ),
        ),
        AmountError::TooManyDecimals { found, allowed } => (
            None,
            format!("scale {allowed}"),
            format!("有 {found} 位小数，最多 {allowed} 位；请按 {allowed} 位小数填报"),
            format!(
                "it has {found} decimals, at most {allowed} are kept; round it yourself to {allowed}"
            ),
        ),
        AmountError::Overflow => {
            let whole = most.saturating_sub(u32::from(scale));
            (
                Some(("数值过大", "number too large")),
                format!("< 10^{whole}"),
                format!("整数部分最多 {whole} 位；请核对是否把元当作万元或多打了数字"),
                format!(
                    "at most {whole} digits stand before the point; check for 元 typed as 万元 or doubled digits"
                ),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return, with};

    #[test]
    fn three_mistakes_have_three_messages() {
        for (cell, text, word) in [
            ("SA09", "12人", "不是数字"),
            ("SA09", "1,200", "不是数字"),
            ("SA09", "1.5", "计数须为整数"),
            ("SA11", "0.12345", "最多 4 位"),
            ("SA11", "123456789.6", "数值过大"),
            ("SA09", "1000000000000", "数值过大"),
        ] {
            let found = examine(&with(township_return(), cell, text)).findings;
            assert_eq!(ids(&found), ["K05"], "{text}");
            assert_eq!((found[0].cell.as_str(), found[0].found.as_str()), (cell, text));
            assert!(found[0].message_zh.contains(word), "{}", found[0].message_zh);
        }
    }

    #[test]
    fn what_forms_really_contain_passes() {
        for (cell, text) in [
            ("SA09", "１２"),
            ("SA09", " 7 "),
            ("SA11", "4583.97"),
            ("SA11", "３．５０００００"),
            ("SA09", "2.0"),
        ] {
            assert!(examine(&with(township_return(), cell, text)).findings.is_empty(), "{text}");
        }
    }
}
