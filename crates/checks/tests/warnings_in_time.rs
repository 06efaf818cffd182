//! Warnings on a real roll-up across a change of the tree: 吉利区 410306 and 孟津县 410322 became
//! 孟津区 410308 on 2021-01-01, all in 洛阳 410300.

use std::{path::Path, sync::Arc};

use checks::Warnings;
use model::{
    Amount, Catalog, Cell, FormIx, Level, Period, SubmissionKey, UnitCode,
    check::CheckLevels,
    submission::{KeyChange, KeyStatus},
    warning::{Addressee, Urgency, WarningDefinition},
};
use rollup::State;

const CITY: &str = "410300000000";
const OLD_DISTRICT: &str = "410306000000";
const NEW_DISTRICT: &str = "410308000000";
/// A street of 吉利区, then of 孟津区.
const STREET: &str = "410308002000";

fn code(text: &str) -> UnitCode {
    text.parse().unwrap()
}

fn warning(id: &str, levels: CheckLevels, condition: &str) -> WarningDefinition {
    WarningDefinition {
        id: id.to_owned(),
        zh: String::new(),
        en: String::new(),
        forms: vec!["SA".to_owned()],
        condition: condition.to_owned(),
        levels,
        partial: true,
        urgency: Urgency::Blue,
        to: Addressee::Parent,
        message_zh: String::new(),
        message_en: String::new(),
        source: String::new(),
    }
}

/// One urgent case in each township of the city in December 2020 and two in January 2021.
fn cases(catalog: &Arc<Catalog>, form: FormIx) -> State {
    let mut state = State::new(Arc::clone(catalog));
    let indicator = catalog.indicator_by_code("SA36").unwrap();
    for (month, units) in [("2020-12", 1), ("2021-01", 2)] {
        let period: Period = month.parse().unwrap();
        let tree = catalog.register.tree(period.end());
        let city = tree.node(code(CITY)).unwrap();
        for node in tree.subtree(city).map(model::Node) {
            if tree.level(node) == Level::Township {
                let key = SubmissionKey { unit: tree.code(node), form, period };
                let status = KeyStatus { received: true, on_time: true, accepted: true };
                let cells = vec![(indicator, Cell::Value(Amount { units, scale: 0 }))];
                state.record(&KeyChange { key, status, cells }).unwrap();
            }
        }
    }
    state.roll_up().unwrap();
    state
}

#[test]
fn the_tree_of_the_period_says_who_is_told_and_what_can_be_compared() {
    let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
    let catalog = catalog::load(&definitions).expect("the shipped definitions load");
    let catalog = Arc::new(catalog.with_warnings(vec![
        warning("E01", CheckLevels::Only(Level::Township), "SA36 > 0"),
        warning("E02", CheckLevels::Up(Level::Township), "SA36 > prev(SA36)"),
    ]));
    let form = catalog.form_by_code("SA").unwrap();
    let state = cases(&catalog, form);
    let warnings = Warnings::new(Arc::clone(&catalog));
    let told = |month: &str, id: &str, unit: &str| {
        let raised = warnings.all(&state, &[(form, month.parse().unwrap())]).warnings;
        let of = raised.into_iter().find(|w| w.id == id && w.unit == code(unit));
        of.map(|w| w.to.to_string())
    };
    assert_eq!(told("2020-12", "E01", STREET).as_deref(), Some(OLD_DISTRICT));
    assert_eq!(told("2021-01", "E01", STREET).as_deref(), Some(NEW_DISTRICT));
    // The district began in that month; the city above has the same townships as before.
    assert_eq!(told("2021-01", "E02", NEW_DISTRICT), None);
    assert_eq!(told("2021-01", "E02", CITY).as_deref(), Some("410000000000"));
    // A district that nothing happened to, and a street of it.
    assert_eq!(told("2021-01", "E02", "410302000000").as_deref(), Some(CITY));
    assert_eq!(told("2021-01", "E02", "410302001000").as_deref(), Some("410302000000"));
}
