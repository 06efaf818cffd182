//! Rounded parts of a score that add up to it exactly, and the words for them.

use model::Amount;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{ToPrimitive, Zero};

use crate::{
    exact::{short, whole},
    result::{AreaResult, UnitResult},
};

/// Rounds parts so that they add up to `total`, which is their sum rounded: every part is rounded
/// down, and what is left over goes, one unit each, to those that lost most (the first of equals).
///
/// `None` if a part needs more than 64 bits.
pub(crate) fn apportion(parts: &[BigRational], total: Amount) -> Option<Vec<Amount>> {
    let power = whole(BigInt::from(10).pow(u32::from(total.scale)));
    let shifted: Vec<BigRational> = parts.iter().map(|part| part * &power).collect();
    let mut units: Vec<i64> =
        shifted.iter().map(|part| part.floor().to_integer().to_i64()).collect::<Option<_>>()?;
    let rounded_down: i64 = units.iter().sum();
    let left_over = usize::try_from(total.units.checked_sub(rounded_down)?).ok()?;
    let mut by_loss: Vec<usize> = (0..parts.len()).collect();
    let lost = |i: usize| &shifted[i] - shifted[i].floor();
    by_loss.sort_by(|&a, &b| lost(b).cmp(&lost(a)).then(a.cmp(&b)));
    for &i in by_loss.iter().take(left_over) {
        units[i] += 1;
    }
    Some(units.into_iter().map(|units| Amount { units, scale: total.scale }).collect())
}

impl UnitResult {
    /// One line for each part of the score, in Chinese; their amounts add up to the score.
    pub fn explanation_zh(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let items = self.items.iter().map(|i| format!("{} {}", signed(i.contribution), i.text_zh));
        lines.extend(items);
        if !self.bonuses.is_empty() {
            let texts = self.bonuses.iter().map(|b| b.text_zh.as_str()).collect::<Vec<_>>();
            lines.push(format!("{} 加分：{}", signed(self.bonus_contribution), texts.join("；")));
        }
        if !self.deductions.is_empty() {
            let texts = self.deductions.iter().map(|d| d.text_zh.as_str()).collect::<Vec<_>>();
            lines.push(format!(
                "{} 扣分：{}",
                signed(self.deduction_contribution),
                texts.join("；")
            ));
        }
        lines.extend(self.vetoes.iter().map(|veto| veto.text_zh.clone()));
        lines.extend(self.not_ranked.iter().map(|reason| reason.zh.clone()));
        lines
    }

    /// One line for each part of the score, in English; their amounts add up to the score.
    pub fn explanation_en(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let items = self.items.iter().map(|i| format!("{} {}", signed(i.contribution), i.text_en));
        lines.extend(items);
        if !self.bonuses.is_empty() {
            let texts = self.bonuses.iter().map(|b| b.text_en.as_str()).collect::<Vec<_>>();
            lines.push(format!(
                "{} bonuses: {}",
                signed(self.bonus_contribution),
                texts.join("; ")
            ));
        }
        if !self.deductions.is_empty() {
            let texts = self.deductions.iter().map(|d| d.text_en.as_str()).collect::<Vec<_>>();
            let points = signed(self.deduction_contribution);
            lines.push(format!("{points} deductions: {}", texts.join("; ")));
        }
        lines.extend(self.vetoes.iter().map(|veto| veto.text_en.clone()));
        lines.extend(self.not_ranked.iter().map(|reason| reason.en.clone()));
        lines
    }
}

impl AreaResult {
    /// What the area came to, in Chinese.
    pub fn text_zh(&self) -> String {
        let points = short(&self.points.0, 2);
        let carried = short(&self.carried_weight.0, 2);
        match self.score {
            Some(score) => format!("{} {points}/{carried}，得分率 {score}", self.zh),
            None if self.carried_weight.0.is_zero() => format!("{} 本期不适用", self.zh),
            None => format!("{} {points}/{carried}，可评权重不足一半，只列不评", self.zh),
        }
    }

    /// What the area came to, in English.
    pub fn text_en(&self) -> String {
        let points = short(&self.points.0, 2);
        let carried = short(&self.carried_weight.0, 2);
        match self.score {
            Some(score) => format!("{} {points}/{carried}, score {score}", self.en),
            None if self.carried_weight.0.is_zero() => format!("{} does not apply", self.en),
            None => {
                format!(
                    "{} {points}/{carried}, too little of its weight: shown, not scored",
                    self.en
                )
            }
        }
    }
}

fn signed(amount: Amount) -> String {
    if amount.units > 0 { format!("+{amount}") } else { amount.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(numerator: i64, denominator: i64) -> BigRational {
        BigRational::new(numerator.into(), denominator.into())
    }

    #[test]
    fn three_thirds_make_one() {
        let total = Amount { units: 100, scale: 2 };
        let parts = apportion(&[ratio(1, 3), ratio(1, 3), ratio(1, 3)], total).unwrap();
        let units: Vec<i64> = parts.iter().map(|a| a.units).collect();
        assert_eq!(units, [34, 33, 33]);
    }

    proptest::proptest! {
        #[test]
        fn parts_add_up_to_the_rounded_sum(
            parts in proptest::collection::vec((-5000i64..100_000, 1i64..3000), 0..40),
        ) {
            let parts: Vec<BigRational> = parts.into_iter().map(|(n, d)| ratio(n, d)).collect();
            let sum: BigRational = parts.iter().sum();
            let total = crate::exact::to_amount(&sum, 2).unwrap();
            let rounded = apportion(&parts, total).unwrap();
            proptest::prop_assert_eq!(rounded.iter().map(|a| a.units).sum::<i64>(), total.units);
            for (part, rounded) in parts.iter().zip(&rounded) {
                let distance = part - crate::exact::of(*rounded);
                proptest::prop_assert!(distance < ratio(1, 100) && distance > ratio(-1, 100));
                proptest::prop_assert!(!part.is_zero() || rounded.units == 0);
            }
        }
    }
}
