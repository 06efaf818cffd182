//! K02 报表期别未开放或版本失效: the form exists, is in force on the period's last day, and asks
//! cells of this frequency from units of this level.

use model::{Finding, FormIx, Level, Node, Period, PeriodKind, Tree, UnitCode, envelope};

use crate::{
    intake::Intake,
    says::{Says, indispensable, quote},
};

const ID: &str = "K02";
const HEADS: (&str, &str) = ("报表期别未开放或版本失效", "form version not valid for the period");

/// What stands against form and period, as far as the other parts can be read.
pub(crate) fn check(
    intake: &Intake,
    sent: &envelope::Return<'_>,
    form: Option<FormIx>,
    period: Option<Period>,
) -> Option<Finding> {
    let (zh, en) = match (form, period) {
        (None, _) => unknown_form(intake, &sent.form),
        (Some(form), Some(period)) => not_open(intake, sent, form, period)?,
        (Some(_), None) => return None,
    };
    let (found, expected) =
        (format!("{} {}", quote(&sent.form), quote(&sent.period)), "open".into());
    Some(indispensable(
        &intake.catalog,
        ID,
        HEADS,
        Says { found, expected, zh, en, ..Says::default() },
    ))
}

fn unknown_form(intake: &Intake, code: &str) -> (String, String) {
    let known: Vec<&str> = intake.catalog.forms.iter().map(|form| form.code.as_str()).collect();
    let (code, known) = (quote(code), known.join(" "));
    (
        format!("没有报表“{code}”；现有报表：{known}"),
        format!("there is no form {code:?}; forms are {known}"),
    )
}

/// Why the form takes no return for this period from this unit.
fn not_open(
    intake: &Intake,
    sent: &envelope::Return<'_>,
    form: FormIx,
    period: Period,
) -> Option<(String, String)> {
    let catalog = &intake.catalog;
    let definition = catalog.form(form);
    let (code, kind) = (&definition.code, period.kind());
    if !definition.in_force(period.end()) {
        let from = definition.valid_from;
        let to = definition.valid_to.map_or_else(|| "…".to_owned(), |to| to.to_string());
        return Some((
            format!(
                "{code} {} 版有效期 {from} 至 {to}，{period} 不在其内；请用当期版本",
                definition.version
            ),
            format!(
                "{code} version {} is in force from {from} to {to}, not for {period}; use the version of that time",
                definition.version
            ),
        ));
    }
    let tree = catalog.register.tree(period.end());
    let node = sent.unit.parse::<UnitCode>().ok().and_then(|unit| tree.node(unit));
    match node {
        Some(node) => not_asked(intake, sent, form, kind, (&tree, node)),
        // The unit is another finding; the period kind can be judged without it.
        None => Level::ALL
            .into_iter()
            .all(|level| intake.blocks.place(form, kind, level).is_none())
            .then(|| wrong_kind(intake, form, kind, None)),
    }
}

fn not_asked(
    intake: &Intake,
    sent: &envelope::Return<'_>,
    form: FormIx,
    kind: PeriodKind,
    (tree, node): (&Tree, Node),
) -> Option<(String, String)> {
    let (level, class) = (tree.level(node), tree.class(node));
    let definition = intake.catalog.form(form);
    if !definition.asks(class) {
        // That is K91's to say.
        return None;
    }
    let placed = intake.blocks.place(form, kind, level);
    let own_share = placed.is_some_and(|place| intake.blocks.block(place).own_share_only);
    let shares = own_share && intake.has_own_share(sent, form, kind, level);
    (placed.is_none() || (own_share && !shares))
        .then(|| wrong_kind(intake, form, kind, Some(level)))
}

/// The form asks nothing of this frequency; names the frequencies that it does ask.
fn wrong_kind(
    intake: &Intake,
    form: FormIx,
    kind: PeriodKind,
    level: Option<Level>,
) -> (String, String) {
    let catalog = &intake.catalog;
    let asked = |kind: &PeriodKind| {
        let from = |level| !catalog.asked(form, *kind, level).is_empty();
        level.map_or_else(|| Level::ALL.into_iter().any(from), from)
    };
    let kinds: Vec<PeriodKind> = PeriodKind::ALL.into_iter().filter(asked).collect();
    let zh: Vec<&str> = kinds.iter().map(|kind| kind.zh()).collect();
    let letters: Vec<String> = kinds.iter().map(|kind| kind.letter().to_string()).collect();
    let (zh, letters) = if kinds.is_empty() {
        ("无".to_owned(), "none".to_owned())
    } else {
        (zh.join("、"), letters.join(" "))
    };
    let who_zh = level.map_or_else(String::new, |level| format!("{}级", level.zh()));
    let who_en = level.map_or("any level", Level::name);
    let code = &catalog.form(form).code;
    (
        format!("{code} 不向{who_zh}单位收{}报；该级应报期别：{zh}", kind.zh()),
        format!(
            "{code} asks no cells of kind {} from {who_en}; kinds it asks: {letters}",
            kind.letter()
        ),
    )
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Draft, ids, intake, sent, township_return, village_return};

    fn refused(draft: &Draft) -> String {
        let findings = intake().resolve(&sent(draft)).unwrap_err();
        assert_eq!(ids(&findings), ["K02"]);
        findings[0].message_en.clone()
    }

    #[test]
    fn unknown_forms_and_versions_out_of_force() {
        let mut bad = township_return();
        bad.form = "XX";
        assert!(refused(&bad).contains("forms are"));
        let mut old = township_return();
        old.period = "2015-03";
        assert!(refused(&old).contains("in force from 2019-01-01"));
    }

    #[test]
    fn a_kind_that_the_form_does_not_ask_from_this_level() {
        let mut village = village_return();
        village.period = "2023-Q1";
        assert!(refused(&village).contains("kinds it asks: M"));
        let mut week = township_return();
        week.period = "2023-W10";
        assert!(refused(&week).contains("from township"));
    }

    #[test]
    fn a_city_may_send_its_own_share_but_not_a_county_cell() {
        let intake = intake();
        let mut own = township_return();
        own.unit = "410400000000";
        own.cells = vec![("SA11", "3.5")];
        assert!(intake.resolve(&sent(&own)).is_ok());
        own.cells = vec![("DS04", "3.5")];
        assert_eq!(ids(&intake.resolve(&sent(&own)).unwrap_err()), ["K02"]);
    }
}
