//! The dated tree: the nine changes of Henan's counties since 2014, and an invented merger of two
//! townships in the middle of a quarter. Totals agree before and after at every higher level, and a
//! period can be shown on the tree of another day.

use std::sync::Arc;

use jiff::civil::{Date, date};
use model::{
    Amount, Catalog, Cell, Figures, FormIx, Level, Node, Period, Register, Rows, SubmissionKey,
    UnitClass, UnitCode, UnitRecord,
    submission::{KeyChange, KeyStatus},
};
use rollup::{Slice, State};
use tests::definitions;

fn loaded() -> Catalog {
    catalog::load(&definitions()).unwrap()
}

fn code(digits: u64) -> UnitCode {
    UnitCode::from_u64(digits).unwrap()
}

/// Records one cell of one unit.
fn record(state: &mut State, unit: UnitCode, indicator: &str, period: Period, units: i64) {
    let catalog = Arc::clone(state.catalog());
    let place = catalog.indicator_by_code(indicator).unwrap();
    let scale = catalog.indicator(place).scale;
    let change = KeyChange {
        key: SubmissionKey { unit, form: catalog.indicator(place).form, period },
        status: KeyStatus { received: true, on_time: true, accepted: true },
        cells: vec![(place, Cell::Value(Amount { units, scale }))],
    };
    state.record(&change).unwrap();
}

/// The value of a column in the row of a unit, if there is such a row.
fn shown(rows: &Rows, column: &str, unit: UnitCode) -> Option<i64> {
    let row = rows.nodes.iter().position(|&node| rows.tree.code(node) == unit)?;
    let column = rows.columns.iter().find(|c| c.name == column).unwrap();
    column.valid[row].then(|| column.values[row])
}

/// Units that ended in Henan's counties since 2014, with the day.
fn changes(catalog: &Catalog) -> Vec<(UnitCode, Date)> {
    let ended = |unit: &&UnitRecord| {
        unit.level == Level::County
            && unit.code.as_u64() / 10_000_000_000 == 41
            && unit.valid_to.is_some_and(|day| day >= date(2014, 1, 1))
            && !unit.successors.is_empty()
    };
    let units = catalog.register.records().iter().filter(ended);
    units.map(|unit| (unit.code, unit.valid_to.unwrap())).collect()
}

#[test]
fn the_nine_changes_of_henan_keep_every_total() {
    let catalog = Arc::new(loaded());
    let changes = changes(&catalog);
    assert_eq!(changes.len(), 9, "{changes:?}");
    for (old, day) in changes {
        // The month before the change: every county hands in one marriage more than the one before.
        let period = Period::containing(model::PeriodKind::Month, day.yesterday().unwrap());
        let before = catalog.register.tree(period.end());
        let counties: Vec<Node> = before
            .nodes()
            .filter(|&n| {
                before.level(n) == Level::County && before.code(n).as_u64() / 10_000_000_000 == 41
            })
            .collect();
        let mut state = State::new(Arc::clone(&catalog));
        for (i, &county) in counties.iter().enumerate() {
            record(&mut state, before.code(county), "MR01", period, 1000 + i as i64);
        }
        state.roll_up().unwrap();
        let form = catalog.form_by_code("MR").unwrap();
        let then = state.rows(form, period, Slice::Whole);
        let now = state.rows_on(form, period, day).unwrap();
        assert!(shown(&then, "mr01", old).is_some(), "{old} had a row before {day}");
        assert!(shown(&now, "mr01", old).is_none(), "{old} has no row on {day}");
        let city = before.parent(before.node(old).unwrap()).unwrap();
        for unit in [before.code(city), code(410_000_000_000)] {
            assert!(shown(&then, "mr01", unit).is_some());
            assert_eq!(shown(&then, "mr01", unit), shown(&now, "mr01", unit), "{old} → {unit}");
        }
        let after = catalog.register.tree(day);
        let heirs = catalog.register.heirs(old, period.end(), &after);
        let [heir] = heirs[..] else { panic!("{old} has the heirs {heirs:?}") };
        let inherited = shown(&now, "mr01", after.code(heir)).unwrap();
        assert!(inherited >= shown(&then, "mr01", old).unwrap(), "{old} lost something");
    }
}

/// The loaded catalogue with two townships of 中原区 merged into a new one.
fn merged(day: Date, gone: [UnitCode; 2], new: UnitCode) -> Catalog {
    let loaded = loaded();
    let mut records: Vec<UnitRecord> = loaded.register.records().to_vec();
    let county = (code(410_102_000_000), Level::County);
    let mut moved = Vec::new();
    for unit in &mut records {
        if gone.contains(&unit.code) {
            unit.valid_to = Some(day);
            unit.successors = vec![new];
        } else if unit.parent.is_some_and(|(parent, _)| gone.contains(&parent)) {
            // The villages keep their codes and hang under the new township from that day on.
            let mut later = unit.clone();
            later.valid_from = Some(day);
            later.parent = Some((new, Level::Township));
            moved.push(later);
            unit.valid_to = Some(day);
        }
    }
    records.extend(moved);
    records.push(UnitRecord {
        code: new,
        name: "合并镇".to_owned(),
        level: Level::Township,
        class: UnitClass::Town,
        parent: Some(county),
        eval_group: None,
        valid_from: Some(day),
        valid_to: None,
        successors: Vec::new(),
        source: (Arc::from("invented"), 1),
    });
    Catalog::new(
        Register::new(records),
        loaded.forms,
        loaded.indicators,
        loaded.checks,
        loaded.schemes,
        loaded.calendar,
        loaded.hash,
    )
}

fn month(n: usize) -> Period {
    format!("2023-{n:02}").parse().unwrap()
}

#[test]
fn a_merger_in_mid_quarter_conserves_every_total() {
    let (one, two, new) = (code(410_102_001_000), code(410_102_002_000), code(410_102_199_000));
    let day = date(2023, 2, 15);
    let catalog = Arc::new(merged(day, [one, two], new));
    let mut state = State::new(Arc::clone(&catalog));
    // Admissions are a flow that townships enter, persons on the list a stock that villages enter.
    for (i, unit) in [one, two].into_iter().enumerate() {
        record(&mut state, unit, "SA09", month(1), 10 + i as i64);
    }
    record(&mut state, new, "SA09", month(2), 100);
    record(&mut state, new, "SA09", month(3), 1000);
    let village = code(410_102_001_002);
    for n in 1..=3 {
        record(&mut state, village, "SA02", month(n), n as i64);
    }
    state.roll_up().unwrap();

    let sa09 = catalog.indicator_by_code("SA09").unwrap();
    let quarter: Period = "2023-Q1".parse().unwrap();
    let county = code(410_102_000_000);
    let above = [county, code(410_100_000_000), code(410_000_000_000)];
    for unit in above {
        let value = state.value(unit, sa09, quarter).map(|amount| amount.units);
        assert_eq!(value, Some(10 + 11 + 100 + 1000), "{unit}");
        assert_eq!(state.value(unit, sa09, month(1)).map(|a| a.units), Some(21), "{unit}");
    }
    // The quarter is shown on the tree of its last day: the new township holds what both had.
    assert_eq!(state.value(new, sa09, quarter).map(|a| a.units), Some(1121));
    assert_eq!(state.value(one, sa09, quarter), None);
    let sa02 = catalog.indicator_by_code("SA02").unwrap();
    assert_eq!(state.value(new, sa02, quarter).map(|a| a.units), Some(3));

    // January as it was, and January on the tree of March.
    let form: FormIx = catalog.form_by_code("SA").unwrap();
    let then = state.rows(form, month(1), Slice::Whole);
    assert_eq!((shown(&then, "sa09", one), shown(&then, "sa09", new)), (Some(10), None));
    let now = state.rows_on(form, month(1), date(2023, 3, 31)).unwrap();
    assert_eq!((shown(&now, "sa09", one), shown(&now, "sa09", new)), (None, Some(21)));
    assert_eq!(shown(&now, "sa02", new), Some(1));
    for unit in above {
        assert_eq!(shown(&then, "sa09", unit), shown(&now, "sa09", unit), "{unit}");
    }
}
