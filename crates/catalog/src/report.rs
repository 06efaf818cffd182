//! What `zhibao catalog check` says: counts and findings.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use model::{Level, UnitClass, UnitCode};
use serde::Serialize;

use crate::{Problem, definitions::Definitions, verify};

type Key = (UnitCode, Level);

/// Counts and findings of a definitions folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    /// Reporting units of today by level: those whose last span has no end.
    pub units: BTreeMap<Level, usize>,
    /// Containers of the code list by level, which never report.
    pub containers: BTreeMap<Level, usize>,
    /// The same by province.
    pub provinces: Vec<ProvinceCount>,
    /// Spans that have ended.
    pub past_spans: usize,
    /// Forms.
    pub forms: usize,
    /// Indicators of all forms.
    pub indicators: usize,
    /// Indicators that every bureau reports.
    pub core_indicators: usize,
    /// Checks.
    pub checks: usize,
    /// Early warnings.
    pub warnings: usize,
    /// Schemes.
    pub schemes: usize,
    /// Scored items of all schemes.
    pub scheme_items: usize,
    /// Rows of all schemes: items, areas, vetoes, bonuses, deductions, grades and the heads.
    pub scheme_rows: usize,
    /// Evaluation rhythms.
    pub rhythms: usize,
    /// Deadlines.
    pub deadlines: usize,
    /// Days off and make-up working days.
    pub holidays: usize,
    /// Years whose notice of days off is known.
    pub holiday_years: Vec<i16>,
    /// Reminders.
    pub reminders: usize,
    /// SHA-256 over the definition files.
    pub hash: String,
    /// What is wrong, by file and line.
    pub findings: Vec<Problem>,
    /// What is not wrong but worth knowing; it stands in nobody's way.
    pub notes: Vec<Problem>,
}

/// Units of one province.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProvinceCount {
    /// Its code.
    pub code: UnitCode,
    /// Its name.
    pub name: String,
    /// Reporting units by level.
    pub units: BTreeMap<Level, usize>,
    /// Containers by level.
    pub containers: BTreeMap<Level, usize>,
    /// Counties of class `zone`, which are not in the civil-affairs list.
    pub zones: usize,
}

/// Reads a definitions folder and reports what is in it and what is wrong with it.
pub fn check(dir: &Path) -> CheckReport {
    let definitions = Definitions::read(dir, Vec::new());
    let mut report = CheckReport {
        units: BTreeMap::new(),
        containers: BTreeMap::new(),
        provinces: Vec::new(),
        past_spans: definitions.units.iter().filter(|unit| unit.valid_to.is_some()).count(),
        forms: definitions.forms.len(),
        indicators: definitions.indicators.len(),
        core_indicators: definitions.indicators.iter().filter(|i| i.core).count(),
        checks: definitions.checks.len(),
        warnings: definitions.warnings.len(),
        schemes: definitions.schemes.len(),
        scheme_items: definitions.schemes.iter().map(|s| s.items.len()).sum(),
        scheme_rows: definitions.schemes.iter().map(|s| s.rows).sum(),
        rhythms: definitions.calendar.rhythms.len(),
        deadlines: definitions.calendar.deadlines.len(),
        holidays: definitions.calendar.holidays.len(),
        holiday_years: definitions.calendar.holiday_years().into_iter().collect(),
        reminders: definitions.calendar.reminders.len(),
        hash: definitions.hash.clone(),
        findings: Vec::new(),
        notes: verify::holidays::notes(&definitions.calendar),
    };
    count_units(&definitions, &mut report);
    report.findings = definitions.problems;
    report
}

/// Counts today's units, in all and by province.
fn count_units(definitions: &Definitions, report: &mut CheckReport) {
    let today = || definitions.units.iter().filter(|unit| unit.valid_to.is_none());
    let parents: HashMap<Key, Option<Key>> =
        today().map(|unit| ((unit.code, unit.level), unit.parent)).collect();
    let mut provinces: BTreeMap<UnitCode, ProvinceCount> = today()
        .filter(|unit| unit.level == Level::Province)
        .map(|unit| {
            let (code, name) = (unit.code, unit.name.clone());
            let (units, containers) = (BTreeMap::new(), BTreeMap::new());
            (code, ProvinceCount { code, name, units, containers, zones: 0 })
        })
        .collect();
    for unit in today() {
        let container = unit.class.is_container();
        let all = if container { &mut report.containers } else { &mut report.units };
        *all.entry(unit.level).or_default() += 1;
        let root = root((unit.code, unit.level), &parents);
        let Some(province) = root.and_then(|code| provinces.get_mut(&code)) else { continue };
        let own = if container { &mut province.containers } else { &mut province.units };
        *own.entry(unit.level).or_default() += 1;
        province.zones += usize::from(unit.class == UnitClass::Zone);
    }
    report.provinces = provinces.into_values().collect();
}

/// The province of a unit; `None` if its chain is broken.
fn root(unit: Key, parents: &HashMap<Key, Option<Key>>) -> Option<UnitCode> {
    let mut key = unit;
    // A longer chain is a cycle, which the findings name.
    for _ in 0..2 * Level::ALL.len() {
        match parents.get(&key)? {
            Some(above) => key = *above,
            None => return Some(key.0),
        }
    }
    None
}
