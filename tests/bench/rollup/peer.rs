//! A running peer: the Python script, asked line by line.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use tests::repository;

/// The script on one file.
pub(crate) struct Peer {
    pub(crate) kind: String,
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
    command.arg(repository().join("tests/bench/rollup_peers.py"));
    command
}

/// The synthetic file with amounts of a type, made once.
pub(crate) fn make_file(kind: &str) -> PathBuf {
    let folder = target().join("tests");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let file = folder.join(format!("rollup-{kind}-packed.parquet"));
    if !file.is_file() {
        let status = python().arg("--make").arg(&file).args(["--type", kind]).status();
        let made = status.is_ok_and(|status| status.success());
        assert!(made, "the peers need duckdb, polars and pyarrow: run `tests/run oracle` once");
    }
    file
}

impl Peer {
    pub(crate) fn start(kind: &str, file: &Path, threads: usize) -> Self {
        let mut child = python()
            .arg(file)
            .args(["--threads", &threads.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python can be started");
        let input = child.stdin.take().expect("standard input is a pipe");
        let output = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
        Self { kind: kind.to_owned(), child, input, output }
    }

    fn ask(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").and_then(|()| self.input.flush()).expect("a peer listens");
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("a peer answers");
        assert!(!answer.starts_with("error") && !answer.is_empty(), "{line}: {answer}");
        answer.trim().to_owned()
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
        let answer = self.ask(&format!("run {peer} {formulation}"));
        answer.strip_prefix("seconds ").and_then(|s| s.parse().ok()).expect("seconds")
    }

    /// The peer's sums: level and unit, then a text by column, empty for a sum of nothing.
    pub(crate) fn dump(&mut self, peer: &str) -> HashMap<(String, String), Vec<String>> {
        let file = target().join(format!("tests/rollup-{peer}.csv"));
        self.ask(&format!("dump {peer} {}", file.display()));
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

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = writeln!(self.input, "quit");
        let _ = self.child.wait();
    }
}
