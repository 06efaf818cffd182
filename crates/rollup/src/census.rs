//! How many units of a level and class stand in a subtree: due returns and counted units.

use model::{Form, Level, Node, Tree, UnitClass};

/// Running counts over the order of the tree, so that a subtree is counted by one subtraction.
#[derive(Debug)]
pub(crate) struct Census {
    /// For each level and class that occurs: how many stand before each node.
    counts: Vec<(Level, UnitClass, Vec<u32>)>,
}

impl Census {
    pub(crate) fn new(tree: &Tree) -> Self {
        let mut present: Vec<(Level, UnitClass)> =
            tree.nodes().map(|node| (tree.level(node), tree.class(node))).collect();
        present.sort_unstable();
        present.dedup();
        let counts = present
            .into_iter()
            .map(|(level, class)| (level, class, before_each(tree, level, class)))
            .collect();
        Self { counts }
    }

    /// Units of `level` in the subtree of `node` whose class passes.
    pub(crate) fn count(
        &self,
        tree: &Tree,
        node: Node,
        level: Option<Level>,
        class: impl Fn(UnitClass) -> bool,
    ) -> u32 {
        let subtree = tree.subtree(node);
        let wanted = |of: Level, c: UnitClass| level.is_none_or(|level| level == of) && class(c);
        let counts = self.counts.iter().filter(|(of, c, _)| wanted(*of, *c));
        counts.map(|(_, _, n)| n[subtree.end as usize] - n[subtree.start as usize]).sum()
    }

    /// Adds `times` the running counts of due returns to `totals`, which has one place more than the
    /// tree has units.
    pub(crate) fn add_due(&self, totals: &mut [u32], form: &Form, level: Level, times: u32) {
        for (of, class, counts) in &self.counts {
            if *of == level && form.asks(*class) {
                for (total, count) in totals.iter_mut().zip(counts) {
                    *total += count * times;
                }
            }
        }
    }

    /// Returns that `form` asks from units of `level` in the subtree of `node`.
    pub(crate) fn due(&self, tree: &Tree, node: Node, form: &Form, level: Level) -> u32 {
        self.count(tree, node, Some(level), |class| form.asks(class))
    }
}

fn before_each(tree: &Tree, level: Level, class: UnitClass) -> Vec<u32> {
    let mut before = Vec::with_capacity(tree.len() + 1);
    let mut n = 0;
    before.push(0);
    for node in tree.nodes() {
        n += u32::from(tree.level(node) == level && tree.class(node) == class);
        before.push(n);
    }
    before
}
