//! K84 数字过于整齐: all positive cells of a return are multiples of ten.
//!
//! Of a few numbers that happens by chance (eight of them once in a hundred million returns), so fewer
//! prove nothing.

use model::{Cell, Finding, IndicatorIx};

use crate::{intake::Submitted, says::Says};

const ID: &str = "K84";

/// Positive cells that must be there before a return can be said to be too neat.
const LEAST: usize = 8;

/// Looks at the cells of one return.
pub(crate) fn check(submitted: &Submitted<'_>, cells: &[(IndicatorIx, Cell)]) -> Option<Finding> {
    let mut positive = 0;
    for amount in cells.iter().filter_map(|(_, cell)| cell.value()).filter(|a| a.units > 0) {
        if amount.units % 10i64.checked_pow(u32::from(amount.scale) + 1)? != 0 {
            return None;
        }
        positive += 1;
    }
    let says = || Says {
        found: format!("{positive} × 10"),
        expected: "—".to_owned(),
        zh: format!("{positive} 个大于零的数都是 10 的倍数；请核对是否为估计数"),
        en: format!("all {positive} positive cells are multiples of ten; check for estimates"),
        ..Says::default()
    };
    (positive >= LEAST).then(|| submitted.finding(ID, says())).flatten()
}

#[cfg(test)]
mod tests {
    use model::Severity;

    use crate::fixture::{Draft, examine, ids, village_return};

    fn village(last: &'static str) -> Draft {
        let mut draft = village_return();
        draft.cells = ["SA01", "SA02", "SA03", "SA04", "SA17", "SA18", "DS01"]
            .map(|code| (code, "20"))
            .to_vec();
        draft.form = "SA";
        draft.cells.truncate(6);
        draft.cells.extend([("SA05", "20"), ("SA06", last)]);
        draft
    }

    #[test]
    fn eight_multiples_of_ten_are_a_hint_and_one_odd_number_is_enough() {
        let examined = examine(&village("30"));
        assert_eq!(ids(&examined.findings), ["K84"]);
        assert_eq!(examined.findings[0].severity, Severity::Hint);
        assert!(!examined.is_refused());
        assert!(examine(&village("31")).findings.is_empty());
        assert!(examine(&village("0")).findings.is_empty());
    }
}
