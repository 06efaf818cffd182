//! `linear_floor_target+ceil`: where there are few units, the target is a count of whole ones.
//!
//! 80 % of 3 streets are ceil(2.4) = 3 streets; with 2 of 3 two thirds of the weight are earned.

use model::Amount;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{Case, Verdict, gap_to, shown, with_measure};
use crate::{
    exact::{clamped, of, short},
    metric::Quantity,
};

/// Judges the numerator by the target's share of the denominator, rounded up.
pub(super) fn judge(case: Case<'_>, quantity: &Quantity, target: Amount) -> Verdict {
    let percent = of(target);
    let count = quantity.numerator_for(&percent).ceil();
    let share =
        if count.is_zero() { BigRational::one() } else { clamped(&quantity.numerator / &count) };
    let gap = gap_to(case, quantity, &count, BigRational::one() - &share);
    let target = with_measure(&percent, quantity.percent, &case.item.measure);
    let value = shown(quantity, case.item);
    let count = short(&count, 0);
    let zh = format!("{value}，目标 {target}，即 {count} 个");
    let en = format!("{value}, target {target}, that is {count}");
    Verdict::scored(share, format!("{target} = {count}"), zh, en).with_gap(gap)
}
