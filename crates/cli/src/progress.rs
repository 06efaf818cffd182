//! Progress on standard error, with returns per second.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::arguments::Common;

/// One finished step: what it did and how long it took.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Step {
    /// Its name, in the language of the run.
    pub(crate) name: String,
    /// How much it handled, in `of`.
    pub(crate) count: u64,
    /// What was counted.
    pub(crate) of: String,
    /// Wall time.
    pub(crate) seconds: f64,
}

impl Step {
    /// Handled per second.
    pub(crate) fn rate(&self) -> f64 {
        if self.seconds > 0.0 { self.count as f64 / self.seconds } else { 0.0 }
    }
}

/// The steps of a long command.
pub(crate) struct Progress {
    show: bool,
    steps: Vec<Step>,
}

/// A running step.
pub(crate) struct Running {
    bar: ProgressBar,
    name: String,
    of: String,
    started: Instant,
}

impl Progress {
    /// Shows bars only where somebody can see them.
    pub(crate) fn new(common: &Common) -> Self {
        Self { show: !common.no_progress && std::io::stderr().is_terminal(), steps: Vec::new() }
    }

    /// Begins a step; `length` is 0 when it is not known beforehand.
    pub(crate) fn begin(&self, name: &str, of: &str, length: u64) -> Running {
        let bar = if self.show { ProgressBar::new(length) } else { ProgressBar::hidden() };
        let template = if length > 0 {
            "{prefix} {bar:30} {human_pos}/{human_len} {msg} {per_sec} {eta}"
        } else {
            "{prefix} {spinner} {human_pos} {msg} {per_sec} {elapsed}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(name.to_owned());
        bar.set_message(of.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Running { bar, name: name.to_owned(), of: of.to_owned(), started: Instant::now() }
    }

    /// Ends a step that handled `count`.
    pub(crate) fn end(&mut self, running: Running, count: u64) {
        running.bar.finish_and_clear();
        let step = Step {
            name: running.name,
            count,
            of: running.of,
            seconds: running.started.elapsed().as_secs_f64(),
        };
        if self.show {
            let line = format!(
                "{}: {} {} in {:.1} s ({:.0}/s)",
                step.name,
                step.count,
                step.of,
                step.seconds,
                step.rate()
            );
            running.bar.println(line);
        }
        self.steps.push(step);
    }

    /// The finished steps in order.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl Running {
    /// Moves the bar.
    pub(crate) fn at(&self, count: u64) {
        self.bar.set_position(count);
    }
}
