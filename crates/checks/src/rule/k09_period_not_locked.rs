//! K09 期别已锁定: after the lock only an unlock with reason and signer reopens a period.

use model::Finding;

use crate::{intake::Submitted, says::Says};

const ID: &str = "K09";

/// The ledger says that the period was locked for this key before the return came in.
pub(crate) fn check(submitted: &Submitted<'_>) -> Option<Finding> {
    if !submitted.history.locked {
        return None;
    }
    let period = submitted.resolved.key.period;
    let says = Says {
        found: period.to_string(),
        expected: "unlocked".to_owned(),
        zh: format!("{period} 已锁定；确需更正请向上级申请解锁并说明原因"),
        en: format!("{period} is locked; ask the level above to unlock it, with the reason"),
        ..Says::default()
    };
    submitted.finding(ID, says)
}

#[cfg(test)]
mod tests {
    use model::submission::KeyHistory;

    use crate::fixture::{examine_with, ids, township_return};

    #[test]
    fn a_locked_period_takes_no_return() {
        let locked = KeyHistory { locked: true, ..KeyHistory::default() };
        let found = examine_with(&township_return(), locked).findings;
        assert_eq!(ids(&found), ["K09"]);
        assert!(found[0].message_zh.contains("2023-01"));
        assert!(examine_with(&township_return(), KeyHistory::default()).findings.is_empty());
    }
}
