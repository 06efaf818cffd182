//! K73 累计数小于上期: what is counted from January on does not fall within a year.

use model::{check::CheckDefinition, indicator::Kind};

use crate::{context::history::Now, says::Says};

pub(crate) const ID: &str = "K73";

/// Compares a year-to-date value with that of the period before.
pub(crate) fn check(_: &CheckDefinition, now: Now<'_>) -> Option<Says> {
    let counted = matches!(now.indicator.kind, Kind::FlowYtd | Kind::DistinctYtd);
    let before = now.before.filter(|_| counted && !now.period.is_first_of_year())?;
    if now.amount >= before {
        return None;
    }
    let (earlier, name) = (now.period.previous(), now.name());
    let (found, before) = (now.text(now.amount), now.text(before));
    Some(Says {
        cell: now.indicator.code.clone(),
        zh: format!("{name} 累计 {found}，小于 {earlier} 的 {before}；请改正其中一期"),
        en: format!(
            "{name} is {found} so far, it was {before} in {earlier}; correct one of the two"
        ),
        expected: format!("≥ {before}"),
        found,
        head: None,
    })
}

#[cfg(test)]
mod tests {
    use crate::context::history::tests::{cells, found};

    #[test]
    fn a_year_to_date_value_falls_only_in_january() {
        let paid = |month: &str, units| cells(month, &[("SA11", units)]);
        assert_eq!(found("2023-02", &[paid("2023-01", 50), paid("2023-02", 49)]), ["K73 SA11"]);
        assert!(found("2023-02", &[paid("2023-01", 50), paid("2023-02", 50)]).is_empty());
        assert!(found("2023-01", &[paid("2022-12", 50), paid("2023-01", 5)]).is_empty());
        // A count of the month may fall.
        let new = |month: &str, units| cells(month, &[("SA09", units)]);
        assert!(found("2023-02", &[new("2023-01", 9), new("2023-02", 3)]).is_empty());
    }
}
