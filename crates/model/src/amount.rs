//! Exact decimal amounts: an integer and its scale, never a float.

use std::fmt;

/// Most digits an amount may have: what `Decimal128(18, s)` keeps and Parquet stores as `INT64`.
pub const MAX_DIGITS: u32 = 18;

/// Most digits of one entered cell: even a million of the largest sum up to no more than
/// [`MAX_DIGITS`], so that no mistyped cell can stop the roll-up of the others.
pub const MAX_ENTERED_DIGITS: u32 = 12;

/// `units` × 10^-`scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    /// The number without its point.
    pub units: i64,
    /// Digits behind the point.
    pub scale: u8,
}

/// Why a text is no amount of the wanted scale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a decimal number at all.
    #[error("not a number")]
    NotANumber,
    /// More digits behind the point than the indicator keeps.
    #[error("{found} decimals, at most {allowed} are kept")]
    TooManyDecimals {
        /// Digits found behind the point.
        found: usize,
        /// The indicator's scale.
        allowed: u8,
    },
    /// More than 18 digits at the wanted scale.
    #[error("more than 18 digits")]
    Overflow,
}

impl Amount {
    /// Reads `text` at `scale`; full-width digits, sign and point are read as their ASCII forms.
    ///
    /// Trailing zeros behind the point do not count as decimals, so `3.50` is read at scale 1.
    pub fn parse(text: &str, scale: u8) -> Result<Self, AmountError> {
        if let Some(units) = few_digits(text.as_bytes(), scale) {
            return Ok(Self { units, scale });
        }
        if text.is_ascii() {
            return parse_ascii(text.trim().as_bytes(), scale);
        }
        let narrow: String = text.trim().chars().map(narrow).collect();
        parse_ascii(narrow.as_bytes(), scale)
    }

    /// Reads `text` at the scale that it is written in.
    pub fn parse_as_written(text: &str) -> Result<Self, AmountError> {
        let narrow: String = text.trim().chars().map(narrow).collect();
        let decimals = narrow.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let scale = u8::try_from(decimals).map_err(|_| AmountError::Overflow)?;
        parse_ascii(narrow.as_bytes(), scale)
    }

    /// The same value at a finer scale, or `None` if it needs more than 18 digits.
    pub fn rescale(self, scale: u8) -> Option<Self> {
        let up = scale.checked_sub(self.scale)?;
        let units = self.units.checked_mul(10i64.checked_pow(u32::from(up))?)?;
        within(units).then_some(Self { units, scale })
    }
}

/// Whether an integer fits the 12 digits of an entered cell.
pub fn may_be_entered(units: i64) -> bool {
    units.unsigned_abs() < 10u64.pow(MAX_ENTERED_DIGITS)
}

/// Whether an integer fits the 18 digits of a stored decimal.
pub fn within(units: i64) -> bool {
    units.unsigned_abs() < 10u64.pow(MAX_DIGITS)
}

/// The ASCII form of a full-width character that may stand in a number.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
        '．' => '.',
        '－' => '-',
        '＋' => '+',
        other => other,
    }
}

/// What most cells are: digits and nothing else, of which there are not too many.
fn few_digits(text: &[u8], scale: u8) -> Option<i64> {
    let few = !text.is_empty() && text.len() + usize::from(scale) <= MAX_DIGITS as usize;
    if !few || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let whole = text.iter().fold(0, |units, digit| units * 10 + i64::from(digit - b'0'));
    Some(whole * 10i64.pow(u32::from(scale)))
}

fn parse_ascii(text: &[u8], scale: u8) -> Result<Amount, AmountError> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let point = digits.iter().position(|&b| b == b'.').unwrap_or(digits.len());
    let (whole, fraction) = (&digits[..point], digits.get(point + 1..).unwrap_or(&[]));
    let all_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let point_without_digits = point < digits.len() && fraction.is_empty();
    if whole.is_empty() || point_without_digits || !all_digits(whole) || !all_digits(fraction) {
        return Err(AmountError::NotANumber);
    }
    let kept = fraction.len() - fraction.iter().rev().take_while(|&&b| b == b'0').count();
    if kept > usize::from(scale) {
        return Err(AmountError::TooManyDecimals { found: kept, allowed: scale });
    }
    let mut units: i64 = 0;
    let padding = std::iter::repeat_n(&b'0', usize::from(scale) - kept);
    for digit in whole.iter().chain(&fraction[..kept]).chain(padding) {
        let next = units.checked_mul(10).and_then(|u| u.checked_add(i64::from(digit - b'0')));
        units = next.filter(|&u| within(u)).ok_or(AmountError::Overflow)?;
    }
    Ok(Amount { units: if negative { -units } else { units }, scale })
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let magnitude = self.units.unsigned_abs();
        if self.scale == 0 {
            return write!(f, "{sign}{magnitude}");
        }
        let one = 10u64.pow(u32::from(self.scale));
        let width = usize::from(self.scale);
        write!(f, "{sign}{}.{:0width$}", magnitude / one, magnitude % one)
    }
}

/// `numerator / denominator` at `scale`, rounded half-up (half away from zero).
///
/// `None` when the denominator is zero or the result needs more than 18 digits.
pub fn divide_half_up(numerator: i128, denominator: i128, scale: u8) -> Option<i64> {
    if denominator == 0 {
        return None;
    }
    let scaled = numerator.checked_mul(10i128.checked_pow(u32::from(scale))?)?;
    let negative = (scaled < 0) != (denominator < 0);
    let (dividend, divisor) = (scaled.unsigned_abs(), denominator.unsigned_abs());
    let quotient = dividend / divisor + u128::from(dividend % divisor >= divisor.div_ceil(2));
    let units = i64::try_from(quotient).ok().filter(|&u| within(u))?;
    Some(if negative { -units } else { units })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_forms_contain() {
        let amount = |text, scale| Amount::parse(text, scale).map(|a| a.units);
        assert_eq!(amount("12", 0), Ok(12));
        assert_eq!(amount("0012", 3), Ok(12_000));
        assert_eq!(amount("4583.97", 4), Ok(45_839_700));
        assert_eq!(amount("１２３．５", 1), Ok(1235));
        assert_eq!(amount("3.50", 1), Ok(35));
        assert_eq!(amount("-7", 0), Ok(-7));
        assert_eq!(amount("1.5", 0), Err(AmountError::TooManyDecimals { found: 1, allowed: 0 }));
        assert_eq!(amount("999999999999999999", 0), Ok(999_999_999_999_999_999));
        assert_eq!(amount("1000000000000000000", 0), Err(AmountError::Overflow));
        assert_eq!(amount("0000000000000000000007", 0), Ok(7));
        assert_eq!(amount("99999999999999", 4), Ok(999_999_999_999_990_000));
        assert_eq!(amount("999999999999999", 4), Err(AmountError::Overflow));
        for text in ["", "-", ".5", "5.", "1,200", "十二", "1e3", "1.2.3", "--1"] {
            assert_eq!(amount(text, 2), Err(AmountError::NotANumber), "{text}");
        }
    }

    #[test]
    fn division_rounds_half_up_once() {
        assert_eq!(divide_half_up(1, 8, 2), Some(13));
        assert_eq!(divide_half_up(-1, 8, 2), Some(-13));
        assert_eq!(divide_half_up(1, 3, 6), Some(333_333));
        assert_eq!(divide_half_up(2, 3, 0), Some(1));
        assert_eq!(divide_half_up(1, 0, 2), None);
    }

    proptest::proptest! {
        #[test]
        fn printing_and_reading_agree(units in -999_999_999_999i64..=999_999_999_999, scale in 0u8..6) {
            let amount = Amount { units, scale };
            proptest::prop_assert_eq!(Amount::parse(&amount.to_string(), scale), Ok(amount));
        }
    }
}
