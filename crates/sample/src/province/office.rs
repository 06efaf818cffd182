//! Sends the returns: most in time, some late, twice, corrected, spoilt or not at all.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan, civil::Date};
use model::{
    Catalog, Level, Node, SubmissionKey, Tree, UnitCode,
    envelope::{EntryKind, WIRE_VERSION},
};

use super::{
    Sent,
    cells::Asked,
    draft::{Draft, Filled},
    draw::{Draw, Purpose},
    jobs::Job,
    lock::Lock,
    mistakes::{self, Mistake, Mistakes},
    moment::Moment,
    planted::{Plant, Planted, Why},
    relations::{Breaks, Relation},
    staged::Staged,
    traits::Traits,
    world::World,
};

/// Of a hundred thousand returns that come.
const LATE: u32 = 3_000;
const CORRECTED: u32 = 1_000;
const TWICE: u32 = 1_000;
const WIDE: u32 = 100;

/// Cells that a first revision may have one too many of without breaking any relation.
const LOOSE: [&str; 12] = [
    "SA18", "EC24", "CW03", "DS02", "EC27", "GG07", "SA29", "EC20", "SF06", "DI01", "EC02", "MR01",
];

/// Optional cells that are wholes or denominators of core ones; without them sums of several
/// counties would compare all persons with the money of some. Every county reports them.
const ALWAYS: [&str; 8] = ["BS01", "BS03", "BS04", "EC22", "DS08", "DS09", "SF13", "SF14"];

pub(super) const REASON: &str = "核对底册后更正";
pub(super) const REPAIR: &str = "按审核意见更正";

/// What became of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Effective,
    /// Accepted by the level above.
    Accepted,
    /// Waits for the level above.
    Pending,
    Superseded,
    Refused,
    SetAside,
    Replayed,
}

/// Sends and keeps account.
pub(super) struct Office<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) world: &'a World,
    pub(super) staged: &'a Staged,
    pub(super) seed: u64,
    pub(super) habits: Draw,
    pub(super) mistakes: Mistakes,
    /// Contradictions in the returns among which mistakes are planted, and in the others.
    pub(super) breaks: [Breaks; 2],
    pub(super) messy: bool,
    pub(super) sink: &'a mut dyn FnMut(Sent),
    pub(super) planted: Planted,
    /// Comes after the others of its sort of return.
    pub(super) afterwards: Vec<Sent>,
    /// Comes on a later day.
    pub(super) later: BTreeMap<(Timestamp, u64), Sent>,
    /// How much was put off so far.
    pub(super) put_off: u64,
    pub(super) lock: Option<Lock>,
}

/// The unit whose turn it is.
pub(super) struct Turn<'a> {
    pub(super) job: &'a Job,
    pub(super) key: SubmissionKey,
    /// The unit above.
    pub(super) above: UnitCode,
    traits: &'a Traits,
}

impl Office<'_> {
    /// Everything of one job, in the order of the tree.
    pub(super) fn job(&mut self, job: &Job, province: UnitCode) {
        self.turn_to(job.window.first());
        let tree = self.catalog.register.tree(job.period.end());
        let Some(top) = tree.node(province) else { return };
        let mut township = None;
        let mut absence = 0;
        for node in tree.subtree(top).map(Node) {
            if tree.level(node) == Level::Township {
                township = Some(node);
            }
            let form = self.catalog.form(job.form);
            if tree.level(node) != job.level || !form.asks(tree.class(node)) {
                continue;
            }
            if let Some(above) = township.take() {
                absence = self.absence(&tree, above, job.level);
            }
            self.unit(job, &tree, node, absence);
        }
        for sent in std::mem::take(&mut self.afterwards) {
            (self.sink)(sent);
        }
    }

    /// What comes before `day`: late returns, declared totals, the lock.
    fn turn_to(&mut self, day: Date) {
        let lock_day = self.lock.as_ref().map(|lock| lock.day).filter(|&lock| lock < day);
        if let Some(lock_day) = lock_day {
            self.send_before(lock_day);
            self.close_period();
        }
        self.send_before(day);
    }

    /// Everything that is still to come.
    pub(super) fn close(mut self) -> Planted {
        self.turn_to(Date::MAX);
        self.planted
    }

    fn send_before(&mut self, day: Date) {
        let limit = Moment { day, second: 0 }.timestamp();
        let rest = self.later.split_off(&(limit, 0));
        for sent in std::mem::replace(&mut self.later, rest).into_values() {
            (self.sink)(sent);
        }
    }

    /// Of a hundred thousand returns below a township so many never come.
    fn absence(&self, tree: &Tree, township: Node, level: Level) -> u32 {
        let mut draw = Draw::keyed(self.seed, Purpose::Habits, tree.code(township).as_u64());
        match level {
            Level::Village if draw.chance(15) => draw.between(12_000, 35_000) as u32,
            Level::Village => draw.between(200, 1_500) as u32,
            _ => 500,
        }
    }

    fn unit(&mut self, job: &Job, tree: &Tree, node: Node, absence: u32) {
        let unit = tree.code(node);
        let key = SubmissionKey { unit, form: job.form, period: job.period };
        let (Some(place), Some(traits)) = (self.world.place(unit), self.world.traits(tree, node))
        else {
            return;
        };
        self.planted.due += 1;
        let guarded = self.staged.guarded.contains(&key);
        let above = tree.parent(node).map_or(unit, |above| tree.code(above));
        let turn = Turn { job, key, above, traits };
        if self.staged.absent.contains(&key) {
            return self.miss(key);
        }
        if may_be_spoilt(job)
            && let Some((check, mistake)) = self.mistakes.next(guarded)
        {
            let draft = self.draft(&turn, place);
            return self.spoilt(&turn, check, mistake, draft);
        }
        let others = usize::from(!may_be_spoilt(job));
        let mut early = None;
        if !job.review && self.breaks[others].is_due(&job.form_code, guarded) {
            let draft = self.draft(&turn, place);
            if let Some((relation, amount)) = self.breaks[others].take(&draft.cells) {
                return self.broken(&turn, relation, amount, draft);
            }
            early = Some(draft);
        }
        let absence = match job.level {
            Level::Village => absence,
            Level::Institution => traits.rate(7_000, 200) as u32,
            Level::Township => 400,
            _ => 150,
        };
        // One draw decides; what is guarded only ever comes clean.
        let roll = if guarded || !self.messy { u32::MAX } else { self.habits.below(100_000) };
        if roll < absence {
            return self.miss(key);
        }
        let draft = early.unwrap_or_else(|| self.draft(&turn, place));
        self.send_draft(&turn, draft, roll - absence);
    }

    fn send_draft(&mut self, turn: &Turn<'_>, mut draft: Draft<'_>, roll: u32) {
        let job = turn.job;
        if roll < LATE {
            draft.moment = job.window.late(&mut self.habits);
            self.plant("K11", &draft.id(), &draft, "");
            self.plant_explained(&draft);
            self.planted.late += 1;
            let sent = self.sent(turn, &draft);
            self.put_off(sent);
            return self.settle(turn, &draft, Fate::Effective);
        }
        let roll = roll - LATE;
        if roll < CORRECTED && !job.review && self.correct(turn, &draft) {
            return;
        }
        if (CORRECTED..CORRECTED + TWICE).contains(&roll) {
            self.planted.duplicates += 1;
            let again = self.sent(turn, &draft);
            self.afterwards.push(again);
            self.count(Fate::Replayed);
        } else {
            self.planted.clean += 1;
        }
        draft.wide = (CORRECTED + TWICE..CORRECTED + TWICE + WIDE).contains(&roll);
        self.send(turn, &draft, Fate::Effective);
    }

    /// Sends one too many of a cell first, and the right number as the second revision; of five
    /// such pairs one arrives in reverse. `false` when the form has no cell for it.
    fn correct(&mut self, turn: &Turn<'_>, draft: &Draft<'_>) -> bool {
        let Some(mut first) = altered(draft) else { return false };
        let mut second = draft.clone();
        first.wide = false;
        second.revision = 2;
        second.reason = Some(REASON);
        second.moment = turn.job.window.again(&mut self.habits, first.moment);
        self.planted.corrected += 1;
        if self.habits.chance(200) {
            self.planted.overtaken += 1;
            std::mem::swap(&mut first, &mut second);
        }
        let fates = |draft: &Draft<'_>| {
            if draft.revision == 2 { Fate::Effective } else { Fate::Superseded }
        };
        self.send(turn, &first, fates(&first));
        let sent = self.sent(turn, &second);
        self.plant_explained(&second);
        self.afterwards.push(sent);
        self.count(fates(&second));
        true
    }

    fn spoilt(
        &mut self,
        turn: &Turn<'_>,
        check: &'static str,
        mistake: Mistake,
        mut draft: Draft<'_>,
    ) {
        let original = draft.clone();
        match mistake {
            // The first revision comes as it should; what follows is refused.
            Mistake::Conflict | Mistake::NoReason => {
                self.send(turn, &draft, Fate::Effective);
                draft = altered(&draft).unwrap_or(draft);
                draft.moment = turn.job.window.again(&mut self.habits, draft.moment);
                if mistake == Mistake::NoReason {
                    draft.revision = 2;
                    draft.reason = Some(REASON);
                } else {
                    draft.mark = "-x";
                    self.planted.conflicting += 1;
                }
            }
            Mistake::TooEarly => {
                let early = turn.job.period.end().saturating_sub(self.habits.between(2, 6).days());
                draft.moment = Moment::on(early, &mut self.habits);
            }
            _ => {}
        }
        let spoilt = mistakes::spoil(self.catalog, turn.job, mistake, &draft);
        let plant = Plant {
            check: check.to_owned(),
            id: spoilt.id,
            unit: spoilt.unit.clone(),
            form: spoilt.form,
            period: spoilt.period,
            cell: spoilt.cell,
        };
        let set_aside = mistakes::is_set_aside(check);
        if set_aside {
            self.planted.set_aside.push(plant)
        } else {
            self.planted.plant(plant)
        }
        let fate = if set_aside { Fate::SetAside } else { Fate::Refused };
        self.count(fate);
        (self.sink)(Sent {
            kind: spoilt.kind,
            wire: spoilt.wire,
            unit: spoilt.unit,
            form: Some(turn.key.form),
            period: Some(turn.key.period),
            submitted_at: draft.moment.timestamp(),
            bytes: spoilt.bytes,
        });
        if !matches!(mistake, Mistake::Conflict | Mistake::NoReason) {
            self.repair(turn, original, spoilt.repaired_by, set_aside);
        }
    }

    /// A return whose cells contradict each other; it is refused.
    fn broken(&mut self, turn: &Turn<'_>, relation: &Relation, amount: i64, draft: Draft<'_>) {
        let mut wrong = draft.clone();
        let typed = wrong.cells.iter_mut().find(|cell| cell.code == relation.typed());
        if let Some(typed) = typed {
            typed.units = amount;
        }
        for (check, cell) in relation.found() {
            self.plant(check, &wrong.id(), &wrong, cell);
        }
        self.send(turn, &wrong, Fate::Refused);
        self.repair(turn, draft, 2, false);
    }

    /// Every other refused or unreadable return is sent again as it should have been.
    fn repair(&mut self, turn: &Turn<'_>, mut draft: Draft<'_>, revision: u32, set_aside: bool) {
        if self.habits.chance(500) {
            let why = if set_aside { Why::SetAside } else { Why::Refused };
            return self.planted.absent.push((turn.key, why));
        }
        draft.revision = revision;
        draft.reason = (revision > 1).then_some(REPAIR);
        draft.moment = turn.job.window.again(&mut self.habits, draft.moment);
        self.planted.repaired += 1;
        self.plant_explained(&draft);
        let sent = self.sent(turn, &draft);
        self.afterwards.push(sent);
        self.count(Fate::Effective);
    }

    fn draft<'b>(&mut self, turn: &Turn<'b>, place: usize) -> Draft<'b> {
        let job = turn.job;
        let mut cells = Vec::with_capacity(job.cells.len() + 2);
        let mut not_applicable = Vec::new();
        let reports = |cell: &&Asked| {
            cell.core || turn.traits.optional || ALWAYS.contains(&cell.code.as_str())
        };
        for cell in job.cells.iter().filter(reports) {
            match (cell.read)(self.world, place, job.k) {
                Some(units) => cells.push(Filled { code: &cell.code, units, scale: cell.scale }),
                None => not_applicable.push(cell.code.as_str()),
            }
        }
        let ten_days_of_county =
            job.level == Level::County && job.form_code == "SF" && asks(job, "SF12");
        if ten_days_of_county && turn.traits.own_share {
            // 本级: hazards that the bureau itself found in what it runs.
            let found = job.k as i64 + 2;
            cells.push(Filled { code: "SF06", units: found, scale: 0 });
            cells.push(Filled { code: "SF07", units: found - 1, scale: 0 });
        }
        let accident =
            cells.iter().any(|cell| matches!(cell.code, "SF12" | "DI05") && cell.units > 0);
        Draft {
            unit: turn.key.unit,
            form: &job.form_code,
            period: &job.period_text,
            revision: 1,
            mark: "",
            moment: job.window.on_time(&mut self.habits),
            reason: None,
            cells,
            not_applicable,
            explanation: accident.then_some(("K93", "已妥善处置，附调查报告")),
            wide: false,
        }
    }

    pub(super) fn sent(&self, turn: &Turn<'_>, draft: &Draft<'_>) -> Sent {
        let mut bytes = Vec::with_capacity(640);
        draft.write(&mut bytes);
        Sent {
            kind: EntryKind::Return,
            wire: WIRE_VERSION,
            unit: draft.unit.to_string(),
            form: Some(turn.key.form),
            period: Some(turn.key.period),
            submitted_at: draft.moment.timestamp(),
            bytes,
        }
    }

    fn send(&mut self, turn: &Turn<'_>, draft: &Draft<'_>, fate: Fate) {
        let sent = self.sent(turn, draft);
        self.plant_explained(draft);
        (self.sink)(sent);
        self.settle(turn, draft, fate);
    }

    /// What comes on a later day, in the order of the moments; of one moment, as it was put off.
    pub(super) fn put_off(&mut self, sent: Sent) {
        self.put_off += 1;
        self.later.insert((sent.submitted_at, self.put_off), sent);
    }

    /// Counts a return without a mistake, once the level above has looked at it where it does.
    fn settle(&mut self, turn: &Turn<'_>, draft: &Draft<'_>, fate: Fate) {
        match fate {
            Fate::Effective if turn.job.review => self.review(turn, draft),
            fate => self.count(fate),
        }
    }

    /// An accident is found, explained, and no reason to refuse.
    fn plant_explained(&mut self, draft: &Draft<'_>) {
        if draft.cells.iter().any(|cell| cell.code == "SF12" && cell.units > 0) {
            self.plant("K93", &draft.id(), draft, "SF12");
        }
    }

    fn miss(&mut self, key: SubmissionKey) {
        self.planted.missing += 1;
        self.planted.absent.push((key, Why::Missing));
    }

    pub(super) fn plant(&mut self, check: &str, id: &str, draft: &Draft<'_>, cell: &str) {
        self.planted.plant(Plant {
            check: check.to_owned(),
            id: id.to_owned(),
            unit: draft.unit.to_string(),
            form: draft.form.to_owned(),
            period: draft.period.to_owned(),
            cell: cell.to_owned(),
        });
    }

    pub(super) fn count(&mut self, fate: Fate) {
        let tally = &mut self.planted.tally;
        match fate {
            Fate::Replayed => return tally.replayed += 1,
            Fate::Effective | Fate::Accepted => tally.effective += 1,
            Fate::Pending => tally.pending += 1,
            Fate::Superseded => tally.superseded += 1,
            Fate::Refused => tally.refused += 1,
            Fate::SetAside => tally.set_aside += 1,
        }
        tally.received += 1;
    }
}

/// Whether mistakes are planted among these returns: the monthly ones of villages.
pub(super) fn may_be_spoilt(job: &Job) -> bool {
    job.level == Level::Village && job.period.kind() == model::PeriodKind::Month && !job.review
}

fn asks(job: &Job, code: &str) -> bool {
    job.cells.iter().any(|cell| cell.code == code)
}

/// The same with one more in a cell that may have it.
fn altered<'a>(draft: &Draft<'a>) -> Option<Draft<'a>> {
    let at = draft.cells.iter().position(|cell| LOOSE.contains(&cell.code))?;
    let mut other = draft.clone();
    other.cells[at].units += 10i64.pow(u32::from(other.cells[at].scale));
    Some(other)
}
