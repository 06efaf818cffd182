//! W08: a cell has a value or does not apply, never both.

use model::{Finding, IndicatorIx};

use crate::{
    intake::Submitted,
    says::{Says, of_format},
};

/// The finding about a cell that is filled in and declared not applicable.
pub(crate) fn found(submitted: &Submitted<'_>, indicator: IndicatorIx) -> Finding {
    let name = submitted.name(indicator);
    let code = &submitted.intake.catalog.indicator(indicator).code;
    let value = submitted.sent.cells.0.iter().find(|(sent, _)| sent == code);
    let says = Says {
        cell: code.clone(),
        found: value.map_or_else(String::new, |(_, text)| text.to_string()),
        expected: "value | not_applicable".to_owned(),
        zh: format!("{name} 填了数又列入“不适用”；请二者取一"),
        en: format!("{name} has a value and is declared not applicable; keep one of them"),
        ..Says::default()
    };
    of_format("W08", says)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return};

    #[test]
    fn both_states_at_once() {
        let mut draft = township_return();
        draft.not_applicable = vec!["SA11"];
        let found = examine(&draft).findings;
        assert_eq!((ids(&found), found[0].cell.as_str()), (vec!["W08"], "SA11"));
        draft.cells.retain(|(code, _)| *code != "SA11");
        assert!(examine(&draft).findings.is_empty());
        draft.not_applicable = vec!["SA11", "SA11"];
        assert_eq!(ids(&examine(&draft).findings), ["W05"]);
    }
}
