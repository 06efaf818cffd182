//! K79 同比变动超30%: against the same period a year before a value moves by no more than the given
//! share. From nothing no share can be taken.

use model::check::CheckDefinition;

use crate::{
    context::history::Now,
    exact::Exact,
    says::{Says, parameters},
};

pub(crate) const ID: &str = "K79";

/// How the rule is written in the catalogue.
pub(crate) const WRITTEN: &str = "change_yoy(share > 0)";

/// Compares a value with that of a year before; the share is the rule's parameter.
pub(crate) fn check(check: &CheckDefinition, now: Now<'_>) -> Option<Says> {
    let before = now.year_before.filter(|&before| before > 0)?;
    let [share] = parameters(check)[..] else { return None };
    let change = Exact::new(i128::from(now.amount) - i128::from(before), 0);
    let room = Exact::new(i128::from(before), 0).times(share)?;
    if change.absolute()?.compare(room)?.is_le() {
        return None;
    }
    let (earlier, name) = (now.period.year_before()?, now.name());
    let whole = Exact::new(i128::from(before), 0);
    let percent = change.times(Exact::new(100, 0))?.divided_by(whole, 1)?;
    let (found, before) = (now.text(now.amount), now.text(before));
    Some(Says {
        cell: now.indicator.code.clone(),
        zh: format!(
            "{name} 为 {found}，{earlier} 为 {before}，同比 {percent}%；请核对，属实的写明原因"
        ),
        en: format!(
            "{name} is {found}, it was {before} in {earlier}, {percent}% of change; check it, explain it if it is so"
        ),
        expected: format!("{before} ± {share}"),
        found,
        head: None,
    })
}

#[cfg(test)]
mod tests {
    use crate::context::history::tests::{cells, found};

    #[test]
    fn three_tenths_are_the_most() {
        let new = |month: &str, units| cells(month, &[("SA09", units)]);
        let year = |now| found("2023-02", &[new("2022-02", 100), new("2023-02", now)]);
        assert!(year(130).is_empty() && year(70).is_empty());
        assert_eq!(year(131), ["K79 SA09"]);
        assert_eq!(year(69), ["K79 SA09"]);
        assert!(found("2023-02", &[new("2022-02", 0), new("2023-02", 900)]).is_empty());
        // The month before is another comparison.
        assert!(found("2023-02", &[new("2023-01", 100), new("2023-02", 900)]).is_empty());
    }
}
