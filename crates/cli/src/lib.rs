//! The command line: arguments, settings, progress, exit codes; the work is done by other crates.

mod arguments;
mod clock;
mod command;
mod definitions;
mod failure;
mod intake;
mod lang;
mod place;
mod progress;
mod settings;

use std::process::ExitCode;

use clap::Parser;

pub use arguments::Arguments;

/// How many files are read or written at once, each by a thread of its own. By default there may be
/// hundreds; each keeps a tenth of a MiB of stack and what its allocator has set by, and those that
/// came with the largest table so far stay.
const FILES_AT_ONCE: usize = 32;

/// Parses the arguments, runs the command and returns the exit code: 0 done, 1 done with findings,
/// 2 wrong usage, 3 refused with what to do about it, 70 internal error, 130 interrupted.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(&arguments);
    let lang = lang::Lang::choose(arguments.common.lang);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = match runtime.enable_all().max_blocking_threads(FILES_AT_ONCE).build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::report(&anyhow::Error::new(error), lang),
    };
    // A thread of its own, since much of the work blocks it and Ctrl-C must not wait for that.
    let handle = runtime.handle().clone();
    let command = runtime.spawn_blocking(move || handle.block_on(command::run(arguments, lang)));
    let outcome = runtime.block_on(async {
        tokio::select! {
            // A panic was printed where it happened; it is an internal error like any other.
            outcome = command => outcome.unwrap_or_else(|panic| Err(anyhow::Error::new(panic))),
            _ = tokio::signal::ctrl_c() => Ok(failure::Outcome::Interrupted),
        }
    });
    // A thread may still be writing a file that no commit names yet; there is no need to wait.
    runtime.shutdown_background();
    match outcome {
        Ok(outcome) => outcome.exit_code(),
        Err(error) => failure::report(&error, lang),
    }
}

/// Logs go to standard error, as lines or with `--format json` as JSON; `RUST_LOG` chooses what, by
/// default warnings, and of a service what it does.
fn start_log(arguments: &Arguments) {
    use tracing_subscriber::{EnvFilter, fmt};
    let service = "warn,aggregator=info,journal=info,store=info,cli=info";
    let usual = if arguments.is_service() { service } else { "warn" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let log = fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first subscriber.
    let _ = match arguments.is_service() && arguments.common.format == Some(arguments::Format::Json)
    {
        true => log.json().try_init(),
        false => log.try_init(),
    };
}
