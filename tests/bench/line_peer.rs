//! A peer in Python that is asked line by line and answers with one.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use tests::repository;

/// The target folder, where scratch files and the Python environment lie.
pub(crate) fn target() -> PathBuf {
    let program = std::env::current_exe().expect("a program knows its own path");
    program.ancestors().nth(3).expect("benches lie in the target folder").to_owned()
}

/// Python with a script of `tests/bench`, in the environment that `tests/run` fills.
pub(crate) fn python(script: &str) -> Command {
    let own = target().join("venv/bin/python");
    let python = if own.is_file() { own } else { PathBuf::from("python3") };
    let mut command = Command::new(python);
    command.arg(repository().join("tests/bench").join(script));
    command
}

/// A path for a scratch file.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = target().join("tests");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    folder.join(name)
}

/// Runs a command that makes a file.
pub(crate) fn make(command: &mut Command) {
    let made = command.status().is_ok_and(|status| status.success());
    assert!(made, "the peers need duckdb, polars and pyarrow: run `tests/run oracle` once");
}

/// A running script.
pub(crate) struct LinePeer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl LinePeer {
    pub(crate) fn start(command: &mut Command) -> Self {
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.expect("python can be started");
        let input = child.stdin.take().expect("standard input is a pipe");
        let output = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
        Self { child, input, output }
    }

    pub(crate) fn ask(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").and_then(|()| self.input.flush()).expect("a peer listens");
        let mut answer = String::new();
        self.output.read_line(&mut answer).expect("a peer answers");
        assert!(!answer.starts_with("error") && !answer.is_empty(), "{line}: {answer}");
        answer.trim().to_owned()
    }

    /// The seconds that a run took.
    pub(crate) fn seconds(&mut self, line: &str) -> f64 {
        let answer = self.ask(line);
        answer.strip_prefix("seconds ").and_then(|s| s.parse().ok()).expect("seconds")
    }
}

impl Drop for LinePeer {
    fn drop(&mut self) {
        let _ = writeln!(self.input, "quit");
        let _ = self.child.wait();
    }
}
