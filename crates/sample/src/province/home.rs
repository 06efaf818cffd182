//! Values of an institution: beds each quarter, hazards each day.

use super::{
    draw::Draw,
    traits::Traits,
    world::{DAYS, World},
};

/// One institution through the quarter.
#[derive(Clone, Debug)]
pub(super) struct Home {
    beds: i64,
    nursing_beds: i64,
    residents: i64,
    pub(super) days: [Day; DAYS],
}

/// One day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Day {
    residents: i16,
    found: i16,
    rectified: i16,
    open: i16,
    pub(super) accidents: i16,
}

impl Home {
    /// A home of a county.
    pub(super) fn new(draw: &mut Draw, traits: &Traits) -> Self {
        let beds = 10 * draw.between(3, 28);
        let nursing = (traits.rate(280, 680) + draw.between(-80, 80)).clamp(0, 1000);
        let residents = beds * draw.between(450, 920) / 1000;
        let rectify = traits.rate(450, 950);
        let mut today = Day { residents: residents as i16, ..Day::default() };
        let days = std::array::from_fn(|_| {
            let moved = draw.below(20);
            let stay = i64::from(today.residents) + i64::from(moved == 0) - i64::from(moved == 1);
            today.residents = stay.clamp(1, beds) as i16;
            today.found = i16::from(draw.chance(60)) + i16::from(draw.chance(15));
            let before = today.open;
            today.rectified = draw.of_each(i64::from(before + today.found), rectify) as i16;
            today.open = before + today.found - today.rectified;
            today
        });
        let nursing_beds = beds * nursing / 1000;
        Self { beds, nursing_beds, residents: i64::from(today.residents), days }
    }
}

/// How a cell of an institution is read: `i` is the institution, `k` the day.
pub(super) const CELLS: super::cells::Table = &[
    ("EC02", |w, i, _| Some(w.homes[i].beds)),
    ("EC03", |w, i, _| Some(w.homes[i].nursing_beds)),
    ("EC05", |w, i, _| Some(w.homes[i].residents)),
    ("DI01", |w, i, k| day(w, i, k, |d| d.residents)),
    ("DI02", |w, i, k| day(w, i, k, |d| d.found)),
    ("DI03", |w, i, k| day(w, i, k, |d| d.rectified)),
    ("DI04", |w, i, k| day(w, i, k, |d| d.open)),
    ("DI05", |w, i, k| day(w, i, k, |d| d.accidents)),
];

fn day(world: &World, i: usize, k: usize, field: fn(&Day) -> i16) -> Option<i64> {
    Some(i64::from(field(&world.homes[i].days[k])))
}
