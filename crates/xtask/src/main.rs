//! Runs the project's development commands, as `cargo xtask <command>`.

mod command;
mod tidy;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    command::dispatch(&arguments)
}
