//! The place of all examples: 石龙区 in 平顶山, four streets and 26 villages and communities, with one
//! care institution and one quasi village that the register does not have.

use std::{path::Path, sync::Arc};

use model::{
    Catalog, Form, Indicator, Level, Period, Register, UnitClass, UnitCode, UnitRecord,
    calendar::Calendar, check::CheckDefinition, warning::WarningDefinition,
};

pub(crate) const PROVINCE: &str = "410000000000";
pub(crate) const CITY: &str = "410400000000";
pub(crate) const COUNTY: &str = "410404000000";
pub(crate) const INSTITUTION: &str = "410404001000001";
pub(crate) const QUASI: &str = "410404001900";

/// Everything that ships.
pub(crate) struct FullCatalog {
    pub(crate) checks: Vec<CheckDefinition>,
    pub(crate) warnings: Vec<WarningDefinition>,
    forms: Vec<Form>,
    indicators: Vec<Indicator>,
    calendar: Calendar,
    units: Vec<UnitRecord>,
}

impl FullCatalog {
    pub(crate) fn load() -> Self {
        let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
        let all = catalog::load(&definitions).expect("the shipped definitions load");
        let here = |record: &&UnitRecord| {
            let code = record.code.to_string();
            code == PROVINCE
                || code.starts_with("410404")
                || (code.starts_with("4104") && record.level >= Level::County)
        };
        let mut units: Vec<UnitRecord> =
            all.register.records().iter().filter(here).cloned().collect();
        let street = code("410404001000");
        assert!(units.iter().any(|unit| unit.code == street), "the register has another 石龙区");
        units.push(unit(INSTITUTION, Level::Institution, UnitClass::Run, street));
        units.push(unit(QUASI, Level::Village, UnitClass::Quasi, street));
        Self {
            checks: all.checks.clone(),
            warnings: all.warnings.clone(),
            forms: all.forms.clone(),
            indicators: all.indicators.clone(),
            calendar: all.calendar.clone(),
            units,
        }
    }
}

impl FullCatalog {
    /// From that day on the code names another unit.
    pub(crate) fn begin_anew(&mut self, unit: &str, day: jiff::civil::Date) {
        let (unit, mut next) = (code(unit), Vec::new());
        for record in self.units.iter_mut().filter(|record| record.code == unit) {
            next.push(UnitRecord { valid_from: Some(day), ..record.clone() });
            record.valid_to = Some(day);
        }
        self.units.append(&mut next);
    }
}

fn unit(text: &str, level: Level, class: UnitClass, parent: UnitCode) -> UnitRecord {
    UnitRecord {
        code: code(text),
        name: format!("例{text}"),
        level,
        class,
        parent: Some((parent, Level::Township)),
        eval_group: None,
        valid_from: None,
        valid_to: None,
        successors: Vec::new(),
        source: (Arc::from("examples"), 1),
    }
}

/// The catalogue of the place, with one check taken out.
pub(crate) fn county(full: &FullCatalog, without: Option<&str>) -> Catalog {
    let checks = full.checks.iter().filter(|check| Some(check.id.as_str()) != without);
    Catalog::new(
        Register::new(full.units.clone()),
        full.forms.clone(),
        full.indicators.clone(),
        checks.cloned().collect(),
        Vec::new(),
        full.calendar.clone(),
        String::new(),
    )
    .with_warnings(full.warnings.clone())
}

pub(crate) fn code(text: &str) -> UnitCode {
    text.parse().expect(text)
}

pub(crate) fn period(text: &str) -> Period {
    text.parse().expect(text)
}

/// The unit that a letter stands for: village, township (a street), county, city, institution.
pub(crate) fn unit_of(letter: &str) -> &'static str {
    match letter {
        "v" => "410404001001",
        "t" => "410404001000",
        "c" => COUNTY,
        "p" => CITY,
        "i" => INSTITUTION,
        other => panic!("no unit {other}"),
    }
}
