//! Random events about a small province: two counties, three villages.

use model::{FormIx, Period, SubmissionKey, UnitCode, step::Action};

/// Province, two counties, and the villages 3 and 4 of the first, 5 of the second.
pub(crate) const UNITS: [UnitCode; 6] = [
    code(410_000_000_000),
    code(410_102_000_000),
    code(410_103_000_000),
    code(410_102_001_001),
    code(410_102_001_002),
    code(410_103_001_001),
];

/// The unit above each.
pub(crate) const ABOVE: [Option<usize>; 6] = [None, Some(0), Some(0), Some(1), Some(1), Some(2)];

pub(crate) const VILLAGES: [usize; 3] = [3, 4, 5];

pub(crate) const FORM: FormIx = FormIx(0);

#[allow(non_snake_case, reason = "a constant that cannot be computed at compile time")]
pub(crate) fn PERIOD() -> Period {
    Period::containing(model::PeriodKind::Quarter, jiff::civil::date(2023, 2, 1))
}

const fn code(digits: u64) -> UnitCode {
    match UnitCode::from_u64(digits) {
        Some(code) => code,
        None => panic!("no unit code"),
    }
}

pub(crate) fn key(village: usize) -> SubmissionKey {
    SubmissionKey { unit: UNITS[village], form: FORM, period: PERIOD() }
}

/// Which submission of which village.
pub(crate) fn number(village: usize, revision: u32, content: u8) -> i64 {
    village as i64 * 10_000 + i64::from(revision) * 100 + i64::from(content)
}

/// A unit and those above it.
pub(crate) fn lineage(unit: usize) -> Vec<UnitCode> {
    let mut all = vec![UNITS[unit]];
    let mut at = unit;
    while let Some(above) = ABOVE[at] {
        all.push(UNITS[above]);
        at = above;
    }
    all
}

/// What can happen.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Sent { village: usize, revision: u32, content: u8, hard: bool, review: bool },
    Step { village: usize, revision: u32, action: Action },
    Lock { root: Option<usize>, by: Option<usize>, locked: bool, left_out: Vec<usize> },
    Approve { unit: usize, round: u8, signer: u8 },
    Publish { unit: usize },
}

/// Splitmix64: the same events for the same seed, on every machine.
pub(crate) struct Draw {
    seed: u64,
    /// The approval that would be next, had all been given.
    turn: u8,
}

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, turn: 0 }
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn of(&mut self, all: &[usize]) -> usize {
        all[self.below(all.len() as u64) as usize]
    }

    pub(crate) fn event(&mut self) -> Happening {
        // Mostly one village, so that a short sequence gets somewhere.
        let village = if self.one_in(4) { self.of(&VILLAGES) } else { 3 };
        let revision = 1 + self.below(3) as u32;
        match self.below(22) {
            0..=5 => Happening::Sent {
                village,
                revision,
                content: self.below(6) as u8,
                hard: self.one_in(6),
                review: !self.one_in(3),
            },
            6..=11 => {
                let action = [Action::Accept, Action::SendBack, Action::Withdraw];
                Happening::Step { village, revision, action: action[self.below(3) as usize] }
            }
            12..=14 => self.lock(),
            15..=19 => self.approval(),
            _ => Happening::Publish { unit: self.of(&[0, 1, 1, 1, 1, 1]) },
        }
    }

    /// Mostly the approval that is due, by another person than the one before.
    fn approval(&mut self) -> Happening {
        self.turn = self.turn % 3 + 1;
        let unit = self.of(&[0, 1, 1, 1, 1, 1]);
        match self.one_in(4) {
            true => {
                let round = 1 + self.below(3) as u8;
                Happening::Approve { unit, round, signer: self.below(4) as u8 }
            }
            false => Happening::Approve { unit, round: self.turn, signer: self.turn },
        }
    }

    /// A decision about a subtree by its own unit or one above it.
    fn lock(&mut self) -> Happening {
        let root = if self.one_in(8) { None } else { Some(self.of(&[0, 1, 1, 1, 2, 3])) };
        let mut by = root;
        while let Some(at) = by
            && self.one_in(3)
        {
            by = ABOVE[at];
        }
        self.turn = 0;
        let locked = !self.one_in(3);
        let left_out = if self.one_in(5) { vec![self.of(&[1, 2, 3, 4, 5])] } else { Vec::new() };
        Happening::Lock { root, by, locked, left_out }
    }
}
