//! The account of what came in (invariant I6).

use std::ops::{AddAssign, SubAssign};

/// received = effective + superseded + refused + set aside + pending; replayed is counted apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Distinct submissions.
    pub received: u64,
    /// The same submission again.
    pub replayed: u64,
    /// Accepted and in force.
    pub effective: u64,
    /// A higher revision is in force, or its unit withdrew it.
    pub superseded: u64,
    /// Refused, with findings.
    pub refused: u64,
    /// Unreadable, kept with its reason.
    pub set_aside: u64,
    /// Waits for the level above, or was sent back by it and waits for the next revision.
    pub pending: u64,
}

impl Account {
    /// Whether nothing is unaccounted for.
    pub fn balances(&self) -> bool {
        let explained =
            self.effective + self.superseded + self.refused + self.set_aside + self.pending;
        self.received == explained
    }
}

impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        self.received += other.received;
        self.replayed += other.replayed;
        self.effective += other.effective;
        self.superseded += other.superseded;
        self.refused += other.refused;
        self.set_aside += other.set_aside;
        self.pending += other.pending;
    }
}

impl SubAssign for Account {
    fn sub_assign(&mut self, other: Self) {
        self.received -= other.received;
        self.replayed -= other.replayed;
        self.effective -= other.effective;
        self.superseded -= other.superseded;
        self.refused -= other.refused;
        self.set_aside -= other.set_aside;
        self.pending -= other.pending;
    }
}
