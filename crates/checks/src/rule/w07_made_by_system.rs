//! W07: nobody enters what the system counts from the register or computes from other cells.

use model::{Finding, IndicatorIx, indicator::Entry};

use crate::{
    intake::Submitted,
    says::{Says, of_format},
};

/// The finding about a value for a counted or derived indicator.
pub(crate) fn found(submitted: &Submitted<'_>, indicator: IndicatorIx) -> Finding {
    let name = submitted.name(indicator);
    let indicator = submitted.intake.catalog.indicator(indicator);
    let (how_zh, how_en) = match indicator.entry {
        Entry::Derived => ("由其他指标计算", "computed from other cells"),
        Entry::System | Entry::At(_) => {
            ("由登记库和报送记录统计", "counted from the register and the returns")
        }
    };
    let says = Says {
        cell: indicator.code.clone(),
        expected: "-".to_owned(),
        zh: format!("{name} {how_zh}；请删去，如需对照请作上报合计"),
        en: format!("{name} is {how_en}; take it out, or declare it as a total to compare with"),
        ..Says::default()
    };
    of_format("W07", says)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return};

    #[test]
    fn derived_and_counted_values_are_refused() {
        for (code, word) in [("SA15", "computed"), ("BS06", "counted")] {
            let mut draft = township_return();
            draft.cells.push((code, "1"));
            let found = examine(&draft).findings;
            assert_eq!(ids(&found), ["W07"], "{code}");
            assert!(found[0].message_en.contains(word));
        }
    }
}
