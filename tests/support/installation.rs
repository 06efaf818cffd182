//! An installation in a folder of its own, driven by the finished program.

use std::{fs, process::Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::zhibao;

/// A data folder that lives as long as this.
pub struct Installation(TempDir);

impl Default for Installation {
    fn default() -> Self {
        Self(tempfile::tempdir().expect("a folder for a test"))
    }
}

impl Installation {
    /// The folder; `data` in it is the data folder.
    pub fn folder(&self) -> &std::path::Path {
        self.0.path()
    }

    /// Runs a command on it.
    pub fn run(&self, arguments: &[&str]) -> Output {
        zhibao(&self.folder().join("data"), arguments)
    }

    /// Runs a command that must end with `code`, and returns standard output and standard error.
    fn ends(&self, arguments: &[&str], code: i32) -> (String, String) {
        let output = self.run(arguments);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {out}{err}");
        (out, err)
    }

    /// Runs a command that must end with 0, and returns what it says.
    pub fn done(&self, arguments: &[&str]) -> String {
        self.ends(arguments, 0).0
    }

    /// Runs a command that must be refused, and returns why.
    pub fn refused(&self, arguments: &[&str]) -> String {
        self.ends(arguments, 3).1
    }

    /// What a command reports in JSON; it must end with `code`.
    pub fn json(&self, arguments: &[&str], code: i32) -> Value {
        let (out, _) = self.ends(&[&["--format", "json"], arguments].concat(), code);
        serde_json::from_str(&out).expect("a report in JSON")
    }

    /// Settles and rolls up what came in.
    pub fn aggregate(&self) {
        self.done(&["aggregate", "--until-idle"]);
    }

    /// Hands in returns, none of which may be refused on the spot, and takes them through.
    pub fn submit(&self, lines: &[String]) {
        let file = self.folder().join("sent.json");
        fs::write(&file, lines.concat()).expect("a file of returns");
        let output = self.run(&["submit", file.to_str().expect("a path in UTF-8")]);
        let told = text(&output.stdout) + &text(&output.stderr);
        assert!(told.contains("0 refused"), "{told}");
        self.aggregate();
    }

    /// The rows of a statement as CSV, without the head.
    pub fn sql(&self, statement: &str) -> Vec<String> {
        let out = self.done(&["sql", "--format", "csv", statement]);
        out.trim_start_matches('\u{feff}').lines().skip(1).map(str::to_owned).collect()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
