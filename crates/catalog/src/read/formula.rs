//! The small language of roll-up rules and ratio parts: `wmean(A+B)`, `inc(SA11)*10000`.

use model::indicator::Reading;

/// A roll-up rule before its codes are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RollUpText {
    /// `sum`
    Sum,
    /// `sum_with_warning`
    SumWithWarning,
    /// `wmean(A+B)`
    WeightedMean(Vec<String>),
    /// `ratio_of_sums`
    Ratio,
    /// `count_units`
    CountUnits,
    /// `count_distinct(id)`
    CountDistinct(String),
}

/// One term of a ratio's part before its code is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TermText {
    /// Which reading.
    pub(crate) reading: Reading,
    /// Whose value.
    pub(crate) code: String,
    /// Constant factor.
    pub(crate) factor: i64,
}

/// Reads a roll-up rule.
pub(crate) fn roll_up(text: &str) -> Option<RollUpText> {
    Some(match text {
        "sum" => RollUpText::Sum,
        "sum_with_warning" => RollUpText::SumWithWarning,
        "ratio_of_sums" => RollUpText::Ratio,
        "count_units" => RollUpText::CountUnits,
        _ => {
            if let Some(weights) = call(text, "wmean") {
                let codes = weights.split('+').map(|code| code.trim().to_owned());
                RollUpText::WeightedMean(codes.collect())
            } else {
                let id = call(text, "count_distinct").filter(|id| !id.is_empty())?;
                RollUpText::CountDistinct(id.to_owned())
            }
        }
    })
}

/// Reads terms joined by `+`; each is a code, `inc(code)` or `months(code)`, with `*integer` behind
/// it if need be.
pub(crate) fn terms(text: &str) -> Option<Vec<TermText>> {
    text.split('+').map(|part| term(part.trim())).collect()
}

fn term(text: &str) -> Option<TermText> {
    let (operand, factor) = match text.split_once('*') {
        Some((operand, factor)) => (operand.trim(), factor.trim().parse().ok()?),
        None => (text, 1),
    };
    let (reading, code) = if let Some(code) = call(operand, "inc") {
        (Reading::Increment, code)
    } else if let Some(code) = call(operand, "months") {
        (Reading::Months, code)
    } else {
        (Reading::Value, operand)
    };
    let plain = !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric());
    (plain && factor > 0).then(|| TermText { reading, code: code.to_owned(), factor })
}

/// What stands in the parentheses of `name(…)`.
fn call<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name)?.trim().strip_prefix('(')?.strip_suffix(')').map(str::trim)
}

/// The indicator codes that stand in a text: two capitals and two digits with nothing alphanumeric
/// beside them.
pub(crate) fn codes_in(text: &str) -> Vec<&str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|w| is_code(w)).collect()
}

/// Whether a text has the shape of an indicator code.
pub(crate) fn is_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 4
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_ratios_are_read() {
        let term = |reading, code: &str, factor| TermText { reading, code: code.into(), factor };
        assert_eq!(terms("SA19").unwrap(), [term(Reading::Value, "SA19", 1)]);
        assert_eq!(terms("inc(SA11)*10000").unwrap(), [term(Reading::Increment, "SA11", 10_000)]);
        assert_eq!(
            terms("months(SA02) + SA18").unwrap(),
            [term(Reading::Months, "SA02", 1), term(Reading::Value, "SA18", 1)]
        );
        for bad in ["", "SA01-SA02", "SA01+", "sum(SA01)", "SA01*", "SA01*x", "inc(SA01", "SA01*0"]
        {
            assert_eq!(terms(bad), None, "{bad}");
        }
    }

    #[test]
    fn roll_up_rules_are_read() {
        let weights = RollUpText::WeightedMean(vec!["SA17".into(), "SA18".into()]);
        assert_eq!(roll_up("wmean(SA17+SA18)"), Some(weights));
        assert_eq!(
            roll_up("count_distinct(honour_id)"),
            Some(RollUpText::CountDistinct("honour_id".into()))
        );
        for bad in ["", "mean", "wmean", "count_distinct()", "Sum"] {
            assert_eq!(roll_up(bad), None, "{bad}");
        }
    }

    #[test]
    fn codes_are_found_in_formulas() {
        let text = "120 * SA23 >= 13 * asof(SA14) AND L62 = XSA01 OR prev(DS01)<=JZH01 -- SA_01";
        assert_eq!(codes_in(text), ["SA23", "SA14", "DS01"]);
    }
}
