//! Exact decimals of any scale with checked arithmetic, for formulas and comparisons.

use std::{cmp::Ordering, fmt};

use model::Amount;

/// `units` × 10^-`scale`. Every operation is exact; what does not fit in 38 digits is `None`.
#[derive(Clone, Copy, Debug)]
pub struct Exact {
    units: i128,
    scale: u32,
}

impl Exact {
    /// Nothing.
    pub const ZERO: Exact = Exact { units: 0, scale: 0 };

    /// `units` × 10^-`scale`.
    pub fn new(units: i128, scale: u8) -> Self {
        Self { units, scale: u32::from(scale) }
    }

    /// Units and scale.
    pub(crate) fn parts(self) -> (i128, u32) {
        (self.units, self.scale)
    }

    /// Sum.
    pub fn plus(self, other: Self) -> Option<Self> {
        let (left, right, scale) = aligned(self, other)?;
        Some(Self { units: left.checked_add(right)?, scale })
    }

    /// Difference.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated()?)
    }

    /// Product; the scales add up.
    pub fn times(self, other: Self) -> Option<Self> {
        let (left, right) = (self.plain(), other.plain());
        Some(Self { units: left.units.checked_mul(right.units)?, scale: left.scale + right.scale })
    }

    /// The same with the other sign.
    pub fn negated(self) -> Option<Self> {
        Some(Self { units: self.units.checked_neg()?, ..self })
    }

    /// Without its sign.
    pub fn absolute(self) -> Option<Self> {
        Some(Self { units: self.units.checked_abs()?, ..self })
    }

    /// Order by value, whatever the scales.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let (left, right, _) = aligned(self.plain(), other.plain())?;
        Some(left.cmp(&right))
    }

    /// Whether it is above zero.
    pub fn is_positive(self) -> bool {
        self.units > 0
    }

    /// `self / whole` in percent with one decimal, half-up; `None` when the whole is zero.
    pub fn percent_of(self, whole: Self) -> Option<Amount> {
        self.times(Exact::new(100, 0))?.divided_by(whole, 1)
    }

    /// The quotient with `scale` decimals, half-up; only for showing, never for deciding.
    pub fn divided_by(self, divisor: Self, scale: u8) -> Option<Amount> {
        let (dividend, divisor, _) = aligned(self, divisor)?;
        let units = model::amount::divide_half_up(dividend, divisor, scale)?;
        Some(Amount { units, scale })
    }

    /// Without trailing zeros behind the point.
    pub(crate) fn plain(self) -> Self {
        let mut plain = self;
        while plain.scale > 0 && plain.units % 10 == 0 {
            plain = Self { units: plain.units / 10, scale: plain.scale - 1 };
        }
        plain
    }
}

impl From<Amount> for Exact {
    fn from(amount: Amount) -> Self {
        Self::new(i128::from(amount.units), amount.scale)
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.plain();
        let sign = if plain.units < 0 { "-" } else { "" };
        let digits = plain.units.unsigned_abs().to_string();
        let width = plain.scale as usize;
        if width == 0 {
            return write!(f, "{sign}{digits}");
        }
        let digits = format!("{digits:0>least$}", least = width + 1);
        let (whole, fraction) = digits.split_at(digits.len() - width);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

/// Both units at the finer of the two scales.
fn aligned(left: Exact, right: Exact) -> Option<(i128, i128, u32)> {
    let scale = left.scale.max(right.scale);
    let lift = |value: Exact| value.units.checked_mul(10i128.checked_pow(scale - value.scale)?);
    Some((lift(left)?, lift(right)?, scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_meet_and_nothing_wraps() {
        let money = Exact::new(62_690_960, 4);
        assert_eq!(money.to_string(), "6269.096");
        assert_eq!(money.plus(Exact::new(5, 1)).unwrap().to_string(), "6269.596");
        assert_eq!(Exact::new(15, 1).times(Exact::new(-2, 0)).unwrap().to_string(), "-3");
        assert_eq!(Exact::new(-5, 3).to_string(), "-0.005");
        assert_eq!(Exact::new(100, 2).compare(Exact::new(1, 0)), Some(Ordering::Equal));
        assert!(Exact::new(i128::MAX, 0).plus(Exact::new(1, 0)).is_none());
        assert!(Exact::new(i128::MAX, 0).times(Exact::new(2, 0)).is_none());
        assert!(Exact::new(i128::MAX, 0).compare(Exact::new(1, 1)).is_none());
    }

    #[test]
    fn percentages_round_half_up() {
        let whole = Exact::new(552_454, 2);
        let excess = Exact::new(62_690_960, 4).minus(whole).unwrap();
        assert_eq!(excess.percent_of(whole).unwrap().to_string(), "13.5");
        assert!(excess.percent_of(Exact::ZERO).is_none());
    }

    proptest::proptest! {
        #[test]
        fn arithmetic_agrees_with_integers_at_one_scale(
            a in -1_000_000_000i64..1_000_000_000, b in -1_000_000_000i64..1_000_000_000,
            s in 0u8..5, t in 0u8..5,
        ) {
            let (x, y) = (Exact::new(i128::from(a), s), Exact::new(i128::from(b), t));
            let at8 = |v: i64, scale: u8| i128::from(v) * 10i128.pow(u32::from(8 - scale));
            let sum = Exact::new(at8(a, s) + at8(b, t), 8);
            proptest::prop_assert_eq!(x.plus(y).unwrap().compare(sum), Some(Ordering::Equal));
            proptest::prop_assert_eq!(x.compare(y), Some(at8(a, s).cmp(&at8(b, t))));
            let product = Exact::new(i128::from(a) * i128::from(b), s + t);
            proptest::prop_assert_eq!(x.times(y).unwrap().to_string(), product.to_string());
        }
    }
}
