//! Rows of hundreds of units and a dozen columns hold what each unit's value is when asked for alone.

use std::sync::Arc;

use model::{
    Amount, Catalog, Cell, Figures, Level, Register, SubmissionKey, UnitClass, calendar::Calendar,
    submission::KeyChange,
};
use rollup::{Slice, State};

use crate::small::{ACCEPTED, definitions, period, register::*, unit};

const VILLAGES: u64 = 700;
/// Columns beside those of the small province: more than one word has bits.
const MORE: u16 = 70;

fn catalog() -> Arc<Catalog> {
    let mut records = standing();
    let village = |number| {
        let code = TOWN_T + 300 + number;
        record(code, Level::Village, UnitClass::VillageCommittee, TOWN_T, Level::Township)
    };
    records.extend((0..VILLAGES).map(village));
    let (forms, mut indicators) = definitions::forms_and_indicators();
    let like = indicators.iter().find(|i| i.code == "SA02").unwrap().clone();
    indicators.extend((0..MORE).map(|number| {
        let mut one = like.clone();
        one.code = format!("SA{}", 60 + number);
        one
    }));
    let (register, calendar) = (Register::new(records), Calendar::default());
    Arc::new(Catalog::new(register, forms, indicators, vec![], vec![], calendar, String::new()))
}

#[test]
fn many_rows_and_columns_hold_the_values_of_their_units() {
    let catalog = catalog();
    let (form, month) = (catalog.form_by_code("SA").unwrap(), period("2023-01"));
    let mut state = State::new(Arc::clone(&catalog));
    let columns: Vec<_> = (0..MORE)
        .map(|number| catalog.indicator_by_code(&format!("SA{}", 60 + number)).unwrap())
        .collect();
    // Each village leaves out others, and some say nothing.
    for number in (0..VILLAGES).filter(|number| number % 11 != 3) {
        let amount =
            |place: usize| Amount { units: (number * 100) as i64 + place as i64, scale: 0 };
        let places = (0..columns.len()).filter(|place| (number as usize + place) % 5 != 0);
        let cells = places.map(|place| (columns[place], Cell::Value(amount(place)))).collect();
        let key = SubmissionKey { unit: unit(TOWN_T + 300 + number), form, period: month };
        state.record(&KeyChange { key, status: ACCEPTED, cells }).unwrap();
    }
    state.roll_up().unwrap();
    let rows = state.rows(form, month, Slice::Whole);
    assert!(rows.nodes.len() > VILLAGES as usize);
    let mut seen = 0;
    for &indicator in &columns {
        let name = catalog.indicator(indicator).code.to_lowercase();
        let column = rows.columns.iter().find(|column| column.name == name).unwrap();
        for (row, &node) in rows.nodes.iter().enumerate() {
            let alone = state.value(rows.tree.code(node), indicator, month);
            let shown = column.valid[row].then_some(column.values[row]);
            assert_eq!(shown, alone.map(|amount| amount.units), "{name} {}", rows.tree.code(node));
            assert!(column.valid[row] || column.values[row] == 0);
            seen += usize::from(column.valid[row]);
        }
    }
    assert!(seen > VILLAGES as usize * 10, "{seen}");
    for slice in [Slice::Own(unit(PROVINCE)), Slice::Prefecture(unit(CITY_A))] {
        let alone = state.rows_alone(form, month, slice);
        assert_eq!(alone.columns, state.rows(form, month, slice).columns);
    }
}
