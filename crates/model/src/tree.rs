//! The tree of reporting units on one day.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::{Level, UnitClass, UnitCode, UnitRecord};

/// Place of a unit in a [`Tree`]; units stand before their descendants, children by code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub u32);

impl Node {
    /// The place as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Units that can report on one day, parents before children. Containers of the code list
/// (pseudo prefectures, virtual villages) are left out: their children hang under the nearest
/// real unit above, so 济源 hangs under its province.
#[derive(Debug)]
pub struct Tree {
    day: Date,
    codes: Vec<UnitCode>,
    levels: Vec<Level>,
    classes: Vec<UnitClass>,
    eval_groups: Vec<Option<Level>>,
    records: Vec<u32>,
    parents: Vec<Option<Node>>,
    /// First node behind the subtree of each node.
    ends: Vec<u32>,
    by_code: foldhash::HashMap<UnitCode, Node>,
}

impl Tree {
    /// Builds the tree of `day`. Units whose chain does not reach a root are left out; the
    /// catalogue check reports them.
    pub(crate) fn build(records: &[UnitRecord], day: Date) -> Self {
        let alive: Vec<u32> =
            (0..records.len() as u32).filter(|&i| records[i as usize].exists_on(day)).collect();
        let place: HashMap<(UnitCode, Level), u32> = alive
            .iter()
            .map(|&i| ((records[i as usize].code, records[i as usize].level), i))
            .collect();
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut roots = Vec::new();
        for &i in &alive {
            if records[i as usize].class.is_container() {
                continue;
            }
            match real_parent(records, &place, i) {
                Above::Root => roots.push(i),
                Above::Unit(parent) => children.entry(parent).or_default().push(i),
                Above::Broken => {}
            }
        }
        let mut tree = Self {
            day,
            codes: Vec::with_capacity(alive.len()),
            levels: Vec::with_capacity(alive.len()),
            classes: Vec::with_capacity(alive.len()),
            eval_groups: Vec::with_capacity(alive.len()),
            records: Vec::with_capacity(alive.len()),
            parents: Vec::with_capacity(alive.len()),
            ends: Vec::with_capacity(alive.len()),
            by_code: foldhash::HashMap::with_capacity_and_hasher(alive.len(), Default::default()),
        };
        for root in roots {
            tree.grow(records, &children, root);
        }
        tree
    }

    /// Appends `root` and its descendants in preorder, without recursion.
    fn grow(&mut self, records: &[UnitRecord], children: &HashMap<u32, Vec<u32>>, root: u32) {
        let mut open = vec![(root, None)];
        let first = self.codes.len();
        while let Some((place, parent)) = open.pop() {
            let node = Node(self.codes.len() as u32);
            let record = &records[place as usize];
            self.codes.push(record.code);
            self.levels.push(record.level);
            self.classes.push(record.class);
            self.eval_groups.push(record.eval_group);
            self.records.push(place);
            self.parents.push(parent);
            self.ends.push(node.0 + 1);
            self.by_code.insert(record.code, node);
            let below = children.get(&place).map_or(&[][..], Vec::as_slice);
            open.extend(below.iter().rev().map(|&child| (child, Some(node))));
        }
        for i in (first..self.codes.len()).rev() {
            if let Some(parent) = self.parents[i] {
                let end = self.ends[i];
                let above = &mut self.ends[parent.index()];
                *above = end.max(*above);
            }
        }
    }

    /// The day for which the tree was asked first; the tree is the same until the next change.
    pub fn day(&self) -> Date {
        self.day
    }

    /// Number of units.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no unit.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// All nodes, parents before children.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = Node> + ExactSizeIterator {
        (0..self.codes.len() as u32).map(Node)
    }

    /// The node of a code.
    pub fn node(&self, code: UnitCode) -> Option<Node> {
        self.by_code.get(&code).copied()
    }

    /// Code of a node.
    pub fn code(&self, node: Node) -> UnitCode {
        self.codes[node.index()]
    }

    /// Level of a node.
    pub fn level(&self, node: Node) -> Level {
        self.levels[node.index()]
    }

    /// Class of a node.
    pub fn class(&self, node: Node) -> UnitClass {
        self.classes[node.index()]
    }

    /// Peers it is ranked with when they are not those of its level.
    pub fn eval_group(&self, node: Node) -> Option<Level> {
        self.eval_groups[node.index()]
    }

    /// Place of the node's record in [`crate::Register::records`].
    pub fn record(&self, node: Node) -> u32 {
        self.records[node.index()]
    }

    /// The unit above.
    pub fn parent(&self, node: Node) -> Option<Node> {
        self.parents[node.index()]
    }

    /// Parents of all nodes, by node.
    pub fn parents(&self) -> &[Option<Node>] {
        &self.parents
    }

    /// The node and its descendants, as a range of nodes.
    pub fn subtree(&self, node: Node) -> std::ops::Range<u32> {
        node.0..self.ends[node.index()]
    }

    /// The children of a node, by code.
    pub fn children(&self, node: Node) -> impl Iterator<Item = Node> {
        let end = self.ends[node.index()];
        let first = (node.0 + 1 < end).then_some(Node(node.0 + 1));
        std::iter::successors(first, move |child| {
            let next = self.ends[child.index()];
            (next < end).then_some(Node(next))
        })
    }

    /// The units above a node, nearest first.
    pub fn ancestors(&self, node: Node) -> impl Iterator<Item = Node> {
        std::iter::successors(self.parent(node), |&above| self.parent(above))
    }

    /// The node itself or the unit above it at `level`.
    pub fn at_level(&self, node: Node, level: Level) -> Option<Node> {
        std::iter::once(node).chain(self.ancestors(node)).find(|&n| self.level(n) == level)
    }

    /// The unit directly below the province that the node belongs to: its prefecture, or the county
    /// itself where the province governs it directly. `None` for a province.
    pub fn prefecture(&self, node: Node) -> Option<Node> {
        let mut below = node;
        self.parent(below)?;
        while let Some(above) = self.parent(below) {
            if self.parent(above).is_none() {
                break;
            }
            below = above;
        }
        Some(below)
    }

    /// The lowest unit at or above all of `nodes`.
    pub fn common_ancestor(&self, nodes: &[Node]) -> Option<Node> {
        let (&first, rest) = nodes.split_first()?;
        let covers = |above: Node| rest.iter().all(|n| self.subtree(above).contains(&n.0));
        std::iter::once(first).chain(self.ancestors(first)).find(|&n| covers(n))
    }
}

/// What stands above a record.
enum Above {
    Root,
    Unit(u32),
    Broken,
}

/// The nearest real unit above, skipping containers.
fn real_parent(
    records: &[UnitRecord],
    place: &HashMap<(UnitCode, Level), u32>,
    unit: u32,
) -> Above {
    let mut current = unit;
    // A chain has at most one step per level and per container; a longer one is a cycle.
    for _ in 0..16 {
        let Some(parent) = records[current as usize].parent else {
            return if current == unit { Above::Root } else { Above::Broken };
        };
        let Some(&above) = place.get(&parent) else { return Above::Broken };
        if !records[above as usize].class.is_container() {
            return Above::Unit(above);
        }
        current = above;
    }
    Above::Broken
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;

    use super::*;
    use crate::Register;

    fn code(digits: u64) -> UnitCode {
        UnitCode::from_u64(digits).unwrap()
    }

    fn unit(digits: u64, level: Level, class: UnitClass, parent: (u64, Level)) -> UnitRecord {
        UnitRecord {
            code: code(digits),
            name: digits.to_string(),
            level,
            class,
            parent: Some((code(parent.0), parent.1)),
            eval_group: None,
            valid_from: None,
            valid_to: None,
            successors: Vec::new(),
            source: (Arc::from("test"), 1),
        }
    }

    fn small_province() -> Vec<UnitRecord> {
        use Level::{City, County, Province, Township, Village};
        use UnitClass::{Admin, Direct, Neighbourhood, Pseudo, Town, Virtual};
        let mut province = unit(410_000_000_000, Province, Admin, (410_000_000_000, Province));
        province.parent = None;
        vec![
            province,
            unit(410_100_000_000, City, Admin, (410_000_000_000, Province)),
            unit(410_102_000_000, County, Admin, (410_100_000_000, City)),
            unit(410_102_100_000, Township, Town, (410_102_000_000, County)),
            unit(410_102_101_000, Township, Town, (410_102_000_000, County)),
            unit(410_102_100_001, Village, Neighbourhood, (410_102_100_000, Township)),
            unit(410_102_101_498, Village, Virtual, (410_102_101_000, Township)),
            unit(419_000_000_000, City, Pseudo, (410_000_000_000, Province)),
            unit(419_001_000_000, County, Direct, (419_000_000_000, City)),
        ]
    }

    #[test]
    fn containers_are_left_out_and_their_children_kept() {
        let register = Register::new(small_province());
        let tree = register.tree(date(2023, 3, 31));
        assert_eq!(tree.len(), 7);
        let node = |digits| tree.node(code(digits)).unwrap();
        let jiyuan = node(419_001_000_000);
        assert_eq!(tree.parent(jiyuan), Some(Node(0)));
        assert_eq!(tree.prefecture(jiyuan), Some(jiyuan));
        assert_eq!(tree.prefecture(node(410_102_100_001)), Some(node(410_100_000_000)));
        assert_eq!(tree.prefecture(Node(0)), None);
        assert_eq!(tree.children(Node(0)).count(), 2);
        assert_eq!(tree.subtree(Node(0)), 0..7);
        assert!(tree.node(code(410_102_101_498)).is_none());
    }

    #[test]
    fn a_merger_changes_the_tree_on_its_day_and_names_the_heir() {
        let mut records = small_province();
        let day = date(2023, 2, 15);
        for r in &mut records {
            if matches!(r.code.as_u64(), 410_102_100_000 | 410_102_101_000) {
                r.valid_to = Some(day);
                r.successors = vec![code(410_102_102_000)];
            }
        }
        let mut merged = unit(
            410_102_102_000,
            Level::Township,
            UnitClass::Town,
            (410_102_000_000, Level::County),
        );
        merged.valid_from = Some(day);
        records.push(merged);
        let register = Register::new(records);
        let (before, after) = (register.tree(date(2023, 2, 14)), register.tree(day));
        assert!(before.node(code(410_102_102_000)).is_none());
        let heirs = register.heirs(code(410_102_100_000), date(2023, 1, 31), &after);
        assert_eq!(heirs, vec![after.node(code(410_102_102_000)).unwrap()]);
        assert!(Arc::ptr_eq(&after, &register.tree(date(2023, 12, 31))));
    }
}
