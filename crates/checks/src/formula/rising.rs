//! Whether a statement that is true stays true whatever returns still come in.

use model::{
    Catalog,
    indicator::{Entry, RollUpRule},
};

use super::{
    Formula, Operand, Which,
    expression::{Comparison, Number, Sign, Truth},
};

/// Where a number can go while returns come in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    Fixed,
    Up,
    Down,
    Either,
}

impl Course {
    fn flipped(self) -> Self {
        match self {
            Course::Up => Course::Down,
            Course::Down => Course::Up,
            other => other,
        }
    }

    /// Of two numbers together.
    fn with(self, other: Course) -> Self {
        match (self, other) {
            (Course::Fixed, course) | (course, Course::Fixed) => course,
            (one, other) if one == other => one,
            _ => Course::Either,
        }
    }

    fn never_down(self) -> bool {
        matches!(self, Course::Fixed | Course::Up)
    }

    fn never_up(self) -> bool {
        matches!(self, Course::Fixed | Course::Down)
    }
}

impl Formula {
    /// Whether the statement, once true of a part of the returns, is true of all of them. Said only
    /// where it can be seen: sums of entered numbers, which are never negative, only grow.
    pub fn stays_true(&self, catalog: &Catalog) -> bool {
        Rising { catalog, operands: &self.operands }.stays(&self.statement, true)
    }
}

struct Rising<'a> {
    catalog: &'a Catalog,
    operands: &'a [Operand],
}

impl Rising<'_> {
    /// Whether a statement that has this truth keeps it.
    fn stays(&self, truth: &Truth, so: bool) -> bool {
        match truth {
            Truth::Compare(left, comparison, right) => {
                let (left, right) = (self.course(left), self.course(right));
                let (grows, shrinks) =
                    (left.never_down() && right.never_up(), left.never_up() && right.never_down());
                match comparison {
                    Comparison::Greater | Comparison::AtLeast => {
                        if so {
                            grows
                        } else {
                            shrinks
                        }
                    }
                    Comparison::Less | Comparison::AtMost => {
                        if so {
                            shrinks
                        } else {
                            grows
                        }
                    }
                    Comparison::Equal | Comparison::Unequal => grows && shrinks,
                }
            }
            Truth::Between(value, low, high, _) => {
                [value, low, high].into_iter().all(|part| self.course(part) == Course::Fixed)
            }
            Truth::Same(left, right, _) => {
                [left, right].into_iter().all(|t| self.stays(t, true) && self.stays(t, false))
            }
            Truth::Not(inside) => self.stays(inside, !so),
            Truth::And(left, right) | Truth::Or(left, right) => {
                self.stays(left, so) && self.stays(right, so)
            }
        }
    }

    fn course(&self, number: &Number) -> Course {
        match number {
            Number::Constant(_) => Course::Fixed,
            Number::Read(place) => self.of_operand(&self.operands[*place]),
            Number::Sum(terms) => {
                let courses = terms.iter().map(|(sign, term)| match sign {
                    Sign::Plus => self.course(term),
                    Sign::Minus => self.course(term).flipped(),
                });
                courses.fold(Course::Fixed, Course::with)
            }
            Number::Product(left, right) => match (&**left, &**right) {
                (Number::Constant(factor), other) | (other, Number::Constant(factor)) => {
                    let course = self.course(other);
                    if factor.parts().0 < 0 { course.flipped() } else { course }
                }
                (left, right) => match self.course(left).with(self.course(right)) {
                    Course::Fixed => Course::Fixed,
                    _ => Course::Either,
                },
            },
            Number::Absolute(inside) => match self.course(inside) {
                Course::Fixed => Course::Fixed,
                _ => Course::Either,
            },
            Number::Least(all) => {
                all.iter().map(|one| self.course(one)).fold(Course::Fixed, Course::with)
            }
        }
    }

    fn of_operand(&self, operand: &Operand) -> Course {
        let definition = self.catalog.indicator(operand.indicator);
        let sum = matches!(
            definition.rollup,
            RollUpRule::Sum | RollUpRule::SumWithWarning | RollUpRule::CountDistinct(_)
        );
        match (operand.which, definition.entry) {
            // One unit's own word, and what the register alone says, lack no returns.
            (Which::Own | Which::Inherit, _) => Course::Fixed,
            _ if definition.rollup == RollUpRule::CountUnits => Course::Fixed,
            // What the system counts of returns may grow with one and fall with another.
            (_, Entry::System) => Course::Either,
            // Another value may come to be the latest one; an increment falls with a late return of
            // the period before.
            (Which::AsOf | Which::Increment, _) => Course::Either,
            _ if sum => Course::Up,
            _ => Course::Either,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Formula, fixture::catalog};

    #[test]
    fn only_what_more_returns_cannot_undo_stays_true() {
        let stays =
            |text| Formula::parse(text, &catalog(), &[]).expect(text).stays_true(&catalog());
        for text in [
            "SA02 > 0",
            "2 * SA02 + SA04 >= 7 AND prev(SA02) > 3",
            "NOT SA02 <= 5",
            "3 < SA02",
            "least(SA02, SA04) > 1 OR kids(SA02) > 9",
            "SA02 - own(SA04) > 1",
            "asof(BS09) > inherit(SA13)",
        ] {
            assert!(stays(text), "{text}");
        }
        for text in [
            "SA02 < 5",
            "SA02 = 5",
            "NOT SA02 > 5",
            "SA02 > prev(SA02)",
            "-1 * SA02 > -5",
            "SA02 * SA04 > 5",
            "abs(SA02 - 9) > 5",
            "SA02 > 0 AND SA04 < 3",
            "SA02 BETWEEN 1 AND 5",
            "(SA02 = 0) = (SA04 = 0)",
            "inc(SA11) > 5",
            "asof(SA02) > 5",
            "SA13 > 500",
            "EC04 > 50",
        ] {
            assert!(!stays(text), "{text}");
        }
    }
}
