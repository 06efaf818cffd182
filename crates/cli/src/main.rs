//! The `zhibao` program: every command of the system in one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
