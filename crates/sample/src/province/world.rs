//! All values of a province for one quarter, before anybody sends them.
//!
//! Values hang together: townships pay what their villages' persons are due, counties hold the sums
//! of their townships. Everything is keyed by seed and unit, so a part of the register gets the
//! values that it has in the whole.

use std::{collections::HashMap, sync::Arc};

use jiff::civil::Date;
use model::{Level, Node, Period, PeriodKind, Register, Tree, UnitClass, UnitCode};

use super::{
    county::{County, Size},
    draw::{Draw, Purpose},
    home::Home,
    township::Township,
    traits::Traits,
    village::Village,
};

/// Months, ten-day periods and days of a quarter (the longest has 92).
pub(super) const MONTHS: usize = 3;
pub(super) const TEN_DAYS: usize = 9;
pub(super) const DAYS: usize = 92;

/// Where in the year the quarter lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Season {
    /// 1 to 4.
    pub(super) quarter_of_year: u8,
    /// Months of the year that are over when the quarter begins.
    pub(super) months_before: i64,
}

impl Season {
    fn of(quarter: Period) -> Self {
        let before = quarter.start().month() - 1;
        Self { quarter_of_year: (before / 3 + 1) as u8, months_before: i64::from(before) }
    }

    /// 1 to 12: the month that is the `k`-th of the quarter.
    pub(super) fn month_of_year(self, k: usize) -> i64 {
        self.months_before + k as i64 + 1
    }
}

/// The generated values.
#[derive(Debug)]
pub(super) struct World {
    pub(super) villages: Vec<Village>,
    pub(super) townships: Vec<Township>,
    pub(super) counties: Vec<County>,
    pub(super) homes: Vec<Home>,
    /// Place of a unit among those of its level.
    places: HashMap<UnitCode, u32>,
    traits: HashMap<UnitCode, Traits>,
    seed: u64,
    season: Season,
}

impl World {
    /// Builds the values for the units below `province` in the trees of `days`, which must be in
    /// order and hold the last days of the months of `quarter`.
    pub(super) fn build(
        register: &Register,
        province: UnitCode,
        quarter: Period,
        days: &[Date],
        seed: u64,
    ) -> Self {
        let mut world = Self {
            villages: Vec::new(),
            townships: Vec::new(),
            counties: Vec::new(),
            homes: Vec::new(),
            places: HashMap::new(),
            traits: HashMap::new(),
            seed,
            season: Season::of(quarter),
        };
        let mut last: Option<Arc<Tree>> = None;
        for &day in days {
            let tree = register.tree(day);
            if last.as_ref().is_none_or(|last| !Arc::ptr_eq(last, &tree)) {
                world.enter(&tree, province, quarter);
            }
            last = Some(tree);
        }
        for (k, month) in quarter.parts(PeriodKind::Month).enumerate().take(MONTHS) {
            world.fill_month(&register.tree(month.end()), province, k);
        }
        world
    }

    /// Place of a unit among those of its level.
    pub(super) fn place(&self, code: UnitCode) -> Option<usize> {
        self.places.get(&code).map(|&place| place as usize)
    }

    /// Traits of the county of a unit.
    pub(super) fn traits(&self, tree: &Tree, node: Node) -> Option<&Traits> {
        self.traits.get(&tree.code(county_of(tree, node)))
    }

    /// Enters the units of a tree that are not known yet, from the bottom up.
    fn enter(&mut self, tree: &Tree, province: UnitCode, quarter: Period) {
        let Some(top) = tree.node(province) else { return };
        let nodes: Vec<Node> = tree.subtree(top).map(Node).collect();
        for &node in &nodes {
            let county = county_of(tree, node);
            let prefecture = tree.prefecture(node).unwrap_or(node);
            let (seed, code) = (self.seed, tree.code(county));
            let traits = || Traits::of(seed, code, tree.code(prefecture));
            self.traits.entry(code).or_insert_with(traits);
        }
        for level in [Level::Village, Level::Institution, Level::Township, Level::County] {
            for &node in nodes.iter().filter(|&&node| tree.level(node) == level) {
                if !self.places.contains_key(&tree.code(node)) {
                    self.enter_unit(tree, node, level, quarter);
                }
            }
        }
    }

    fn enter_unit(&mut self, tree: &Tree, node: Node, level: Level, quarter: Period) {
        let (code, class) = (tree.code(node), tree.class(node));
        let Some(traits) = self.traits(tree, node).copied() else { return };
        let mut draw = Draw::keyed(self.seed, Purpose::Values, code.as_u64());
        let draw = &mut draw;
        let place = match level {
            Level::Village => push(&mut self.villages, Village::new(draw, class, &traits)),
            Level::Institution => push(&mut self.homes, Home::new(draw, &traits)),
            Level::Township => {
                let villages: Vec<(UnitClass, &Village)> = tree
                    .children(node)
                    .filter(|&child| tree.level(child) == Level::Village)
                    .filter_map(|child| {
                        let place = self.place(tree.code(child))?;
                        Some((tree.class(child), &self.villages[place]))
                    })
                    .collect();
                let township = Township::new(draw, class, &villages, &traits, self.season);
                push(&mut self.townships, township)
            }
            _ => {
                let size = self.size(tree, node);
                let county = County::new(draw, traits, size, self.season);
                self.happen(tree, node, &county, quarter);
                push(&mut self.counties, county)
            }
        };
        self.places.insert(code, place);
    }

    /// What is below a county.
    fn size(&self, tree: &Tree, county: Node) -> Size {
        let mut size = Size::default();
        for node in tree.subtree(county).map(Node) {
            let Some(place) = self.place(tree.code(node)) else { continue };
            match tree.level(node) {
                Level::Township => {
                    size.townships += 1;
                    size.retrofit_target += self.townships[place].base.retrofit_target;
                }
                Level::Village if tree.class(node) == UnitClass::Neighbourhood => {
                    size.town_people += self.villages[place].population;
                }
                Level::Institution => size.homes += 1,
                _ => {}
            }
        }
        size
    }

    /// An accident of the county happened in one of its homes, so that home's day tells it too.
    fn happen(&mut self, tree: &Tree, node: Node, county: &County, quarter: Period) {
        let Some(ten_days) = county.accident() else { return };
        let home = tree.subtree(node).map(Node).find(|&n| tree.level(n) == Level::Institution);
        let place = home.and_then(|home| self.place(tree.code(home)));
        let day = quarter.parts(PeriodKind::TenDays).nth(ten_days).map(Period::start);
        if let (Some(place), Some(day)) = (place, day) {
            self.homes[place].days[day_of(quarter, day)].accidents = 1;
        }
    }

    fn fill_month(&mut self, tree: &Tree, province: UnitCode, k: usize) {
        let Some(top) = tree.node(province) else { return };
        for node in tree.subtree(top).map(Node) {
            if tree.level(node) != Level::Township {
                continue;
            }
            let code = tree.code(node);
            let (Some(place), Some(traits)) = (self.place(code), self.traits(tree, node)) else {
                continue;
            };
            let traits = *traits;
            let stream = code.as_u64() * MONTHS as u64 + k as u64;
            let mut draw = Draw::keyed(self.seed, Purpose::Months, stream);
            let villages = tree.children(node).filter(|&child| tree.level(child) == Level::Village);
            let months = villages
                .filter_map(|child| self.places.get(&tree.code(child)))
                .map(|&place| &self.villages[place as usize].months[k]);
            self.townships[place].month(&mut draw, k, months, &traits, self.season);
        }
    }
}

/// Place of a day in the quarter, from 0 on.
pub(super) fn day_of(quarter: Period, day: Date) -> usize {
    (day.day_of_year() - quarter.start().day_of_year()).clamp(0, DAYS as i16 - 1) as usize
}

/// The county of a unit, or what stands in its place where there is none.
pub(super) fn county_of(tree: &Tree, node: Node) -> Node {
    tree.at_level(node, Level::County).or_else(|| tree.prefecture(node)).unwrap_or(node)
}

fn push<T>(list: &mut Vec<T>, unit: T) -> u32 {
    list.push(unit);
    list.len() as u32 - 1
}
