//! K11 迟报: the return came after its deadline. It counts all the same, as late.

use model::Finding;

use crate::{instant::SHANGHAI, intake::Submitted, says::Says};

const ID: &str = "K11";

/// Compares with the calendar's deadline of the form's frequency and the unit's level.
pub(crate) fn check(submitted: &Submitted<'_>) -> Option<Finding> {
    let resolved = submitted.resolved;
    if resolved.on_time {
        return None;
    }
    let due = SHANGHAI.to_datetime(resolved.dates.due(resolved.key.form, resolved.level));
    let at = SHANGHAI.to_datetime(resolved.submitted_at);
    let says = Says {
        found: at.to_string(),
        expected: format!("≤ {due}"),
        zh: format!("{at} 报送，限 {due} 前；数据照收，按迟报计"),
        en: format!("sent at {at}, due by {due}; it counts, as late"),
        ..Says::default()
    };
    submitted.finding(ID, says)
}

#[cfg(test)]
mod tests {
    use model::Severity;

    use crate::fixture::{examine, ids, intake, sent, target_return, township_return};

    #[test]
    fn late_by_a_second_is_late_and_a_hint() {
        let mut draft = township_return();
        draft.submitted_at = "2023-02-05T18:00:00+08:00";
        assert!(intake().resolve(&sent(&draft)).unwrap().on_time);
        assert!(examine(&draft).findings.is_empty());
        draft.submitted_at = "2023-02-05T18:00:01+08:00";
        assert!(!intake().resolve(&sent(&draft)).unwrap().on_time);
        let examined = examine(&draft);
        assert_eq!(ids(&examined.findings), ["K11"]);
        assert_eq!(examined.findings[0].severity, Severity::Hint);
        assert!(!examined.is_refused());
    }

    #[test]
    fn targets_are_due_after_the_first_day_of_their_year() {
        let mut draft = target_return();
        draft.submitted_at = "2023-01-31T23:59:59+08:00";
        assert!(examine(&draft).findings.is_empty());
        draft.submitted_at = "2023-02-02T00:00:00+08:00";
        assert_eq!(ids(&examine(&draft).findings), ["K11"]);
    }
}
