//! A complete quarter of a province, from a seed: every unit that owes a form sends it.
//!
//! Units come from the register; their numbers are made up and carry the source 生成. Numbers hang
//! together (money follows persons, parts stay below wholes), places differ in quality, and people
//! behave as they do: late, twice, corrected, wrong, absent. What must be found is known
//! ([`Planted`]), so that it can be compared with what is found.
//!
//! The same seed, quarter and catalogue give the same bytes in the same order.

mod cells;
mod county;
mod draft;
mod draw;
mod home;
mod institutions;
mod jobs;
mod lock;
mod mistakes;
mod moment;
mod office;
mod planted;
mod relations;
mod reviewed;
mod staged;
mod totals;
mod township;
mod traits;
mod village;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{
    Catalog, FormIx, Level, Node, Period, PeriodKind, Tree, UnitCode,
    envelope::{EntryKind, WIRE_VERSION},
};

pub use institutions::institutions;
pub use planted::{Plant, Planted, Tally, Why};

use crate::{SampleError, facts};
use draw::{Draw, Purpose};
use jobs::Job;
use mistakes::Mistakes;
use moment::Moment;
use office::Office;
use relations::Breaks;
use staged::{Stage, Staged};
use world::World;

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// The quarter.
    pub quarter: Period,
    /// The province; without one, the root of the register with most units.
    pub province: Option<UnitCode>,
    /// Whether people behave as they do. Without it every return comes once, in time and right.
    pub messy: bool,
}

/// One entry for the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Header `kind`; of a planted mistake it may belie the bytes.
    pub kind: EntryKind,
    /// Header `wire`.
    pub wire: u16,
    /// Unit as sent, which decides the partition; empty for a lock, which goes into every one.
    pub unit: String,
    /// The form that it is about.
    pub form: Option<FormIx>,
    /// The period that it is about.
    pub period: Option<Period>,
    /// When it is handed in.
    pub submitted_at: Timestamp,
    /// The envelope.
    pub bytes: Vec<u8>,
}

/// Sends a quarter of the province into `sink`, in the order of time, and tells what was planted.
///
/// `catalog` should hold the institutions of [`institutions`] for the same seed; without them no
/// daily returns are due.
///
/// # Errors
/// When `plan.quarter` is no quarter, or nobody below the province could report.
pub fn generate(
    catalog: &Catalog,
    plan: &Plan,
    sink: &mut dyn FnMut(Sent),
) -> Result<Planted, SampleError> {
    let (seed, quarter) = (plan.seed, plan.quarter);
    if quarter.kind() != PeriodKind::Quarter {
        return Err(SampleError::NotAQuarter(quarter));
    }
    let now = catalog.register.tree(quarter.end());
    let province = plan.province.or_else(|| largest(&now).map(|root| now.code(root)));
    let province = province.ok_or(SampleError::EmptyRegister(quarter))?;
    let jobs = jobs::due(catalog, quarter);
    let days = jobs::days(&jobs, quarter);
    let mut world = World::build(&catalog.register, province, quarter, &days, seed);
    if world.villages.is_empty() {
        return Err(SampleError::EmptyRegister(quarter));
    }
    let each = (world.villages.len() / 2500).clamp(2, 20);
    let stage = Stage { catalog, quarter, province, each, real: real_units()? };
    let mut draw = Draw::keyed(seed, Purpose::Totals, 0);
    let staged =
        if plan.messy { stage.set(&mut draw, &mut world, &jobs) } else { Staged::default() };
    let spoilable = due_from(catalog, &jobs, province, office::may_be_spoilt);
    let spoilable = spoilable - staged.absent.len() as u64;
    let mut draw = Draw::keyed(seed, Purpose::Mistakes, 0);
    let mistakes = Mistakes::spread(&mut draw, spoilable, if plan.messy { each as u32 } else { 0 });
    let mut draw = Draw::keyed(seed, Purpose::Breaks, 0);
    let (of_villages, of_others) = if plan.messy { (each as u32, 2) } else { (0, 0) };
    let others = due_from(catalog, &jobs, province, |job| !office::may_be_spoilt(job));
    let breaks = [
        Breaks::spread(&mut draw, relations::OF_VILLAGES, spoilable, of_villages),
        Breaks::spread(&mut draw, relations::OF_OTHERS, others / 2, of_others),
    ];
    let mut office = Office {
        catalog,
        world: &world,
        staged: &staged,
        seed,
        habits: Draw::keyed(seed, Purpose::Habits, 0),
        mistakes,
        breaks,
        messy: plan.messy,
        sink,
        planted: Planted::default(),
        afterwards: Vec::new(),
        later: BTreeMap::new(),
        put_off: 0,
        lock: staged.lock.clone(),
    };
    declare(&mut office, &staged);
    for job in &jobs {
        office.job(job, province);
    }
    Ok(office.close())
}

/// Puts the declared totals among what comes later, and their findings among the plants.
fn declare(office: &mut Office<'_>, staged: &Staged) {
    for (place, (day, total)) in staged.totals.iter().enumerate() {
        let moment = Moment { day: *day, second: 10 * 3600 };
        let sent = Sent {
            kind: EntryKind::Declared,
            wire: WIRE_VERSION,
            unit: total.units[0].clone(),
            form: None,
            period: total.period.as_deref().and_then(|period| period.parse().ok()),
            submitted_at: moment.timestamp(),
            // Strings and numbers only; writing them cannot fail.
            bytes: serde_json::to_vec(total).unwrap_or_default(),
        };
        office.later.insert((sent.submitted_at, u64::MAX - place as u64), sent);
    }
    for plant in &staged.plants {
        office.planted.plant(plant.clone());
    }
    let all = staged.totals.len() as u64;
    office.planted.wrong_totals = staged.wrong;
    office.planted.agreeing_totals = staged.agreeing;
    office.planted.tally.received += all;
    office.planted.tally.refused += staged.refused;
    office.planted.tally.effective += all - staged.refused;
}

/// Returns that are due from these jobs.
fn due_from(
    catalog: &Catalog,
    jobs: &[Job],
    province: UnitCode,
    wanted: impl Fn(&Job) -> bool,
) -> u64 {
    let mut total = 0;
    for job in jobs.iter().filter(|job| wanted(job)) {
        let tree = catalog.register.tree(job.period.end());
        let Some(top) = tree.node(province) else { continue };
        let units = tree.subtree(top).map(Node).filter(|&node| tree.level(node) == job.level);
        total += units.filter(|&n| catalog.form(job.form).asks(tree.class(n))).count() as u64;
    }
    total
}

/// The province with most units.
fn largest(tree: &Tree) -> Option<Node> {
    let roots = tree.nodes().filter(|&node| tree.parent(node).is_none());
    let provinces = roots.filter(|&node| tree.level(node) == Level::Province);
    provinces.max_by_key(|&node| tree.subtree(node).len())
}

/// Units of the real reports: what they declare must not meet what is made up.
fn real_units() -> Result<BTreeSet<UnitCode>, SampleError> {
    let facts = facts::facts()?;
    Ok(facts.iter().flat_map(|fact| &fact.units).filter_map(|unit| unit.parse().ok()).collect())
}
