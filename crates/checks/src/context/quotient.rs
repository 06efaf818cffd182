//! A declared ratio against the quotient of its parts, by products alone.

use crate::{declared::DeclaredTotal, exact::Exact};

/// Parts of one ratio.
#[derive(Clone, Copy)]
pub(crate) struct Quotient {
    pub(crate) numerator: Exact,
    /// Above zero.
    pub(crate) denominator: Exact,
    /// 100 for a percentage, otherwise 1.
    factor: Exact,
}

impl Quotient {
    /// The quotient of two parts; `None` where there is nothing to divide by.
    pub(crate) fn new(numerator: Exact, denominator: Exact, percent: bool) -> Option<Self> {
        let factor = Exact::new(if percent { 100 } else { 1 }, 0);
        denominator.is_positive().then_some(Self { numerator, denominator, factor })
    }

    /// Whether a declared value lies within its printed precision of the quotient.
    pub(crate) fn agrees(self, declared: &DeclaredTotal) -> Option<bool> {
        let exact = self.numerator.times(self.factor)?;
        let stated = declared.exact_value().times(self.denominator)?;
        let room = declared.exact_precision().times(self.denominator)?;
        Some(exact.minus(stated)?.absolute()?.compare(room)?.is_le())
    }

    /// The quotient with two decimals, for a message.
    pub(crate) fn shown(self) -> String {
        let part = self.numerator.times(self.factor);
        let quotient = part.and_then(|part| part.divided_by(self.denominator, 2));
        quotient.map_or_else(|| "—".to_owned(), |quotient| quotient.to_string())
    }
}
