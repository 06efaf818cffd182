//! Declared totals (上报合计): some agree with what units below report, some must be found wrong.

use jiff::{ToSpan, civil::Date};
use model::{
    FormIx, IndicatorIx, Level, Node, Period, PeriodKind, SubmissionKey, Tree, UnitCode,
    envelope::{Declared, WIRE_VERSION},
    indicator::RollUpRule,
};

use super::{
    draft::{Filled, SOURCE, amount_text},
    draw::Draw,
    staged::{Stage, Staged},
    world::World,
};
use crate::exact::{half_up, ratio};

/// What a total is about.
struct About<'a> {
    units: &'a [UnitCode],
    cell: &'a str,
    period: Period,
    role: &'a str,
}

impl Stage<'_> {
    /// Sets the declared totals of every kind.
    pub(super) fn declare(&self, draw: &mut Draw, world: &World, tree: &Tree, staged: &mut Staged) {
        for (level, cell) in [(Level::Township, "EC30"), (Level::Township, "EC18")] {
            let counties = self.counties(draw, tree);
            self.county_totals(draw, world, tree, staged, (&counties, level, cell));
        }
        self.township_totals(draw, world, tree, staged);
        self.parts_above_wholes(draw, world, tree, staged);
        self.ratios(draw, world, tree, staged);
        self.standards(draw, world, tree, staged);
        self.earlier_parts(draw, tree, staged);
        self.unfit(draw, tree, staged);
    }

    /// Form of a cell, if the catalogue has it.
    fn form_of(&self, cell: &str) -> Option<(IndicatorIx, FormIx)> {
        let indicator = self.catalog.indicator_by_code(cell)?;
        Some((indicator, self.catalog.indicator(indicator).form))
    }

    /// K85: totals of counties over what their townships report in the first month; every other
    /// county of the list declares what is true.
    fn county_totals(
        &self,
        draw: &mut Draw,
        world: &World,
        tree: &Tree,
        staged: &mut Staged,
        (counties, level, cell): (&[Node], Level, &str),
    ) {
        let Some((_, form)) = self.form_of(cell) else { return };
        let month = self.month(0);
        for (turn, &county) in counties.iter().take(self.each).enumerate() {
            let true_sum = self.sum(world, tree, county, (level, cell, 0));
            self.guard(tree, county, level, (form, month), &mut staged.guarded);
            let wrong = turn % 2 == 0;
            let value = true_sum + if wrong { draw.between(3, 60) } else { 0 };
            let units = [tree.code(county)];
            let about = About { units: &units, cell, period: month, role: "actual" };
            self.total(staged, draw, &about, self.text(cell, value), wrong.then_some("K85"));
        }
    }

    /// K85: totals of townships over what their villages report.
    fn township_totals(&self, draw: &mut Draw, world: &World, tree: &Tree, staged: &mut Staged) {
        let cell = "SA04";
        let Some((_, form)) = self.form_of(cell) else { return };
        let month = self.month(0);
        for (turn, county) in self.counties(draw, tree).into_iter().take(self.each).enumerate() {
            let of_villages =
                |node: &Node| tree.children(*node).any(|n| tree.level(n) == Level::Village);
            let township = tree.children(county).find(of_villages);
            let Some(township) = township else { continue };
            let true_sum = self.sum(world, tree, township, (Level::Village, cell, 0));
            self.guard(tree, township, Level::Village, (form, month), &mut staged.guarded);
            let wrong = turn % 2 == 1;
            let value = true_sum + if wrong { draw.between(-true_sum.min(9), 9).max(1) } else { 0 };
            let units = [tree.code(township)];
            let about = About { units: &units, cell, period: month, role: "actual" };
            self.total(staged, draw, &about, self.text(cell, value), wrong.then_some("K85"));
        }
    }

    /// K86: one village is missing, so nothing is compared with the whole; but the villages that
    /// reported already exceed the declared total.
    fn parts_above_wholes(&self, draw: &mut Draw, world: &World, tree: &Tree, staged: &mut Staged) {
        let cell = "CW03";
        let Some((_, form)) = self.form_of(cell) else { return };
        let period = self.month(1);
        let mut set = 0;
        for county in self.counties(draw, tree) {
            let villages: Vec<Node> = tree
                .subtree(county)
                .map(Node)
                .filter(|&node| tree.level(node) == Level::Village)
                .filter(|&node| self.catalog.form(form).asks(tree.class(node)))
                .collect();
            if villages.len() < 2 || set == self.each {
                continue;
            }
            let gone = *draw.pick(&villages);
            let all = self.sum(world, tree, county, (Level::Village, cell, 1));
            let reported = all - self.sum(world, tree, gone, (Level::Village, cell, 1));
            if reported < 4 {
                continue;
            }
            self.guard(tree, county, Level::Village, (form, period), &mut staged.guarded);
            staged.absent.insert(SubmissionKey { unit: tree.code(gone), form, period });
            let units = [tree.code(county)];
            let about = About { units: &units, cell, period, role: "actual" };
            let value = self.text(cell, reported - draw.between(1, 3));
            self.total(staged, draw, &about, value, Some("K86"));
            set += 1;
        }
    }

    /// K88: rates of counties; a wrong one is five points off.
    fn ratios(&self, draw: &mut Draw, world: &World, tree: &Tree, staged: &mut Staged) {
        let cell = "SA38";
        let Some((indicator, form)) = self.form_of(cell) else { return };
        let RollUpRule::Ratio(parts) = &self.catalog.indicator(indicator).rollup else { return };
        let ([above], [below]) = (&parts.numerator[..], &parts.denominator[..]) else { return };
        let code = |i: IndicatorIx| self.catalog.indicator(i).code.as_str();
        let month = self.month(2);
        let counties = self.counties(draw, tree).into_iter().take(2 * self.each);
        for (turn, county) in counties.enumerate() {
            let sum = |cell| self.sum(world, tree, county, (Level::Township, cell, 2));
            let (above, below) = (sum(code(above.indicator)), sum(code(below.indicator)));
            if below == 0 {
                continue;
            }
            self.guard(tree, county, Level::Township, (form, month), &mut staged.guarded);
            let wrong = turn % 2 == 0;
            let hundredths = 10_000 * above / below;
            let off = if hundredths >= 500 { -5 } else { 5 };
            let value = ratio(100 * above, below) + ratio(if wrong { off } else { 0 }, 1);
            let units = [tree.code(county)];
            let about = About { units: &units, cell, period: month, role: "actual" };
            self.total(staged, draw, &about, half_up(&value, 2), wrong.then_some("K88"));
        }
    }

    /// K89: standards of prefectures; a wrong one lies above all counties.
    fn standards(&self, draw: &mut Draw, world: &World, tree: &Tree, staged: &mut Staged) {
        let cell = "SA13";
        let Some((_, form)) = self.form_of(cell) else { return };
        let (month, read) = (self.month(0), super::cells::reader(Level::County, cell));
        for (turn, city) in self.cities(draw, tree).into_iter().enumerate() {
            let counties = tree.children(city).filter(|&n| tree.level(n) == Level::County);
            let standards: Vec<i64> =
                counties.filter_map(|node| read(world, world.place(tree.code(node))?, 0)).collect();
            let (Some(low), Some(high)) = (standards.iter().min(), standards.iter().max()) else {
                continue;
            };
            self.guard(tree, city, Level::County, (form, month), &mut staged.guarded);
            let wrong = turn % 3 == 0 && turn < 3 * self.each;
            let value = if wrong { high + 3000 } else { (low + high) / 2 };
            let units = [tree.code(city)];
            let about = About { units: &units, cell, period: month, role: "standard" };
            self.total(staged, draw, &about, self.text(cell, value), wrong.then_some("K89"));
        }
    }

    /// K95: two counties to November of the year before, and their whole prefecture to December.
    fn earlier_parts(&self, draw: &mut Draw, tree: &Tree, staged: &mut Staged) {
        let cell = "DS08";
        if self.form_of(cell).is_none() {
            return;
        }
        let year = self.quarter.start().year() - 1;
        let month = |m: i8| Period::containing(PeriodKind::Month, jiff::civil::date(year, m, 1));
        let (november, december) = (month(11), month(12));
        let then = self.catalog.register.tree(november.end());
        for (turn, city) in self.cities(draw, tree).into_iter().enumerate() {
            let Some(city) = then.node(tree.code(city)) else { continue };
            let counties: Vec<UnitCode> = then
                .children(city)
                .filter(|&n| then.level(n) == Level::County)
                .map(|n| then.code(n))
                .take(2)
                .collect();
            if counties.len() < 2 {
                continue;
            }
            let part = draw.between(4_000, 20_000);
            let wrong = turn % 3 == 1 && turn < 3 * self.each;
            let whole = if wrong { part * 9 / 10 } else { part * 5 };
            let about = About { units: &counties, cell, period: november, role: "actual" };
            self.total(staged, draw, &about, part.to_string(), None);
            let units = [then.code(city)];
            let about = About { units: &units, cell, period: december, role: "actual" };
            self.total(staged, draw, &about, whole.to_string(), wrong.then_some("K95"));
        }
    }

    /// W11: totals whose parts do not fit together are refused.
    fn unfit(&self, draw: &mut Draw, tree: &Tree, staged: &mut Staged) {
        let cell = "EC30";
        if self.form_of(cell).is_none() {
            return;
        }
        for county in self.counties(draw, tree).into_iter().take(self.each.div_ceil(4)) {
            let units = [tree.code(county)];
            let about = About { units: &units, cell, period: self.month(2), role: "rumour" };
            self.total(staged, draw, &about, "100".to_owned(), Some("W11"));
            staged.refused += 1;
        }
    }

    /// Prefectures in random order, without those of real reports.
    fn cities(&self, draw: &mut Draw, tree: &Tree) -> Vec<Node> {
        let Some(top) = tree.node(self.province) else { return Vec::new() };
        let mut cities: Vec<Node> = tree
            .children(top)
            .filter(|&n| tree.level(n) == Level::City && !self.real.contains(&tree.code(n)))
            .collect();
        draw.shuffle(&mut cities);
        cities
    }

    fn text(&self, cell: &str, units: i64) -> String {
        let scale = self.form_of(cell).map_or(0, |(i, _)| self.catalog.indicator(i).scale);
        amount_text(Filled { code: "", units, scale })
    }

    fn total(
        &self,
        staged: &mut Staged,
        draw: &mut Draw,
        about: &About<'_>,
        value: String,
        check: Option<&str>,
    ) {
        let Some((_, form)) = self.form_of(about.cell) else { return };
        let first = about.units[0];
        let id = format!("{first}-{}-{}-total{}", about.cell, about.period, staged.totals.len());
        let day: Date = about.period.end().saturating_add(draw.between(12, 20).days());
        if let Some(check) = check {
            let plant = self.plant(check, &id, first, (form, about.period), about.cell);
            let of_envelope = check == "W11";
            let cell = if of_envelope { String::new() } else { plant.cell };
            let form = if of_envelope { String::new() } else { plant.form };
            staged.plants.push(super::planted::Plant { cell, form, ..plant });
            staged.wrong += 1;
        } else {
            staged.agreeing += 1;
        }
        staged.totals.push((
            day,
            Declared {
                wire: WIRE_VERSION,
                id,
                units: about.units.iter().map(ToString::to_string).collect(),
                indicator: about.cell.to_owned(),
                states: "value".to_owned(),
                role: about.role.to_owned(),
                period: Some(about.period.to_string()),
                dated: String::new(),
                value,
                qualifier: String::new(),
                stated: String::new(),
                precision: String::new(),
                submitted_at: format!("{day}T10:00:00+08:00"),
                signer: "统计科".to_owned(),
                source: SOURCE.to_owned(),
                reference: String::new(),
            },
        ));
    }
}
