//! Exact numbers: fractions of whole numbers, printed as decimals where they end.

use std::fmt;

use model::Amount;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde::{Serialize, Serializer};

/// An exact number. Written as a decimal if it has a finite one, otherwise as `numerator/denominator`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(pub BigRational);

/// Longest decimal that is printed in full; whatever needs more is written as a fraction.
const MOST_DECIMALS: usize = 12;

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match decimals_needed(self.0.denom()) {
            Some(decimals) => f.write_str(&printed(&self.0, decimals)),
            None => write!(f, "{}/{}", self.0.numer(), self.0.denom()),
        }
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Digits behind the point of a fraction with this denominator, if they end soon enough.
fn decimals_needed(denominator: &BigInt) -> Option<usize> {
    let ten = BigInt::from(10);
    let mut power = BigInt::one();
    for decimals in 0..=MOST_DECIMALS {
        if (&power % denominator).is_zero() {
            return Some(decimals);
        }
        power *= &ten;
    }
    None
}

/// A whole number.
pub(crate) fn whole(number: impl Into<BigInt>) -> BigRational {
    BigRational::from_integer(number.into())
}

/// `units` × 10^-`scale`.
pub(crate) fn scaled(units: i128, scale: u8) -> BigRational {
    BigRational::new(BigInt::from(units), power_of_ten(usize::from(scale)))
}

/// The number that an amount is.
pub(crate) fn of(amount: Amount) -> BigRational {
    scaled(i128::from(amount.units), amount.scale)
}

fn power_of_ten(exponent: usize) -> BigInt {
    BigInt::from(10).pow(exponent as u32)
}

/// `number` × 10^`decimals`, rounded half-up (half away from zero).
pub(crate) fn rounded(number: &BigRational, decimals: usize) -> BigInt {
    let shifted = number.abs() * whole(power_of_ten(decimals));
    let magnitude =
        (shifted + BigRational::new(BigInt::one(), BigInt::from(2))).floor().to_integer();
    if number.is_negative() { -magnitude } else { magnitude }
}

/// The number as an amount of this scale, rounded half-up; `None` beyond 18 digits.
pub(crate) fn to_amount(number: &BigRational, scale: u8) -> Option<Amount> {
    let units = rounded(number, usize::from(scale)).to_i64()?;
    model::amount::within(units).then_some(Amount { units, scale })
}

/// The number rounded half-up to `decimals`, all of them printed.
pub(crate) fn printed(number: &BigRational, decimals: usize) -> String {
    let units = rounded(number, decimals);
    let sign = if units.is_negative() { "-" } else { "" };
    let digits = format!("{:0>width$}", units.abs().to_string(), width = decimals + 1);
    let (before, behind) = digits.split_at(digits.len() - decimals);
    if decimals == 0 { format!("{sign}{before}") } else { format!("{sign}{before}.{behind}") }
}

/// As [`printed`], without zeros at the end.
pub(crate) fn short(number: &BigRational, decimals: usize) -> String {
    let text = printed(number, decimals);
    if decimals == 0 {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The smallest multiple of 10^-`scale` that is not below the number.
pub(crate) fn raised(number: &BigRational, scale: u8) -> BigRational {
    let power = whole(power_of_ten(usize::from(scale)));
    (number * &power).ceil() / power
}

/// The number, kept between 0 and 1.
pub(crate) fn clamped(number: BigRational) -> BigRational {
    number.clamp(BigRational::zero(), BigRational::one())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(numerator: i64, denominator: i64) -> BigRational {
        BigRational::new(numerator.into(), denominator.into())
    }

    #[test]
    fn finite_decimals_are_written_out_and_others_as_fractions() {
        assert_eq!(Exact(ratio(26, 13)).to_string(), "2");
        assert_eq!(Exact(ratio(-1, 8)).to_string(), "-0.125");
        assert_eq!(Exact(ratio(2, 3)).to_string(), "2/3");
        assert_eq!(Exact(ratio(-4, 6)).to_string(), "-2/3");
        assert_eq!(Exact(ratio(0, 5)).to_string(), "0");
    }

    #[test]
    fn rounding_is_half_up_away_from_zero() {
        assert_eq!(printed(&ratio(1, 8), 2), "0.13");
        assert_eq!(printed(&ratio(-1, 8), 2), "-0.13");
        assert_eq!(printed(&ratio(1, 3), 2), "0.33");
        assert_eq!(printed(&ratio(199, 2), 0), "100");
        assert_eq!(short(&ratio(5, 2), 2), "2.5");
        assert_eq!(short(&ratio(100, 1), 0), "100");
        assert_eq!(to_amount(&ratio(9995, 1000), 2).map(|a| a.units), Some(1000));
    }

    #[test]
    fn a_gap_is_raised_to_the_next_step() {
        assert_eq!(raised(&ratio(12, 5), 0), whole(3));
        assert_eq!(raised(&ratio(12, 5), 1), ratio(12, 5));
        assert_eq!(raised(&whole(3), 0), whole(3));
    }
}
