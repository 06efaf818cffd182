//! Which revision counts, and in which review state a key is.
//!
//! The rules (5.6 of the design): the highest accepted revision is in force, whatever the order of
//! arrival; the same submission again is a replay; the same revision with other content is a
//! conflict and refused; a refused newer revision leaves the older in force. A decision depends on
//! the submission and on its own key's history alone, so replaying the journal decides the same.

mod account;
mod ledger;
mod standing;

pub use account::Account;
pub use ledger::{Fact, Ledger, Verdict};
pub use standing::{ContentHash, Seen, Standing};
