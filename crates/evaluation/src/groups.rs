//! Who is compared with whom, and what is asked of them.

use model::{
    Node, PeriodKind, Tree,
    scheme::{Item, PeerGroup, Scheme},
};

/// Units of a group inside the subtree of `root`, by code.
pub(crate) fn members(tree: &Tree, root: Node, group: &PeerGroup) -> Vec<Node> {
    let mut members: Vec<Node> =
        tree.subtree(root).map(Node).filter(|&node| holds(tree, node, group)).collect();
    members.sort_by_key(|&node| tree.code(node));
    members
}

/// Whether a unit belongs to a group.
pub(crate) fn holds(tree: &Tree, node: Node, group: &PeerGroup) -> bool {
    group.holds(tree.level(node), tree.class(node), tree.eval_group(node))
}

/// Why an item is not asked of a group in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAsked {
    /// It does not apply to the group.
    Group,
    /// It does not count in this kind of period.
    Cycle,
}

/// Whether an item is asked of `group` in periods of `kind`.
pub(crate) fn asks(item: &Item, group: &PeerGroup, kind: PeriodKind) -> Result<(), NotAsked> {
    if !item.groups.contains(&group.id) {
        return Err(NotAsked::Group);
    }
    if item.cycles.contains(&kind) { Ok(()) } else { Err(NotAsked::Cycle) }
}

/// Places of the items that are asked of `group` in periods of `kind`.
pub(crate) fn asked(scheme: &Scheme, group: &PeerGroup, kind: PeriodKind) -> Vec<usize> {
    (0..scheme.items.len()).filter(|&i| asks(&scheme.items[i], group, kind).is_ok()).collect()
}
