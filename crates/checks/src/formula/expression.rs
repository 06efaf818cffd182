//! The shape of a formula after reading: numbers and statements, operands by their place.

use crate::exact::Exact;

/// A part that is a number.
#[derive(Clone, Debug)]
pub(crate) enum Number {
    /// A constant of the text.
    Constant(Exact),
    /// The operand with this place.
    Read(usize),
    /// Terms that are added or taken away, flat, so that a declared sum of some of them can stand
    /// in for them.
    Sum(Vec<(Sign, Number)>),
    /// Two factors.
    Product(Box<Number>, Box<Number>),
    /// `abs(x)`.
    Absolute(Box<Number>),
    /// `least(x, y, …)`.
    Least(Vec<Number>),
}

/// Whether a term is added or taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Plus,
    Minus,
}

impl Sign {
    pub(crate) fn flipped(self) -> Self {
        match self {
            Sign::Plus => Sign::Minus,
            Sign::Minus => Sign::Plus,
        }
    }
}

/// A part that is true or false.
#[derive(Clone, Debug)]
pub(crate) enum Truth {
    /// Two numbers.
    Compare(Number, Comparison, Number),
    /// Two statements that are both true or both false; or exactly one, when `false`.
    Same(Box<Truth>, Box<Truth>, bool),
    /// `value BETWEEN low AND high`, or outside when `false`.
    Between(Number, Number, Number, bool),
    /// `NOT a`.
    Not(Box<Truth>),
    /// `a AND b`.
    And(Box<Truth>, Box<Truth>),
    /// `a OR b`.
    Or(Box<Truth>, Box<Truth>),
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    pub(crate) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::Unequal => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::AtMost => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::AtLeast => order.is_ge(),
        }
    }
}
