//! What was accepted under other definitions than those that hold for roll-ups.

use model::{Catalog, submission::KeyChange};

/// A change as the state under `catalog` can take it in; `None` when it cannot.
///
/// A unit that these definitions end before the period does (a merger that was entered late) has no
/// place in the tree of the period: its return stays in `submissions`, and its successor owes the
/// period. Cells that a unit is not asked any more are left out of the sums in the same way.
pub(crate) fn fitting(catalog: &Catalog, mut change: KeyChange) -> Option<KeyChange> {
    let key = change.key;
    let unit = catalog.register.on(key.unit, key.period.end())?;
    let asked = catalog.asked(key.form, key.period.kind(), unit.level);
    change.cells.retain(|(cell, _)| asked.contains(cell));
    Some(change)
}
