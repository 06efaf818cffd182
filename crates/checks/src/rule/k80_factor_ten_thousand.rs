//! K80 疑似元与万元混淆: a value is about ten thousand times that of the period before, or a ten
//! thousandth of it.

use model::check::CheckDefinition;

use crate::{context::history::Now, says::Says};

pub(crate) const ID: &str = "K80";

/// What is taken for a factor of ten thousand, both ends included.
pub(crate) const FACTORS: (i128, i128) = (5_000, 20_000);

/// Compares a value with that of the period before.
pub(crate) fn check(_: &CheckDefinition, now: Now<'_>) -> Option<Says> {
    let before = now.before.filter(|&before| before > 0 && now.amount > 0)?;
    let (small, large) = (before.min(now.amount), before.max(now.amount));
    let (small, large) = (i128::from(small), i128::from(large));
    if large < small * FACTORS.0 || small * FACTORS.1 < large {
        return None;
    }
    let (earlier, name) = (now.period.previous(), now.name());
    let (found, before) = (now.text(now.amount), now.text(before));
    Some(Says {
        cell: now.indicator.code.clone(),
        zh: format!("{name} 为 {found}，{earlier} 为 {before}，相差约一万倍；请核对是元还是万元"),
        en: format!(
            "{name} is {found}, it was {before} in {earlier}, ten thousand times apart; check for 元 and 万元"
        ),
        expected: format!("≈ {before}"),
        found,
        head: None,
    })
}

#[cfg(test)]
mod tests {
    use crate::context::history::tests::{cells, found};

    #[test]
    fn ten_thousand_times_more_or_less() {
        let new = |month: &str, units| cells(month, &[("SA09", units)]);
        let month = |before, now| found("2023-02", &[new("2023-01", before), new("2023-02", now)]);
        assert_eq!(month(12, 120_000), ["K80 SA09"]);
        assert_eq!(month(120_000, 12), ["K80 SA09"]);
        assert_eq!(month(1, 5_000), ["K80 SA09"]);
        assert_eq!(month(1, 20_000), ["K80 SA09"]);
        assert!(month(1, 4_999).is_empty() && month(1, 20_001).is_empty());
        assert!(month(0, 10_000).is_empty() && month(10_000, 0).is_empty());
    }
}
