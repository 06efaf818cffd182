//! A running peer: the Python script, asked line by line.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use tests::{definitions, repository};

/// The script on the file.
pub(crate) struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// The target folder, where scratch files and the Python environment lie.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows its own path");
    program.ancestors().nth(3).expect("benches lie in the target folder").to_owned()
}

fn python() -> Command {
    let own = target().join("venv/bin/python");
    let python = if own.is_file() { own } else { PathBuf::from("python3") };
    let mut command = Command::new(python);
    command.arg(repository().join("tests/bench/checks_peer.py"));
    command.arg("--checks").arg(definitions().join("checks/checks.csv"));
    command
}

/// The file of operands, made anew, since checks may have changed.
pub(crate) fn make_file() -> PathBuf {
    let folder = target().join("tests");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let file = folder.join("checks.parquet");
    let forms = definitions().join("forms");
    let status = python().arg("--make").arg(&file).arg("--forms").arg(forms).status();
    let made = status.is_ok_and(|status| status.success());
    assert!(made, "the peer needs duckdb and pyarrow: run `tests/run oracle` once");
    file
}

impl Peer {
    pub(crate) fn start(file: &Path) -> Self {
        let started = python().arg(file).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.expect("python can be started");
        let input = child.stdin.take().expect("standard input is a pipe");
        let output = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
        Self { child, input, output }
    }

    fn ask(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").and_then(|()| self.input.flush()).expect("a peer listens");
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("a peer answers");
        assert!(!answer.is_empty(), "{line}: no answer");
        answer.trim().to_owned()
    }

    /// Seconds of one run.
    pub(crate) fn run(&mut self, formulation: &str) -> f64 {
        let answer = self.ask(&format!("run {formulation}"));
        answer.strip_prefix("seconds ").and_then(|s| s.parse().ok()).expect("seconds")
    }

    /// Units and checks of the peer's findings.
    pub(crate) fn dump(&mut self, formulation: &str) -> BTreeSet<(u64, String)> {
        let file = target().join(format!("tests/checks-{formulation}.csv"));
        self.ask(&format!("dump {formulation} {}", file.display()));
        let text = std::fs::read_to_string(&file).expect("the dump can be read");
        let row = |line: &str| {
            let (unit, check) = line.split_once(',').expect("unit and check");
            (unit.parse().expect("a code"), check.to_owned())
        };
        text.lines().map(row).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = writeln!(self.input, "quit");
        let _ = self.child.wait();
    }
}
