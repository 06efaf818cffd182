//! Exact decimal arithmetic on printed figures: what the source prints is what is computed with.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use crate::SampleError;

/// A printed figure, exactly, with the digits behind its point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The number.
    pub exact: BigRational,
    /// Digits behind the point as printed.
    pub decimals: u32,
}

impl Figure {
    /// Reads a decimal number; `at` names the place for the error.
    pub fn parse(text: &str, at: &str) -> Result<Self, SampleError> {
        let bad = || SampleError::NotANumber { at: at.to_owned(), found: text.to_owned() };
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = [whole, fraction].concat();
        let has_empty_fraction = digits.contains('.') && fraction.is_empty();
        if whole.is_empty() || has_empty_fraction || !all.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        let units: BigInt = all.parse().map_err(|_| bad())?;
        let decimals = u32::try_from(fraction.len()).map_err(|_| bad())?;
        let exact = BigRational::new(if negative { -units } else { units }, power_of_ten(decimals));
        Ok(Self { exact, decimals })
    }

    /// Half a unit of the last printed digit: how far the true number may be away.
    pub fn half_unit(&self) -> BigRational {
        BigRational::new(BigInt::one(), power_of_ten(self.decimals) * 2)
    }
}

/// 10 to the power of `exponent`.
pub fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

/// A whole number as a rational.
pub fn whole(n: i64) -> BigRational {
    BigRational::from_integer(BigInt::from(n))
}

/// `n / d`, exactly; `d` must not be 0.
pub fn ratio(n: i64, d: i64) -> BigRational {
    BigRational::new(BigInt::from(n), BigInt::from(d))
}

/// The number at `decimals` digits, rounded half-up (half away from zero), as the forms print it.
pub fn half_up(number: &BigRational, decimals: u32) -> String {
    let scaled = number.abs() * BigRational::from_integer(power_of_ten(decimals));
    let units = (scaled + ratio(1, 2)).floor().to_integer();
    let text = units.to_string();
    let width = decimals as usize + 1;
    let padded = format!("{text:0>width$}");
    let (whole, fraction) = padded.split_at(padded.len() - decimals as usize);
    let sign = if number.is_negative() && !units.is_zero() { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The number with all its digits; numbers here come from decimals, so there is an end to them
/// within six. Others are cut there.
pub fn plain(number: &BigRational) -> String {
    let exact_at =
        (0..=6).find(|&d| (number * BigRational::from_integer(power_of_ten(d))).is_integer());
    half_up(number, exact_at.unwrap_or(6))
}

/// `part / whole` in percent; `None` when the whole is zero.
pub fn percent(part: &BigRational, whole: &BigRational) -> Option<BigRational> {
    (!whole.is_zero()).then(|| part / whole * BigRational::from_integer(BigInt::from(100)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(text: &str) -> Figure {
        Figure::parse(text, "test").unwrap()
    }

    #[test]
    fn figures_keep_their_printed_precision() {
        assert_eq!(plain(&figure("8.5").half_unit()), "0.05");
        assert_eq!(plain(&figure("15428").half_unit()), "0.5");
        assert_eq!(plain(&figure("-2744.216").exact), "-2744.216");
        for text in ["", ".5", "5.", "1,2", "十", "1e3", "--1"] {
            assert!(Figure::parse(text, "test").is_err(), "{text}");
        }
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        assert_eq!(half_up(&ratio(1, 8), 2), "0.13");
        assert_eq!(half_up(&ratio(-1, 8), 2), "-0.13");
        assert_eq!(half_up(&ratio(-1, 1000), 2), "0.00");
        assert_eq!(half_up(&ratio(1420, 3), 1), "473.3");
        assert_eq!(half_up(&whole(12), 0), "12");
        assert_eq!(percent(&whole(1), &whole(0)), None);
    }
}
