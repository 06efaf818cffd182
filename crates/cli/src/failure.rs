//! How a command ends, and what exit code that is.

use std::process::ExitCode;

use crate::lang::Lang;

/// How a command ended that did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done.
    Done,
    /// Done, and there are findings.
    Findings,
    /// Stopped by Ctrl-C; nothing is half written, since every step ends with one commit.
    Interrupted,
}

impl Outcome {
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Outcome::Done => 0,
            Outcome::Findings => 1,
            Outcome::Interrupted => 130,
        })
    }
}

/// A command was refused for a reason that its user can do something about.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// An error that the user can do something about, with what was tried in front.
pub(crate) fn refused(message: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Refused(message.into()))
}

/// Turns any error of a step that only input or environment can fail into a refusal.
pub(crate) trait OrRefuse<T> {
    /// The value, or a refusal with the error's text.
    fn or_refuse(self) -> anyhow::Result<T>;
}

impl<T, E: std::fmt::Display> OrRefuse<T> for Result<T, E> {
    fn or_refuse(self) -> anyhow::Result<T> {
        self.map_err(|error| refused(error.to_string()))
    }
}

/// Prints the error and returns its exit code: 3 when the user can fix it, 70 when we have to.
#[expect(clippy::print_stderr, reason = "the one place where errors reach the user")]
pub(crate) fn report(error: &anyhow::Error, lang: Lang) -> ExitCode {
    if error.downcast_ref::<Refused>().is_some() {
        eprintln!("{} {error:#}", lang.pick("未执行：", "refused:"));
        return ExitCode::from(3);
    }
    let head = lang
        .pick("内部错误，请附上此信息报告：", "internal error, please report it with this text:");
    eprintln!("{head} {error:?}");
    ExitCode::from(70)
}
