//! From one tree to another: what a unit held goes to its heirs, and every total is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use model::{Node, Register, Tree, UnitCode};

use crate::{Slice, atlas::Ground};

/// No node.
const NONE: u32 = u32::MAX;

/// How the cells of one tree stand in another.
///
/// A unit's own cell lands on its heir; with several heirs nobody can say which part is whose, so it
/// lands as own share (本级) on the lowest unit above them all; without heir on the heir of the unit
/// above. From a later tree to an earlier one the same holds for predecessors. Subtrees that are the
/// same in both trees are read as they are, so a merger costs only the path above it.
#[derive(Debug)]
pub(crate) struct Passage {
    target: Arc<Tree>,
    /// For each target: the source whose whole subtree is the same, or [`NONE`].
    same: Vec<u32>,
    /// Own cells that land on targets, ascending.
    arrivals: Vec<(Node, Node)>,
    landings: Vec<u32>,
    /// Slices of the target tree in which the units of a source prefecture land.
    slices: BTreeMap<Option<UnitCode>, BTreeSet<Slice>>,
}

impl Passage {
    /// `day` lies in the earlier of the two trees.
    pub(crate) fn new(register: &Register, source: &Ground, target: &Ground, day: Date) -> Self {
        let (from, to) = (&source.tree, &target.tree);
        let landings = if source.span < target.span {
            forward(register, from, to, day)
        } else {
            backward(register, from, to, day)
        };
        let landed = |s: Node| Some(landings[s.index()]).filter(|&t| t != NONE).map(Node);
        let mut arrivals: Vec<(Node, Node)> =
            from.nodes().filter_map(|s| Some((landed(s)?, s))).collect();
        arrivals.sort_unstable();
        let mut slices: BTreeMap<Option<UnitCode>, BTreeSet<Slice>> = BTreeMap::new();
        for (t, s) in &arrivals {
            let prefecture = from.prefecture(*s).map(|p| from.code(p));
            slices.entry(prefecture).or_default().insert(Slice::of(to, *t));
        }
        let same = same_subtrees(from, to, &arrivals);
        Self { target: Arc::clone(to), same, arrivals, landings, slices }
    }

    /// Where the own cells of a source unit land.
    pub(crate) fn landing(&self, source: Node) -> Option<Node> {
        Some(self.landings[source.index()]).filter(|&target| target != NONE).map(Node)
    }

    /// Slices of the target tree that units of a source prefecture (`None`: the province) reach.
    pub(crate) fn slices(&self, prefecture: Option<UnitCode>) -> impl Iterator<Item = Slice> {
        self.slices.get(&prefecture).into_iter().flatten().copied()
    }

    /// Sources whose own cells land on `target`.
    fn arrivals(&self, target: Node) -> impl Iterator<Item = Node> {
        let start = self.arrivals.partition_point(|&(t, _)| t < target);
        self.arrivals[start..].iter().take_while(move |(t, _)| *t == target).map(|&(_, s)| s)
    }

    /// The sum for a target: `whole` of its source where the subtree is the same, otherwise `own` of
    /// everything that lands on it and the sums of its children.
    pub(crate) fn gather<T: Default>(
        &self,
        target: Node,
        whole: &impl Fn(Node) -> T,
        own: &impl Fn(Node) -> T,
        add: &impl Fn(&mut T, T),
    ) -> T {
        if let Some(&source) = self.same.get(target.index()).filter(|&&source| source != NONE) {
            return whole(Node(source));
        }
        let mut sum = T::default();
        for source in self.arrivals(target) {
            add(&mut sum, own(source));
        }
        for child in self.target.children(target) {
            add(&mut sum, self.gather(child, whole, own, add));
        }
        sum
    }

    /// Sources that land in the subtree of a target, each with its landing.
    pub(crate) fn landing_below(&self, target: Node) -> impl Iterator<Item = Node> {
        let subtree = self.target.subtree(target);
        let start = self.arrivals.partition_point(|&(t, _)| t.0 < subtree.start);
        let inside = move |(t, _): &&(Node, Node)| t.0 < subtree.end;
        self.arrivals[start..].iter().take_while(inside).map(|&(_, s)| s)
    }
}

/// The node of `to` that is the same record as `node` of `from`.
fn unchanged(from: &Tree, node: Node, to: &Tree) -> Option<Node> {
    to.node(from.code(node)).filter(|&n| to.record(n) == from.record(node))
}

fn direct_heirs(register: &Register, from: &Tree, node: Node, to: &Tree, day: Date) -> Vec<Node> {
    match unchanged(from, node, to) {
        Some(same) => vec![same],
        None => register.heirs(from.code(node), day, to),
    }
}

fn forward(register: &Register, from: &Tree, to: &Tree, day: Date) -> Vec<u32> {
    let mut landings = vec![NONE; from.len()];
    for node in from.nodes() {
        let heirs = direct_heirs(register, from, node, to, day);
        landings[node.index()] = land(from, to, node, &heirs, &landings);
    }
    landings
}

fn backward(register: &Register, from: &Tree, to: &Tree, day: Date) -> Vec<u32> {
    let mut predecessors: Vec<Vec<Node>> = vec![Vec::new(); from.len()];
    for node in to.nodes() {
        for heir in direct_heirs(register, to, node, from, day) {
            predecessors[heir.index()].push(node);
        }
    }
    let mut landings = vec![NONE; from.len()];
    for node in from.nodes() {
        landings[node.index()] = land(from, to, node, &predecessors[node.index()], &landings);
    }
    landings
}

/// One candidate takes all, several share at the lowest unit above them, none leaves it to the unit
/// above.
fn land(from: &Tree, to: &Tree, node: Node, candidates: &[Node], landings: &[u32]) -> u32 {
    let above = || from.parent(node).map_or(NONE, |parent| landings[parent.index()]);
    to.common_ancestor(candidates).map_or_else(above, |n| n.0)
}

/// For each target the source whose subtree is the same unit by unit.
fn same_subtrees(from: &Tree, to: &Tree, arrivals: &[(Node, Node)]) -> Vec<u32> {
    let mut same = vec![NONE; to.len()];
    let mut rest = arrivals;
    for target in to.nodes().rev() {
        let start = rest.partition_point(|&(t, _)| t < target);
        let (before, here) = rest.split_at(start);
        rest = before;
        let [(_, source)] = here else { continue };
        let kept = |child: Node| {
            let twin = same[child.index()];
            twin != NONE && from.parent(Node(twin)) == Some(*source)
        };
        let all_kept = to.children(target).all(kept);
        if all_kept && to.children(target).count() == from.children(*source).count() {
            same[target.index()] = source.0;
        }
    }
    same
}
