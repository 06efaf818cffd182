//! Units that cover something else than they did: their figures of then and now are those of different
//! places, and a change between them is none.

use std::{collections::BTreeSet, sync::Arc};

use model::{Node, Period, Register, Tree, UnitCode, UnitRecord};

/// Units that took over from others, or gave away or got lower units, between the ends of the two
/// periods. A merger inside a county changes nothing above the townships that merged.
pub(super) fn regrouped(
    register: &Register,
    (earlier, then): (Period, &Arc<Tree>),
    (period, now): (Period, &Arc<Tree>),
) -> BTreeSet<UnitCode> {
    let mut changed = BTreeSet::new();
    if Arc::ptr_eq(then, now) {
        return changed;
    }
    let (eve, day) = (earlier.end(), period.end());
    let ended = |unit: &&UnitRecord| {
        unit.valid_to.is_some_and(|end| eve < end && end <= day) && unit.exists_on(eve)
    };
    for code in register.records().iter().filter(ended).map(|unit| unit.code) {
        let Some(node) = then.node(code) else { continue };
        let before = above(then, node);
        changed.insert(code);
        for heir in register.heirs(code, eve, now) {
            let after = above(now, heir);
            changed.insert(now.code(heir));
            changed.extend(before.symmetric_difference(&after));
        }
    }
    changed
}

/// Codes of the units above.
fn above(tree: &Tree, node: Node) -> BTreeSet<UnitCode> {
    tree.ancestors(node).map(|above| tree.code(above)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};
    use model::{Level, UnitClass};

    use super::*;
    use crate::fixture::code;

    const CITY: &str = "410400000000";
    const ONE: &str = "410421000000";
    const OTHER: &str = "410422000000";
    const STAYS: &str = "410421100000";
    const MOVES: &str = "410421101000";

    fn unit(own: &str, level: Level, parent: Option<(&str, Level)>) -> UnitRecord {
        UnitRecord {
            code: code(own),
            name: String::new(),
            level,
            class: if level == Level::Township { UnitClass::Town } else { UnitClass::Admin },
            parent: parent.map(|(above, level)| (code(above), level)),
            eval_group: None,
            valid_from: None,
            valid_to: None,
            successors: Vec::new(),
            source: (Arc::from("units"), 1),
        }
    }

    /// What changed in March 2023, when the town `MOVES` ended and `after` holds what became of it.
    fn changed(successors: &[&str], after: Option<UnitRecord>) -> Vec<String> {
        let day: Date = date(2023, 3, 1);
        let mut moves = unit(MOVES, Level::Township, Some((ONE, Level::County)));
        moves.valid_to = Some(day);
        moves.successors = successors.iter().map(|unit| code(unit)).collect();
        let mut records = vec![
            unit(CITY, Level::City, None),
            unit(ONE, Level::County, Some((CITY, Level::City))),
            unit(OTHER, Level::County, Some((CITY, Level::City))),
            unit(STAYS, Level::Township, Some((ONE, Level::County))),
            moves,
        ];
        records.extend(after.map(|unit| UnitRecord { valid_from: Some(day), ..unit }));
        let register = Register::new(records);
        let period = |text: &str| -> Period { text.parse().unwrap() };
        let since = |earlier: &str, now: &str| {
            let (earlier, now) = (period(earlier), period(now));
            let (then, tree) = (register.tree(earlier.end()), register.tree(now.end()));
            regrouped(&register, (earlier, &then), (now, &tree))
        };
        assert!(since("2023-01", "2023-02").is_empty() && since("2023-03", "2023-04").is_empty());
        since("2023-02", "2023-03").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_move_changes_both_counties_and_not_the_city() {
        let moved = unit(MOVES, Level::Township, Some((OTHER, Level::County)));
        assert_eq!(changed(&[], Some(moved)), [ONE, MOVES, OTHER]);
    }

    #[test]
    fn a_merger_changes_the_units_that_merged() {
        assert_eq!(changed(&[STAYS], None), [STAYS, MOVES]);
    }
}
