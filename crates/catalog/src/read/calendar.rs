//! Reads the folder `calendar`: rhythms, deadlines, days off, reminders.

use std::path::Path;

use model::{Form, calendar::Calendar};

use super::{deadlines, holidays, reminders, rhythms};
use crate::Problem;

/// Reads the calendar.
pub(crate) fn read(dir: &Path, forms: &[Form], problems: &mut Vec<Problem>) -> Calendar {
    Calendar {
        rhythms: rhythms::read(dir, problems),
        deadlines: deadlines::read(dir, forms, problems),
        holidays: holidays::read(dir, problems),
        reminders: reminders::read(dir, problems),
    }
}
