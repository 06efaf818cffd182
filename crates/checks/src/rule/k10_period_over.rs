//! K10 报告期未结束: a return is handed in on the last day of its period or later.
//!
//! Targets and standards are decided ahead and daily returns are made during their day, so returns
//! that ask nothing else may come before.

use model::Finding;

use crate::{instant::SHANGHAI, intake::Submitted, says::Says};

const ID: &str = "K10";

/// Compares the day in Asia/Shanghai.
pub(crate) fn check(submitted: &Submitted<'_>) -> Option<Finding> {
    let resolved = submitted.resolved;
    if submitted.block.early || resolved.submitted_at >= resolved.dates.open {
        return None;
    }
    let (period, end) = (resolved.key.period, resolved.dates.end);
    let day = SHANGHAI.to_datetime(resolved.submitted_at).date();
    let says = Says {
        found: day.to_string(),
        expected: format!("≥ {end}"),
        zh: format!("{day} 报送 {period}，该期 {end} 才结束；请在期末当日或以后报送"),
        en: format!("{period} was sent on {day} but ends on {end}; send it on that day or later"),
        ..Says::default()
    };
    submitted.finding(ID, says)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{
        Draft, examine, ids, institution_return, standards_return, target_return, township_return,
    };

    fn sent_at(mut draft: Draft, at: &'static str) -> Vec<String> {
        draft.submitted_at = at;
        ids(&examine(&draft).findings).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn the_last_day_is_soon_enough_by_the_clock_of_shanghai() {
        assert_eq!(sent_at(township_return(), "2023-01-30T23:59:59+08:00"), ["K10"]);
        assert!(sent_at(township_return(), "2023-01-31T00:00:00+08:00").is_empty());
        // Still the 30th in UTC, already the 31st in Shanghai.
        assert!(sent_at(township_return(), "2023-01-30T16:00:00Z").is_empty());
    }

    #[test]
    fn targets_standards_and_daily_returns_may_come_before() {
        assert!(sent_at(target_return(), "2022-12-28T09:00:00+08:00").is_empty());
        assert!(sent_at(standards_return(), "2023-01-05T09:00:00+08:00").is_empty());
        assert!(sent_at(institution_return(), "2023-01-04T17:30:00+08:00").is_empty());
    }
}
