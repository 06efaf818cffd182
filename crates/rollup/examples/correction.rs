//! What one corrected return costs, and that it does not depend on how much else is held.
//!
//! Builds a state of 1 or more provinces of Henan's shape with a month of one form, then corrects one
//! village's return and rolls up. Counted in instructions, since times depend on the machine:
//!
//! ```text
//! cargo build --release -p rollup --example correction
//! for provinces in 1 10; do
//!     valgrind --tool=callgrind --callgrind-out-file=/dev/null \
//!         --toggle-collect='*one_correction*' target/release/examples/correction $provinces
//! done
//! ```
//!
//! `Collected` of the second run must be less than 10 % above the first. The function is not inlined,
//! and it is all that is collected.

mod synthetic;

use std::{io::Write, process::ExitCode};

use model::submission::KeyChange;
use rollup::{State, Touched};

/// Takes in one corrected return and brings every sum above it up to date.
#[inline(never)]
fn one_correction(state: &mut State, change: &KeyChange) -> Result<Touched, rollup::RollUpError> {
    state.record(change)?;
    state.roll_up()
}

fn main() -> ExitCode {
    let provinces = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1);
    match run(provinces) {
        Ok(touched) => {
            let _ = writeln!(std::io::stdout(), "{provinces} provinces, touched {touched:?}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(provinces: u64) -> Result<Touched, rollup::RollUpError> {
    let catalog = synthetic::catalog(synthetic::register(provinces));
    let mut state = State::new(std::sync::Arc::clone(&catalog));
    let period =
        model::Period::containing(model::PeriodKind::Month, jiff::civil::date(2023, 3, 31));
    let villages = synthetic::units(&catalog, model::Level::Village);
    for (seed, &village) in (0u64..).zip(&villages) {
        state.record(&synthetic::village_return(village, 0, period, seed))?;
    }
    state.roll_up()?;
    let corrected = villages[27_000.min(villages.len() - 1)];
    one_correction(&mut state, &synthetic::village_return(corrected, 0, period, 1_000_003))
}
