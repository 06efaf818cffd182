//! K87 下级未报齐: every return due below a unit is in force, else its total is partial.
//!
//! One finding per unit, form and period, which names who is missing so that they can be chased.

use model::{FormIx, Node, Period, Tree, UnitCode, form::BlockKey};

use crate::{
    context::{ContextFinding, Rows, Scene, list},
    says::{Says, of_check},
};

const ID: &str = "K87";

/// Missing units that a finding names; the others are counted.
const NAMED: usize = 10;

/// Looks at every unit that has returns due below it.
pub(crate) fn check(rows: &Rows<'_>, findings: &mut Vec<ContextFinding>) {
    let Rows { scene, form, period, tree, nodes } = rows;
    let Some(check) = scene.definition(ID) else { return };
    let code = &scene.catalog.form(*form).code;
    if !check.forms.is_empty() && !check.forms.contains(code) {
        return;
    }
    let due = Due { scene: *scene, period: *period, blocks: blocks(*scene, *form, *period) };
    for &node in nodes.iter().filter(|&&node| check.levels.include(tree.level(node))) {
        if let Some(says) = due.below(tree, node, code) {
            findings.push(rows.finding(node, of_check(check, says)));
        }
    }
}

/// The sorts of returns of `form` that are due inside `period`.
fn blocks(scene: Scene<'_>, form: FormIx, period: Period) -> Vec<BlockKey> {
    let inside = |key: &BlockKey| {
        key.form == form
            && (key.frequency == period.kind() || key.frequency.rolls_into(period.kind()))
    };
    scene.catalog.blocks().iter().map(|(key, _)| *key).filter(inside).collect()
}

struct Due<'a> {
    scene: Scene<'a>,
    period: Period,
    blocks: Vec<BlockKey>,
}

impl Due<'_> {
    /// What is missing below a unit; its own return is not its child's.
    fn below(&self, tree: &Tree, node: Node, form: &str) -> Option<Says> {
        let unit = tree.code(node);
        let (mut due, mut accepted) = (0, 0);
        for &block in self.blocks.iter().filter(|block| block.level < tree.level(node)) {
            let coverage = self.scene.figures.coverage(unit, block, self.period);
            due += coverage.due;
            accepted += coverage.accepted;
        }
        if accepted >= due {
            return None;
        }
        let mut missing = Vec::with_capacity(NAMED);
        for child in tree.children(node) {
            self.collect(tree, child, &mut missing);
        }
        Some(says(form, self.period, (due, accepted), &missing))
    }

    /// Adds units at or below `node` that owe a return, in the order of the tree, up to [`NAMED`].
    fn collect(&self, tree: &Tree, node: Node, missing: &mut Vec<UnitCode>) {
        if missing.len() >= NAMED {
            return;
        }
        let (unit, level) = (tree.code(node), tree.level(node));
        let owes = |block: &&BlockKey| {
            self.scene.figures.coverage(unit, **block, self.period).is_partial()
        };
        if self.blocks.iter().filter(|block| block.level == level).any(|block| owes(&block)) {
            missing.push(unit);
        }
        if self.blocks.iter().filter(|block| block.level < level).any(|block| owes(&block)) {
            for child in tree.children(node) {
                self.collect(tree, child, missing);
            }
        }
    }
}

fn says(form: &str, period: Period, (due, accepted): (u32, u32), missing: &[UnitCode]) -> Says {
    let lacking = due - accepted;
    let names = list(missing).replace('+', "、");
    let more = if lacking as usize > missing.len() { "等" } else { "" };
    let names_en = list(missing).replace('+', ", ");
    let more_en = if more.is_empty() { "" } else { " and more" };
    Says {
        found: format!("{accepted}/{due}"),
        expected: format!("{due}/{due}"),
        zh: format!(
            "{form} {period} 下级应报 {due} 份，已接受 {accepted} 份，缺 {lacking} 份：{names}{more}；请催报，报齐前汇总数只作部分数"
        ),
        en: format!(
            "{form} {period}: {accepted} of {due} returns below are accepted, {lacking} missing: {names_en}{more_en}; chase them, until then the total is partial"
        ),
        ..Says::default()
    }
}

#[cfg(test)]
mod tests {
    use model::{FormIx, Period};

    use crate::{
        Context, ContextFinding,
        fixture::{Written, catalog},
    };

    fn found(figures: &Written, form: &str, period: &str) -> Vec<ContextFinding> {
        let form: FormIx = catalog().form_by_code(form).unwrap();
        let period: Period = period.parse().unwrap();
        let mut findings = Context::new(catalog()).all(figures, &[], &[(form, period)]);
        findings.retain(|one| one.finding.check == "K87");
        findings
    }

    #[test]
    fn every_unit_above_a_gap_names_who_is_missing() {
        let figures = Written::default().without("410421100202");
        let findings = found(&figures, "SA", "2023-01");
        let units: Vec<String> = findings.iter().map(|f| f.units[0].to_string()).collect();
        let chain = ["410000000000", "410400000000", "410421000000", "410421100000"];
        assert_eq!(units, chain);
        for one in &findings {
            assert!(one.finding.message_zh.contains("410421100202"));
            assert!(one.finding.message_zh.contains("缺 1 份"));
        }
        assert_eq!(findings[3].finding.found, "1/2");
        assert!(found(&Written::default(), "SA", "2023-01").is_empty());
    }

    #[test]
    fn a_gap_of_its_own_is_not_a_gap_below() {
        let figures = Written::default().without("410421100000");
        let findings = found(&figures, "SA", "2023-01");
        assert!(findings.iter().all(|f| f.units[0].to_string() != "410421100000"));
        assert_eq!(findings.len(), 3);
    }

    #[test]
    fn ten_are_named_and_all_are_counted() {
        let counties = ["402", "404", "421", "422", "423", "425", "481", "482"];
        let mut figures = Written::default().without("410421100201").without("410421100202");
        for county in counties {
            figures = figures.without(&format!("410{county}000000"));
        }
        for unit in ["410421102201", "410421100000"] {
            figures = figures.without(unit);
        }
        let findings = found(&figures, "SA", "2023-01");
        let city = findings.iter().find(|f| f.units[0].to_string() == "410400000000").unwrap();
        assert_eq!(city.finding.found, "1/13");
        assert!(city.finding.message_zh.contains("缺 12 份"));
        assert!(city.finding.message_zh.contains('等'));
        assert_eq!(city.finding.message_zh.matches('、').count(), 9);
    }
}
