//! W05: a cell stands once. Two values for one cell are never resolved silently.

use model::{Finding, IndicatorIx};

use crate::{
    intake::Submitted,
    says::{Says, of_format},
};

/// The finding about a cell, or an entry of the not-applicable list, that came again.
pub(crate) fn found(submitted: &Submitted<'_>, indicator: IndicatorIx) -> Finding {
    let name = submitted.name(indicator);
    let code = &submitted.intake.catalog.indicator(indicator).code;
    let values: Vec<&str> = submitted
        .sent
        .cells
        .0
        .iter()
        .filter(|(sent, _)| sent == code)
        .map(|(_, text)| text.as_ref())
        .collect();
    let says = Says {
        cell: code.clone(),
        found: values.join(" / "),
        expected: "1".to_owned(),
        zh: format!("{name} 填了不止一次；请只保留正确的一个"),
        en: format!("{name} stands more than once; keep the right one"),
        ..Says::default()
    };
    of_format("W05", says)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return};

    #[test]
    fn the_second_is_found_and_the_first_kept() {
        let mut draft = township_return();
        draft.cells.push(("SA09", "99"));
        let examined = examine(&draft);
        assert_eq!(ids(&examined.findings), ["W05"]);
        assert_eq!(examined.findings[0].found, "3 / 99");
        let values: Vec<i64> =
            examined.cells.iter().filter_map(|(_, cell)| cell.value()).map(|a| a.units).collect();
        assert!(values.contains(&3) && !values.contains(&99));
    }
}
