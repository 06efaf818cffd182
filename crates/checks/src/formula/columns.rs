//! Judging a formula over many rows at once, with the same result as row by row.
//!
//! Columns are taken in pieces that fit the cache. Before a piece is computed, the largest amount in
//! it bounds every intermediate result: where all of them fit 64 bits, plain integer loops decide;
//! where one might not, the piece is judged row by row with exact decimals.

use model::check::MissingOperand;

use super::{
    Formula, Operand, Operands, Verdict,
    expression::{Comparison, Number, Sign, Truth},
};
use crate::exact::Exact;

/// Rows that are judged together.
const PIECE: usize = 1024;

/// What one operand reads in every row, in units of the operand's scale.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Amounts; what stands in the place of a missing one does not matter.
    pub units: &'a [i64],
    /// Which rows have an amount; `None` when all of them do.
    pub valid: Option<&'a [bool]>,
}

/// An intermediate result may not fit 64 bits.
struct TooLarge;

impl Formula {
    /// Judges `rows` rows; `columns` stand in the order of [`Formula::operands`]. Rows that neither
    /// hold nor miss an operand are reported, ascending.
    pub fn judge_columns(
        &self,
        missing: MissingOperand,
        columns: &[Column<'_>],
        rows: usize,
        report: &mut dyn FnMut(usize, Verdict),
    ) {
        let mut pool = Pool::default();
        for start in (0..rows).step_by(PIECE) {
            let end = rows.min(start + PIECE);
            if self.judge_piece(missing, columns, start..end, &mut pool, report).is_err() {
                for row in start..end {
                    let source = Row { operands: &self.operands, columns, row };
                    let verdict = self.judge(missing, &source);
                    if matches!(verdict, Verdict::Fails | Verdict::Overflow) {
                        report(row, verdict);
                    }
                }
            }
        }
    }

    fn judge_piece(
        &self,
        missing: MissingOperand,
        columns: &[Column<'_>],
        range: std::ops::Range<usize>,
        pool: &mut Pool,
        report: &mut dyn FnMut(usize, Verdict),
    ) -> Result<(), TooLarge> {
        let start = range.start;
        let mut piece = Piece::new(&self.operands, missing, columns, range, pool);
        let truth = piece.truth(&self.statement)?;
        let any = missing == MissingOperand::Any;
        for (row, &holds) in truth.iter().enumerate() {
            let present = piece.present.as_ref().is_none_or(|present| present[row]);
            if if present { !holds } else { any } {
                report(start + row, Verdict::Fails);
            }
        }
        let Piece { present, zeroed, .. } = piece;
        pool.truths.push(truth);
        pool.truths.extend(present);
        pool.numbers.extend(zeroed.into_iter().flatten());
        Ok(())
    }
}

/// One row of the columns.
struct Row<'a> {
    operands: &'a [Operand],
    columns: &'a [Column<'a>],
    row: usize,
}

impl Operands for Row<'_> {
    fn read(&self, operand: &Operand) -> Option<Exact> {
        let place = self.operands.iter().position(|other| other == operand)?;
        let column = &self.columns[place];
        let valid = column.valid.is_none_or(|valid| valid[self.row]);
        valid.then(|| Exact::new(i128::from(column.units[self.row]), operand.scale))
    }
}

/// Buffers that are used again.
#[derive(Default)]
struct Pool {
    numbers: Vec<Vec<i64>>,
    truths: Vec<Vec<bool>>,
}

/// A number in every row of the piece.
enum Numbers<'a> {
    Constant(i64),
    Borrowed(&'a [i64]),
    Owned(Vec<i64>),
}

impl Numbers<'_> {
    /// The numbers of all rows; nothing for a constant.
    fn slice(&self) -> &[i64] {
        match self {
            Numbers::Constant(_) => &[],
            Numbers::Borrowed(slice) => slice,
            Numbers::Owned(buffer) => buffer,
        }
    }
}

/// Numbers with their scale and a bound of their size.
struct Sized<'a> {
    numbers: Numbers<'a>,
    scale: u32,
    bound: i128,
}

struct Piece<'a, 'p> {
    operands: &'a [Operand],
    columns: &'a [Column<'a>],
    range: std::ops::Range<usize>,
    /// Rows in which no operand is missing; `None` when that is all of them, or missing ones are 0.
    present: Option<Vec<bool>>,
    /// Columns with zeros in the place of missing amounts.
    zeroed: Vec<Option<Vec<i64>>>,
    bounds: Vec<i128>,
    pool: &'p mut Pool,
}

impl<'a, 'p> Piece<'a, 'p> {
    fn new(
        operands: &'a [Operand],
        missing: MissingOperand,
        columns: &'a [Column<'a>],
        range: std::ops::Range<usize>,
        pool: &'p mut Pool,
    ) -> Self {
        let (mut present, mut zeroed) = (None::<Vec<bool>>, vec![None; columns.len()]);
        for (place, column) in columns.iter().enumerate() {
            let Some(valid) = column.valid.map(|valid| &valid[range.clone()]) else { continue };
            if missing == MissingOperand::Zero {
                let amounts = &column.units[range.clone()];
                let mut units = pool.numbers.pop().unwrap_or_default();
                units.clear();
                units.extend(amounts.iter().zip(valid).map(|(&u, &v)| if v { u } else { 0 }));
                zeroed[place] = Some(units);
                continue;
            }
            match &mut present {
                Some(all) => all.iter_mut().zip(valid).for_each(|(all, &one)| *all &= one),
                None => {
                    let mut first = pool.truths.pop().unwrap_or_default();
                    first.clear();
                    first.extend_from_slice(valid);
                    present = Some(first);
                }
            }
        }
        let bounds = columns.iter().zip(&zeroed).map(|(column, zeroed)| {
            largest(zeroed.as_deref().unwrap_or(&column.units[range.clone()]))
        });
        let bounds = bounds.collect();
        Self { operands, columns, range, present, zeroed, bounds, pool }
    }

    fn rows(&self) -> usize {
        self.range.len()
    }

    fn truth(&mut self, truth: &Truth) -> Result<Vec<bool>, TooLarge> {
        match truth {
            Truth::Compare(left, comparison, right) => {
                let (left, right) = (self.number(left)?, self.number(right)?);
                self.compared(left, right, *comparison)
            }
            Truth::Same(left, right, equal) => {
                self.both(left, right, |left, right| (left == right) == *equal)
            }
            Truth::Between(value, low, high, inside) => {
                let (low, above) = (self.number(low)?, self.number(value)?);
                let mut truth = self.compared(above, low, Comparison::AtLeast)?;
                let (high, below) = (self.number(high)?, self.number(value)?);
                let second = self.compared(below, high, Comparison::AtMost)?;
                truth.iter_mut().zip(&second).for_each(|(a, b)| *a = (*a && *b) == *inside);
                self.pool.truths.push(second);
                Ok(truth)
            }
            Truth::Not(inside) => {
                let mut truth = self.truth(inside)?;
                truth.iter_mut().for_each(|one| *one = !*one);
                Ok(truth)
            }
            Truth::And(left, right) => self.both(left, right, |left, right| left && right),
            Truth::Or(left, right) => self.both(left, right, |left, right| left || right),
        }
    }

    fn both(
        &mut self,
        left: &Truth,
        right: &Truth,
        join: impl Fn(bool, bool) -> bool,
    ) -> Result<Vec<bool>, TooLarge> {
        let mut truth = self.truth(left)?;
        let second = self.truth(right)?;
        truth.iter_mut().zip(&second).for_each(|(one, &other)| *one = join(*one, other));
        self.pool.truths.push(second);
        Ok(truth)
    }

    fn compared(
        &mut self,
        left: Sized<'a>,
        right: Sized<'a>,
        comparison: Comparison,
    ) -> Result<Vec<bool>, TooLarge> {
        let scale = left.scale.max(right.scale);
        let (l, r) = (lift(&left, scale)?, lift(&right, scale)?);
        let mut truth = self.pool.truths.pop().unwrap_or_default();
        truth.clear();
        let rows = self.rows();
        let (a, b) = (&left.numbers, &right.numbers);
        // One loop for each comparison, so that none of them branches inside.
        match comparison {
            Comparison::Equal => fill(&mut truth, rows, a, b, |a, b| a * l == b * r),
            Comparison::Unequal => fill(&mut truth, rows, a, b, |a, b| a * l != b * r),
            Comparison::Less => fill(&mut truth, rows, a, b, |a, b| a * l < b * r),
            Comparison::AtMost => fill(&mut truth, rows, a, b, |a, b| a * l <= b * r),
            Comparison::Greater => fill(&mut truth, rows, a, b, |a, b| a * l > b * r),
            Comparison::AtLeast => fill(&mut truth, rows, a, b, |a, b| a * l >= b * r),
        }
        self.give_back(left.numbers);
        self.give_back(right.numbers);
        Ok(truth)
    }

    fn number(&mut self, number: &Number) -> Result<Sized<'a>, TooLarge> {
        match number {
            Number::Constant(constant) => {
                let (units, scale) = constant.parts();
                let one = i64::try_from(units).map_err(|_| TooLarge)?;
                Ok(Sized { numbers: Numbers::Constant(one), scale, bound: units.abs() })
            }
            Number::Read(place) => Ok(self.operand(*place)),
            Number::Sum(terms) => self.sum(terms),
            Number::Product(left, right) => {
                let (left, right) = (self.number(left)?, self.number(right)?);
                let bound = left.bound.checked_mul(right.bound).filter(fits).ok_or(TooLarge)?;
                let scale = left.scale + right.scale;
                let numbers = self.join(left.numbers, right.numbers, |a, b| a * b);
                Ok(Sized { numbers, scale, bound })
            }
            Number::Absolute(inside) => {
                let Sized { numbers, scale, bound } = self.number(inside)?;
                if !fits(&bound) {
                    return Err(TooLarge);
                }
                let numbers = self.join(numbers, Numbers::Constant(0), |a, _| a.abs());
                Ok(Sized { numbers, scale, bound })
            }
            Number::Least(numbers) => self.least(numbers),
        }
    }

    fn operand(&mut self, place: usize) -> Sized<'a> {
        let numbers = match &self.zeroed[place] {
            Some(units) => Numbers::Owned(units.clone()),
            None => Numbers::Borrowed(&self.columns[place].units[self.range.clone()]),
        };
        let scale = u32::from(self.operands[place].scale);
        Sized { numbers, scale, bound: self.bounds[place] }
    }

    fn sum(&mut self, terms: &[(Sign, Number)]) -> Result<Sized<'a>, TooLarge> {
        let mut all = Vec::with_capacity(terms.len());
        for (sign, term) in terms {
            all.push((*sign, self.number(term)?));
        }
        let scale = all.iter().map(|(_, term)| term.scale).max().unwrap_or(0);
        let mut total = self.pool.numbers.pop().unwrap_or_default();
        total.clear();
        total.resize(self.rows(), 0);
        let mut bound = 0i128;
        for (sign, term) in all {
            let factor = lift(&term, scale)?;
            bound += term.bound * i128::from(factor);
            if !fits(&bound) {
                return Err(TooLarge);
            }
            let factor = if sign == Sign::Plus { factor } else { -factor };
            add(&mut total, &term.numbers, factor);
            self.give_back(term.numbers);
        }
        Ok(Sized { numbers: Numbers::Owned(total), scale, bound })
    }

    fn least(&mut self, numbers: &[Number]) -> Result<Sized<'a>, TooLarge> {
        let mut least = None::<Sized<'a>>;
        for number in numbers {
            let next = self.number(number)?;
            least = Some(match least {
                None => next,
                Some(so_far) => {
                    let scale = so_far.scale.max(next.scale);
                    let (l, r) = (lift(&so_far, scale)?, lift(&next, scale)?);
                    let bound = (so_far.bound * i128::from(l)).max(next.bound * i128::from(r));
                    let numbers =
                        self.join(so_far.numbers, next.numbers, |a, b| (a * l).min(b * r));
                    Sized { numbers, scale, bound }
                }
            });
        }
        least.ok_or(TooLarge)
    }

    /// Both numbers row by row; the bound was proved before.
    fn join(
        &mut self,
        left: Numbers<'a>,
        right: Numbers<'a>,
        join: impl Fn(i64, i64) -> i64,
    ) -> Numbers<'a> {
        let mut joined = self.pool.numbers.pop().unwrap_or_default();
        joined.clear();
        fill(&mut joined, self.rows(), &left, &right, join);
        self.give_back(left);
        self.give_back(right);
        Numbers::Owned(joined)
    }

    fn give_back(&mut self, numbers: Numbers<'a>) {
        if let Numbers::Owned(buffer) = numbers {
            self.pool.numbers.push(buffer);
        }
    }
}

fn add(total: &mut [i64], numbers: &Numbers<'_>, factor: i64) {
    match numbers {
        Numbers::Constant(one) => total.iter_mut().for_each(|t| *t += one * factor),
        more => total.iter_mut().zip(more.slice()).for_each(|(t, n)| *t += n * factor),
    }
}

/// One value for each row of two numbers.
fn fill<T>(
    into: &mut Vec<T>,
    rows: usize,
    left: &Numbers<'_>,
    right: &Numbers<'_>,
    join: impl Fn(i64, i64) -> T,
) {
    match (left, right) {
        (Numbers::Constant(a), Numbers::Constant(b)) => {
            into.extend((0..rows).map(|_| join(*a, *b)));
        }
        (Numbers::Constant(a), right) => into.extend(right.slice().iter().map(|&b| join(*a, b))),
        (left, Numbers::Constant(b)) => into.extend(left.slice().iter().map(|&a| join(a, *b))),
        (left, right) => {
            into.extend(left.slice().iter().zip(right.slice()).map(|(&a, &b)| join(a, b)));
        }
    }
}

/// The factor that brings numbers to a finer scale without leaving 64 bits.
fn lift(sized: &Sized<'_>, scale: u32) -> Result<i64, TooLarge> {
    let factor = 10i64.checked_pow(scale - sized.scale).ok_or(TooLarge)?;
    let bound = sized.bound.checked_mul(i128::from(factor));
    bound.filter(fits).map(|_| factor).ok_or(TooLarge)
}

/// Whether a number of this size and its negative fit 64 bits.
fn fits(bound: &i128) -> bool {
    *bound <= i128::from(i64::MAX)
}

/// The size of the largest amount.
fn largest(units: &[i64]) -> i128 {
    let (low, high) = units.iter().fold((0, 0), |(low, high), &u| (u.min(low), u.max(high)));
    i128::from(high).max(-i128::from(low))
}
