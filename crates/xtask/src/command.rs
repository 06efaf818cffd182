//! The table of commands, and how their outcome becomes an exit code.
//!
//! A new command is one file beside this one with a function
//! `run(arguments: &[String]) -> Result<Outcome, Failure>`, and one line in [`COMMANDS`].

use std::io::{self, Write};
use std::process::ExitCode;

use crate::tidy;

/// One command of `cargo xtask`.
pub(crate) struct Command {
    /// What is typed after `cargo xtask`.
    pub(crate) name: &'static str,
    /// One line for the overview.
    pub(crate) about: &'static str,
    /// Does the work; gets the arguments after the name.
    pub(crate) run: fn(&[String]) -> Result<Outcome, Failure>,
}

/// Every command, in the order of the overview.
pub(crate) const COMMANDS: &[Command] = &[Command {
    name: "tidy",
    about: "Check sizes, names, library fences, README paths and leftovers",
    run: tidy::run,
}];

/// How a command ended that could do its work.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing to complain about: exit code 0.
    Clean,
    /// Done, and something was found: exit code 1.
    Found,
}

/// Why a command could not do its work.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The arguments make no sense: exit code 2.
    Usage(String),
    /// The surroundings are not as needed; the text says what to do: exit code 3.
    Refused(String),
}

/// Runs the command that the arguments name.
pub(crate) fn dispatch(arguments: &[String]) -> ExitCode {
    match choose(arguments) {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        Err(Failure::Usage(why)) => {
            note(&format!("{why}\n\n{}", overview()));
            ExitCode::from(2)
        }
        Err(Failure::Refused(why)) => {
            note(&why);
            ExitCode::from(3)
        }
    }
}

fn choose(arguments: &[String]) -> Result<Outcome, Failure> {
    let Some((name, rest)) = arguments.split_first() else {
        return Err(Failure::Usage("no command given".to_owned()));
    };
    if is_help(name) || name == "help" {
        say(&overview());
        return Ok(Outcome::Clean);
    }
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(rest),
        None => Err(Failure::Usage(format!("no command is called `{name}`"))),
    }
}

/// Whether an argument asks for help.
pub(crate) fn is_help(argument: &str) -> bool {
    matches!(argument, "-h" | "--help")
}

fn overview() -> String {
    let width = COMMANDS.iter().map(|command| command.name.len()).max().unwrap_or(0);
    let lines: Vec<String> = COMMANDS
        .iter()
        .map(|command| format!("  {:width$}  {}", command.name, command.about))
        .collect();
    format!(
        "Usage: cargo xtask <command> [arguments]\n\nCommands:\n{}\n\n\
         `cargo xtask <command> --help` says more about one.",
        lines.join("\n")
    )
}

/// Writes a result line to stdout.
///
/// A closed pipe (`cargo xtask tidy | head`) is the reader's choice and no failure of ours.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Writes a remark to stderr, so that stdout holds results alone.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overview_names_every_command() {
        let overview = overview();
        for command in COMMANDS {
            assert!(overview.contains(command.name), "{} is missing", command.name);
        }
    }

    #[test]
    fn unknown_and_missing_commands_are_wrong_usage() {
        assert!(matches!(choose(&[]), Err(Failure::Usage(_))));
        let unknown = choose(&["sweep".to_owned()]);
        assert_eq!(unknown, Err(Failure::Usage("no command is called `sweep`".to_owned())));
    }
}
