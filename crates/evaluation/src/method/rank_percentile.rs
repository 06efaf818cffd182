//! `rank_percentile`: where no target exists, the place among the peers decides.
//!
//! `1 - (rank - 1) / (n - 1)`: of five units the first earns all, the third half, the last nothing.

use std::collections::BTreeSet;

use model::{Node, scheme::Direction};
use num_rational::BigRational;
use num_traits::One;

use super::{Case, Verdict, gap_to, shown};
use crate::metric::Quantity;

/// Values of those units of a group that have one and are complete enough to be ranked.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    nodes: BTreeSet<Node>,
    /// The values, the best first.
    values: Vec<BigRational>,
    direction: Direction,
}

impl Peers {
    /// The peers with these values.
    pub(crate) fn new(direction: Direction, units: Vec<(Node, BigRational)>) -> Self {
        let (nodes, mut values): (BTreeSet<Node>, Vec<BigRational>) = units.into_iter().unzip();
        values.sort_unstable();
        if direction == Direction::Up {
            values.reverse();
        }
        Self { nodes, values, direction }
    }

    /// Number of units compared: the peers and `node`, if it is none of them.
    fn count(&self, node: Node) -> usize {
        self.values.len() + usize::from(!self.nodes.contains(&node))
    }

    /// Number of peers that are better than `value`.
    fn ahead(&self, value: &BigRational) -> usize {
        self.values.partition_point(|other| match self.direction {
            Direction::Up => other > value,
            Direction::Down => other < value,
        })
    }
}

/// Judges a value by its rank; equal values share one. A unit that is not complete enough to be one
/// of the peers is compared with them and shifts none of them.
pub(super) fn judge(case: Case<'_>, quantity: &Quantity, peers: &Peers) -> Verdict {
    let n = peers.count(case.node);
    if n < case.scheme.policy.smallest_group as usize {
        return Verdict::withdrawn(
            &format!("本组仅 {n} 个单位有数，不排名"),
            &format!("only {n} units of the group have a value, so they are not ranked"),
        );
    }
    let percentile =
        |ahead: usize| BigRational::one() - BigRational::new(ahead.into(), (n - 1).into());
    let ahead = peers.ahead(&quantity.value);
    let share = percentile(ahead);
    let gap = ahead.checked_sub(1).and_then(|next| {
        let next = &peers.values[next];
        let gain = percentile(peers.ahead(next)) - &share;
        gap_to(case, quantity, &quantity.numerator_for(next), gain)
    });
    let rank = ahead + 1;
    let value = shown(quantity, case.item);
    let zh = format!("{value}，本组 {n} 个单位中列第 {rank}");
    let en = format!("{value}, place {rank} of {n} in the group");
    Verdict::scored(share, format!("n = {n}"), zh, en).with_gap(gap)
}
