//! The context checks on a real roll-up: three months of social assistance of all of Henan.

use std::{collections::HashSet, path::Path, sync::Arc};

use checks::{Context, ContextFinding};
use model::{
    Amount, Catalog, Cell, FormIx, IndicatorIx, Level, Period, PeriodKind, SubmissionKey, UnitCode,
    submission::{KeyChange, KeyStatus},
};
use rollup::State;

const MONTHS: [&str; 3] = ["2023-01", "2023-02", "2023-03"];

/// The town of which everything is planted, and a village of it.
const TOWN: &str = "410102001000";

struct Province {
    catalog: Arc<Catalog>,
    form: FormIx,
    state: State,
}

impl Province {
    fn new() -> Self {
        let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
        let catalog = Arc::new(catalog::load(&definitions).expect("the shipped definitions load"));
        let form = catalog.form_by_code("SA").unwrap();
        let state = State::new(Arc::clone(&catalog));
        Self { catalog, form, state }
    }

    fn cell(&self, code: &str, units: i64) -> (IndicatorIx, Cell) {
        let place = self.catalog.indicator_by_code(code).unwrap();
        let scale = self.catalog.indicator(place).scale;
        (place, Cell::Value(Amount { units, scale }))
    }

    fn accept(&mut self, unit: UnitCode, month: Period, cells: Vec<(IndicatorIx, Cell)>) {
        let key = SubmissionKey { unit, form: self.form, period: month };
        let status = KeyStatus { received: true, on_time: true, accepted: true };
        self.state.record(&KeyChange { key, status, cells }).unwrap();
    }

    /// Every return of the three months, but those of `silent`; `TOWN` pays `paid` in YTD by month.
    fn report(&mut self, silent: &HashSet<UnitCode>, paid: [i64; 3]) {
        let town: UnitCode = TOWN.parse().unwrap();
        for (n, month) in MONTHS.iter().enumerate() {
            let month: Period = month.parse().unwrap();
            let tree = self.catalog.register.tree(month.end());
            for node in tree.nodes() {
                let (unit, level) = (tree.code(node), tree.level(node));
                let asks = self.catalog.form(self.form).asks(tree.class(node));
                if !asks || silent.contains(&unit) {
                    continue;
                }
                let ytd = if unit == town { paid[n] } else { 1000 * (n as i64 + 1) };
                let cells = match level {
                    Level::Village => {
                        ["SA01", "SA02", "SA03", "SA04"].map(|c| self.cell(c, 2)).to_vec()
                    }
                    Level::Township => vec![self.cell("SA11", ytd), self.cell("SA12", ytd)],
                    Level::County => vec![self.cell("SA13", 60_000)],
                    _ => continue,
                };
                self.accept(unit, month, cells);
            }
        }
        self.state.roll_up().unwrap();
    }

    fn found(&self) -> Vec<ContextFinding> {
        let months = MONTHS.map(|month| (self.form, month.parse::<Period>().unwrap()));
        let mut findings = Context::new(Arc::clone(&self.catalog)).all(&self.state, &[], &months);
        // The register also holds the places of the five reports, which do not report here.
        findings.retain(|one| one.units[0].to_string().starts_with("41"));
        findings
    }
}

#[test]
fn a_clean_province_has_no_finding() {
    let mut province = Province::new();
    province.report(&HashSet::new(), [1000, 2000, 3000]);
    let found = province.found();
    assert!(found.is_empty(), "{:#?}", &found[..found.len().min(3)]);
}

#[test]
fn planted_mistakes_are_found_and_nothing_else() {
    let mut province = Province::new();
    let tree = province.catalog.register.tree("2023-03-31".parse().unwrap());
    let town = tree.node(TOWN.parse().unwrap()).unwrap();
    // In another town: a total that lacks a return proves nothing.
    let district = tree.parent(town).unwrap();
    let other = tree.children(district).find(|&n| n != town && tree.level(n) == Level::Township);
    let below = tree.children(other.unwrap());
    let village = below.into_iter().find(|&n| tree.level(n) == Level::Village).unwrap();
    let silent = HashSet::from([tree.code(village)]);
    // Nothing paid in February, urban or rural.
    province.report(&silent, [1000, 1000, 3000]);
    let found = province.found();
    let of = |check: &str| -> Vec<&ContextFinding> {
        found.iter().filter(|one| one.finding.check == check).collect()
    };
    for check in ["K72", "K100"] {
        let hits = of(check);
        assert_eq!(hits.len(), 1, "{check}");
        assert_eq!(hits[0].units[0].to_string(), TOWN);
        assert_eq!(hits[0].period.map(|p| p.to_string()).as_deref(), Some("2023-02"));
    }
    let partial = of("K87");
    // Town, district, city and province, each month.
    assert_eq!(partial.len(), 4 * MONTHS.len());
    for one in partial {
        assert!(one.finding.message_en.contains(&tree.code(village).to_string()));
        assert!(one.finding.message_en.contains(" 1 missing"));
        assert_eq!(one.period.map(Period::kind), Some(PeriodKind::Month));
    }
    assert_eq!(found.len(), 2 + 12);
}
