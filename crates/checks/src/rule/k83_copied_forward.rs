//! K83 与上期几乎完全相同: nearly all cells of a return equal those of the period before.
//!
//! Zeros and lists of a few persons rightly stay as they are, so only positive cells are counted, and
//! fewer than a dozen of them prove nothing.

use model::check::CheckDefinition;

use crate::{
    exact::Exact,
    says::{Says, parameters},
};

pub(crate) const ID: &str = "K83";

/// Cells that must be compared before a return can be said to be copied.
const LEAST: usize = 12;

/// Compares the cells of one return, a row of the columns, with those of the period before; the share
/// that may be equal is the rule's parameter.
pub(crate) fn check(
    check: &CheckDefinition,
    now: &[Vec<Option<i64>>],
    before: &[Vec<Option<i64>>],
    row: usize,
) -> Option<Says> {
    let [share] = parameters(check)[..] else { return None };
    let pairs = now.iter().zip(before).filter_map(|(now, before)| Some((now[row]?, before[row]?)));
    let (mut compared, mut equal) = (0, 0);
    for (now, before) in pairs.filter(|&(now, before)| now > 0 || before > 0) {
        compared += 1;
        equal += usize::from(now == before);
    }
    let room = Exact::new(compared as i128, 0).times(share)?;
    if compared < LEAST || Exact::new(equal as i128, 0).compare(room)?.is_le() {
        return None;
    }
    Some(Says {
        found: format!("{equal}/{compared}"),
        expected: format!("≤ {share}"),
        zh: format!("{compared} 格中 {equal} 格与上期相同；请核对是否照抄上期，属实的写明原因"),
        en: format!(
            "{equal} of {compared} cells are those of the period before; check whether it was copied, explain it if it is so"
        ),
        ..Says::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::catalog;

    fn row(amounts: &[i64]) -> Vec<Vec<Option<i64>>> {
        amounts.iter().map(|&amount| vec![Some(amount)]).collect()
    }

    fn copied(now: &[i64], before: &[i64]) -> bool {
        let catalog = catalog();
        let definition = catalog.checks.iter().find(|check| check.id == ID).unwrap();
        check(definition, &row(now), &row(before), 0).is_some()
    }

    #[test]
    fn one_in_twenty_must_differ_where_there_are_enough() {
        let before: Vec<i64> = (1..=20).collect();
        let mut now = before.clone();
        assert!(copied(&now, &before));
        // 19 of 20 are just what is allowed.
        now[7] += 1;
        assert!(!copied(&now, &before));
        assert!(copied(&before[..12], &before[..12]));
        assert!(!copied(&before[..11], &before[..11]));
        // Zeros do not count.
        assert!(!copied(&[[0; 12], [5; 12]].concat()[..20], &[[0; 12], [5; 12]].concat()[..20]));
    }
}
