//! The readers of the definition folders, one file each.

pub(crate) mod calendar;
pub(crate) mod changes;
pub(crate) mod checks;
pub(crate) mod deadlines;
pub(crate) mod forms;
pub(crate) mod formula;
pub(crate) mod holidays;
pub(crate) mod indicators;
pub(crate) mod named;
pub(crate) mod reminders;
pub(crate) mod rhythms;
pub(crate) mod schemes;
pub(crate) mod units;
pub(crate) mod warnings;
pub(crate) mod words;
