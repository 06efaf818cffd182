//! Trying a formula out on made-up amounts, to find one that says nothing.

use model::check::MissingOperand;

use super::{
    Formula, Operand, Operands, Verdict,
    expression::{Number, Truth},
};
use crate::exact::Exact;

/// Made-up rows; a formula that differs among so many is taken for a real one.
const TRIES: usize = 4000;

/// What became of a formula on made-up amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It holds for some amounts and fails for others.
    Decides,
    /// It never holds: every return would be found wrong.
    NeverHolds,
    /// It never fails: it finds nothing.
    NeverFails,
}

impl Formula {
    /// Tries the formula on amounts from nothing to large, on its own constants and their neighbours,
    /// alone and mixed. The amounts are always the same.
    pub fn try_out(&self) -> Tried {
        let mut amounts: Vec<i128> = vec![0, 1, 2, 3, 10, 100, 1_000_000];
        constants(&self.statement, &mut amounts);
        let near = amounts.clone();
        amounts.extend(near.iter().flat_map(|&amount| [amount - 1, amount + 1]));
        amounts.retain(|amount| (0..=1_000_000_000_000).contains(amount));
        amounts.sort_unstable();
        amounts.dedup();
        let (mut holds, mut fails) = (false, false);
        let mut random = Random(1);
        for turn in 0..TRIES {
            let row: Vec<i128> = (0..self.operands.len())
                .map(|place| match turn {
                    // All alike, then one that differs, then anything.
                    _ if turn < amounts.len() => amounts[turn],
                    _ if turn < 2 * amounts.len() + self.operands.len() => {
                        let odd = turn % self.operands.len().max(1) == place;
                        if odd { amounts[random.below(amounts.len())] } else { 0 }
                    }
                    _ if turn % 2 == 0 => amounts[random.below(amounts.len())],
                    _ => random.below(60) as i128,
                })
                .collect();
            match self.judge(MissingOperand::Skip, &MadeUp { formula: self, row: &row }) {
                Verdict::Holds => holds = true,
                Verdict::Fails => fails = true,
                Verdict::Missing | Verdict::Overflow => {}
            }
        }
        match (holds, fails) {
            (true, true) => Tried::Decides,
            (true, false) => Tried::NeverFails,
            (false, _) => Tried::NeverHolds,
        }
    }
}

struct MadeUp<'a> {
    formula: &'a Formula,
    row: &'a [i128],
}

impl Operands for MadeUp<'_> {
    fn read(&self, operand: &Operand) -> Option<Exact> {
        let place = self.formula.operands.iter().position(|other| other == operand)?;
        Some(Exact::new(self.row[place], 0))
    }
}

/// A small linear congruence: what matters is that it is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

fn constants(truth: &Truth, found: &mut Vec<i128>) {
    match truth {
        Truth::Compare(left, _, right) => {
            for side in [left, right] {
                of_number(side, found);
            }
        }
        Truth::Between(value, low, high, _) => {
            for part in [value, low, high] {
                of_number(part, found);
            }
        }
        Truth::Same(left, right, _) | Truth::And(left, right) | Truth::Or(left, right) => {
            constants(left, found);
            constants(right, found);
        }
        Truth::Not(inside) => constants(inside, found),
    }
}

fn of_number(number: &Number, found: &mut Vec<i128>) {
    match number {
        Number::Constant(constant) => {
            let (units, scale) = constant.parts();
            found.push(units / 10i128.checked_pow(scale).unwrap_or(1).max(1));
        }
        Number::Read(_) => {}
        Number::Sum(terms) => terms.iter().for_each(|(_, term)| of_number(term, found)),
        Number::Product(left, right) => {
            of_number(left, found);
            of_number(right, found);
        }
        Number::Absolute(inside) => of_number(inside, found),
        Number::Least(all) => all.iter().for_each(|one| of_number(one, found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::catalog;

    fn tried(text: &str) -> Tried {
        Formula::parse(text, &catalog(), &[]).expect(text).try_out()
    }

    #[test]
    fn what_never_holds_or_never_fails_says_nothing() {
        for text in ["SA01 < SA01", "1 = 2", "SA01 < 0", "SA01 > SA02 AND SA02 > SA01"] {
            assert_eq!(tried(text), Tried::NeverHolds, "{text}");
        }
        for text in ["SA01 <= SA01", "2 = 2", "SA01 >= 0", "NOT SA01 <> SA01"] {
            assert_eq!(tried(text), Tried::NeverFails, "{text}");
        }
        for text in
            ["SA01 = 12345", "SA01 BETWEEN 777 AND 778", "SA01 = SA02 + SA03", "SA01 <= SA02"]
        {
            assert_eq!(tried(text), Tried::Decides, "{text}");
        }
    }
}
