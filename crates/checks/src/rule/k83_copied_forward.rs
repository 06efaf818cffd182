//! K83 与上期几乎完全相同: nearly all cells of a return equal those of the period before.
//!
//! Zeros and lists of a few persons rightly stay as they are, so only positive cells are counted, and
//! fewer than a dozen of them prove nothing.

use crate::{context::history::Copies, exact::Exact, says::Says};

pub(crate) const ID: &str = "K83";

/// How the rule is written in the catalogue.
pub(crate) const WRITTEN: &str = "copied_forward(share > 0)";

/// Cells that must be compared before a return can be said to be copied.
const LEAST: usize = 12;

/// Judges a return by how many of its cells equal those of the period before; `share` of them may.
pub(crate) fn check(share: Exact, Copies { compared, equal }: Copies) -> Option<Says> {
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

    fn copied(now: &[i64], before: &[i64]) -> bool {
        let mut copies = Copies::default();
        now.iter().zip(before).for_each(|(&now, &before)| copies.count(now, before));
        check(Exact::new(95, 2), copies).is_some()
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
