//! K04 必填项为空: every core cell of the return is filled in; nothing happened is typed as 0.
//!
//! A core cell that does not apply to the unit is declared so, which is a statement and no blank.

use model::{Cell, Finding, IndicatorIx};

use crate::{intake::Submitted, says::Says};

const ID: &str = "K04";

/// Reports each required cell that is not among `cells`, which are in the order of the catalogue.
pub(crate) fn check(
    submitted: &Submitted<'_>,
    cells: &[(IndicatorIx, Cell)],
    findings: &mut Vec<Finding>,
) {
    let mut cells = cells.iter().map(|(indicator, _)| *indicator).peekable();
    for &required in &submitted.block.required {
        while cells.next_if(|&cell| cell < required).is_some() {}
        if cells.peek() != Some(&required) {
            findings.extend(found(submitted, required));
        }
    }
}

fn found(submitted: &Submitted<'_>, indicator: IndicatorIx) -> Option<Finding> {
    let name = submitted.name(indicator);
    let says = Says {
        cell: submitted.intake.catalog.indicator(indicator).code.clone(),
        expected: "≥ 0".to_owned(),
        zh: format!("{name} 未填；没有发生填 0，确不适用的列入“不适用”"),
        en: format!("{name} is blank; type 0 if there was none, or declare it not applicable"),
        ..Says::default()
    };
    submitted.finding(ID, says)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return};

    #[test]
    fn a_blank_is_found_and_zero_is_not() {
        let mut blank = township_return();
        for (code, text) in &mut blank.cells {
            if *code == "SA11" {
                *text = "　";
            }
        }
        let found = examine(&blank).findings;
        assert_eq!((ids(&found), found[0].cell.as_str()), (vec!["K04"], "SA11"));
        let mut zero = township_return();
        zero.cells.iter_mut().for_each(|(_, text)| *text = "0");
        assert!(examine(&zero).findings.is_empty());
    }

    #[test]
    fn every_missing_cell_is_named_and_optional_ones_are_not() {
        let mut nothing = township_return();
        nothing.cells.clear();
        let found = examine(&nothing).findings;
        let cells: Vec<&str> = found.iter().map(|f| f.cell.as_str()).collect();
        assert_eq!(cells, ["SA09", "SA11", "SA12"]);
        let mut optional = township_return();
        optional.cells.retain(|(code, _)| *code != "SA47");
        assert!(examine(&optional).findings.is_empty());
    }

    #[test]
    fn what_does_not_apply_is_declared() {
        let mut declared = township_return();
        declared.cells.retain(|(code, _)| *code != "SA11");
        declared.not_applicable = vec!["SA11"];
        let examined = examine(&declared);
        assert!(examined.findings.is_empty());
        assert!(examined.cells.iter().any(|(_, cell)| *cell == model::Cell::NotApplicable));
    }
}
