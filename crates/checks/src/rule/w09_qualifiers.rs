//! W09: a qualifier is one of the known words and stands beside a value.

use model::{Cell, Finding, IndicatorIx};

use crate::{
    intake::Submitted,
    says::{Says, of_format, quote},
};

/// About, more than, at least: what may stand beside a number that is not exact.
pub(crate) const QUALIFIERS: [&str; 4] = ["约", "以上", "余", "不低于"];

/// Reports each qualifier without a value, and each unknown word.
pub(crate) fn check(
    submitted: &Submitted<'_>,
    cells: &[(IndicatorIx, Cell)],
    findings: &mut Vec<Finding>,
) {
    for (code, word) in &submitted.sent.qualifiers {
        let place = submitted.intake.codes.get(&submitted.intake.catalog, code);
        let valued = place.is_some_and(|place| {
            let found = cells.binary_search_by_key(&place, |(indicator, _)| *indicator);
            found.is_ok_and(|at| matches!(cells[at].1, Cell::Value(_)))
        });
        if !valued || !QUALIFIERS.contains(&word.as_str()) {
            findings.push(found(code, word));
        }
    }
}

fn found(code: &str, word: &str) -> Finding {
    let (code, word, known) = (quote(code), quote(word), QUALIFIERS.join(" "));
    let says = Says {
        zh: format!("{code} 的限定词“{word}”；须为 {known} 之一，且该指标有数值"),
        en: format!("qualifier {word:?} of {code}; use one of {known}, beside a value"),
        cell: code,
        found: word,
        expected: known,
        ..Says::default()
    };
    of_format("W09", says)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return};

    #[test]
    fn known_words_beside_values_only() {
        let mut draft = township_return();
        draft.qualifiers = vec![("SA11", "约")];
        assert!(examine(&draft).findings.is_empty());
        for qualifier in [("SA11", "大概"), ("SA02", "约"), ("SA99", "约")] {
            draft.qualifiers = vec![qualifier];
            assert_eq!(ids(&examine(&draft).findings), ["W09"], "{qualifier:?}");
        }
    }
}
