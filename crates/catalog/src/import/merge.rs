//! Lays a new list of units over the spans that are held.

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::{Level, UnitCode, UnitRecord};

use super::change_report::{ChangeReport, UnitChange};

/// The spans that hold after `list`, in which no unit stands twice, has come into force on `as_of`,
/// sorted by code, level and first day; and what has changed.
pub(super) fn merge(
    base: Vec<UnitRecord>,
    list: Vec<UnitRecord>,
    as_of: Date,
) -> (Vec<UnitRecord>, ChangeReport) {
    let mut report = ChangeReport { as_of, ..ChangeReport::default() };
    let first_list = base.is_empty();
    let mut merged = Vec::with_capacity(list.len());
    let mut new: BTreeMap<(UnitCode, Level), UnitRecord> =
        list.into_iter().map(|unit| ((unit.code, unit.level), unit)).collect();
    for mut old in base {
        if old.valid_to.is_some() {
            merged.push(old);
            continue;
        }
        let Some(mut unit) = new.remove(&(old.code, old.level)) else {
            report.gone.push(UnitChange::of(&old, parent(&old), String::new()));
            end(old, as_of, &mut merged);
            continue;
        };
        if compare(&old, &unit, &mut report) {
            report.unchanged += 1;
            old.source = unit.source;
            merged.push(old);
        } else {
            unit.valid_from = Some(as_of);
            end(old, as_of, &mut merged);
            merged.push(unit);
        }
    }
    for (_, mut unit) in new {
        report.added.push(UnitChange::of(&unit, String::new(), parent(&unit)));
        unit.valid_from = (!first_list).then_some(as_of);
        merged.push(unit);
    }
    merged.sort_by_key(|r| (r.code, r.level, r.valid_from));
    (merged, report)
}

/// Ends a span; one that began on the same day has never been.
fn end(mut old: UnitRecord, as_of: Date, merged: &mut Vec<UnitRecord>) {
    if old.valid_from.is_none_or(|from| from < as_of) {
        old.valid_to = Some(as_of);
        merged.push(old);
    }
}

fn parent(unit: &UnitRecord) -> String {
    unit.parent.map_or_else(String::new, |(code, _)| code.to_string())
}

fn class(unit: &UnitRecord) -> String {
    let group = unit.eval_group.map_or("", |_| "/prefecture");
    format!("{}{group}", unit.class.name())
}

/// Notes the differences; whether there are none.
fn compare(old: &UnitRecord, unit: &UnitRecord, report: &mut ChangeReport) -> bool {
    let mut same = true;
    let mut note = |list: &mut Vec<UnitChange>, before: String, after: String| {
        same = false;
        list.push(UnitChange::of(unit, before, after));
    };
    if old.name != unit.name {
        note(&mut report.renamed, old.name.clone(), unit.name.clone());
    }
    if old.parent != unit.parent {
        note(&mut report.moved, parent(old), parent(unit));
    }
    if (old.class, old.eval_group) != (unit.class, unit.eval_group) {
        note(&mut report.class_changed, class(old), class(unit));
    }
    same
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use jiff::civil::date;
    use model::UnitClass;
    use proptest::prelude::*;

    use super::*;

    /// Units by serial, with their name and class.
    type List = BTreeMap<u64, (char, bool)>;

    fn records(list: &List) -> Vec<UnitRecord> {
        let record = |(&serial, &(name, town)): (&u64, &(char, bool))| UnitRecord {
            code: UnitCode::from_u64(410_102_000_000 + serial * 1000).unwrap(),
            name: name.to_string(),
            level: Level::Township,
            class: if town { UnitClass::Town } else { UnitClass::Street },
            parent: None,
            eval_group: None,
            valid_from: None,
            valid_to: None,
            successors: Vec::new(),
            source: (Arc::from("list"), 1),
        };
        list.iter().map(record).collect()
    }

    fn on(merged: &[UnitRecord], day: Date) -> List {
        let alive = merged.iter().filter(|r| r.exists_on(day));
        alive
            .map(|r| {
                let serial = (r.code.as_u64() - 410_102_000_000) / 1000;
                (serial, (r.name.chars().next().unwrap(), r.class == UnitClass::Town))
            })
            .collect()
    }

    fn lists() -> impl Strategy<Value = Vec<List>> {
        let unit = (prop::sample::select(vec!['甲', '乙']), any::<bool>());
        prop::collection::vec(prop::collection::btree_map(1u64..6, unit, 1..5), 1..5)
    }

    proptest! {
        #[test]
        fn every_day_shows_the_list_of_its_time(lists in lists()) {
            let day = |place: usize| date(2020 + place as i16, 6, 30);
            let mut merged = Vec::new();
            for (place, list) in lists.iter().enumerate() {
                let (next, report) = merge(merged, records(list), day(place));
                let before = if place == 0 { &List::new() } else { &lists[place - 1] };
                let added = list.keys().filter(|k| !before.contains_key(k)).count();
                let gone = before.keys().filter(|k| !list.contains_key(k)).count();
                let same = list.iter().filter(|(k, unit)| before.get(k) == Some(unit)).count();
                prop_assert_eq!((report.added.len(), report.gone.len(), report.unchanged), (added, gone, same));
                merged = next;
            }
            prop_assert_eq!(&on(&merged, date(1990, 1, 1)), &lists[0]);
            for (place, list) in lists.iter().enumerate() {
                prop_assert_eq!(&on(&merged, day(place)), list);
                prop_assert_eq!(&on(&merged, date(2021 + place as i16, 6, 29)), list);
            }
        }

        #[test]
        fn a_second_list_of_the_same_day_replaces_the_first(lists in lists()) {
            let day = date(2023, 6, 30);
            let (base, _) = merge(Vec::new(), records(&lists[0]), date(2020, 1, 1));
            let mut merged = base.clone();
            for list in &lists {
                merged = merge(merged, records(list), day).0;
            }
            let last = &lists[lists.len() - 1];
            prop_assert_eq!(&on(&merged, day), last);
            prop_assert_eq!(&on(&merged, date(2023, 6, 29)), &lists[0]);
            let empty = merged.iter().filter(|r| r.valid_from.is_some() && r.valid_from == r.valid_to);
            prop_assert_eq!(empty.count(), 0);
        }
    }
}
