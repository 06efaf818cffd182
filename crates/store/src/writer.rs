//! Whose turn it is to write the rows of a province, and what the rows show.
//!
//! Each table remembers three numbers of a province: the version of `submissions` of which its rows show
//! everything, the newest one of which they show anything, and the version of the table that last
//! changed them. The second keeps a writer out that knows less; the third one that knows as much, but
//! has taken in less of it, as after a long pause.

use model::UnitCode;

use crate::{Applied, StoreError, table::Table};

/// Application id of the version of `submissions` that a roll-up of everything has applied.
pub(crate) const ROLL_UP: &str = "roll-up";

/// Application id of the version of `submissions` of which the rows of a province show everything.
pub(crate) fn roll_up_of(province: UnitCode) -> String {
    format!("{ROLL_UP}-{province}")
}

/// Application id of the newest version of `submissions` of which they show anything.
pub(crate) fn newest_of(province: UnitCode) -> String {
    format!("newest-{province}")
}

/// Application id of the version of the table that last changed them.
fn turn_of(province: UnitCode) -> String {
    format!("turn-{province}")
}

/// Whose rows a commit holds, and what they show.
#[derive(Clone, Copy)]
pub(crate) enum Wrote<'a> {
    /// All rows, which show all of this version of `submissions`.
    All(u64),
    /// Rows of some provinces.
    Provinces(Applied<'a>),
}

impl Wrote<'_> {
    /// The positions that the next commit of the table sets.
    pub(crate) fn positions(&self, table: &Table) -> Vec<(String, i64)> {
        let next = table.version().map_or(0, |version| version + 1) as i64;
        match self {
            Self::All(applied) => vec![(ROLL_UP.to_owned(), *applied as i64)],
            Self::Provinces(Applied { submissions, complete, provinces, .. }) => {
                let of = |&one: &UnitCode| {
                    [
                        (roll_up_of(one), *complete as i64),
                        (newest_of(one), *submissions as i64),
                        (turn_of(one), next),
                    ]
                };
                provinces.iter().flat_map(of).collect()
            }
        }
    }

    /// Nothing is undone that the table shows.
    pub(crate) fn check(&self, table: &Table) -> Result<(), StoreError> {
        match self {
            Self::All(applied) => check_position(table, ROLL_UP, *applied),
            Self::Provinces(applied) => {
                let mut provinces = applied.provinces.iter();
                provinces.try_for_each(|&one| check_province(table, one, applied))
            }
        }
    }
}

fn check_province(
    table: &Table,
    province: UnitCode,
    applied: &Applied<'_>,
) -> Result<(), StoreError> {
    check_position(table, &newest_of(province), applied.submissions)?;
    check_position(table, &roll_up_of(province), applied.submissions)?;
    let stored = table.position(&turn_of(province)).map(i64::unsigned_abs);
    match applied.turns.get(&province) {
        Some(&ours) if stored != Some(ours) => {
            Err(StoreError::RollUpTaken { table: table.name.clone(), province })
        }
        Some(_) => Ok(()),
        None => check_position(table, &newest_of(province), applied.taken),
    }
}

/// No province shows everything of a newer version than the writer.
pub(crate) fn check_complete(table: &Table, applied: &Applied<'_>) -> Result<(), StoreError> {
    let mut provinces = applied.provinces.iter();
    provinces.try_for_each(|&one| check_position(table, &roll_up_of(one), applied.complete))
}

fn check_position(table: &Table, application: &str, applied: u64) -> Result<(), StoreError> {
    let stored = table.position(application).map(i64::unsigned_abs);
    match stored.filter(|&stored| stored > applied) {
        Some(stored) => {
            Err(StoreError::RollUpBehind { table: table.name.clone(), stored, applied })
        }
        None => Ok(()),
    }
}
