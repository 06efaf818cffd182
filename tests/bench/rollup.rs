//! The roll-up against DuckDB and Polars on the same Parquet file, decode included, two threads each.
//!
//! ```text
//! cargo bench -p tests --bench rollup            # 12 alternating runs
//! cargo bench -p tests --bench rollup -- 20      # 20
//! ```
//!
//! 52,378 villages by 120 columns, a fifth of the cells missing; sums of every column for every unit
//! of the four higher levels, ours with the number of values beside each sum. Each peer runs in three
//! formulations on three column types; results are compared cell by cell before anything is timed.
//! The peers come from `tests/bench/rollup_peers.py`, which `tests/run` gives its Python packages.

#[path = "line_peer.rs"]
mod line_peer;
#[path = "rollup/peer.rs"]
mod peer;
#[path = "rollup/report.rs"]
mod report;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Instant,
};

use jiff::civil::date;
use model::{Level, Node, Register, Tree, UnitClass};
use rollup::kernel::{ColumnSlice, ColumnSums, roll_up_columns};
use tests::definitions;

use peer::Peer;

const COLUMNS: usize = 120;
const THREADS: usize = 2;
const WARM_UP: usize = 2;
const TYPES: [&str; 3] = ["decimal", "int64", "float64"];

fn main() {
    let runs = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(12usize);
    let tree = villages_and_above();
    let rows: Vec<Node> = tree.nodes().filter(|&n| tree.level(n) == Level::Village).collect();
    assert_eq!(rows.len(), 52_378, "villages of the register");
    let files: BTreeMap<&str, PathBuf> =
        TYPES.into_iter().map(|kind| (kind, peer::make_file(kind))).collect();
    let mut peers: Vec<Peer> =
        files.iter().map(|(kind, file)| Peer::start(kind, file, THREADS)).collect();

    let ours = || roll_up(&tree, &rows, &files["decimal"]);
    let (units, sums) = ours();
    let exact = peers.iter_mut().find(|peer| peer.kind == "decimal").expect("a peer on decimals");
    for name in ["duckdb", "polars"] {
        let cells = report::compare(&tree, &units, &sums, &exact.dump(name));
        println!("{name}: {cells} cells are equal to ours");
    }

    let mut seconds: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for run in 0..WARM_UP + runs {
        let mut note = |name: String, time: f64| {
            if run >= WARM_UP {
                seconds.entry(name).or_default().push(time);
            }
        };
        let start = Instant::now();
        std::hint::black_box(ours());
        note("zhibao".to_owned(), start.elapsed().as_secs_f64());
        for peer in &mut peers {
            for (name, formulation) in peer.formulations() {
                let time = peer.run(&name, &formulation);
                note(format!("{name} {formulation} {}", peer.kind), time);
            }
        }
    }
    report::print(&seconds);
}

/// Decodes the columns and sums them for every higher unit.
fn roll_up(tree: &Tree, rows: &[Node], file: &Path) -> (Vec<Node>, Vec<ColumnSums>) {
    let names: Vec<String> = (0..COLUMNS).map(|i| format!("c{i:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let read = store::read_columns_decimal64(file, &names).expect("the file can be read");
    let slices: Vec<ColumnSlice<'_>> = read
        .iter()
        .map(|column| {
            let validity = column.validity().map(|(bits, offset)| {
                assert_eq!(offset, 0, "a column that was read whole begins at its first bit");
                bits
            });
            (column.values(), validity)
        })
        .collect();
    roll_up_columns(tree, Level::Village, rows, &slices, THREADS).expect("sums fit")
}

/// The tree of the register with its containers taken as units, since the peers group by the plain
/// columns of the list, 省直辖县级 and virtual villages included.
fn villages_and_above() -> std::sync::Arc<Tree> {
    let catalog = catalog::load(&definitions()).expect("the definitions can be read");
    let henan = |code: u64| code / 10_000_000_000 == 41;
    let mut records: Vec<_> = catalog
        .register
        .records()
        .iter()
        .filter(|unit| henan(unit.code.as_u64()) && unit.exists_on(date(2023, 6, 30)))
        .cloned()
        .collect();
    for unit in &mut records {
        unit.valid_from = None;
        if unit.class.is_container() {
            unit.class = UnitClass::Quasi;
        }
    }
    Register::new(records).tree(date(2023, 6, 30))
}
