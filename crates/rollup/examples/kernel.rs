//! How fast the bare sum is: 120 columns over the 54,000 villages of a province of Henan's shape, a
//! fifth of the cells missing.
//!
//! ```text
//! cargo run --release -p rollup --example kernel
//! ```

mod synthetic;

use std::{io::Write, time::Instant};

use model::{Level, Node};
use rollup::kernel::{ColumnSlice, roll_up_columns};

fn main() {
    let catalog = synthetic::catalog(synthetic::register(1));
    let tree = catalog.register.tree(jiff::civil::date(2023, 3, 31));
    let rows: Vec<Node> = tree.nodes().filter(|&n| tree.level(n) == Level::Village).collect();
    let mut state = 1u64;
    let mut draw = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let columns: Vec<(Vec<i64>, Vec<u8>)> = (0..120)
        .map(|_| {
            let values = rows.iter().map(|_| (draw() % 1_000_000) as i64).collect();
            let byte = |_| (0..8).fold(0, |byte, bit| byte | u8::from(draw() % 5 != 0) << bit);
            (values, (0..rows.len().div_ceil(8)).map(byte).collect())
        })
        .collect();
    let slices: Vec<ColumnSlice<'_>> =
        columns.iter().map(|(values, bits)| (&values[..], Some(&bits[..]))).collect();
    for threads in [1, 2] {
        let mut seconds: Vec<f64> = (0..15)
            .map(|_| {
                let start = Instant::now();
                let sums = roll_up_columns(&tree, Level::Village, &rows, &slices, threads);
                std::hint::black_box(sums).ok();
                start.elapsed().as_secs_f64()
            })
            .collect();
        seconds.sort_by(f64::total_cmp);
        let (least, median) = (seconds[0] * 1e3, seconds[seconds.len() / 2] * 1e3);
        let rows = rows.len();
        let line = format!(
            "{rows} rows × 120 columns, {threads} threads: {least:.1} ms, median {median:.1} ms"
        );
        let _ = writeln!(std::io::stdout(), "{line}");
    }
}
