//! Provinces of Henan's shape with four monthly forms of villages, a daily one of institutions and the
//! quality of reporting, for measuring.
#![allow(dead_code, unreachable_pub, reason = "each example uses its part")]

use std::sync::Arc;

use jiff::civil::date;
use model::{
    Amount, Catalog, Cell, Form, FormIx, Indicator, IndicatorIx, Level, Period, PeriodKind,
    Register, SubmissionKey, UnitClass, UnitCode, UnitRecord,
    calendar::Calendar,
    form::Acceptance,
    indicator::{Entry, Kind, Ratio, Reading, RollUpRule, Term},
    submission::{KeyChange, KeyStatus},
};

const CITIES: u64 = 18;
const COUNTIES: u64 = 10;
const TOWNSHIPS: u64 = 15;
const VILLAGES: u64 = 20;
/// Lines that villages enter on each form; then one flow of townships and two derived lines.
pub const LINES: u16 = 10;
const FORM_LINES: u16 = LINES + 3;
/// Monthly forms of villages.
pub const FORMS: u8 = 4;
/// The daily form of institutions.
pub const DAILY: FormIx = FormIx(FORMS);
/// The form that nobody fills in.
pub const QUALITY: FormIx = FormIx(FORMS + 1);

fn unit(place: u64, level: Level, class: UnitClass, parent: Option<(u64, Level)>) -> UnitRecord {
    let code = |digits| UnitCode::from_u64(digits).expect("a code of twelve digits");
    UnitRecord {
        code: code(code_digits(place, level)),
        name: String::new(),
        level,
        class,
        parent: parent.map(|(above, level)| (code(code_digits(above, level)), level)),
        eval_group: None,
        valid_from: None,
        valid_to: None,
        successors: Vec::new(),
        source: (Arc::from("synthetic"), 1),
    }
}

/// Codes are built from the left, two or three digits a level.
fn code_digits(place: u64, level: Level) -> u64 {
    match level {
        Level::Province => place * 10_000_000_000,
        Level::City => place * 100_000_000,
        Level::County => place * 1_000_000,
        Level::Township => place * 1_000,
        Level::Village | Level::Institution => place,
    }
}

/// The register of this many provinces.
pub fn register(provinces: u64) -> Register {
    register_of(provinces, VILLAGES)
}

/// The register of this many provinces, with this many villages in each township.
pub fn register_of(provinces: u64, villages: u64) -> Register {
    let mut records = Vec::new();
    for province in 41..41 + provinces {
        records.push(unit(province, Level::Province, UnitClass::Admin, None));
        for city in (1..=CITIES).map(|i| province * 100 + i) {
            let above = Some((province, Level::Province));
            records.push(unit(city, Level::City, UnitClass::Admin, above));
            for county in (1..=COUNTIES).map(|i| city * 100 + i) {
                let above = Some((city, Level::City));
                records.push(unit(county, Level::County, UnitClass::Admin, above));
                for township in (1..=TOWNSHIPS).map(|i| county * 1000 + 100 + i) {
                    let above = Some((county, Level::County));
                    records.push(unit(township, Level::Township, UnitClass::Town, above));
                    let home = (township, Level::Township);
                    let class = UnitClass::Run;
                    records.push(unit(
                        township * 1_000_000 + 1,
                        Level::Institution,
                        class,
                        Some(home),
                    ));
                    for village in (1..=villages).map(|i| township * 1000 + 200 + i) {
                        let above = Some((township, Level::Township));
                        let class = UnitClass::VillageCommittee;
                        records.push(unit(village, Level::Village, class, above));
                    }
                }
            }
        }
    }
    Register::new(records)
}

fn form(code: &str) -> Form {
    let text = || code.to_owned();
    Form {
        code: text(),
        zh: text(),
        en: text(),
        version: "1".to_owned(),
        number: String::new(),
        issuer: String::new(),
        approval: String::new(),
        valid_from: date(2020, 1, 1),
        valid_to: None,
        accept: Acceptance::Automatic,
        silent: Vec::new(),
    }
}

fn indicator(form: u8, line: u16) -> Indicator {
    let place = |line: u16| IndicatorIx(u16::from(form) * FORM_LINES + line);
    let term = |line, reading| Term { indicator: place(line), reading, factor: 1 };
    let ratio = |numerator, denominator| {
        RollUpRule::Ratio(Ratio {
            numerator: vec![numerator],
            denominator: vec![denominator],
            percent: true,
        })
    };
    let code = format!("F{form}{line:02}");
    let month = |kind, rollup, entry| {
        definition(&code, FormIx(form), line, (kind, rollup, PeriodKind::Month, entry))
    };
    match line {
        0..LINES => month(Kind::Stock, RollUpRule::Sum, Entry::At(Level::Village)),
        LINES => month(Kind::FlowYtd, RollUpRule::Sum, Entry::At(Level::Township)),
        11 => {
            let rule = ratio(term(LINES, Reading::Increment), term(0, Reading::Months));
            month(Kind::Ratio, rule, Entry::Derived)
        }
        _ => {
            let rule = ratio(term(1, Reading::Value), term(2, Reading::Value));
            month(Kind::Ratio, rule, Entry::Derived)
        }
    }
}

/// Lines of the daily form and of the quality of reporting.
fn other_indicators() -> Vec<Indicator> {
    let daily = |code, line, kind| {
        let of = (kind, RollUpRule::Sum, PeriodKind::Day, Entry::At(Level::Institution));
        definition(code, DAILY, line, of)
    };
    let mut lines = vec![daily("DI01", 1, Kind::Stock), daily("DI02", 2, Kind::FlowPeriod)];
    for (line, code) in (1u16..).zip(["QA01", "QA02", "QA04", "QA05", "QA07", "QA08"]) {
        let of = (Kind::FlowPeriod, RollUpRule::Sum, PeriodKind::TenDays, Entry::System);
        lines.push(definition(code, QUALITY, line, of));
    }
    lines
}

fn definition(
    code: &str,
    form: FormIx,
    line: u16,
    (kind, rollup, frequency, entry): (Kind, RollUpRule, PeriodKind, Entry),
) -> Indicator {
    let text = || code.to_owned();
    Indicator {
        code: text(),
        form,
        line,
        core: true,
        zh: text(),
        sql_zh: text(),
        en: text(),
        measure: String::new(),
        decimals: 0,
        scale: if entry == Entry::Derived { 6 } else { 0 },
        kind,
        rollup,
        frequency,
        entry,
        national_code: String::new(),
        note: String::new(),
    }
}

/// The definitions over a register.
pub fn catalog(register: Register) -> Arc<Catalog> {
    let codes = (0..FORMS).map(|i| format!("F{i}")).chain(["DI".to_owned(), "QA".to_owned()]);
    let forms = codes.map(|code| form(&code)).collect();
    let lines = (0..FORMS).flat_map(|form| (0..FORM_LINES).map(move |line| indicator(form, line)));
    let lines = lines.chain(other_indicators()).collect();
    let calendar = Calendar::default();
    Arc::new(Catalog::new(register, forms, lines, vec![], vec![], calendar, String::new()))
}

/// The units of one level of a register.
pub fn units(catalog: &Catalog, level: Level) -> Vec<UnitCode> {
    let records = catalog.register.records().iter();
    records.filter(|record| record.level == level).map(|record| record.code).collect()
}

/// A village's monthly return; values follow from `seed`.
pub fn village_return(unit: UnitCode, form: u8, period: Period, seed: u64) -> KeyChange {
    let cells = (0..LINES).map(|line| {
        let units = ((seed * 31 + u64::from(line) * 17) % 997) as i64;
        let indicator = IndicatorIx(u16::from(form) * FORM_LINES + line);
        (indicator, Cell::Value(Amount { units, scale: 0 }))
    });
    KeyChange {
        key: SubmissionKey { unit, form: FormIx(form), period },
        status: KeyStatus { received: true, on_time: true, accepted: true },
        cells: cells.collect(),
    }
}

/// An institution's daily return.
pub fn daily_return(unit: UnitCode, period: Period, seed: u64) -> KeyChange {
    let cell = |line: u16, units: u64| {
        let indicator = IndicatorIx(u16::from(FORMS) * FORM_LINES + line);
        (indicator, Cell::Value(Amount { units: units as i64, scale: 0 }))
    };
    KeyChange {
        key: SubmissionKey { unit, form: DAILY, period },
        status: KeyStatus { received: true, on_time: !seed.is_multiple_of(9), accepted: true },
        cells: vec![cell(0, seed % 120), cell(1, seed % 3)],
    }
}
