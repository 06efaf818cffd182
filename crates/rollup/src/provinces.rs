//! The provinces of a period: the units above which there is none.

use model::{Period, UnitCode};

use crate::State;

impl State {
    /// The provinces on the last day of a period, ascending.
    pub fn provinces_on(&self, period: Period) -> Vec<UnitCode> {
        let ground = self.atlas.on(period.end());
        ground.roots.iter().map(|&root| ground.tree.code(root)).collect()
    }

    /// The province of a unit on the last day of a period; `None` when the unit is not there then.
    pub fn province_of(&self, period: Period, unit: UnitCode) -> Option<UnitCode> {
        let ground = self.atlas.on(period.end());
        ground.tree.node(unit).map(|node| ground.root_code(node))
    }
}
