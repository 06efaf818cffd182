//! DuckDB and Polars as the peers of the roll-up.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use crate::line_peer::{LinePeer, make, python, scratch};

const SCRIPT: &str = "rollup_peers.py";

/// The script on one file.
pub(crate) struct Peer {
    pub(crate) kind: String,
    script: LinePeer,
}

/// The synthetic file with amounts of a type, made once.
pub(crate) fn make_file(kind: &str) -> PathBuf {
    let file = scratch(&format!("rollup-{kind}-packed.parquet"));
    if !file.is_file() {
        make(python(SCRIPT).arg("--make").arg(&file).args(["--type", kind]));
    }
    file
}

impl Peer {
    pub(crate) fn start(kind: &str, file: &Path, threads: usize) -> Self {
        let mut command = python(SCRIPT);
        command.arg(file).args(["--threads", &threads.to_string()]);
        Self { kind: kind.to_owned(), script: LinePeer::start(&mut command) }
    }

    /// Every peer with every formulation.
    pub(crate) fn formulations(&self) -> Vec<(String, String)> {
        let all = ["duckdb", "polars"].into_iter().flat_map(|peer| {
            ["sets", "stepwise", "separate"].map(|how| (peer.to_owned(), how.to_owned()))
        });
        all.collect()
    }

    /// Seconds of one run.
    pub(crate) fn run(&mut self, peer: &str, formulation: &str) -> f64 {
        self.script.seconds(&format!("run {peer} {formulation}"))
    }

    /// The peer's sums: level and unit, then a text by column, empty for a sum of nothing.
    pub(crate) fn dump(&mut self, peer: &str) -> HashMap<(String, String), Vec<String>> {
        let file = scratch(&format!("rollup-{peer}.csv"));
        self.script.ask(&format!("dump {peer} {}", file.display()));
        let text = std::fs::read_to_string(&file).expect("the dump can be read");
        let row = |line: &str| {
            let mut fields = line.split(',').map(str::to_owned);
            (
                (fields.next().unwrap_or_default(), fields.next().unwrap_or_default()),
                fields.collect(),
            )
        };
        text.lines().skip(1).map(row).collect()
    }
}
