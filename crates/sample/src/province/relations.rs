//! Returns whose cells contradict each other: one way to break each relation between cells of one
//! return, and what else must be found of it.

use super::{draft::Filled, draw::Draw};

/// A relation that a return can break.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relation {
    /// The check that must find it.
    pub(super) check: &'static str,
    /// The cell that the finding names.
    cell: &'static str,
    /// The cell that is mistyped.
    typed: &'static str,
    /// What is typed instead, if that breaks this relation here and no other one.
    wrong: fn(&Cells<'_>) -> Option<i64>,
    /// Checks and cells that are found besides; `K94` where nobody explained.
    also: &'static [(&'static str, &'static str)],
}

/// The cells of a return as the relations read them.
pub(super) struct Cells<'a>(&'a [Filled<'a>]);

impl Cells<'_> {
    fn get(&self, code: &str) -> Option<i64> {
        self.0.iter().find(|cell| cell.code == code).map(|cell| cell.units)
    }

    /// One more than the sum of these cells.
    fn above(&self, codes: &[&str]) -> Option<i64> {
        codes.iter().try_fold(1, |sum, code| Some(sum + self.get(code)?))
    }

    /// Hazards that are still open, without those that are overdue.
    fn open(&self) -> Option<i64> {
        let of = |code| self.get(code);
        Some(of("SF16")? - of("SF17")? + of("SF06")? - of("SF07")? - of("SF09")?)
    }

    fn has_some(&self, code: &str) -> Option<()> {
        (self.get(code)? > 0).then_some(())
    }
}

/// A relation that one cell too large breaks, and no other.
const fn plain(
    check: &'static str,
    cell: &'static str,
    wrong: fn(&Cells<'_>) -> Option<i64>,
) -> Relation {
    Relation { check, cell, typed: cell, wrong, also: &[] }
}

/// The same for one that must be explained.
const fn explained(
    check: &'static str,
    cell: &'static str,
    wrong: fn(&Cells<'_>) -> Option<i64>,
    also: &'static [(&'static str, &'static str)],
) -> Relation {
    Relation { check, cell, typed: cell, wrong, also }
}

/// Relations of the monthly returns of villages.
pub(super) const OF_VILLAGES: &[Relation] = &[
    plain("K12", "SA01", |c| c.has_some("SA02").and_then(|()| c.above(&["SA02"]))),
    plain("K13", "SA03", |c| c.has_some("SA04").and_then(|()| c.above(&["SA04"]))),
    Relation {
        check: "K14",
        cell: "SA01",
        typed: "SA01",
        wrong: |c| c.has_some("SA02").map(|()| 0),
        also: &[("K16", "SA02"), ("K94", "SA02")],
    },
    Relation {
        check: "K15",
        cell: "SA03",
        typed: "SA03",
        wrong: |c| c.has_some("SA04").map(|()| 0),
        also: &[("K17", "SA04"), ("K94", "SA04")],
    },
    explained(
        "K16",
        "SA02",
        |c| c.has_some("SA01").and_then(|()| Some(5 * c.get("SA01")? + 1)),
        &[("K94", "SA02")],
    ),
    explained(
        "K17",
        "SA04",
        |c| c.has_some("SA03").and_then(|()| Some(6 * c.get("SA03")? + 1)),
        &[("K94", "SA04")],
    ),
    plain("K18", "SA05", |c| c.above(&["SA02", "SA04"])),
    plain("K19", "SA06", |c| Some(c.above(&["SA02", "SA04"])? - c.get("SA07")?)),
    plain("K20", "SA08", |c| c.above(&["SA02", "SA04"])),
    plain("K29", "EC25", |c| c.above(&["EC24"])),
    plain("K33", "DS03", |c| Some(c.get("DS01")?.min(c.get("DS02")?) + 1)),
];

/// Relations of all other returns.
pub(super) const OF_OTHERS: &[Relation] = &[
    plain("K22", "SA33", |c| c.above(&["SA32"])),
    explained("K23", "SA35", |c| c.above(&["SA34"]), &[("K94", "SA35")]),
    explained("K24", "SA37", |c| c.above(&["SA36"]), &[("K98", "SA45")]),
    Relation {
        check: "K25",
        cell: "SA27",
        typed: "SA28",
        wrong: |c| c.has_some("SA27").map(|()| 0),
        also: &[],
    },
    plain("K26", "EC03", |c| c.above(&["EC02"])),
    explained("K27", "EC05", |c| c.above(&["EC02"]), &[("K94", "EC05")]),
    plain("K30", "EC28", |c| c.above(&["EC27"])),
    plain("K32", "CW13", |c| c.above(&["CW12"])),
    plain("K35", "SO05", |c| c.above(&["SO04"])),
    plain("K36", "SO06", |c| c.above(&["SO05"])),
    explained("K37", "CH02", |c| c.above(&["CH01"]), &[("K94", "CH02")]),
    plain("K38", "CH06", |c| c.above(&["CH05"])),
    plain("K39", "MR03", |c| c.above(&["MR01", "MR02"])),
    plain("K40", "MR04", |c| c.above(&["MR01", "MR02"])),
    plain("K41", "GN01", |c| c.above(&["GN02", "GN03", "GN04"])),
    // Rectifying one more than there were leaves fewer open than are overdue, unless some are.
    plain("K42", "SF07", |c| {
        let more = c.above(&["SF06"])?;
        (more - c.get("SF07")? <= c.open()?).then_some(more)
    }),
    plain("K43", "SF09", |c| Some(c.get("SF09")? + c.open()? + 1)),
    explained("K45", "SF11", |c| c.above(&["SF10"]), &[("K94", "SF11")]),
    explained("K63", "SA22", |c| Some(13 * c.get("SA13")? / 10 - 1), &[("K94", "SA22")]),
    explained("K64", "SA23", |c| Some(13 * c.get("SA14")? / 120 - 1), &[("K94", "SA23")]),
    explained("K68", "CW06", |c| c.above(&["CW05"]), &[("K94", "CW06")]),
    explained(
        "K71",
        "SA25",
        |c| c.has_some("SA24").and_then(|()| Some(10_000 * c.get("SA24")? + 1)),
        &[("K94", "SA25")],
    ),
    plain("K97", "SA41", |c| c.above(&["SA40"])),
    plain("K98", "SA45", |c| c.above(&["SA37"])),
    plain("K99", "SF17", |c| {
        let more = c.above(&["SF16"])?;
        (more - c.get("SF17")? <= c.open()?).then_some(more)
    }),
];

impl Relation {
    /// The amount that breaks it among these cells; `None` where it cannot be broken alone.
    pub(super) fn breaks(&self, cells: &[Filled<'_>]) -> Option<i64> {
        Cells(cells).get(self.typed)?;
        Cells(cells).get(self.cell)?;
        (self.wrong)(&Cells(cells))
    }

    /// The cell that is mistyped.
    pub(super) fn typed(&self) -> &'static str {
        self.typed
    }

    /// What must be found: check and cell.
    pub(super) fn found(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        std::iter::once((self.check, self.cell)).chain(self.also.iter().copied())
    }
}

/// Which returns break a relation, and which: places in the order of sending.
#[derive(Debug, Default)]
pub(super) struct Breaks {
    /// Ascending by place.
    open: Vec<(u64, &'static Relation)>,
    seen: u64,
}

impl Breaks {
    /// Spreads each relation so many times over `total` returns.
    pub(super) fn spread(
        draw: &mut Draw,
        relations: &'static [Relation],
        total: u64,
        each: u32,
    ) -> Self {
        let total = u32::try_from(total).unwrap_or(u32::MAX).max(1);
        let all = relations.iter().flat_map(|one| (0..each).map(move |_| one));
        let mut open: Vec<_> = all.map(|one| (u64::from(draw.below(total)), one)).collect();
        open.sort_by_key(|(place, _)| *place);
        Self { open, seen: 0 }
    }

    /// Counts a return on the form; whether one is due there that it may break.
    pub(super) fn is_due(&mut self, form: &str, guarded: bool) -> bool {
        self.seen += 1;
        !guarded && self.due().any(|(_, relation)| relation.typed().starts_with(form))
    }

    /// The first that is due and that these cells can break, with the amount that does.
    pub(super) fn take(&mut self, cells: &[Filled<'_>]) -> Option<(&'static Relation, i64)> {
        let (place, amount) =
            self.due().find_map(|(place, relation)| Some((place, relation.breaks(cells)?)))?;
        Some((self.open.remove(place).1, amount))
    }

    fn due(&self) -> impl Iterator<Item = (usize, &'static Relation)> {
        let due = self.open.iter().take_while(|(place, _)| *place < self.seen);
        due.enumerate().map(|(at, &(_, relation))| (at, relation))
    }
}
