//! Progress on standard error, with returns per second.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::{command::Context, lang::Lang};

/// One finished step: what it did and how long it took.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Step {
    /// Its name, the same in every language.
    pub(crate) id: &'static str,
    /// Its name in the language of the run.
    pub(crate) name: &'static str,
    /// How much it handled.
    pub(crate) count: u64,
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
    lang: Lang,
    started: Instant,
    steps: Vec<Step>,
}

/// A running step.
pub(crate) struct Running {
    bar: ProgressBar,
    id: &'static str,
    name: &'static str,
    started: Instant,
}

impl Progress {
    /// Shows bars only where somebody can see them.
    pub(crate) fn new(context: &Context) -> Self {
        let show = !context.common.no_progress && std::io::stderr().is_terminal();
        Self { show, lang: context.lang, started: Instant::now(), steps: Vec::new() }
    }

    /// Begins a step; `length` is 0 when it is not known beforehand.
    pub(crate) fn begin(&self, zh: &'static str, en: &'static str, length: u64) -> Running {
        let name = self.lang.pick(zh, en);
        let bar = if self.show { ProgressBar::new(length) } else { ProgressBar::hidden() };
        let template = if length > 0 {
            "{prefix} {bar:30} {human_pos}/{human_len} {per_sec} {eta}"
        } else {
            "{prefix} {spinner} {human_pos} {per_sec} {elapsed}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(name);
        bar.enable_steady_tick(Duration::from_millis(200));
        Running { bar, id: en, name, started: Instant::now() }
    }

    /// Ends a step that handled `count`.
    pub(crate) fn end(&mut self, running: Running, count: u64) {
        running.bar.finish_and_clear();
        let step = Step {
            id: running.id,
            name: running.name,
            count,
            seconds: running.started.elapsed().as_secs_f64(),
        };
        if self.show {
            let Step { name, count, seconds, .. } = &step;
            let line = format!("{name}: {count}, {seconds:.1} s ({:.0}/s)", step.rate());
            running.bar.println(line);
        }
        self.steps.push(step);
    }

    /// Seconds since the command began, with what lies between the steps.
    pub(crate) fn total(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
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
