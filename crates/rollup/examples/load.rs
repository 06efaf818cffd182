//! How fast a state is filled and rolled up, and how much memory it holds.
//!
//! ```text
//! cargo run --release -p rollup --example load
//! ```
//!
//! Records three months of four village forms of one province (648,000 returns of ten cells) and the
//! daily returns of 2,700 institutions, rolls up, then reads every slice that was touched. Prints seconds and, on Linux, the memory in use.

mod synthetic;

use std::{io::Write, process::ExitCode, time::Instant};

use model::{Period, PeriodKind};
use rollup::State;

fn main() -> ExitCode {
    match run() {
        Ok(report) => {
            let _ = writeln!(std::io::stdout(), "{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// Resident memory in MiB, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

fn run() -> Result<String, rollup::RollUpError> {
    let catalog = synthetic::catalog(synthetic::register(1));
    let mut state = State::new(std::sync::Arc::clone(&catalog));
    let villages = synthetic::units(&catalog, model::Level::Village);
    let (empty, start) = (resident(), Instant::now());
    let mut returns = 0u64;
    for month in 1..=3 {
        let day = jiff::civil::date(2023, month, 1);
        let period = Period::containing(PeriodKind::Month, day);
        for form in 0..synthetic::FORMS {
            for (seed, &village) in (0u64..).zip(&villages) {
                state.record(&synthetic::village_return(village, form, period, seed))?;
                returns += 1;
            }
        }
    }
    let homes = synthetic::units(&catalog, model::Level::Institution);
    let first = Period::containing(PeriodKind::Day, jiff::civil::date(2023, 1, 1));
    for day in std::iter::successors(Some(first), |day| Some(day.next())).take(90) {
        for (seed, &home) in (0u64..).zip(&homes) {
            state.record(&synthetic::daily_return(home, day, seed))?;
            returns += 1;
        }
    }
    let recorded = start.elapsed();
    let touched = state.roll_up()?;
    let rolled_up = start.elapsed();
    let full = resident();
    let mut cells = 0;
    for &(form, period, slice) in &touched {
        let rows = state.rows(form, period, slice);
        cells += rows.columns.len() * rows.nodes.len();
    }
    let read = start.elapsed();
    Ok(format!(
        "{returns} returns recorded in {:.2} s, rolled up in {:.3} s ({} slices), {cells} cells \
         read in {:.2} s; {} MiB for the state",
        recorded.as_secs_f64(),
        (rolled_up - recorded).as_secs_f64(),
        touched.len(),
        (read - rolled_up).as_secs_f64(),
        full.saturating_sub(empty),
    ))
}
