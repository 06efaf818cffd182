//! All returns of one form and base period, by province.

use std::{collections::BTreeMap, sync::Arc};

use model::{Catalog, Cell, FormIx, Node, Period};

use crate::{
    atlas::Ground,
    block::{Block, Returns},
    layout::BlockShape,
    tally::Tallies,
};

/// Returns of one form and base period.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    pub(crate) form: FormIx,
    pub(crate) period: Period,
    /// The tree of the period's last day.
    pub(crate) ground: Arc<Ground>,
    /// By province of the ground; only those that recorded anything take memory.
    pub(crate) provinces: Vec<Option<Province>>,
}

/// Those of one province.
#[derive(Clone, Debug)]
pub(crate) struct Province {
    /// One for each sort of return of the form and frequency.
    pub(crate) blocks: Vec<Block>,
    /// Keys of units whose level enters nothing here: they may have own shares (本级).
    pub(crate) others: BTreeMap<Node, u8>,
    /// What the verdicts said about keys.
    pub(crate) tallies: BTreeMap<Node, Tallies>,
    /// Whether each block, and last the other keys, were counted as holding returns.
    pub(crate) counted: Vec<bool>,
}

impl Sheet {
    pub(crate) fn new(form: FormIx, period: Period, ground: &Arc<Ground>) -> Self {
        let provinces = ground.roots.iter().map(|_| None).collect();
        Self { form, period, ground: Arc::clone(ground), provinces }
    }

    /// The province with this place among the roots, made if it is new.
    pub(crate) fn province(
        &mut self,
        catalog: &Catalog,
        shapes: &[BlockShape],
        root: usize,
    ) -> &mut Province {
        let ground = &self.ground;
        self.provinces[root].get_or_insert_with(|| {
            let block = |shape: &BlockShape| {
                let scale = |&i: &_| catalog.indicator(i).scale;
                let scales = shape.columns.iter().map(scale).collect();
                Block::new(Arc::clone(ground.scope(root, shape.key.level)), &shape.summed, scales)
            };
            Province {
                blocks: shapes.iter().map(block).collect(),
                others: BTreeMap::new(),
                tallies: BTreeMap::new(),
                counted: vec![false; shapes.len() + 1],
            }
        })
    }

    /// The block that holds a node of the ground, and its slot there.
    #[inline]
    pub(crate) fn slot(&self, block: usize, node: Node) -> Option<(&Block, u32)> {
        let province = self.provinces[self.ground.root_of(node)].as_ref()?;
        let block = &province.blocks[block];
        Some((block, block.scope.slot(node)?))
    }

    /// The rolled-up value of a node.
    #[inline]
    pub(crate) fn value(&self, block: usize, column: usize, node: Node) -> Option<i64> {
        let (block, slot) = self.slot(block, node)?;
        block.value(slot, column)
    }

    /// Whether any own cell may be one that does not apply.
    pub(crate) fn has_not_applicable(&self) -> bool {
        let blocks = self.provinces.iter().flatten().flat_map(|province| &province.blocks);
        blocks.into_iter().any(Block::has_not_applicable)
    }

    /// The own cell of a node.
    pub(crate) fn own(&self, block: usize, column: usize, node: Node) -> Cell {
        self.slot(block, node).map_or(Cell::Missing, |(block, slot)| block.own(slot, column))
    }

    /// Returns of the subtree of a node, without what is due.
    pub(crate) fn returns(&self, block: usize, node: Node) -> Returns {
        self.slot(block, node).map_or(Returns::default(), |(block, slot)| block.returns(slot))
    }

    /// The return of a node itself.
    pub(crate) fn own_return(&self, block: usize, node: Node) -> Returns {
        let own = self.slot(block, node).filter(|(block, slot)| block.scope.is_entry(*slot));
        own.map_or(Returns::default(), |(block, slot)| block.returns(slot))
    }
}
