//! Checks of declared totals (上报合计), beside an empty roll-up or beside each other.

use std::sync::Arc;

use checks::{Context, resolve_declared};
use model::{
    Amount, Catalog, Cell, SubmissionKey,
    envelope::Declared,
    submission::{KeyChange, KeyStatus},
};
use rollup::State;

use super::{
    Pair, Run,
    place::{CITY, COUNTY, code, period},
};

const SIX: &str = "410423000000+410422000000+410481000000+410421000000+410425000000+410404000000";

/// The system counts visits itself, so K44 can only fail on what somebody declares, as a formula that is
/// evaluated.
///
/// Check, values declared where it passes, where it fails: `units:indicator:period=value`. The units
/// are the city, the county, or the six counties of the 2020 report of 平顶山.
const TOTALS: &str = "
    K44 | evaluated c:SF02:2023-01-T1=5 c:SF03:2023-01-T1=5 | evaluated c:SF02:2023-01-T1=5 c:SF03:2023-01-T1=6
    K49 | p:EC02:2023-Q1=1131 p:EC03:2023-Q1=733 p:EC04:2023-Q1=64.81 | p:EC02:2023-Q1=1131 p:EC03:2023-Q1=733 p:EC04:2023-Q1=64.80
    K82 | c:BS06:2022=114 c:BS06:2023=114 | c:BS06:2022=114 c:BS06:2023=113
    K85 | c:SA36:2023-01=7 | c:SA36:2023-01=8
    K86 | six:DS08:2020-10=38624 p:DS08:2020-10=38624 | six:DS08:2020-10=48701 p:DS08:2020-10=38624
    K88 | c:EC04:2023-Q1=66.67 | c:EC04:2023-Q1=75
    K89 | standard 600 | standard 601
    K92 | c:SA11:2023-01=12.3456 | c:SA11:2023-01=12.3
    K95 | six:DS08:2020-09=38624 p:DS08:2020-10=38624 | six:DS08:2020-09=48701 p:DS08:2020-10=38624";

pub(crate) fn pairs() -> Vec<Pair> {
    TOTALS.lines().map(str::trim).filter(|line| !line.is_empty()).map(pair).collect()
}

fn pair(line: &'static str) -> Pair {
    let parts: Vec<&str> = line.split('|').map(str::trim).collect();
    let [check, good, bad] = parts[..] else { panic!("{line}") };
    let example = |values: &'static str| -> (String, Run) {
        (values.to_owned(), Box::new(move |catalog: &Arc<Catalog>| found(catalog, values)))
    };
    Pair { check, passing: example(good), failing: example(bad) }
}

fn found(catalog: &Arc<Catalog>, values: &str) -> Vec<String> {
    let (evaluated, values) = match values.strip_prefix("evaluated ") {
        Some(values) => (true, values),
        None => (false, values),
    };
    let declared: Vec<_> = match values.strip_prefix("standard ") {
        // Every county of the city declares 600.
        Some(of_the_city) => {
            let tree = catalog.register.tree(period("2023-01").end());
            let city = tree.node(code(CITY)).unwrap();
            let counties = tree.children(city).map(|county| tree.code(county).to_string());
            let mut all: Vec<Declared> =
                counties.map(|county| value(&county, "SA13", "2023-01", "600")).collect();
            all.push(value(CITY, "SA13", "2023-01", of_the_city));
            all.iter_mut().for_each(|one| one.role = "standard".to_owned());
            all
        }
        None => values.split_whitespace().map(read).collect(),
    };
    let totals: Vec<_> =
        declared.iter().map(|one| resolve_declared(catalog, one).expect(&one.id)).collect();
    let context = Context::new(Arc::clone(catalog));
    if evaluated {
        let all = context.evaluate_declared(&State::new(Arc::clone(catalog)), &totals);
        return all.into_iter().filter(|one| !one.holds).map(|one| one.check).collect();
    }
    let findings = context.of_declared(&state(catalog), &totals);
    findings.into_iter().map(|one| one.finding.check).collect()
}

fn read(text: &str) -> Declared {
    let (place, amount) = text.split_once('=').expect(text);
    let parts: Vec<&str> = place.split(':').collect();
    let [units, indicator, of] = parts[..] else { panic!("{text}") };
    let units = match units {
        "p" => CITY,
        "c" => COUNTY,
        _ => SIX,
    };
    value(units, indicator, of, amount)
}

fn value(units: &str, indicator: &str, of: &str, amount: &str) -> Declared {
    Declared {
        wire: 1,
        id: format!("{units} {indicator} {of} {amount}"),
        units: units.split('+').map(str::to_owned).collect(),
        indicator: indicator.to_owned(),
        states: "value".to_owned(),
        role: "actual".to_owned(),
        period: Some(of.to_owned()),
        dated: String::new(),
        value: amount.to_owned(),
        qualifier: String::new(),
        stated: String::new(),
        precision: String::new(),
        submitted_at: "2024-02-01T09:00:00+08:00".to_owned(),
        signer: String::new(),
        source: "historical".to_owned(),
        reference: "example#1".to_owned(),
    }
}

/// The county's returns of January and of the first quarter are in force: seven applications, 12.3456
/// 万元, and beds of which two of three are for nursing.
fn state(catalog: &Arc<Catalog>) -> State {
    let mut state = State::new(Arc::clone(catalog));
    for (form, of) in [("SA", "2023-01"), ("EC", "2023-Q1")] {
        let (form, of) = (catalog.form_by_code(form).unwrap(), period(of));
        let tree = catalog.register.tree(of.end());
        for node in tree.subtree(tree.node(code(COUNTY)).unwrap()).map(model::Node) {
            let asked = catalog.asked(form, of.kind(), tree.level(node));
            if asked.is_empty() || !catalog.form(form).asks(tree.class(node)) {
                continue;
            }
            let first = tree.code(node).to_string().starts_with("410404001000");
            let cell = |&i| {
                let indicator = catalog.indicator(i);
                let units = match indicator.code.as_str() {
                    "SA36" if first => 7,
                    "SA11" if first => 123_456,
                    "EC02" => 3,
                    "EC03" => 2,
                    _ => 0,
                };
                (i, Cell::Value(Amount { units, scale: indicator.scale }))
            };
            let key = SubmissionKey { unit: tree.code(node), form, period: of };
            let status = KeyStatus { received: true, on_time: true, accepted: true };
            state
                .record(&KeyChange { key, status, cells: asked.iter().map(cell).collect() })
                .unwrap();
        }
    }
    state.roll_up().unwrap();
    state
}
