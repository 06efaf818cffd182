//! Values of a county or district: standards, and what the bureau does itself.

use super::{
    draw::Draw,
    traits::{Standards, Traits},
    world::{MONTHS, Season, TEN_DAYS, World},
};

/// One county through the quarter. Money is in yuan, standards in fen as the forms keep them.
#[derive(Clone, Debug)]
pub(super) struct County {
    pub(super) traits: Traits,
    size: Size,
    months: [Month; MONTHS],
    quarter: Quarter,
    safety: [Safety; TEN_DAYS],
}

/// What is below the county.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    /// Townships of every class.
    pub(super) townships: i64,
    /// Generated institutions.
    pub(super) homes: i64,
    /// People of its communities.
    pub(super) town_people: i64,
    /// Retrofits to make this year.
    pub(super) retrofit_target: i64,
}

/// Values of one month; what is done or paid is counted from January on.
#[derive(Clone, Copy, Debug, Default)]
struct Month {
    price_paid: i64,
    price_persons: i64,
    checked: i64,
    check_failed: i64,
    wrong_paid: i64,
    recovered: i64,
    vagrants: i64,
    orphans: i64,
    orphans_paid: i64,
    donations: i64,
    charity_spent: i64,
    lottery: i64,
    marriages: i64,
    divorces: i64,
    foreign: i64,
    across: i64,
    interviews: i64,
    persons_interviewed: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Quarter {
    adoptions: i64,
    adoptions_right: i64,
    associations: i64,
    private_units: i64,
    foundations: i64,
    drawn: i64,
    drawn_found: i64,
    drawn_rectified: i64,
    waived: i64,
    welfare_money: i64,
    welfare_elders: i64,
    cremations: i64,
    roads: i64,
    buildings: i64,
    other_names: i64,
    dual_done: i64,
    five_star: i64,
    honours: [i64; 3],
}

#[derive(Clone, Copy, Debug, Default)]
struct Safety {
    inspections: i64,
    accidents: i64,
    tasks: i64,
    tasks_done: i64,
    tasks_late: i64,
}

impl County {
    /// A county of the size of what is below it.
    pub(super) fn new(draw: &mut Draw, traits: Traits, size: Size, season: Season) -> Self {
        let months = months(draw, &traits, &size, season);
        let quarter = quarter(draw, &traits, &size, season);
        let safety = safety(draw, &traits, &size, season);
        Self { traits, size, months, quarter, safety }
    }

    /// The ten days in which the accident of the quarter happened, if there was one.
    pub(super) fn accident(&self) -> Option<usize> {
        self.safety.iter().position(|s| s.accidents > 0)
    }
}

fn months(draw: &mut Draw, traits: &Traits, size: &Size, season: Season) -> [Month; MONTHS] {
    let orphans = draw.between(0, 30);
    let money = draw.between(20_000, 900_000);
    let mut now = Month { orphans, ..Month::default() };
    std::array::from_fn(|k| {
        for _ in 0..=(if k == 0 { season.months_before } else { 0 }) {
            pass(draw, &mut now, traits, size, money);
        }
        now
    })
}

/// One month more.
fn pass(draw: &mut Draw, now: &mut Month, traits: &Traits, size: &Size, money: i64) {
    let big = size.townships.max(1);
    if traits.price_linked {
        let persons = draw.between(20, 200) * big;
        now.price_persons += persons;
        now.price_paid += persons * 20;
    }
    let checked = draw.between(10, 90) * big;
    now.checked += checked;
    now.check_failed += draw.share(checked, 90);
    let wrong = draw.between(0, 3) * 730;
    now.wrong_paid += wrong;
    now.recovered += wrong * traits.rate(450, 1000) / 1000;
    now.vagrants += draw.between(0, 15);
    now.orphans_paid += now.orphans * traits.standards.orphans;
    let donations = money + draw.between(0, money);
    now.donations += donations;
    now.charity_spent += donations * draw.between(350, 900) / 1000;
    now.lottery += draw.between(80_000, 160_000) * big;
    let married = draw.between(4, 18) * big;
    let divorced = draw.between(1, 7) * big;
    now.marriages += married;
    now.divorces += divorced;
    now.foreign += i64::from(draw.chance(150));
    now.across += draw.share(married + divorced, 30);
    let interviews = draw.of_each(size.homes, 60);
    now.interviews += interviews;
    now.persons_interviewed += interviews * draw.between(1, 3);
}

fn quarter(draw: &mut Draw, traits: &Traits, size: &Size, season: Season) -> Quarter {
    let quarters = i64::from(season.quarter_of_year);
    let adoptions = draw.between(0, 5) * quarters;
    let drawn = draw.between(5, 25) * quarters;
    let drawn_found = draw.of_each(drawn, 250);
    let welfare_money = draw.between(50, 500) * 10_000 * quarters;
    Quarter {
        adoptions,
        adoptions_right: draw.of_each(adoptions, traits.rate(930, 1000)),
        associations: draw.between(30, 260),
        private_units: draw.between(40, 420),
        foundations: draw.between(0, 3),
        drawn,
        drawn_found,
        drawn_rectified: draw.of_each(drawn_found, traits.rate(600, 1000)),
        waived: draw.between(0, 60) * 5_000,
        welfare_money,
        welfare_elders: welfare_money * draw.between(480, 750) / 1000,
        cremations: draw.between(20, 60) * size.townships.max(1) * quarters,
        roads: draw.between(0, 6) * quarters,
        buildings: draw.between(0, 8) * quarters,
        other_names: draw.between(0, 2) * quarters,
        dual_done: draw.of_each(dual_due(size), traits.rate(150, 700)),
        five_star: draw.between(0, 4),
        honours: [draw.chance(60), draw.chance(250), draw.chance(600)].map(i64::from),
    }
}

/// Institutions that must build dual prevention: most of the directly run ones.
fn dual_due(size: &Size) -> i64 {
    size.homes * 2 / 3
}

fn safety(draw: &mut Draw, traits: &Traits, size: &Size, season: Season) -> [Safety; TEN_DAYS] {
    let accident_at = traits.accident.then(|| draw.below(TEN_DAYS as u32) as usize);
    let tasks = draw.between(8, 24);
    let mut now = Safety { tasks, ..Safety::default() };
    let often = traits.rate(60, 330);
    now.inspections = draw.of_each(3 * season.months_before * size.homes, often);
    std::array::from_fn(|k| {
        now.inspections += draw.of_each(size.homes, often);
        now.accidents = i64::from(accident_at == Some(k));
        now.tasks_done += draw.of_each(now.tasks - now.tasks_done, traits.rate(10, 60));
        now.tasks_late = draw.of_each(now.tasks - now.tasks_done, 1000 - traits.rate(880, 1000));
        now
    })
}

/// How a cell of a county is read: `i` is the county, `k` the month or the ten days.
pub(super) const CELLS: super::cells::Table = &[
    ("BS02", |w, i, _| Some(w.counties[i].size.town_people)),
    ("EC01", |w, i, _| Some(w.counties[i].size.homes)),
    ("EC17", |w, i, _| Some(w.counties[i].size.retrofit_target)),
    ("SF01", |w, i, _| Some(w.counties[i].size.homes)),
    ("SF13", |w, i, _| Some(dual_due(&w.counties[i].size))),
    ("SA13", |w, i, _| standard(w, i, |s| s.urban)),
    ("SA14", |w, i, _| standard(w, i, |s| s.rural)),
    ("SA22", |w, i, _| standard(w, i, |s| s.urban_destitute)),
    ("SA23", |w, i, _| standard(w, i, |s| s.rural_destitute)),
    ("SA46", |w, i, _| standard(w, i, |s| s.care)),
    ("CW05", |w, i, _| standard(w, i, |s| s.orphans)),
    ("CW06", |w, i, _| standard(w, i, |s| s.orphans_at_home)),
    ("CW15", |w, i, _| standard(w, i, |s| s.children)),
    ("DS06", |w, i, _| standard(w, i, |s| s.living)),
    ("DS07", |w, i, _| standard(w, i, |s| s.nursing)),
    ("DS10", |w, i, _| standard(w, i, |s| s.nursing_second)),
    ("SA27", |w, i, k| price_linked(w, i, k, |m| m.price_paid)),
    ("SA28", |w, i, k| price_linked(w, i, k, |m| m.price_persons)),
    ("SA32", |w, i, k| month(w, i, k, |m| m.checked)),
    ("SA33", |w, i, k| month(w, i, k, |m| m.check_failed)),
    ("SA34", |w, i, k| month(w, i, k, |m| m.wrong_paid)),
    ("SA35", |w, i, k| month(w, i, k, |m| m.recovered)),
    ("SA39", |w, i, k| month(w, i, k, |m| m.vagrants)),
    ("CW01", |w, i, k| month(w, i, k, |m| m.orphans)),
    ("CW07", |w, i, k| month(w, i, k, |m| m.orphans_paid)),
    ("CH01", |w, i, k| month(w, i, k, |m| m.donations)),
    ("CH02", |w, i, k| month(w, i, k, |m| m.charity_spent)),
    ("CH04", |w, i, k| month(w, i, k, |m| m.lottery)),
    ("MR01", |w, i, k| month(w, i, k, |m| m.marriages)),
    ("MR02", |w, i, k| month(w, i, k, |m| m.divorces)),
    ("MR03", |w, i, k| month(w, i, k, |m| m.foreign)),
    ("MR04", |w, i, k| month(w, i, k, |m| m.across)),
    ("SF10", |w, i, k| month(w, i, k, |m| m.interviews)),
    ("SF11", |w, i, k| month(w, i, k, |m| m.interviews)),
    ("SF18", |w, i, k| month(w, i, k, |m| m.persons_interviewed)),
    ("CW12", |w, i, _| whole(w, i, |q| q.adoptions)),
    ("CW13", |w, i, _| whole(w, i, |q| q.adoptions_right)),
    ("SO01", |w, i, _| whole(w, i, |q| q.associations)),
    ("SO02", |w, i, _| whole(w, i, |q| q.private_units)),
    ("SO03", |w, i, _| whole(w, i, |q| q.foundations)),
    ("SO04", |w, i, _| whole(w, i, |q| q.drawn)),
    ("SO05", |w, i, _| whole(w, i, |q| q.drawn_found)),
    ("SO06", |w, i, _| whole(w, i, |q| q.drawn_rectified)),
    ("SO08", |w, i, _| whole(w, i, |q| q.waived)),
    ("CH05", |w, i, _| whole(w, i, |q| q.welfare_money)),
    ("CH06", |w, i, _| whole(w, i, |q| q.welfare_elders)),
    ("FN01", |w, i, _| whole(w, i, |q| q.cremations)),
    ("GN01", |w, i, _| whole(w, i, |q| q.roads + q.buildings + q.other_names)),
    ("GN02", |w, i, _| whole(w, i, |q| q.roads)),
    ("GN03", |w, i, _| whole(w, i, |q| q.buildings)),
    ("GN04", |w, i, _| whole(w, i, |q| q.other_names)),
    ("SF14", |w, i, _| whole(w, i, |q| q.dual_done)),
    ("GG09", |w, i, _| whole(w, i, |q| q.five_star)),
    ("SP05", |w, i, _| whole(w, i, |q| q.honours[0])),
    ("SP06", |w, i, _| whole(w, i, |q| q.honours[1])),
    ("SP07", |w, i, _| whole(w, i, |q| q.honours[2])),
    ("SF05", |w, i, k| ten_days(w, i, k, |s| s.inspections)),
    ("SF12", |w, i, k| ten_days(w, i, k, |s| s.accidents)),
    ("SP01", |w, i, k| ten_days(w, i, k, |s| s.tasks)),
    ("SP02", |w, i, k| ten_days(w, i, k, |s| s.tasks_done)),
    ("SP03", |w, i, k| ten_days(w, i, k, |s| s.tasks_late)),
];

fn standard(world: &World, i: usize, field: fn(&Standards) -> i64) -> Option<i64> {
    Some(100 * field(&world.counties[i].traits.standards))
}

/// Where the linkage was not triggered the cell does not apply.
fn price_linked(world: &World, i: usize, k: usize, field: fn(&Month) -> i64) -> Option<i64> {
    let county = &world.counties[i];
    county.traits.price_linked.then(|| field(&county.months[k]))
}

fn month(world: &World, i: usize, k: usize, field: fn(&Month) -> i64) -> Option<i64> {
    Some(field(&world.counties[i].months[k]))
}

fn whole(world: &World, i: usize, field: fn(&Quarter) -> i64) -> Option<i64> {
    Some(field(&world.counties[i].quarter))
}

fn ten_days(world: &World, i: usize, k: usize, field: fn(&Safety) -> i64) -> Option<i64> {
    Some(field(&world.counties[i].safety[k]))
}
