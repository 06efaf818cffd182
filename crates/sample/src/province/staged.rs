//! Scenes for the checks from context: unpaid months, declared totals that agree or not, a lock.
//!
//! A scene fixes what it needs: returns that it reads are guarded against every other mishap, and
//! one that must be missing is missing. At most one scene of a kind stands in one county.

use std::collections::{BTreeSet, HashSet};

use jiff::{ToSpan, civil::Date};
use model::{
    Catalog, FormIx, Level, Node, Period, PeriodKind, SubmissionKey, Tree, UnitCode,
    envelope::Declared,
};

use super::{
    cells::reader,
    draw::Draw,
    jobs::Job,
    lock::Lock,
    planted::Plant,
    township::Township,
    world::{MONTHS, World},
};

/// So many townships of one county never fail to send at once.
const FEW: usize = 4;

/// What is staged.
#[derive(Debug, Default)]
pub(super) struct Staged {
    /// Returns that must arrive clean.
    pub(super) guarded: HashSet<SubmissionKey>,
    /// Returns that must be missing.
    pub(super) absent: HashSet<SubmissionKey>,
    /// Declared totals with the day on which they come.
    pub(super) totals: Vec<(Date, Declared)>,
    /// Findings that must come of it.
    pub(super) plants: Vec<Plant>,
    /// Wrong and agreeing totals.
    pub(super) wrong: u64,
    pub(super) agreeing: u64,
    /// Declared totals that must be refused.
    pub(super) refused: u64,
    /// The lock.
    pub(super) lock: Option<Lock>,
}

/// What staging looks at.
pub(super) struct Stage<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) quarter: Period,
    pub(super) province: UnitCode,
    /// Scenes of each kind.
    pub(super) each: usize,
    /// Units of real reports, which stay out of it.
    pub(super) real: BTreeSet<UnitCode>,
}

impl Stage<'_> {
    /// Sets every scene; unpaid months change the world.
    pub(super) fn set(&self, draw: &mut Draw, world: &mut World, jobs: &[Job]) -> Staged {
        let mut staged = Staged::default();
        let tree = self.catalog.register.tree(self.quarter.end());
        self.steady(world, &tree, &mut staged.guarded);
        self.unpaid(draw, world, &tree, &mut staged, ("K72", "SA11", 1));
        self.unpaid(draw, world, &tree, &mut staged, ("K100", "SA12", 2));
        self.declare(draw, world, &tree, &mut staged);
        staged.lock = self.lock(draw, &tree, jobs, &mut staged.guarded);
        staged
    }

    /// The `k`-th month of the quarter.
    pub(super) fn month(&self, k: usize) -> Period {
        self.quarter.parts(PeriodKind::Month).nth(k).unwrap_or(self.quarter)
    }

    /// Counties of the province in random order, without those of real reports.
    pub(super) fn counties(&self, draw: &mut Draw, tree: &Tree) -> Vec<Node> {
        let Some(top) = tree.node(self.province) else { return Vec::new() };
        let mut counties: Vec<Node> = tree
            .subtree(top)
            .map(Node)
            .filter(|&n| tree.level(n) == Level::County && !self.real.contains(&tree.code(n)))
            .collect();
        draw.shuffle(&mut counties);
        counties
    }

    /// Guards the returns of a form and period that units of `level` below `above` owe.
    pub(super) fn guard(
        &self,
        tree: &Tree,
        above: Node,
        level: Level,
        (form, period): (FormIx, Period),
        guarded: &mut HashSet<SubmissionKey>,
    ) {
        let units = tree.subtree(above).map(Node).filter(|&node| tree.level(node) == level);
        guarded.extend(units.map(|node| SubmissionKey { unit: tree.code(node), form, period }));
    }

    /// Sum of a cell over the units of `level` at or below `above`, in units of its scale.
    pub(super) fn sum(
        &self,
        world: &World,
        tree: &Tree,
        above: Node,
        (level, code, k): (Level, &str, usize),
    ) -> i64 {
        let read = reader(level, code);
        tree.subtree(above)
            .map(Node)
            .filter(|&node| tree.level(node) == level)
            .filter_map(|node| read(world, world.place(tree.code(node))?, k))
            .sum()
    }

    /// Where few townships pay, one missing return would leave a county with persons and no money,
    /// which reads as an unpaid month: there the townships' returns always come.
    fn steady(&self, world: &World, tree: &Tree, guarded: &mut HashSet<SubmissionKey>) {
        let Some(form) = self.catalog.form_by_code("SA") else { return };
        let Some(top) = tree.node(self.province) else { return };
        let counties = tree.subtree(top).map(Node).filter(|&n| tree.level(n) == Level::County);
        for county in counties {
            let townships: Vec<&Township> = tree
                .children(county)
                .filter(|&n| tree.level(n) == Level::Township)
                .filter_map(|n| Some(&world.townships[world.place(tree.code(n))?]))
                .collect();
            let few = (0..MONTHS).any(|k| {
                let sums = || townships.iter().map(|township| &township.months[k].sums);
                let urban = sums().filter(|sums| sums.urban > 0).count();
                let rural = sums().filter(|sums| sums.rural > 0).count();
                urban < FEW || rural < FEW
            });
            for month in self.quarter.parts(PeriodKind::Month).filter(|_| few) {
                self.guard(tree, county, Level::Township, (form, month), guarded);
            }
        }
    }

    /// Townships that pay nothing in one month although persons are on their lists (K72, K100).
    fn unpaid(
        &self,
        draw: &mut Draw,
        world: &mut World,
        tree: &Tree,
        staged: &mut Staged,
        (check, cell, k): (&str, &str, usize),
    ) {
        let indicator = self.catalog.indicator_by_code(cell);
        let Some(form) = indicator.map(|i| self.catalog.indicator(i).form) else { return };
        let urban = cell == "SA11";
        let mut set = 0;
        for county in self.counties(draw, tree) {
            let owing = |node: &Node| {
                let place = world.place(tree.code(*node))?;
                let sums = world.townships[place].months[k].sums;
                let persons = if urban { sums.urban } else { sums.rural };
                (persons > 0).then_some((*node, place))
            };
            let townships = tree.children(county).filter(|&n| tree.level(n) == Level::Township);
            let townships: Vec<(Node, usize)> = townships.filter_map(|node| owing(&node)).collect();
            // Others in the county pay, so the county's total moves on.
            if townships.len() < 3 || set == self.each {
                continue;
            }
            let (node, place) = *draw.pick(&townships);
            world.townships[place].withhold(urban, k);
            for month in [k - 1, k] {
                let period = self.month(month);
                let key = SubmissionKey { unit: tree.code(node), form, period };
                staged.guarded.insert(key);
                self.guard(tree, node, Level::Village, (form, period), &mut staged.guarded);
            }
            staged.plants.push(self.plant(check, "", tree.code(node), (form, self.month(k)), cell));
            set += 1;
        }
    }

    /// A plant of a finding from context.
    pub(super) fn plant(
        &self,
        check: &str,
        id: &str,
        unit: UnitCode,
        (form, period): (FormIx, Period),
        cell: &str,
    ) -> Plant {
        Plant {
            check: check.to_owned(),
            id: id.to_owned(),
            unit: unit.to_string(),
            form: self.catalog.form(form).code.clone(),
            period: period.to_string(),
            cell: cell.to_owned(),
        }
    }

    /// The first ten days of the hazards form are closed after every late return; a few townships
    /// send corrections after that (K09).
    fn lock(
        &self,
        draw: &mut Draw,
        tree: &Tree,
        jobs: &[Job],
        guarded: &mut HashSet<SubmissionKey>,
    ) -> Option<Lock> {
        let period = self.quarter.parts(PeriodKind::TenDays).next()?;
        let form = self.catalog.form_by_code("SF")?;
        let of_it = jobs.iter().filter(|job| job.form == form && job.period == period);
        let last = of_it.map(|job| job.window.last()).max()?;
        let day = last.saturating_add(7.days());
        let mut late_comers = Vec::new();
        for county in self.counties(draw, tree) {
            let township = tree.children(county).find(|&n| tree.level(n) == Level::Township);
            if let Some(township) = township.filter(|_| late_comers.len() < self.each) {
                let unit = tree.code(township);
                guarded.insert(SubmissionKey { unit, form, period });
                late_comers.push(unit);
            }
        }
        Some(Lock { form, period, day, late_comers })
    }
}

impl Township {
    /// Takes back what was paid in month `k`, here and in the months that build on it.
    fn withhold(&mut self, urban: bool, k: usize) {
        let paid = |month: &super::township::Month| {
            if urban { month.urban_paid } else { month.rural_paid }
        };
        let amount = paid(&self.months[k]) - paid(&self.months[k - 1]);
        for month in &mut self.months[k..] {
            *(if urban { &mut month.urban_paid } else { &mut month.rural_paid }) -= amount;
        }
    }
}
