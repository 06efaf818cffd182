//! Submissions (报送) as the ledger, the checks and the roll-up see them.

use crate::{Cell, FormIx, IndicatorIx, Period, UnitCode};

/// What a return is about: one unit, one form, one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubmissionKey {
    /// The reporting unit.
    pub unit: UnitCode,
    /// The form.
    pub form: FormIx,
    /// The period.
    pub period: Period,
}

/// What the ledger knows about a key when a return for it arrives: all that intake may look at
/// besides the return itself, so that a rebuild decides as the live system did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyHistory {
    /// The period is locked for this key.
    pub locked: bool,
    /// This revision was seen before with other content.
    pub conflicts: bool,
    /// What a level above let rest for this key: check, and words.
    pub exceptions: Vec<Remark>,
}

/// Words about one check for one key: an exception (例外), with which its findings stay and block
/// nothing, or the unit's explanation (说明) of a finding from context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The check.
    pub check: String,
    /// Why, who says so, and since when.
    pub words: String,
}

/// Where a key stands; the three counts of coverage beside `due`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyStatus {
    /// Something readable came in, whatever became of it.
    pub received: bool,
    /// The first accepted revision was handed in before the deadline.
    pub on_time: bool,
    /// A revision is in force.
    pub accepted: bool,
}

/// A new state of one key: what the roll-up applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyChange {
    /// Whose state.
    pub key: SubmissionKey,
    /// Where it stands now.
    pub status: KeyStatus,
    /// Cells of the revision in force; empty when none is. Cells whose entry level lies below the
    /// unit's own level are its own share (本级) of those indicators.
    pub cells: Vec<(IndicatorIx, Cell)>,
}
