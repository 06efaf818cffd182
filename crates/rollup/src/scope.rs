//! Which units of one province a sort of return concerns, numbered without gaps.

use model::{Level, Node, Tree};

/// No slot.
const NONE: u32 = u32::MAX;

/// Whether units of `level` hold units of `entry`. Institutions hang under townships, so a village
/// holds none.
pub(crate) fn stands_above(level: Level, entry: Level) -> bool {
    level > entry && level != Level::Village
}

/// The units of a root's subtree at an entry level and above it, in the order of the tree.
///
/// Arrays of values have one place (slot) per such unit: a daily return of institutions does not pay
/// for fifty thousand villages.
#[derive(Debug)]
pub(crate) struct Scope {
    first: u32,
    nodes: Vec<Node>,
    slots: Vec<u32>,
    parents: Vec<u32>,
    /// First slot behind the subtree of each slot; for entry units the next slot.
    ends: Vec<u32>,
    entry: Vec<bool>,
}

impl Scope {
    pub(crate) fn new(tree: &Tree, root: Node, entry: Level) -> Self {
        let subtree = tree.subtree(root);
        let mut scope = Self {
            first: root.0,
            nodes: Vec::new(),
            slots: vec![NONE; subtree.len()],
            parents: Vec::new(),
            ends: Vec::new(),
            entry: Vec::new(),
        };
        for node in subtree.clone().map(Node) {
            let level = tree.level(node);
            if level == entry || stands_above(level, entry) {
                scope.push(tree, node, entry);
            }
        }
        scope
    }

    fn push(&mut self, tree: &Tree, node: Node, entry: Level) {
        let slot = self.nodes.len() as u32;
        let parent = tree
            .ancestors(node)
            .take_while(|above| above.0 >= self.first)
            .filter(|&above| tree.level(above) > entry)
            .find_map(|above| self.slot(above));
        self.slots[(node.0 - self.first) as usize] = slot;
        self.nodes.push(node);
        self.parents.push(parent.unwrap_or(NONE));
        self.ends.push(slot + 1);
        self.entry.push(tree.level(node) == entry);
        let mut up = parent;
        while let Some(place) = up {
            self.ends[place as usize] = slot + 1;
            up = self.parent(place);
        }
    }

    /// Number of slots.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The slot of a node of the tree, if the node is concerned.
    #[inline]
    pub(crate) fn slot(&self, node: Node) -> Option<u32> {
        let place = node.0.checked_sub(self.first)? as usize;
        self.slots.get(place).copied().filter(|&slot| slot != NONE)
    }

    /// The unit of a slot.
    pub(crate) fn node(&self, slot: u32) -> Node {
        self.nodes[slot as usize]
    }

    /// Whether returns are entered here, not summed.
    #[inline]
    pub(crate) fn is_entry(&self, slot: u32) -> bool {
        self.entry[slot as usize]
    }

    /// The slot above.
    pub(crate) fn parent(&self, slot: u32) -> Option<u32> {
        Some(self.parents[slot as usize]).filter(|&parent| parent != NONE)
    }

    /// First slot behind the subtree of a slot.
    #[inline]
    pub(crate) fn end(&self, slot: u32) -> u32 {
        self.ends[slot as usize]
    }

    /// The slots directly below.
    pub(crate) fn children(&self, slot: u32) -> impl Iterator<Item = u32> {
        let end = self.end(slot);
        let first = Some(slot + 1).filter(|&child| child < end);
        std::iter::successors(first, move |&child| Some(self.end(child)).filter(|&n| n < end))
    }
}
