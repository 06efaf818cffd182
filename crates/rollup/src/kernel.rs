//! The bare sum: columns of one level, as they come out of a Parquet file, to every level above.
//!
//! Rows stand in the order of the tree, so the members of a unit lie side by side and are summed as
//! one run; the levels above cost next to nothing. A row without a value is skipped, whatever its
//! place holds.

use model::{Level, Node, Tree, amount::within};

/// Values of one column and which of them exist: a bitmap with the least significant bit first, as
/// Arrow keeps it; `None` when all exist.
pub type ColumnSlice<'a> = (&'a [i64], Option<&'a [u8]>);

/// A sum that needs more than 18 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "column {column}: the sum at node {unit:?} needs more than 18 digits; look for a wrong value below"
)]
pub struct SumTooLong {
    /// Whose sum.
    pub unit: Node,
    /// Place of the column.
    pub column: usize,
}

/// Sums of one column for every unit of [`Runs::units`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSums {
    /// The sum; 0 where nothing was there to add.
    pub sums: Vec<i64>,
    /// How many rows with a value are in it.
    pub counts: Vec<u32>,
}

/// Which rows belong to which unit: made once, used for every column.
#[derive(Clone, Debug)]
pub struct Runs {
    units: Vec<Node>,
    /// Place of the unit above, by unit; its own place for a root.
    above: Vec<u32>,
    /// Neighbouring rows of one unit: first row, row behind the last, place of the unit.
    runs: Vec<(u32, u32, u32)>,
    rows: usize,
}

impl Runs {
    /// Prepares rows of `level`, given as their units in the order of the tree.
    pub fn new(tree: &Tree, level: Level, rows: &[Node]) -> Self {
        let mut wanted = vec![false; tree.len()];
        for &row in rows {
            for above in tree.ancestors(row).filter(|&n| tree.level(n) > level) {
                if std::mem::replace(&mut wanted[above.index()], true) {
                    break;
                }
            }
        }
        let units: Vec<Node> = tree.nodes().filter(|n| wanted[n.index()]).collect();
        let mut place = vec![u32::MAX; tree.len()];
        for (i, unit) in (0u32..).zip(&units) {
            place[unit.index()] = i;
        }
        let parent =
            |node: Node| tree.ancestors(node).map(|n| place[n.index()]).find(|&p| p != u32::MAX);
        let above = (0u32..).zip(&units).map(|(i, &unit)| parent(unit).unwrap_or(i)).collect();
        let mut runs: Vec<(u32, u32, u32)> = Vec::new();
        for (i, &row) in (0u32..).zip(rows) {
            let Some(unit) = parent(row) else { continue };
            match runs.last_mut() {
                Some((_, end, of)) if *of == unit && *end == i => *end = i + 1,
                _ => runs.push((i, i + 1, unit)),
            }
        }
        Self { units, above, runs, rows: rows.len() }
    }

    /// The units that have sums, ascending.
    pub fn units(&self) -> &[Node] {
        &self.units
    }

    /// Sums one column; `column` is its place, for the error.
    ///
    /// # Errors
    /// A sum that needs more than 18 digits.
    ///
    /// # Panics
    /// When the column is shorter than the rows.
    pub fn sum(&self, column: usize, slice: ColumnSlice<'_>) -> Result<ColumnSums, SumTooLong> {
        let (values, validity) = slice;
        let values = &values[..self.rows];
        let mut totals = vec![0i128; self.units.len()];
        let mut counts = vec![0u32; self.units.len()];
        for &(start, end, unit) in &self.runs {
            let (mut start, end, unit) = (start as usize, end as usize, unit as usize);
            while start < end {
                let stop = end.min(start + 64);
                let word = bits(validity, start, stop - start);
                totals[unit] += sum_word(&values[start..stop], word);
                counts[unit] += word.count_ones();
                start = stop;
            }
        }
        for i in (0..self.units.len()).rev() {
            let above = self.above[i] as usize;
            if above != i {
                totals[above] += totals[i];
                counts[above] += counts[i];
            }
        }
        let exact = |(i, &total): (usize, &i128)| {
            let units = i64::try_from(total).ok().filter(|&units| within(units));
            units.ok_or(SumTooLong { unit: self.units[i], column })
        };
        let sums = totals.iter().enumerate().map(exact).collect::<Result<_, _>>()?;
        Ok(ColumnSums { sums, counts })
    }
}

/// Sums every column for every unit above `level`, on this many threads.
///
/// # Errors
/// A sum that needs more than 18 digits.
pub fn roll_up_columns(
    tree: &Tree,
    level: Level,
    rows: &[Node],
    columns: &[ColumnSlice<'_>],
    threads: usize,
) -> Result<(Vec<Node>, Vec<ColumnSums>), SumTooLong> {
    let runs = Runs::new(tree, level, rows);
    let share = columns.len().div_ceil(threads.max(1)).max(1);
    let sum_some = |(part, some): (usize, &[ColumnSlice<'_>])| {
        let numbered = some.iter().enumerate();
        numbered.map(|(i, &slice)| runs.sum(part * share + i, slice)).collect::<Result<Vec<_>, _>>()
    };
    let sums = if threads <= 1 {
        sum_some((0, columns))?
    } else {
        let parts: Vec<_> = std::thread::scope(|scope| {
            let parts = columns.chunks(share).enumerate();
            let running: Vec<_> = parts.map(|part| scope.spawn(move || sum_some(part))).collect();
            let join = |thread: std::thread::ScopedJoinHandle<'_, _>| match thread.join() {
                Ok(part) => part,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            running.into_iter().map(join).collect()
        });
        parts.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()
    };
    Ok((runs.units, sums))
}

/// `len` (at most 64) bits of a bitmap from `start` on, the first as the lowest.
#[inline]
fn bits(bitmap: Option<&[u8]>, start: usize, len: usize) -> u64 {
    let all = u64::MAX >> (64 - len);
    let Some(bitmap) = bitmap else { return all };
    let (byte, shift) = (start / 8, start % 8);
    let low = match bitmap.get(byte..byte + 8).and_then(|eight| eight.try_into().ok()) {
        Some(eight) => u64::from_le_bytes(eight),
        None => {
            let rest = bitmap[byte..].iter().take(8).rev();
            rest.fold(0u64, |word, &next| word << 8 | u64::from(next))
        }
    };
    let mut word = low >> shift;
    if shift + len > 64 {
        word |= u64::from(bitmap[byte + 8]) << (64 - shift);
    }
    word & all
}

/// Four values at a time, so that the compiler can add them side by side.
const LANES: usize = 4;

/// For each pattern of four bits the masks that keep the values whose bit is set.
const MASKS: [[i64; LANES]; 1 << LANES] = {
    let mut masks = [[0; LANES]; 1 << LANES];
    let mut pattern = 0;
    while pattern < masks.len() {
        let mut lane = 0;
        while lane < LANES {
            masks[pattern][lane] = if pattern >> lane & 1 == 1 { -1 } else { 0 };
            lane += 1;
        }
        pattern += 1;
    }
    masks
};

/// Values of less than this size are added in the machine's own words: 64 of them stay below 2^62.
const SMALL: i64 = 1 << 56;

/// Sum of the values whose bit is set, at most 64 of them.
#[inline]
fn sum_word(values: &[i64], word: u64) -> i128 {
    let (mut sums, mut sizes) = ([0i64; LANES], [0i64; LANES]);
    let (fours, rest) = values.as_chunks::<LANES>();
    let mut left = word;
    for four in fours {
        let masks = &MASKS[(left & 15) as usize];
        for lane in 0..LANES {
            let kept = four[lane] & masks[lane];
            sums[lane] = sums[lane].wrapping_add(kept);
            // Small values become numbers of at most 57 bits; any other sets a higher one.
            sizes[lane] |= kept.wrapping_add(SMALL);
        }
        left >>= LANES;
    }
    for (lane, &value) in rest.iter().enumerate() {
        let kept = value & MASKS[(left & 15) as usize][lane];
        sums[lane] = sums[lane].wrapping_add(kept);
        sizes[lane] |= kept.wrapping_add(SMALL);
    }
    let size = sizes.iter().fold(0, |all, &size| all | size);
    if (0..2 * SMALL).contains(&size) {
        i128::from(sums.iter().fold(0i64, |sum, &lane| sum.wrapping_add(lane)))
    } else {
        sum_wide(values, word)
    }
}

#[cold]
fn sum_wide(values: &[i64], word: u64) -> i128 {
    let kept = values.iter().enumerate().filter(|(i, _)| word >> i & 1 == 1);
    kept.map(|(_, &value)| i128::from(value)).sum()
}
