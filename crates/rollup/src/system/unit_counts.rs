//! BS06 to BS09: streets, towns and townships, village and neighbourhood committees, counted from the
//! register.

use std::sync::Arc;

use model::{Level, Node, UnitClass};

use super::SystemRule;
use crate::atlas::Ground;

/// Indicator and the classes that it counts. Quasi townships and villages are not recognised by civil
/// affairs, so none of them is counted (济宁: 156 = 103 镇 + 4 乡 + 49 街道).
const COUNTED: [(&str, &[UnitClass]); 4] = [
    ("BS06", &[UnitClass::Street]),
    ("BS07", &[UnitClass::Town, UnitClass::Township]),
    ("BS08", &[UnitClass::VillageCommittee]),
    ("BS09", &[UnitClass::Neighbourhood]),
];

/// The rule of an indicator that counts units.
pub(super) fn rule(code: &str) -> Option<SystemRule> {
    let entry = COUNTED.iter().find(|(counted, _)| *counted == code)?;
    Some(SystemRule::Units(entry.1))
}

/// A count of units in each subtree of one tree: townships and everything above.
#[derive(Debug)]
pub(crate) struct UnitCount {
    ground: Arc<Ground>,
    selected: Vec<usize>,
}

impl UnitCount {
    pub(super) fn new(ground: &Arc<Ground>, classes: &'static [UnitClass]) -> Self {
        let selected = ground.census().select(None, |class| classes.contains(&class));
        Self { ground: Arc::clone(ground), selected }
    }

    /// Units of the counted classes at and below `node`; a unit below the township has no count.
    pub(crate) fn at(&self, node: Node) -> Option<i128> {
        let tree = &self.ground.tree;
        if tree.level(node) < Level::Township {
            return None;
        }
        Some(i128::from(self.ground.census().count(&self.selected, tree, node)))
    }
}
