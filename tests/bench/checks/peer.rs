//! DuckDB as the peer of the checks.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

use tests::definitions;

use crate::line_peer::{LinePeer, make, python, scratch};

/// The script on the file.
pub(crate) struct Peer(LinePeer);

fn script() -> Command {
    let mut command = python("checks_peer.py");
    command.arg("--checks").arg(definitions().join("checks/checks.csv"));
    command
}

/// The file of operands, made anew, since checks may have changed.
pub(crate) fn make_file() -> PathBuf {
    let file = scratch("checks.parquet");
    make(script().arg("--make").arg(&file).arg("--forms").arg(definitions().join("forms")));
    file
}

impl Peer {
    pub(crate) fn start(file: &Path) -> Self {
        Self(LinePeer::start(script().arg(file)))
    }

    /// Seconds of one run.
    pub(crate) fn run(&mut self, formulation: &str) -> f64 {
        self.0.seconds(&format!("run {formulation}"))
    }

    /// Units and checks of the peer's findings.
    pub(crate) fn dump(&mut self, formulation: &str) -> BTreeSet<(u64, String)> {
        let file = scratch(&format!("checks-{formulation}.csv"));
        self.0.ask(&format!("dump {formulation} {}", file.display()));
        let text = std::fs::read_to_string(&file).expect("the dump can be read");
        let row = |line: &str| {
            let (unit, check) = line.split_once(',').expect("unit and check");
            (unit.parse().expect("a code"), check.to_owned())
        };
        text.lines().map(row).collect()
    }
}
