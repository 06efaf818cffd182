//! What one corrected return costs, and that it does not depend on how much else is held.
//!
//! Builds a state of 1 or more provinces of Henan's shape with a month of one form, then corrects one
//! village's return and rolls up. Counted in instructions, since times depend on the machine:
//!
//! ```text
//! cargo bench -p tests --bench correction
//! ```
//!
//! runs it under callgrind, which collects [`one_correction`] alone, for several shapes.

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
    let number = |place| std::env::args().nth(place).and_then(|text| text.parse().ok());
    let (provinces, villages) = (number(1).unwrap_or(1), number(2).unwrap_or(20));
    match run(provinces, villages) {
        Ok(touched) => {
            let touched = touched.len();
            let _ = writeln!(std::io::stdout(), "{provinces} provinces, {touched} slices touched");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(provinces: u64, villages: u64) -> Result<Touched, rollup::RollUpError> {
    let catalog = synthetic::catalog(synthetic::register_of(provinces, villages));
    let mut state = State::new(std::sync::Arc::clone(&catalog));
    let period =
        model::Period::containing(model::PeriodKind::Month, jiff::civil::date(2023, 3, 31));
    let villages = synthetic::units(&catalog, model::Level::Village);
    for (seed, &village) in (0u64..).zip(&villages) {
        state.record(&synthetic::village_return(village, 0, period, seed))?;
    }
    state.roll_up()?;
    let corrected = villages[villages.len() / 2];
    one_correction(&mut state, &synthetic::village_return(corrected, 0, period, 1_000_003))
}
