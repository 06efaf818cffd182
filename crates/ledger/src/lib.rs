//! Which revision counts, and in which review state a key is.
//!
//! The rules (5.6 of the design): the highest accepted revision is in force, whatever the order of
//! arrival; the same submission again is a replay; the same revision with other content is a
//! conflict and refused; a refused newer revision leaves the older in force. A decision depends on
//! the submission and on its own key's history alone, so replaying the journal decides the same.
//!
//! The life of a revision and of a period are the two state machines of [`next`] and
//! [`next_of_period`]; `README.md` of this crate prints them.

mod account;
mod illegal;
mod ledger;
mod life;
mod locks;
mod publication;
mod standing;
mod steps;

pub use account::Account;
pub use illegal::Illegal;
pub use ledger::{Fact, Held, Ledger, Verdict};
pub use life::{APPROVALS, PeriodState, RevisionState, next, next_of_period, transition_tables};
pub use locks::{Lineage, LockDecision};
pub use publication::Publication;
pub use standing::{ContentHash, Seen, Standing};
pub use steps::Effect;
