//! K74 年初累计未清零: in the first period of a year a sum counted from January on is smaller than the
//! last one of the year before, unless both are 0.

use model::{PeriodKind, check::CheckDefinition, indicator::Kind};

use crate::{context::history::Now, says::Says};

pub(crate) const ID: &str = "K74";

/// Compares the first value of a year with the last one of the year before.
pub(crate) fn check(_: &CheckDefinition, now: Now<'_>) -> Option<Says> {
    // A year has no first part.
    let counted = now.indicator.kind == Kind::FlowYtd
        && now.period.is_first_of_year()
        && now.period.kind() != PeriodKind::Year;
    let before = now.before.filter(|_| counted)?;
    if now.amount < before || (now.amount, before) == (0, 0) {
        return None;
    }
    let (earlier, name) = (now.period.previous(), now.name());
    let (found, before) = (now.text(now.amount), now.text(before));
    Some(Says {
        cell: now.indicator.code.clone(),
        zh: format!("{name} 年初累计 {found}，不小于 {earlier} 的 {before}；累计数年初须从零起算"),
        en: format!(
            "{name} begins the year with {found}, {earlier} ended with {before}; count anew from January"
        ),
        expected: format!("< {before}"),
        found,
        head: None,
    })
}

#[cfg(test)]
mod tests {
    use crate::context::history::tests::{cells, found};

    #[test]
    fn a_year_begins_below_the_last_one() {
        let paid = |month: &str, units| cells(month, &[("SA11", units)]);
        assert_eq!(found("2023-01", &[paid("2022-12", 50), paid("2023-01", 52)]), ["K74 SA11"]);
        assert_eq!(found("2023-01", &[paid("2022-12", 50), paid("2023-01", 50)]), ["K74 SA11"]);
        assert!(found("2023-01", &[paid("2022-12", 50), paid("2023-01", 49)]).is_empty());
        assert!(found("2023-01", &[paid("2022-12", 0), paid("2023-01", 0)]).is_empty());
    }
}
