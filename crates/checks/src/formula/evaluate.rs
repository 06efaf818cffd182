//! Judging a formula: every operand is read, nothing is cut short, sums and products are exact.

use model::{IndicatorIx, check::MissingOperand};

use super::{
    Formula, Operand, Which,
    expression::{Number, Sign, Truth},
};
use crate::exact::Exact;

/// Where a formula reads its operands.
pub trait Operands {
    /// The value of an operand; `None` is missing.
    fn read(&self, operand: &Operand) -> Option<Exact>;

    /// The value of the sum of these indicators when only the sum is known (4577 对 is marriages
    /// and divorces together).
    fn read_sum(&self, _indicators: &[IndicatorIx]) -> Option<Exact> {
        None
    }
}

/// What became of a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is true.
    Holds,
    /// It is not: the check fires.
    Fails,
    /// An operand is missing and the check skips such cases.
    Missing,
    /// An intermediate result has more than 38 digits.
    Overflow,
}

/// What keeps a number from being known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Missing,
    Overflow,
}

impl Formula {
    /// Judges the formula on what `source` holds.
    pub fn judge(&self, missing: MissingOperand, source: &dyn Operands) -> Verdict {
        let bench = Bench { operands: &self.operands, missing, source };
        match (bench.truth(&self.statement), missing) {
            (Ok(true), _) => Verdict::Holds,
            (Ok(false), _) | (Err(Trouble::Missing), MissingOperand::Any) => Verdict::Fails,
            (Err(Trouble::Missing), _) => Verdict::Missing,
            (Err(Trouble::Overflow), _) => Verdict::Overflow,
        }
    }
}

struct Bench<'a> {
    operands: &'a [Operand],
    missing: MissingOperand,
    source: &'a dyn Operands,
}

impl Bench<'_> {
    fn truth(&self, truth: &Truth) -> Result<bool, Trouble> {
        match truth {
            Truth::Compare(left, comparison, right) => {
                let order = both(self.number(left), self.number(right))?;
                let order = order.0.compare(order.1).ok_or(Trouble::Overflow)?;
                Ok(comparison.holds(order))
            }
            Truth::Same(left, right, equal) => {
                let (left, right) = both(self.truth(left), self.truth(right))?;
                Ok((left == right) == *equal)
            }
            Truth::Between(value, low, high, inside) => {
                let value = self.number(value);
                let (low, high) = both(self.number(low), self.number(high))?;
                let value = value?;
                let above = low.compare(value).ok_or(Trouble::Overflow)?.is_le();
                let below = value.compare(high).ok_or(Trouble::Overflow)?.is_le();
                Ok((above && below) == *inside)
            }
            Truth::Not(inside) => Ok(!self.truth(inside)?),
            // Both sides are read even when one decides: a missing operand anywhere counts.
            Truth::And(left, right) => {
                both(self.truth(left), self.truth(right)).map(|(left, right)| left && right)
            }
            Truth::Or(left, right) => {
                both(self.truth(left), self.truth(right)).map(|(left, right)| left || right)
            }
        }
    }

    fn number(&self, number: &Number) -> Result<Exact, Trouble> {
        match number {
            Number::Constant(constant) => Ok(*constant),
            Number::Read(place) => self.operand(&self.operands[*place]),
            Number::Sum(terms) => self.sum(terms),
            Number::Product(left, right) => {
                let (left, right) = both(self.number(left), self.number(right))?;
                left.times(right).ok_or(Trouble::Overflow)
            }
            Number::Absolute(inside) => self.number(inside)?.absolute().ok_or(Trouble::Overflow),
            Number::Least(numbers) => {
                let mut least = None::<Exact>;
                for number in numbers {
                    let value = self.number(number)?;
                    least = Some(match least {
                        None => value,
                        Some(so_far) => {
                            let order = value.compare(so_far).ok_or(Trouble::Overflow)?;
                            if order.is_lt() { value } else { so_far }
                        }
                    });
                }
                least.ok_or(Trouble::Missing)
            }
        }
    }

    fn operand(&self, operand: &Operand) -> Result<Exact, Trouble> {
        let value = self.source.read(operand);
        match (value, self.missing) {
            (Some(value), _) => Ok(value),
            (None, MissingOperand::Zero) => Ok(Exact::ZERO),
            (None, _) => Err(Trouble::Missing),
        }
    }

    /// Adds the terms. Plain values that are added and missing one by one may be known together.
    fn sum(&self, terms: &[(Sign, Number)]) -> Result<Exact, Trouble> {
        let (mut total, mut unknown) = (Exact::ZERO, Vec::new());
        for (sign, term) in terms {
            if let Some(indicator) = self.missing_plain_value(*sign, term) {
                unknown.push(indicator);
                continue;
            }
            let value = self.number(term)?;
            let sum = if *sign == Sign::Plus { total.plus(value) } else { total.minus(value) };
            total = sum.ok_or(Trouble::Overflow)?;
        }
        if unknown.is_empty() {
            return Ok(total);
        }
        let together = (unknown.len() > 1).then(|| self.source.read_sum(&unknown)).flatten();
        match (together, self.missing) {
            (Some(together), _) => total.plus(together).ok_or(Trouble::Overflow),
            (None, MissingOperand::Zero) => Ok(total),
            (None, _) => Err(Trouble::Missing),
        }
    }

    fn missing_plain_value(&self, sign: Sign, term: &Number) -> Option<IndicatorIx> {
        let Number::Read(place) = term else { return None };
        let operand = &self.operands[*place];
        let plain = sign == Sign::Plus && operand.which == Which::Value;
        (plain && self.source.read(operand).is_none()).then_some(operand.indicator)
    }
}

/// Both results, or the graver trouble of the two.
fn both<T>(left: Result<T, Trouble>, right: Result<T, Trouble>) -> Result<(T, T), Trouble> {
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(Trouble::Overflow), _) | (_, Err(Trouble::Overflow)) => Err(Trouble::Overflow),
        _ => Err(Trouble::Missing),
    }
}
