//! The bare sum equals a slow one, whatever the bitmap, the size of the numbers and the threads.

use std::collections::BTreeMap;

use model::{Level, Node, Tree};
use proptest::prelude::*;
use rollup::kernel::{Runs, SumTooLong, roll_up_columns};

use crate::small::{catalog, register};

fn tree() -> std::sync::Arc<Tree> {
    catalog(register::standing()).register.tree(jiff::civil::date(2023, 3, 31))
}

/// A tree with one township of 200 villages beside the small ones, so that runs pass 64 rows.
fn wide_tree() -> std::sync::Arc<Tree> {
    let mut records = register::standing();
    records.extend((300..500).map(|i| {
        let (level, class) = (Level::Village, model::UnitClass::VillageCommittee);
        register::record(register::TOWN_T + i, level, class, register::TOWN_T, Level::Township)
    }));
    catalog(records).register.tree(jiff::civil::date(2023, 3, 31))
}

fn villages(tree: &Tree) -> Vec<Node> {
    tree.nodes().filter(|&n| tree.level(n) == Level::Village).collect()
}

/// Sums by plain loops: value and count of every unit above.
fn slow(tree: &Tree, rows: &[Node], values: &[i64], valid: &[bool]) -> BTreeMap<Node, (i128, u32)> {
    let mut sums: BTreeMap<Node, (i128, u32)> = BTreeMap::new();
    for ((&row, &value), &valid) in rows.iter().zip(values).zip(valid) {
        for above in tree.ancestors(row) {
            let sum = sums.entry(above).or_default();
            if valid {
                *sum = (sum.0 + i128::from(value), sum.1 + 1);
            }
        }
    }
    sums
}

fn bitmap(valid: &[bool]) -> Vec<u8> {
    let mut bytes = vec![0u8; valid.len().div_ceil(8)];
    for (i, _) in valid.iter().enumerate().filter(|(_, valid)| **valid) {
        bytes[i / 8] |= 1 << (i % 8);
    }
    bytes
}

proptest! {
    #[test]
    fn equals_plain_loops(
        drawn in proptest::collection::vec((any::<bool>(), -1_000_000_000_000_000i64..1_000_000_000_000_000, any::<bool>()), 209),
        threads in 1usize..4,
    ) {
        let tree = wide_tree();
        let rows: Vec<Node> = villages(&tree).into_iter().zip(&drawn).filter(|(_, d)| d.2).map(|(n, _)| n).collect();
        // A place without a value may hold anything, the largest number too.
        let valid: Vec<bool> = drawn.iter().map(|d| d.0).take(rows.len()).collect();
        let values: Vec<i64> = drawn.iter().take(rows.len()).map(|d| if d.0 { d.1 } else { i64::MIN }).collect();
        let bits = bitmap(&valid);
        let small: Vec<i64> = values.iter().map(|v| v % 1000).collect();
        let columns = [(&values[..], Some(&bits[..])), (&small[..], Some(&bits[..])), (&small[..], None)];
        let (units, sums) = roll_up_columns(&tree, Level::Village, &rows, &columns, threads).unwrap();
        let all = vec![true; rows.len()];
        for (column, (values, valid)) in [(&values, &valid), (&small, &valid), (&small, &all)].into_iter().enumerate() {
            let slow = slow(&tree, &rows, values, valid);
            prop_assert_eq!(&units, &slow.keys().copied().collect::<Vec<_>>());
            for (i, (sum, count)) in slow.values().enumerate() {
                prop_assert_eq!(i128::from(sums[column].sums[i]), *sum);
                prop_assert_eq!(sums[column].counts[i], *count);
            }
        }
    }
}

#[test]
fn large_numbers_that_cancel_are_exact_and_a_long_sum_is_refused() {
    let tree = tree();
    let rows = villages(&tree);
    let most = 999_999_999_999_999_999i64;
    let mut values = vec![0; rows.len()];
    (values[0], values[1]) = (most, -most);
    let runs = Runs::new(&tree, Level::Village, &rows);
    let sums = runs.sum(0, (&values, None)).unwrap();
    assert!(sums.sums.iter().all(|&sum| sum == 0));
    values[1] = 1;
    let street = tree.node(register::code(register::STREET)).unwrap();
    let root = Node(0);
    let SumTooLong { unit, column } = runs.sum(7, (&values, None)).unwrap_err();
    assert!(column == 7 && (unit == root || unit == street));
}

#[test]
fn no_rows_and_no_columns_are_fine() {
    let tree = tree();
    let (units, sums) = roll_up_columns(&tree, Level::Village, &[], &[], 2).unwrap();
    assert!(units.is_empty() && sums.is_empty());
}
