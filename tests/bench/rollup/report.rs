//! Comparing results, and printing times as ratios.

use std::collections::{BTreeMap, HashMap};

use model::{Amount, Node, Tree};
use rollup::kernel::ColumnSums;

/// Compares every sum with a peer's and returns how many there were.
pub(crate) fn compare(
    tree: &Tree,
    units: &[Node],
    sums: &[ColumnSums],
    peer: &HashMap<(String, String), Vec<String>>,
) -> usize {
    assert_eq!(units.len(), peer.len(), "units with sums");
    let mut cells = 0;
    for (i, &unit) in units.iter().enumerate() {
        let key = (tree.level(unit).name().to_owned(), tree.code(unit).to_string());
        let theirs = peer.get(&key).unwrap_or_else(|| panic!("the peer has no {key:?}"));
        for (column, sum) in sums.iter().enumerate() {
            let ours = match sum.counts[i] {
                0 => None,
                _ => Some(sum.sums[i]),
            };
            let text = &theirs[column];
            let amount = Amount::parse(text, 2).ok().map(|amount| amount.units);
            assert!(text.is_empty() == amount.is_none(), "{key:?} column {column}: {text:?}");
            assert_eq!(ours, amount, "{key:?} column {column}");
            cells += 1;
        }
    }
    cells
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

/// Prints minimum and median of each contender, and the ratio of medians to the fastest peer.
pub(crate) fn print(seconds: &BTreeMap<String, Vec<f64>>) {
    let ours = median(&seconds["zhibao"]);
    let mut lines: Vec<(&String, f64, f64)> = seconds
        .iter()
        .map(|(name, times)| {
            (name, times.iter().copied().fold(f64::INFINITY, f64::min), median(times))
        })
        .collect();
    lines.sort_by(|a, b| a.2.total_cmp(&b.2));
    println!("{:<28} {:>9} {:>9} {:>14}", "", "min s", "median s", "ours/theirs");
    for (name, least, middle) in &lines {
        println!("{name:<28} {least:>9.4} {middle:>9.4} {:>14.3}", ours / middle);
    }
    for peer in ["duckdb", "polars"] {
        let fastest = lines.iter().find(|(name, ..)| name.starts_with(peer)).expect("it ran");
        println!("{peer}: fastest is {:?}, ratio of medians {:.3}", fastest.0, ours / fastest.2);
    }
}
