//! How each cell of the catalogue is read from the generated world.

use model::Level;

use super::{county, home, township, village, world::World};

/// Reads a cell: of the `i`-th unit of its level, for the `k`-th period of its kind in the quarter.
/// In units of the indicator's stored scale (money: yuan at scale 4); `None` does not apply.
pub(super) type Read = fn(&World, usize, usize) -> Option<i64>;

/// Codes and how they are read.
pub(super) type Table = &'static [(&'static str, Read)];

/// One cell that a return asks.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) code: String,
    pub(super) core: bool,
    pub(super) scale: u8,
    pub(super) read: Read,
}

/// How the cell with this code is read. A cell that an administrator added is unknown here and
/// stays at zero, so that the generated returns remain complete.
pub(super) fn reader(level: Level, code: &str) -> Read {
    let table = match level {
        Level::Institution => home::CELLS,
        Level::Village => village::CELLS,
        Level::Township => township::CELLS,
        Level::County => county::CELLS,
        Level::City | Level::Province => &[],
    };
    table.iter().find(|(known, _)| *known == code).map_or(|_, _, _| Some(0), |(_, read)| *read)
}
