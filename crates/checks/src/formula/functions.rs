//! The functions of formulas that read an indicator, and what each can read.

use model::{Indicator, PeriodKind, indicator::Kind};

use super::Which;

/// Every reading function with its name.
pub(crate) const READINGS: [(&str, Which); 9] = [
    ("prev", Which::Previous),
    ("yoy", Which::YearBefore),
    ("inc", Which::Increment),
    ("months", Which::Months),
    ("asof", Which::AsOf),
    ("inherit", Which::Inherit),
    ("kids", Which::Children),
    ("parent", Which::Parent),
    ("own", Which::Own),
];

/// The function that reads so; none for the plain value.
pub(crate) fn name(which: Which) -> Option<&'static str> {
    READINGS.iter().find(|(_, reading)| *reading == which).map(|(name, _)| *name)
}

/// All functions, for a message.
pub(crate) fn known() -> String {
    let readings = READINGS.iter().map(|(name, _)| *name);
    readings.chain(["least", "abs"]).collect::<Vec<_>>().join(" ")
}

/// Why a function cannot read this indicator.
pub(crate) fn objection(which: Which, indicator: &Indicator) -> Option<&'static str> {
    match which {
        Which::Increment if !matches!(indicator.kind, Kind::FlowYtd | Kind::DistinctYtd) => {
            Some("it needs a year-to-date value")
        }
        Which::Months if indicator.frequency > PeriodKind::Month => {
            Some("it needs a value that is asked at least monthly")
        }
        _ => None,
    }
}
