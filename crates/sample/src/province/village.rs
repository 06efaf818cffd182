//! Values of a village or community.

use model::UnitClass;

use super::{
    draw::Draw,
    traits::Traits,
    world::{MONTHS, World},
};

/// One village through the quarter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Village {
    pub(super) population: i64,
    pub(super) months: [Month; MONTHS],
    pub(super) quarter: Quarter,
}

/// Values of one month.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Month {
    pub(super) urban_homes: i32,
    pub(super) urban: i32,
    pub(super) rural_homes: i32,
    pub(super) rural: i32,
    pub(super) women: i32,
    pub(super) elders: i32,
    pub(super) minors: i32,
    pub(super) disabled: i32,
    pub(super) urban_destitute: i32,
    pub(super) rural_destitute: i32,
    pub(super) admitted: i32,
    pub(super) removed: i32,
    pub(super) meal_points: i32,
    pub(super) special_elders: i32,
    pub(super) visited: i32,
    pub(super) orphans: i32,
    pub(super) unattended: i32,
    pub(super) children: i32,
    pub(super) living: i32,
    pub(super) nursing: i32,
    pub(super) both: i32,
}

/// Values of the quarter.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quarter {
    community_facility: i32,
    village_facility: i32,
    frail: i32,
    frail_helped: i32,
    child_director: i32,
    one_person: i32,
    covenants: i32,
    grids: i32,
    grid_workers: i32,
    workers: i32,
    covenant_done: i32,
    ceremony_council: i32,
}

/// What stays the same from month to month.
struct Shares {
    persons_per_home: i64,
    women: i64,
    elders: i64,
    minors: i64,
    disabled: i64,
    both: i64,
}

impl Village {
    /// A village of `class` in a county.
    pub(super) fn new(draw: &mut Draw, class: UnitClass, traits: &Traits) -> Self {
        let population = match class {
            UnitClass::Neighbourhood => draw.between(1500, 8500),
            UnitClass::Quasi => draw.between(100, 1200),
            _ => draw.between(600, 3200),
        };
        let mut month = first_month(draw, class, population);
        let shares = Shares {
            persons_per_home: draw.between(11, 20),
            women: draw.between(380, 520),
            elders: draw.between(300, 450),
            minors: draw.between(80, 180),
            disabled: draw.between(200, 400),
            both: draw.between(200, 600),
        };
        let visited = (traits.rate(800, 1000) + draw.between(-30, 30)).min(1000);
        let months = std::array::from_fn(|_| {
            month = next_month(draw, month);
            complete(&mut month, &shares);
            month.visited = draw.share(i64::from(month.special_elders), visited) as i32;
            month
        });
        let quarter = quarter(draw, class, population, traits);
        Self { population, months, quarter }
    }
}

/// Who is on the lists before the quarter begins.
fn first_month(draw: &mut Draw, class: UnitClass, population: i64) -> Month {
    let mut per_mille = |low, high| {
        let share = draw.between(low, high);
        draw.share(population, share) as i32
    };
    let town = class == UnitClass::Neighbourhood;
    let (urban, rural) = if town {
        let some_rural = per_mille(0, 16);
        (per_mille(3, 16), if some_rural > population as i32 / 90 { some_rural } else { 0 })
    } else {
        (0, per_mille(15, 60))
    };
    Month {
        urban,
        rural,
        urban_destitute: if town { per_mille(0, 1) } else { 0 },
        rural_destitute: if town { 0 } else { per_mille(3, 9) },
        special_elders: per_mille(8, 25),
        living: per_mille(6, 14),
        nursing: per_mille(6, 14),
        orphans: per_mille(0, 1) / 2,
        unattended: per_mille(0, 1),
        children: per_mille(0, 1),
        meal_points: i32::from(per_mille(0, 1) > 1),
        ..Month::default()
    }
}

/// The lists a month later: a few come, a few go.
fn next_month(draw: &mut Draw, before: Month) -> Month {
    let mut month = Month { admitted: 0, removed: 0, ..before };
    let mut moves = |on_list: &mut i32, per_person: i64, least: i32| {
        let odds = (i64::from(*on_list) * per_person).min(700);
        let come = i32::from(*on_list >= least && draw.chance(odds));
        let go = i32::from(*on_list > least && draw.chance(odds));
        *on_list += come - go;
        (come, go)
    };
    let rural = moves(&mut month.rural, 6, 2);
    // Urban lists are short; a county's must not move by a tenth (K77), so they move rarely.
    let urban = moves(&mut month.urban, 2, 12);
    month.admitted = rural.0 + urban.0;
    month.removed = rural.1 + urban.1;
    moves(&mut month.rural_destitute, 4, 2);
    moves(&mut month.living, 5, 3);
    moves(&mut month.nursing, 5, 3);
    moves(&mut month.special_elders, 3, 3);
    month
}

/// Households and groups that follow from the persons.
fn complete(month: &mut Month, shares: &Shares) {
    let homes = |persons: i32| {
        let tenths = i64::from(persons) * 10;
        ((tenths + shares.persons_per_home - 1) / shares.persons_per_home) as i32
    };
    let total = i64::from(month.urban + month.rural);
    let group = |per_mille: i64| (total * per_mille / 1000) as i32;
    month.urban_homes = homes(month.urban);
    month.rural_homes = homes(month.rural);
    month.women = group(shares.women);
    month.elders = group(shares.elders);
    month.minors = group(shares.minors);
    month.disabled = group(shares.disabled);
    month.both = (i64::from(month.living.min(month.nursing)) * shares.both / 1000) as i32;
}

fn quarter(draw: &mut Draw, class: UnitClass, population: i64, traits: &Traits) -> Quarter {
    let town = class == UnitClass::Neighbourhood;
    let village = class == UnitClass::VillageCommittee;
    let mut yes = |of_this_kind: bool, worst, best| {
        let happens = draw.chance(traits.rate(worst, best));
        i32::from(of_this_kind && happens)
    };
    let mut quarter = Quarter {
        community_facility: yes(town, 550, 1000),
        village_facility: yes(village, 150, 750),
        child_director: yes(town || village, 780, 1000),
        one_person: yes(town || village, 800, 1000),
        covenants: yes(village, 100, 350),
        covenant_done: yes(village, 450, 1000),
        ceremony_council: yes(town || village, 750, 1000),
        ..Quarter::default()
    };
    let per_mille = draw.between(8, 20);
    let frail = draw.share(population, per_mille);
    let helped = (traits.rate(580, 1000) + draw.between(-40, 40)).clamp(0, 1000);
    quarter.frail = frail as i32;
    quarter.frail_helped = draw.share(frail, helped) as i32;
    if town {
        quarter.grids = (population / 900 + 1) as i32;
        quarter.grid_workers = quarter.grids - i32::from(draw.chance(400));
        quarter.workers = (population / 600 + draw.between(2, 6)) as i32;
    }
    quarter
}

/// How a cell of a village is read: `i` is the village, `k` the month.
pub(super) const CELLS: super::cells::Table = &[
    ("SA01", |w, i, k| month(w, i, k, |m| m.urban_homes)),
    ("SA02", |w, i, k| month(w, i, k, |m| m.urban)),
    ("SA03", |w, i, k| month(w, i, k, |m| m.rural_homes)),
    ("SA04", |w, i, k| month(w, i, k, |m| m.rural)),
    ("SA05", |w, i, k| month(w, i, k, |m| m.women)),
    ("SA06", |w, i, k| month(w, i, k, |m| m.elders)),
    ("SA07", |w, i, k| month(w, i, k, |m| m.minors)),
    ("SA08", |w, i, k| month(w, i, k, |m| m.disabled)),
    ("SA17", |w, i, k| month(w, i, k, |m| m.urban_destitute)),
    ("SA18", |w, i, k| month(w, i, k, |m| m.rural_destitute)),
    ("EC15", |w, i, k| month(w, i, k, |m| m.meal_points)),
    ("EC24", |w, i, k| month(w, i, k, |m| m.special_elders)),
    ("EC25", |w, i, k| month(w, i, k, |m| m.visited)),
    ("CW02", |w, i, k| month(w, i, k, |m| m.orphans)),
    ("CW03", |w, i, k| month(w, i, k, |m| m.unattended)),
    ("CW04", |w, i, k| month(w, i, k, |m| m.children)),
    ("DS01", |w, i, k| month(w, i, k, |m| m.living)),
    ("DS02", |w, i, k| month(w, i, k, |m| m.nursing)),
    ("DS03", |w, i, k| month(w, i, k, |m| m.both)),
    ("EC07", |w, i, _| whole(w, i, |q| q.community_facility)),
    ("EC13", |w, i, _| whole(w, i, |q| q.village_facility)),
    ("EC27", |w, i, _| whole(w, i, |q| q.frail)),
    ("EC28", |w, i, _| whole(w, i, |q| q.frail_helped)),
    ("CW10", |w, i, _| whole(w, i, |q| q.child_director)),
    ("GG01", |w, i, _| whole(w, i, |q| q.one_person)),
    ("GG04", |w, i, _| whole(w, i, |q| q.covenants)),
    ("GG05", |w, i, _| whole(w, i, |q| q.grids)),
    ("GG06", |w, i, _| whole(w, i, |q| q.grid_workers)),
    ("GG07", |w, i, _| whole(w, i, |q| q.workers)),
    ("GG10", |w, i, _| whole(w, i, |q| q.covenant_done)),
    ("FN05", |w, i, _| whole(w, i, |q| q.ceremony_council)),
];

fn month(world: &World, i: usize, k: usize, field: fn(&Month) -> i32) -> Option<i64> {
    Some(i64::from(field(&world.villages[i].months[k])))
}

fn whole(world: &World, i: usize, field: fn(&Quarter) -> i32) -> Option<i64> {
    Some(i64::from(field(&world.villages[i].quarter)))
}
