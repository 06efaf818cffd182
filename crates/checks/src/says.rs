//! Words of a finding: the catalogue's message, what is special here, and the remedy.

use model::{Amount, Catalog, Finding, FormIx, Level, Severity, check::CheckDefinition};

use crate::{exact::Exact, format_rules::format_rule};

/// What a rule has to say about one place; the catalogue adds severity and its own message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Says {
    /// The cell, or empty when it is about the whole.
    pub(crate) cell: String,
    /// What was found.
    pub(crate) found: String,
    /// What would pass.
    pub(crate) expected: String,
    /// Takes the place of the catalogue's messages (Chinese, English) where one check covers
    /// several mistakes.
    pub(crate) head: Option<(&'static str, &'static str)>,
    /// Specifics and remedy in Chinese.
    pub(crate) zh: String,
    /// Specifics and remedy in English.
    pub(crate) en: String,
}

/// The definition of a check in the catalogue.
pub(crate) fn definition<'a>(catalog: &'a Catalog, id: &str) -> Option<&'a CheckDefinition> {
    catalog.checks.iter().find(|check| check.id == id)
}

/// The finding of a catalogue check about a return of `form` from a unit of `level`; nothing when
/// the catalogue does not have the check or does not apply it here.
pub(crate) fn finding(
    catalog: &Catalog,
    id: &str,
    form: FormIx,
    level: Level,
    says: Says,
) -> Option<Finding> {
    let check = definition(catalog, id)?;
    let form = &catalog.form(form).code;
    let applies = check.forms.is_empty() || check.forms.contains(form);
    (applies && check.levels.include(level)).then(|| of_check(check, says))
}

/// The finding of a catalogue check, wherever it applies.
pub(crate) fn of_check(check: &CheckDefinition, says: Says) -> Finding {
    let heads = says.head.unwrap_or((&check.message_zh, &check.message_en));
    build(&check.id, check.severity, heads, &says)
}

/// The finding of a rule without which a return cannot be placed: it stands even when the
/// catalogue does not list the check, then as hard and with the texts given here.
pub(crate) fn indispensable(
    catalog: &Catalog,
    id: &str,
    heads: (&'static str, &'static str),
    says: Says,
) -> Finding {
    match definition(catalog, id) {
        Some(check) => of_check(check, says),
        None => build(id, Severity::Hard, heads, &says),
    }
}

/// The finding of a format rule (`W01` …).
pub(crate) fn of_format(id: &str, says: Says) -> Finding {
    let heads = format_rule(id).map_or(("", ""), |rule| (rule.zh, rule.en));
    build(id, Severity::Hard, heads, &says)
}

fn build(id: &str, severity: Severity, heads: (&str, &str), says: &Says) -> Finding {
    Finding {
        check: id.to_owned(),
        severity,
        cell: says.cell.clone(),
        found: says.found.clone(),
        expected: says.expected.clone(),
        message_zh: format!("{}：{}", heads.0, says.zh),
        message_en: format!("{}: {}", heads.1, says.en),
        explanation: String::new(),
        exception: String::new(),
    }
}

/// The numbers in the brackets of a rule's expression: `change_yoy(0.30)` has one.
pub(crate) fn parameters(check: &CheckDefinition) -> Vec<Exact> {
    let inside = check.expression.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    let Some((inside, _)) = inside else { return Vec::new() };
    let number = |text: &str| Amount::parse_as_written(text.trim()).ok().map(Exact::from);
    inside.split(',').filter_map(number).collect()
}

/// The numbers of a rule that is written `name(…)`; nothing where it is written otherwise, or where one
/// of them is no number.
pub(crate) fn checked_parameters(check: &CheckDefinition, name: &str) -> Option<Vec<Exact>> {
    let rest = check.expression.trim().strip_prefix(name)?.strip_prefix('(')?;
    let (inside, _) = rest.split_once(')')?;
    let number = |text: &str| Amount::parse_as_written(text.trim()).ok().map(Exact::from);
    inside.split(',').map(number).collect()
}

/// A parameter as a fraction, if it is not below zero, at most a thousand and of no more than four
/// decimals, so that products with it stay small.
pub(crate) fn small(parameter: Exact) -> Option<(i128, i128)> {
    const MOST: i128 = 1_000;
    let (units, scale) = parameter.plain().parts();
    let one = 10i128.checked_pow(scale).filter(|_| scale <= 4)?;
    (0..=MOST * one).contains(&units).then_some((units, one))
}

/// A text as it came in, cut so that a message stays readable.
pub(crate) fn quote(text: &str) -> String {
    const SHOWN: usize = 40;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}
