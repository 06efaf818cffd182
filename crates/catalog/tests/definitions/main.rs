//! The shipped definitions, planted mistakes, and imports of lists of units.

mod calendar;
mod folder;
mod import;
mod planted;
mod schemes;
mod shipped;
mod warnings;
