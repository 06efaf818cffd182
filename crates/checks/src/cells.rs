//! Reading the cells of a return: each code and text to a place and a state.

use model::{
    Amount, AmountError, Cell, Finding, IndicatorIx, SubmissionKey, amount::may_be_entered,
    indicator::Entry,
};

use crate::{
    blocks::Slot,
    intake::Submitted,
    rule::{
        k04_required_cells, k05_scale, k06_not_negative, w04_unknown_indicator, w05_stands_twice,
        w06_not_asked, w07_made_by_system, w08_value_and_not_applicable,
    },
};

/// Where a cell may stand.
enum Place {
    /// Asked here, or the unit's own share of what lower levels enter.
    Here,
    /// Another form, another frequency, or a higher level enters it.
    Elsewhere,
    /// Nobody enters it.
    System,
}

/// The cells with a value and those declared not applicable, in the order of the catalogue.
///
/// A cell whose text is no amount takes part as a mark until the end, so that it is found as that
/// and not as missing too.
pub(crate) fn read(
    submitted: &Submitted<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<(IndicatorIx, Cell)> {
    let sent = submitted.sent;
    let mut cells = Vec::with_capacity(sent.cells.0.len() + sent.not_applicable.len());
    for (code, text) in &sent.cells.0 {
        if let Some((indicator, slot)) = look_up(submitted, code, findings)
            && let Some(cell) = value(submitted, indicator, slot, text, findings)
        {
            cells.push((indicator, cell));
        }
    }
    for code in &sent.not_applicable {
        if let Some((indicator, _)) = look_up(submitted, code, findings) {
            cells.push((indicator, Cell::NotApplicable));
        }
    }
    if !cells.is_sorted_by_key(|(indicator, _)| *indicator) {
        // Stable, so that of a cell that stands twice the first is kept.
        cells.sort_by_key(|(indicator, _)| *indicator);
    }
    doubles(submitted, &mut cells, findings);
    k04_required_cells::check(submitted, &cells, findings);
    cells.retain(|(_, cell)| *cell != Cell::Missing);
    cells
}

/// The indicator of a code that may stand in this return; otherwise what is wrong with it is found.
pub(crate) fn look_up(
    submitted: &Submitted<'_>,
    code: &str,
    findings: &mut Vec<Finding>,
) -> Option<(IndicatorIx, Slot)> {
    let intake = submitted.intake;
    let Some(indicator) = intake.codes.get(&intake.catalog, code) else {
        findings.push(w04_unknown_indicator::found(code));
        return None;
    };
    let slot = intake.blocks.slot(indicator);
    match place(submitted.resolved.key, submitted.resolved.level, slot) {
        Place::Here => return Some((indicator, slot)),
        Place::Elsewhere => findings.push(w06_not_asked::found(submitted, indicator)),
        Place::System => findings.push(w07_made_by_system::found(submitted, indicator)),
    }
    None
}

fn place(key: SubmissionKey, level: model::Level, slot: Slot) -> Place {
    match slot.entry {
        Entry::At(at) => {
            let asked = slot.form == key.form && slot.frequency == key.period.kind() && at <= level;
            if asked { Place::Here } else { Place::Elsewhere }
        }
        Entry::System | Entry::Derived => Place::System,
    }
}

/// The state that a text gives to its cell; nothing for a blank.
fn value(
    submitted: &Submitted<'_>,
    indicator: IndicatorIx,
    slot: Slot,
    text: &str,
    findings: &mut Vec<Finding>,
) -> Option<Cell> {
    let read = Amount::parse(text, slot.scale);
    match read.and_then(|a| may_be_entered(a.units).then_some(a).ok_or(AmountError::Overflow)) {
        Ok(amount) => {
            if amount.units < 0 {
                findings.extend(k06_not_negative::found(submitted, indicator, amount));
            }
            Some(Cell::Value(amount))
        }
        // Blanks come with every exported template: a blank is no number, and no mistake by itself.
        Err(_) if text.trim().is_empty() => None,
        Err(error) => {
            findings.extend(k05_scale::found(submitted, indicator, text, &error));
            Some(Cell::Missing)
        }
    }
}

/// Reports cells that stand twice and keeps the first of each.
fn doubles(
    submitted: &Submitted<'_>,
    cells: &mut Vec<(IndicatorIx, Cell)>,
    findings: &mut Vec<Finding>,
) {
    if cells.windows(2).all(|pair| pair[0].0 != pair[1].0) {
        return;
    }
    cells.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same && later.1 == Cell::NotApplicable && first.1 != Cell::NotApplicable {
            findings.push(w08_value_and_not_applicable::found(submitted, first.0));
        } else if same {
            findings.push(w05_stands_twice::found(submitted, first.0));
        }
        same
    });
}
