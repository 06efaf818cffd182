//! Where each formula of the catalogue is judged: on a return at intake, or in context.
//!
//! That follows from its operands alone. Only if all of them are cells that one return asks does the
//! return answer for it, and only then may it decide about acceptance. Anything else (other units,
//! forms, periods, or cells that different levels enter) is context, whatever the scope says.

use model::{
    Catalog, FormIx, Indicator, Level, PeriodKind, check::CheckKind, form::BlockKey,
    indicator::Entry,
};

use super::{Formula, FormulaError, Operand, Which};

/// A formula of the catalogue.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    /// Place among the catalogue's checks.
    pub(crate) check: usize,
    pub(crate) formula: Formula,
    pub(crate) judged: Judged,
}

/// Where a formula is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// On returns of this form and frequency; the level is the one that enters all operands.
    OnReturn(BlockKey),
    /// On the accepted state.
    InContext(Home),
}

/// The rows on which a formula from context is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Home {
    /// The form of its first operand of the period itself: there its findings stand.
    pub(crate) form: FormIx,
    /// The shortest kind of period for which all its operands have rows. Longer periods would only
    /// repeat what the short ones say.
    pub(crate) frequency: PeriodKind,
    /// The lowest level at which all operands can have a value.
    pub(crate) lowest: Level,
}

/// The formula of a check or warning, whose names are looked for in its own forms first.
pub(crate) fn compile(
    catalog: &Catalog,
    text: &str,
    forms: &[String],
) -> Result<Formula, FormulaError> {
    let forms: Vec<FormIx> = forms.iter().filter_map(|code| catalog.form_by_code(code)).collect();
    Formula::parse(text, catalog, &forms)
}

/// All formulas of the catalogue that can be read, in its order.
pub(crate) fn all(catalog: &Catalog) -> Vec<Placed> {
    let formulas = catalog.checks.iter().enumerate().filter(|(_, c)| c.kind == CheckKind::Formula);
    formulas
        .filter_map(|(check, definition)| {
            // One that cannot be read is a fault of the catalogue, reported where it is loaded.
            let formula = compile(catalog, &definition.expression, &definition.forms).ok()?;
            let judged = judged(catalog, formula.operands())?;
            Some(Placed { check, formula, judged })
        })
        .collect()
}

/// The rows of the accepted state on which a formula with these operands is judged.
pub(crate) fn home(catalog: &Catalog, operands: &[Operand]) -> Option<Home> {
    let first = first(catalog, operands)?;
    Some(Home {
        form: first.form,
        frequency: frequency(catalog, operands).unwrap_or(first.frequency),
        lowest: lowest(catalog, operands),
    })
}

/// The first operand of the period itself.
fn first<'a>(catalog: &'a Catalog, operands: &[Operand]) -> Option<&'a Indicator> {
    let read_in_time = |o: &&Operand| !matches!(o.which, Which::AsOf | Which::Inherit);
    let first = operands.iter().find(read_in_time).or(operands.first())?;
    Some(catalog.indicator(first.indicator))
}

fn judged(catalog: &Catalog, operands: &[Operand]) -> Option<Judged> {
    let (home, first) = (home(catalog, operands)?, first(catalog, operands)?);
    let Entry::At(level) = first.entry else { return Some(Judged::InContext(home)) };
    let beside = |operand: &Operand| {
        let indicator = catalog.indicator(operand.indicator);
        operand.which == Which::Value
            && (indicator.form, indicator.frequency) == (first.form, first.frequency)
            && indicator.entry == first.entry
    };
    Some(if operands.iter().all(beside) {
        Judged::OnReturn(BlockKey { form: first.form, frequency: first.frequency, level })
    } else {
        Judged::InContext(home)
    })
}

/// The shortest kind of period for which every operand of the period itself has a row.
fn frequency(catalog: &Catalog, operands: &[Operand]) -> Option<PeriodKind> {
    let of_the_period = |o: &&Operand| !matches!(o.which, Which::AsOf | Which::Inherit);
    let frequencies: Vec<PeriodKind> = operands
        .iter()
        .filter(of_the_period)
        .map(|operand| catalog.indicator(operand.indicator).frequency)
        .collect();
    let has_row = |kind: PeriodKind| frequencies.iter().all(|&f| f == kind || f.rolls_into(kind));
    (!frequencies.is_empty()).then_some(())?;
    PeriodKind::ALL.into_iter().find(|&kind| has_row(kind))
}

/// The highest of the levels that enter what the unit itself must have.
fn lowest(catalog: &Catalog, operands: &[Operand]) -> Level {
    let of_the_unit = |o: &&Operand| !matches!(o.which, Which::Inherit | Which::Parent);
    let levels = operands.iter().filter(of_the_unit).filter_map(|operand| {
        match catalog.indicator(operand.indicator).entry {
            // Children that enter it have a parent of a higher level.
            Entry::At(level) if operand.which == Which::Children => {
                Level::ALL.into_iter().find(|&above| above > level)
            }
            Entry::At(level) => Some(level),
            Entry::System | Entry::Derived => None,
        }
    });
    levels.max().unwrap_or(Level::ALL[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::catalog;

    fn judged_of(text: &str) -> Judged {
        let catalog = catalog();
        let formula = Formula::parse(text, &catalog, &[]).expect(text);
        judged(&catalog, formula.operands()).unwrap()
    }

    fn home(form: &str, frequency: PeriodKind, lowest: Level) -> Judged {
        let form = catalog().form_by_code(form).unwrap();
        Judged::InContext(Home { form, frequency, lowest })
    }

    #[test]
    fn cells_of_one_return_are_judged_there_and_nothing_else() {
        let form = catalog().form_by_code("SA").unwrap();
        let block =
            |level| Judged::OnReturn(BlockKey { form, frequency: PeriodKind::Month, level });
        assert_eq!(judged_of("SA01 <= SA02"), block(Level::Village));
        assert_eq!(judged_of("10 * SA22 >= 13 * SA13"), block(Level::County));
        // Of another period, of a level below, of another form, and what the system counts.
        assert_eq!(judged_of("SA01 = prev(SA01)"), home("SA", PeriodKind::Month, Level::Village));
        assert_eq!(judged_of("SA47 <= SA02"), home("SA", PeriodKind::Month, Level::Township));
        assert_eq!(judged_of("EC18 <= asof(EC17)"), home("EC", PeriodKind::Month, Level::County));
        assert_eq!(
            judged_of("inc(SA11) <= inherit(SA13)"),
            home("SA", PeriodKind::Month, Level::Township)
        );
        assert_eq!(
            judged_of("asof(BS09) >= EC07"),
            home("EC", PeriodKind::Quarter, Level::Village)
        );
        assert_eq!(judged_of("SA02 = kids(SA02)"), home("SA", PeriodKind::Month, Level::Township));
        assert_eq!(
            judged_of("EC07 <= asof(BS09)"),
            home("EC", PeriodKind::Quarter, Level::Village)
        );
        assert_eq!(judged_of("SA30 <= SA02"), home("SA", PeriodKind::Quarter, Level::Township));
    }
}
