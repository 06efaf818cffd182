//! K06 出现负数: no reported number is below zero.

use model::{Amount, Finding, IndicatorIx};

use crate::{intake::Submitted, says::Says};

const ID: &str = "K06";

/// The finding about a negative amount.
pub(crate) fn found(
    submitted: &Submitted<'_>,
    indicator: IndicatorIx,
    amount: Amount,
) -> Option<Finding> {
    let name = submitted.name(indicator);
    let says = Says {
        cell: submitted.intake.catalog.indicator(indicator).code.clone(),
        found: amount.to_string(),
        expected: "≥ 0".to_owned(),
        zh: format!("{name} 为 {amount}；更正以前的数请修订原报告期，不得用负数冲减"),
        en: format!(
            "{name} is {amount}; to correct an earlier number send a revision of its period, not a negative one"
        ),
        ..Says::default()
    };
    submitted.finding(ID, says)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return, with};

    #[test]
    fn below_zero_is_found_and_zero_is_not() {
        let found = examine(&with(township_return(), "SA11", "-0.5")).findings;
        assert_eq!(ids(&found), ["K06"]);
        assert_eq!((found[0].cell.as_str(), found[0].found.as_str()), ("SA11", "-0.5000"));
        for zero in ["0", "-0", "０"] {
            assert!(examine(&with(township_return(), "SA11", zero)).findings.is_empty());
        }
    }
}
