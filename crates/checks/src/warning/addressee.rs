//! On whose list a warning is put.

use model::{Node, Tree, warning::Addressee};

/// The unit above `node` that is meant; `None` where nobody is above it.
///
/// Where the register has no such unit between (a county below the province has no prefecture above
/// it), the next one above is told.
pub(super) fn addressee(tree: &Tree, node: Node, to: Addressee) -> Option<Node> {
    let parent = tree.parent(node)?;
    Some(match to {
        Addressee::Parent => parent,
        Addressee::Prefecture => {
            tree.prefecture(node).filter(|&prefecture| prefecture != node).unwrap_or(parent)
        }
        Addressee::Province => tree.ancestors(node).last().unwrap_or(parent),
    })
}
