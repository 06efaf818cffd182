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

    /// The counts of units of a level (or of any) whose class passes, to be given to
    /// [`Census::count`].
    pub(crate) fn select(
        &self,
        level: Option<Level>,
        class: impl Fn(UnitClass) -> bool,
    ) -> Vec<usize> {
        let wanted = |(_, (of, c, _)): &(usize, &(Level, UnitClass, Vec<u32>))| {
            level.is_none_or(|level| level == *of) && class(*c)
        };
        self.counts.iter().enumerate().filter(wanted).map(|(i, _)| i).collect()
    }

    /// The counts of units of a level that owe a form.
    pub(crate) fn owing(&self, form: &Form, level: Level) -> Vec<usize> {
        self.select(Some(level), |class| form.asks(class))
    }

    /// Selected units in the subtree of `node`.
    #[inline]
    pub(crate) fn count(&self, selected: &[usize], tree: &Tree, node: Node) -> u32 {
        let subtree = tree.subtree(node);
        let count = |&i: &usize| {
            let before = &self.counts[i].2;
            before[subtree.end as usize] - before[subtree.start as usize]
        };
        selected.iter().map(count).sum()
    }

    /// Units in the subtree of `node`, each as often as its sort is to be counted.
    #[inline]
    pub(crate) fn weighted(&self, times: &[(usize, u32)], tree: &Tree, node: Node) -> u32 {
        let subtree = tree.subtree(node);
        let count = |&(i, times): &(usize, u32)| {
            let before = &self.counts[i].2;
            times * (before[subtree.end as usize] - before[subtree.start as usize])
        };
        times.iter().map(count).sum()
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
