//! Trying a formula out on made-up amounts, to find one that says nothing.

use model::check::MissingOperand;

use super::{
    Formula, Operand, Operands, Verdict, Which,
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
        let mut constants = Vec::new();
        find_constants(&self.statement, &mut constants);
        let amounts: Vec<Vec<i128>> =
            self.operands.iter().map(|operand| amounts(operand, &constants)).collect();
        let most = amounts.iter().map(Vec::len).max().unwrap_or(0);
        let (mut holds, mut fails) = (false, false);
        let mut random = Random(1);
        for turn in 0..TRIES {
            let row: Vec<i128> = (0..self.operands.len())
                .map(|place| {
                    let own = &amounts[place];
                    match turn {
                        // All alike, then one that differs, then anything.
                        _ if turn < most => own[turn.min(own.len() - 1)],
                        _ if turn < 2 * most + self.operands.len() => {
                            let odd = turn % self.operands.len().max(1) == place;
                            if odd { own[random.below(own.len())] } else { 0 }
                        }
                        _ if turn % 2 == 0 => own[random.below(own.len())],
                        _ => random.below(60) as i128 * one(self.operands[place].scale),
                    }
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

/// One, at a scale.
fn one(scale: u8) -> i128 {
    10i128.pow(u32::from(scale))
}

/// What an operand is tried with, in units of its scale: small and large numbers, the formula's
/// constants, and the neighbours of all these. Only an increment can be below zero.
fn amounts(operand: &Operand, constants: &[(i128, u32)]) -> Vec<i128> {
    let whole = one(operand.scale);
    let mut all: Vec<i128> = vec![0, 1];
    all.extend([1, 2, 3, 10, 100, 1_000_000].map(|number| number * whole));
    for &(units, scale) in constants {
        let at_scale = units.checked_mul(whole).zip(10i128.checked_pow(scale));
        all.extend(at_scale.map(|(units, one)| units / one));
    }
    let near = all.clone();
    all.extend(near.iter().flat_map(|&amount| [amount - 1, amount + 1]));
    if operand.which == Which::Increment {
        let below: Vec<i128> = all.iter().map(|amount| -amount).collect();
        all.extend(below);
    } else {
        all.retain(|&amount| amount >= 0);
    }
    all.sort_unstable_by_key(|amount| (amount.abs(), *amount));
    all.dedup();
    all
}

struct MadeUp<'a> {
    formula: &'a Formula,
    row: &'a [i128],
}

impl Operands for MadeUp<'_> {
    fn read(&self, operand: &Operand) -> Option<Exact> {
        let place = self.formula.operands.iter().position(|other| other == operand)?;
        Some(Exact::new(self.row[place], operand.scale))
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

fn find_constants(truth: &Truth, found: &mut Vec<(i128, u32)>) {
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
            find_constants(left, found);
            find_constants(right, found);
        }
        Truth::Not(inside) => find_constants(inside, found),
    }
}

fn of_number(number: &Number, found: &mut Vec<(i128, u32)>) {
    match number {
        Number::Constant(constant) => found.push(constant.parts()),
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
