//! `progress`: the value by what the time plan asks at the end of the period, at most 1.
//!
//! Plan 15 % at the end of March: 12 % earns four fifths of the weight.

use model::Amount;
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{Case, Verdict, gap_to, shown, with_measure};
use crate::{
    exact::{clamped, of, whole},
    metric::Quantity,
};

/// Judges a value by the plan: its percentages are of the target. Without a plan the target is
/// asked at any time.
pub(super) fn judge(
    case: Case<'_>,
    quantity: &Quantity,
    target: Amount,
    plan: &[(i8, Amount)],
) -> Verdict {
    let month = case.reader.period().end().month();
    let percent =
        plan.iter().find(|(m, _)| *m == month).map_or_else(|| whole(100), |(_, p)| of(*p));
    let asked = of(target) * percent / whole(100);
    let share =
        if asked.is_zero() { BigRational::one() } else { clamped(&quantity.value / &asked) };
    let gap = gap_to(case, quantity, &quantity.numerator_for(&asked), BigRational::one() - &share);
    let bar = with_measure(&asked, quantity.percent, &case.item.measure);
    let value = shown(quantity, case.item);
    let zh = format!("{value}，{month} 月末应达 {bar}");
    let en = format!("{value}, {bar} planned for the end of month {month}");
    Verdict::scored(share, bar, zh, en).with_gap(gap)
}
