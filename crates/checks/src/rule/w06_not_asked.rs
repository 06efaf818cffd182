//! W06: a cell belongs to the form, frequency and level of the return.
//!
//! Cells whose entry level lies below the unit's own level are welcome: they are its own share
//! (本级), such as an institution that the county runs itself.

use model::{Finding, IndicatorIx, indicator::Entry};

use crate::{
    intake::Submitted,
    says::{Says, of_format},
};

/// The finding about a cell that is entered elsewhere.
pub(crate) fn found(submitted: &Submitted<'_>, indicator: IndicatorIx) -> Finding {
    let catalog = &submitted.intake.catalog;
    let (key, level) = (submitted.resolved.key, submitted.resolved.level);
    let name = submitted.name(indicator);
    let indicator = catalog.indicator(indicator);
    let form = catalog.form(indicator.form);
    let (entry_zh, entry_en) = match indicator.entry {
        Entry::At(at) => (at.zh(), at.name()),
        Entry::System | Entry::Derived => ("", ""),
    };
    let kind = indicator.frequency;
    let says = Says {
        cell: indicator.code.clone(),
        found: format!("{} {} {}", catalog.form(key.form).code, key.period, level.name()),
        expected: format!("{} {} {entry_en}", form.code, kind.letter()),
        zh: format!(
            "{name} 属 {}（{}），{}报，由{entry_zh}级填报；请从本表删去，填到应填的报表",
            form.code,
            form.zh,
            kind.zh()
        ),
        en: format!(
            "{name} is entered on {} for kind {} at {entry_en}; take it out here and enter it there",
            form.code,
            kind.letter()
        ),
        ..Says::default()
    };
    of_format("W06", says)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return, village_return};

    #[test]
    fn cells_of_other_forms_frequencies_and_higher_levels() {
        for (code, place) in [("DS04", "DS M"), ("SA30", "SA Q"), ("SA13", "county")] {
            let mut draft = township_return();
            draft.cells.push((code, "1"));
            let found = examine(&draft).findings;
            assert_eq!(ids(&found), ["W06"], "{code}");
            assert!(found[0].expected.contains(place));
        }
        let mut village = village_return();
        village.cells.push(("SA11", "1"));
        assert_eq!(ids(&examine(&village).findings), ["W06"]);
    }

    #[test]
    fn the_own_share_of_lower_cells_is_welcome() {
        let mut draft = township_return();
        draft.cells.push(("SA02", "4"));
        let examined = examine(&draft);
        assert!(examined.findings.is_empty());
        assert_eq!(examined.cells.len(), draft.cells.len());
    }
}
