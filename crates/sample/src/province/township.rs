//! Values of a township or street: sums over its villages where money follows persons, own numbers
//! where it decides itself.

use model::UnitClass;

use super::{
    draw::Draw,
    traits::Traits,
    village::{Month as VillageMonth, Village},
    world::{MONTHS, Season, TEN_DAYS, World},
};

/// One township through the quarter. Money is in yuan.
#[derive(Clone, Debug)]
pub(super) struct Township {
    pub(super) base: Base,
    pub(super) months: [Month; MONTHS],
    pub(super) quarter: Quarter,
    pub(super) safety: [Safety; TEN_DAYS],
    /// What one month is like; kept for the months that follow.
    habits: Habits,
}

/// Base figures and targets.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Base {
    pub(super) registered: i64,
    pub(super) elders: i64,
    pub(super) aged: i64,
    pub(super) lifted: i64,
    pub(super) retrofit_target: i64,
    committee_target: i64,
    cemetery_target: i64,
}

/// Values of one month; what is paid or done is counted from January on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Month {
    pub(super) sums: Sums,
    pub(super) urban_paid: i64,
    pub(super) rural_paid: i64,
    in_homes: i64,
    destitute_paid: i64,
    relief: i64,
    relief_paid: i64,
    urgent: i64,
    urgent_day: i64,
    urgent_hours: i64,
    applied: i64,
    tested: i64,
    class_a: i64,
    meal_points: i64,
    pub(super) retrofits: i64,
    retrofits_assessed: i64,
    visits: i64,
    pub(super) aged_paid_persons: i64,
    aged_paid: i64,
    living_paid: i64,
    nursing_paid: i64,
    living_ever: i64,
    nursing_ever: i64,
}

/// Sums over the villages of one month.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) urban: i64,
    pub(super) rural: i64,
    urban_destitute: i64,
    rural_destitute: i64,
    admitted: i64,
    removed: i64,
    living: i64,
    nursing: i64,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quarter {
    lifted_helped: i64,
    street_centre: i64,
    town_centre: i64,
    home_beds: i64,
    aided: i64,
    minors_station: i64,
    standard_committees: i64,
    committees_made: i64,
    work_station: i64,
    cemeteries: i64,
}

/// Hazards at the end of ten days; found and rectified are counted from January on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Safety {
    pub(super) entered: i64,
    pub(super) rectified: i64,
    overdue: i64,
    carried: i64,
    carried_done: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Habits {
    urban_aid: i64,
    rural_aid: i64,
    in_homes: i64,
    relief: i64,
    relief_mean: i64,
    urgent: i64,
    aged_aid: i64,
    second_tier: i64,
    pace: i64,
}

impl Sums {
    fn add(&mut self, month: &VillageMonth) {
        self.urban += i64::from(month.urban);
        self.rural += i64::from(month.rural);
        self.urban_destitute += i64::from(month.urban_destitute);
        self.rural_destitute += i64::from(month.rural_destitute);
        self.admitted += i64::from(month.admitted);
        self.removed += i64::from(month.removed);
        self.living += i64::from(month.living);
        self.nursing += i64::from(month.nursing);
    }

    fn destitute(&self) -> i64 {
        self.urban_destitute + self.rural_destitute
    }
}

impl Township {
    /// A township of `class` with its villages; the months are filled in by [`Township::month`].
    pub(super) fn new(
        draw: &mut Draw,
        class: UnitClass,
        villages: &[(UnitClass, &Village)],
        traits: &Traits,
        season: Season,
    ) -> Self {
        let habits = Habits {
            urban_aid: draw.between(500, 850),
            rural_aid: draw.between(450, 750),
            in_homes: draw.between(100, 450),
            relief: draw.between(0, 9),
            relief_mean: draw.between(400, 1800),
            urgent: draw.between(1, 7),
            aged_aid: 10 * draw.between(5, 10),
            second_tier: draw.between(0, 300),
            pace: (traits.rate(550, 1450) + draw.between(-150, 150)).max(300),
        };
        let base = base(draw, villages);
        let quarter = quarter(draw, class, villages, traits, &base, &habits, season);
        let safety = safety(draw, traits, season);
        let months = [Month::default(); MONTHS];
        Self { base, months, quarter, safety, habits }
    }

    /// Fills in month `k` from its villages of that month.
    pub(super) fn month<'a>(
        &mut self,
        draw: &mut Draw,
        k: usize,
        villages: impl Iterator<Item = &'a VillageMonth>,
        traits: &Traits,
        season: Season,
    ) {
        let mut sums = Sums::default();
        villages.for_each(|month| sums.add(month));
        // Before the quarter every month of the year was like the first one of the quarter.
        let elapsed = if k == 0 { season.months_before } else { 0 };
        let before = k.checked_sub(1).map_or_else(Month::default, |k| self.months[k]);
        let mut month = Month { sums, ..before };
        self.pay(draw, &mut month, 1 + elapsed, traits);
        self.serve(draw, &mut month, traits);
        self.care(draw, &mut month, 1 + elapsed, season.month_of_year(k));
        self.months[k] = month;
    }

    /// Money follows persons and standards (K66, K67, K69 to K72, K100).
    fn pay(&self, draw: &mut Draw, month: &mut Month, times: i64, traits: &Traits) {
        let (sums, standards, habits) = (&month.sums, &traits.standards, &self.habits);
        let at_least_one = |yuan: i64, persons: i64| if persons > 0 { yuan.max(1) } else { 0 };
        let urban = sums.urban * standards.urban * habits.urban_aid / 1000;
        let rural = sums.rural * standards.rural * habits.rural_aid / 12_000;
        month.urban_paid += times * at_least_one(urban, sums.urban);
        month.rural_paid += times * at_least_one(rural, sums.rural);
        let destitute = sums.urban_destitute * standards.urban_destitute
            + sums.rural_destitute * standards.rural_destitute;
        month.destitute_paid += times * destitute;
        month.in_homes = sums.destitute() * habits.in_homes / 1000;
        let relieved = draw.between(0, 2 * habits.relief) * times;
        month.relief += relieved;
        month.relief_paid += relieved * (habits.relief_mean + draw.between(-200, 200));
        let second = sums.nursing * habits.second_tier / 1000;
        let nursing =
            (sums.nursing - second) * standards.nursing + second * standards.nursing_second;
        month.living_paid += times * sums.living * standards.living;
        month.nursing_paid += times * nursing;
        // Who was paid once this year stays counted, even when off the list again.
        month.living_ever = sums.living.max(month.living_ever) + draw.between(0, 1);
        month.nursing_ever = sums.nursing.max(month.nursing_ever) + draw.between(0, 1);
    }

    /// Applications and urgent cases of the month.
    fn serve(&self, draw: &mut Draw, month: &mut Month, traits: &Traits) {
        month.urgent = draw.between(0, 2 * self.habits.urgent);
        month.urgent_day = draw.of_each(month.urgent, traits.rate(820, 1000));
        month.urgent_hours = draw.of_each(month.urgent_day, 300);
        month.applied = month.sums.admitted + draw.between(0, 8);
        month.tested = draw.of_each(month.applied, traits.rate(900, 1000));
        month.class_a = (month.sums.urban + month.sums.rural) / 20;
    }

    /// Elderly care, month by month towards the targets of the year.
    fn care(&self, draw: &mut Draw, month: &mut Month, times: i64, month_of_year: i64) {
        let (base, pace) = (&self.base, self.habits.pace);
        let planned = base.retrofit_target * PLAN[(month_of_year - 1) as usize] * pace;
        let due = (planned + i64::from(draw.below(100_000))) / 100_000;
        month.retrofits = due.min(base.retrofit_target).max(month.retrofits);
        month.retrofits_assessed =
            (month.retrofits + base.retrofit_target / 5).max(month.retrofits_assessed);
        month.meal_points += i64::from(draw.chance(80));
        month.visits += times * draw.between(base.aged / 20, base.aged / 8);
        month.aged_paid_persons = base.aged * 9 / 10 + draw.between(0, base.aged / 40);
        month.aged_paid += times * month.aged_paid_persons * self.habits.aged_aid;
    }
}

/// Time plan of the year, percent at the end of each month.
const PLAN: [i64; 12] = [5, 10, 15, 25, 35, 45, 55, 65, 75, 85, 95, 100];

fn base(draw: &mut Draw, villages: &[(UnitClass, &Village)]) -> Base {
    let people: i64 = villages.iter().map(|(_, village)| village.population).sum();
    let registered = people + draw.between(0, people / 20);
    let elders = registered * draw.between(165, 225) / 1000;
    // A year of building is planned in whole committees and cemeteries, so small townships have none.
    let committees = villages.len() as i64;
    Base {
        registered,
        elders,
        aged: elders * draw.between(120, 165) / 1000,
        lifted: registered * draw.between(20, 90) / 1000,
        retrofit_target: draw.between(8, 60),
        committee_target: draw.share(committees, 180),
        cemetery_target: draw.between(0, 2),
    }
}

fn quarter(
    draw: &mut Draw,
    class: UnitClass,
    villages: &[(UnitClass, &Village)],
    traits: &Traits,
    base: &Base,
    habits: &Habits,
    season: Season,
) -> Quarter {
    let street = class == UnitClass::Street;
    let town = matches!(class, UnitClass::Town | UnitClass::Township);
    let mut yes = |of_this_kind: bool, worst, best| {
        let happens = draw.chance(traits.rate(worst, best));
        i64::from(of_this_kind && happens)
    };
    let (street_centre, town_centre) = (yes(street, 350, 980), yes(town, 250, 850));
    let (minors_station, work_station) =
        (yes(street || town, 200, 900), yes(street || town, 500, 1000));
    let committees = villages.iter().filter(|(class, _)| *class != UnitClass::Quasi).count() as i64;
    // Percent of the year's task at the end of the quarter, as far as this township keeps pace.
    let mut reached = |target: i64, plan: [i64; 4]| {
        let planned = target * plan[season.quarter_of_year as usize - 1] * habits.pace;
        ((planned + i64::from(draw.below(100_000))) / 100_000).min(target)
    };
    let committees_made = reached(base.committee_target, [15, 45, 75, 100]);
    let cemeteries = reached(base.cemetery_target, [10, 40, 70, 100]);
    Quarter {
        lifted_helped: base.lifted * draw.between(100, 400) / 1000,
        street_centre,
        town_centre,
        home_beds: draw.between(0, 30),
        aided: base.elders * draw.between(5, 90) / 1000,
        minors_station,
        standard_committees: draw.of_each(committees, traits.rate(300, 900)),
        committees_made,
        work_station,
        cemeteries,
    }
}

fn safety(draw: &mut Draw, traits: &Traits, season: Season) -> [Safety; TEN_DAYS] {
    let mut now = Safety { carried: draw.between(0, 4), ..Safety::default() };
    let often = draw.between(200, 900);
    let rectify = traits.rate(600, 1000);
    let mut ten_days = |now: &mut Safety| {
        now.entered += draw.of_each(4, often);
        let open = now.entered - now.rectified;
        now.rectified += draw.of_each(open, rectify);
        now.carried_done += draw.of_each(now.carried - now.carried_done, rectify / 3);
        let left = now.carried - now.carried_done + now.entered - now.rectified;
        now.overdue = draw.of_each(left, 1000 - rectify);
        *now
    };
    for _ in 0..3 * season.months_before {
        ten_days(&mut now);
    }
    std::array::from_fn(|_| ten_days(&mut now))
}

/// How a cell of a township is read: `i` is the township, `k` the month or the ten days.
pub(super) const CELLS: super::cells::Table = &[
    ("BS01", |w, i, _| Some(w.townships[i].base.registered)),
    ("BS03", |w, i, _| Some(w.townships[i].base.elders)),
    ("BS04", |w, i, _| Some(w.townships[i].base.aged)),
    ("BS05", |w, i, _| Some(w.townships[i].base.lifted)),
    ("GG12", |w, i, _| Some(w.townships[i].base.committee_target)),
    ("FN02", |w, i, _| Some(w.townships[i].base.cemetery_target)),
    ("SA09", |w, i, k| month(w, i, k, |m| m.sums.admitted)),
    ("SA10", |w, i, k| month(w, i, k, |m| m.sums.removed)),
    ("SA11", |w, i, k| month(w, i, k, |m| m.urban_paid)),
    ("SA12", |w, i, k| month(w, i, k, |m| m.rural_paid)),
    ("SA19", |w, i, k| month(w, i, k, |m| m.in_homes)),
    ("SA20", |w, i, k| month(w, i, k, |m| m.destitute_paid)),
    ("SA24", |w, i, k| month(w, i, k, |m| m.relief)),
    ("SA25", |w, i, k| month(w, i, k, |m| m.relief_paid)),
    ("SA29", |w, i, k| {
        month(w, i, k, |m| (m.sums.urban + m.sums.rural) * 13 / 10 + m.sums.destitute())
    }),
    ("SA36", |w, i, k| month(w, i, k, |m| m.urgent)),
    ("SA37", |w, i, k| month(w, i, k, |m| m.urgent_day)),
    ("SA40", |w, i, k| month(w, i, k, |m| m.applied)),
    ("SA41", |w, i, k| month(w, i, k, |m| m.tested)),
    ("SA43", |w, i, k| month(w, i, k, |m| (m.sums.urban + m.sums.rural) / 6)),
    ("SA44", |w, i, k| month(w, i, k, |m| (m.sums.urban + m.sums.rural) / 15)),
    ("SA45", |w, i, k| month(w, i, k, |m| m.urgent_hours)),
    ("SA47", |w, i, k| month(w, i, k, |m| m.class_a)),
    ("EC16", |w, i, k| month(w, i, k, |m| m.meal_points)),
    ("EC18", |w, i, k| month(w, i, k, |m| m.retrofits)),
    ("EC21", |w, i, k| month(w, i, k, |m| m.visits)),
    ("EC30", |w, i, k| month(w, i, k, |m| m.aged_paid_persons)),
    ("EC31", |w, i, k| month(w, i, k, |m| m.aged_paid)),
    ("EC32", |w, i, k| month(w, i, k, |m| m.retrofits_assessed)),
    ("DS04", |w, i, k| month(w, i, k, |m| m.living_paid)),
    ("DS05", |w, i, k| month(w, i, k, |m| m.nursing_paid)),
    ("DS08", |w, i, k| month(w, i, k, |m| m.living_ever)),
    ("DS09", |w, i, k| month(w, i, k, |m| m.nursing_ever)),
    ("SA30", |w, i, _| whole(w, i, |q| q.lifted_helped)),
    ("EC09", |w, i, _| whole(w, i, |q| q.street_centre)),
    ("EC11", |w, i, _| whole(w, i, |q| q.town_centre)),
    ("EC20", |w, i, _| whole(w, i, |q| q.home_beds)),
    ("EC22", |w, i, _| whole(w, i, |q| q.aided)),
    ("CW08", |w, i, _| whole(w, i, |q| q.minors_station)),
    ("GG03", |w, i, _| whole(w, i, |q| q.standard_committees)),
    ("GG11", |w, i, _| whole(w, i, |q| q.committees_made)),
    ("SO09", |w, i, _| whole(w, i, |q| q.work_station)),
    ("FN03", |w, i, _| whole(w, i, |q| q.cemeteries)),
    ("SF06", |w, i, k| ten_days(w, i, k, |s| s.entered)),
    ("SF07", |w, i, k| ten_days(w, i, k, |s| s.rectified)),
    ("SF09", |w, i, k| ten_days(w, i, k, |s| s.overdue)),
    ("SF16", |w, i, k| ten_days(w, i, k, |s| s.carried)),
    ("SF17", |w, i, k| ten_days(w, i, k, |s| s.carried_done)),
];

fn month(world: &World, i: usize, k: usize, field: fn(&Month) -> i64) -> Option<i64> {
    Some(field(&world.townships[i].months[k]))
}

fn whole(world: &World, i: usize, field: fn(&Quarter) -> i64) -> Option<i64> {
    Some(field(&world.townships[i].quarter))
}

fn ten_days(world: &World, i: usize, k: usize, field: fn(&Safety) -> i64) -> Option<i64> {
    Some(field(&world.townships[i].safety[k]))
}
