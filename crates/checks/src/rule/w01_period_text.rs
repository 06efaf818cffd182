//! W01: the period is written in one of the eight shapes.

use model::{Finding, Period, envelope};

use crate::says::{Says, of_format, quote};

/// `period` is what the text was read as.
pub(crate) fn check(sent: &envelope::Return<'_>, period: Option<Period>) -> Option<Finding> {
    period.is_none().then(|| found(&sent.period))
}

/// The finding about a text that is no period.
pub(crate) fn found(text: &str) -> Finding {
    const SHAPES: &str = "2023-03-05 2023-W10 2023-03-T2 2023-03 2023-B2 2023-Q1 2023-H1 2023";
    let text = quote(text);
    let says = Says {
        expected: SHAPES.to_owned(),
        zh: format!("“{text}”不是报告期；写法如 {SHAPES}"),
        en: format!("{text:?} is no period; write it as one of {SHAPES}"),
        found: text,
        ..Says::default()
    };
    of_format("W01", says)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{ids, intake, sent, township_return};

    #[test]
    fn a_period_that_cannot_be_read() {
        for text in ["2023年1月", "202301", "2023-13", ""] {
            let mut draft = township_return();
            draft.period = text;
            let found = intake().resolve(&sent(&draft)).unwrap_err();
            assert_eq!(ids(&found), ["W01"], "{text}");
            assert!(found[0].message_en.contains("2023-Q1"));
        }
    }
}
