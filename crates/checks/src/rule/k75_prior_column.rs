//! K75 上期数与库存不符: a value of the period before that is sent along equals the stored one.
//!
//! Stored is the unit's own cell of the period before, as the revision in force has it: of a
//! year-to-date value what had been counted until then, in January until December. A cell is whole or
//! not there at all; where it is missing or not applicable, or the code named another unit, there is
//! nothing to compare with. The column never decides about acceptance, since a correction of the period
//! before would change the answer afterwards.

use model::{Amount, Cell, Figures, IndicatorIx};

use crate::{
    context::{ContextFinding, Scene},
    exact::Exact,
    prior::PriorColumn,
    says::{Says, finding},
};

const ID: &str = "K75";

/// Compares the columns with the figures.
pub(crate) fn check(scene: Scene<'_>, columns: &[PriorColumn], findings: &mut Vec<ContextFinding>) {
    for PriorColumn { key, cells } in columns {
        let before = key.period.previous();
        let (tree, then) = (scene.figures.tree(key.period), scene.figures.tree(before));
        let (Some(node), Some(was)) = (tree.node(key.unit), then.node(key.unit)) else { continue };
        if tree.record(node) != then.record(was) {
            continue;
        }
        for &(indicator, sent) in cells {
            let Some(says) = compare(scene, scene.figures, key, (indicator, sent)) else {
                continue;
            };
            let found = finding(scene.catalog, ID, key.form, tree.level(node), says);
            findings.extend(found.map(|finding| ContextFinding {
                units: vec![key.unit],
                form: key.form,
                period: Some(key.period),
                finding,
            }));
        }
    }
}

fn compare(
    scene: Scene<'_>,
    figures: &dyn Figures,
    key: &model::SubmissionKey,
    (indicator, sent): (IndicatorIx, Amount),
) -> Option<Says> {
    let before = key.period.previous();
    let Cell::Value(stored) = figures.own(key.unit, indicator, before) else { return None };
    let (sent, stored) = (Exact::from(sent), Exact::from(stored));
    let apart = sent.minus(stored)?;
    if apart.compare(Exact::ZERO)?.is_eq() {
        return None;
    }
    let definition = scene.catalog.indicator(indicator);
    let name = format!("{} {}", definition.code, definition.zh);
    Some(Says {
        cell: definition.code.clone(),
        found: sent.to_string(),
        expected: stored.to_string(),
        zh: format!(
            "{name} 上期数填 {sent}，{before} 在库为 {stored}，相差 {apart}；请核对：上期数抄错的更正本期报表，{before} 报错的更正 {before}"
        ),
        en: format!(
            "{name} is said to have been {sent} in {before}, stored is {stored}, a difference of {apart}; correct this return if it was copied wrongly, or that of {before} if it was wrong"
        ),
        head: None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{Severity, SubmissionKey};

    use crate::{
        Context, ContextFinding, PriorColumn,
        fixture::{Written, catalog, code},
        stored_prior,
    };

    const TOWN: &str = "410421100000";

    fn found(figures: &Written, period: &str, column: &[(&str, &str)]) -> Vec<ContextFinding> {
        let catalog = catalog();
        let column: BTreeMap<String, String> =
            column.iter().map(|&(c, t)| (c.to_owned(), t.to_owned())).collect();
        let key = SubmissionKey {
            unit: code(TOWN),
            form: catalog.form_by_code("SA").unwrap(),
            period: period.parse().unwrap(),
        };
        let cells = stored_prior(&catalog, &column);
        Context::new(catalog).of_prior(figures, &[PriorColumn { key, cells }])
    }

    fn stored(month: &str) -> Written {
        // Three newly admitted, 12.5 万元 paid since January.
        Written::default().own(TOWN, "SA09", month, 3).own(TOWN, "SA11", month, 125_000)
    }

    #[test]
    fn what_was_copied_rightly_passes_and_the_last_digit_counts() {
        let figures = stored("2023-02");
        assert!(found(&figures, "2023-03", &[("SA09", "3"), ("SA11", "12.50")]).is_empty());
        let all = found(&figures, "2023-03", &[("SA09", "4"), ("SA11", "12.4999")]);
        let told: Vec<_> = all
            .iter()
            .map(|one| &one.finding)
            .map(|f| (f.check.as_str(), f.cell.as_str(), f.found.as_str(), f.expected.as_str()))
            .collect();
        assert_eq!(told, [("K75", "SA09", "4", "3"), ("K75", "SA11", "12.4999", "12.5")]);
        assert!(all[1].finding.message_en.contains("difference of -0.0001"));
        assert_eq!(all[0].finding.severity, Severity::Hard);
        assert_eq!((all[0].units[0], all[0].period), (code(TOWN), "2023-03".parse().ok()));
    }

    #[test]
    fn the_period_before_is_meant_and_in_january_december() {
        let column = [("SA11", "12.5")];
        let other = stored("2023-02").own(TOWN, "SA11", "2023-03", 200_000);
        assert!(found(&other, "2023-03", &column).is_empty());
        assert_eq!(found(&other, "2023-04", &column).len(), 1);
        assert!(found(&stored("2022-12"), "2023-01", &column).is_empty());
        assert_eq!(found(&stored("2022-12"), "2023-01", &[("SA11", "0")]).len(), 1);
    }

    #[test]
    fn where_nothing_is_stored_nothing_is_said() {
        assert!(found(&Written::default(), "2023-03", &[("SA11", "12.5")]).is_empty());
        // Of the year before is not of the period before.
        assert!(found(&stored("2022-03"), "2023-03", &[("SA11", "1")]).is_empty());
        // What is rolled up from below is not what the unit itself entered.
        let rolled_up = Written::default().value(TOWN, "SA02", "2023-02", 9);
        assert!(found(&rolled_up, "2023-03", &[("SA02", "8")]).is_empty());
        assert_eq!(
            found(&stored("2023-02").own(TOWN, "SA02", "2023-02", 9), "2023-03", &[("SA02", "8")])
                .len(),
            1
        );
    }
}
