//! `linear_floor_target`: nothing at the floor, everything at the target, straight between.
//!
//! Floor 60 %, target 100 %: 80 % earns half of the weight.

use model::Amount;
use num_rational::BigRational;
use num_traits::One;

use super::{Case, Verdict, gap_to, shown, with_measure};
use crate::{
    exact::{clamped, of},
    metric::Quantity,
};

/// Judges a value between floor and target. Where less is better the floor lies above the target
/// and the same formula holds.
pub(super) fn judge(case: Case<'_>, quantity: &Quantity, floor: Amount, target: Amount) -> Verdict {
    let (floor, target) = (of(floor), of(target));
    let share = clamped((&quantity.value - &floor) / (&target - &floor));
    let gap = gap_to(case, quantity, &quantity.numerator_for(&target), BigRational::one() - &share);
    let text = |value: &BigRational| with_measure(value, quantity.percent, &case.item.measure);
    let (floor, target) = (text(&floor), text(&target));
    let value = shown(quantity, case.item);
    let zh = format!("{value}，起点 {floor}，目标 {target}");
    let en = format!("{value}, from {floor} to the target {target}");
    Verdict::scored(share, target, zh, en).with_gap(gap)
}
