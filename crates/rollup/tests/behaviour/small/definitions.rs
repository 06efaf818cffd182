//! Forms of the small province: every kind, rule and frequency once.

use jiff::civil::date;
use model::{
    Form, FormIx, Indicator, IndicatorIx, Level, PeriodKind, UnitClass,
    form::Acceptance,
    indicator::{Entry, Kind, Ratio, Reading, RollUpRule, Term},
};

/// Code, scale, kind, frequency, who enters it (`S` the system, `D` derived), rule.
type Line = (&'static str, u8, Kind, &'static str, &'static str, &'static str);

/// Rules: `+` sum, `w:` weights, `r:` numerator / denominator, `%:` the same in percent.
const LINES: [Line; 45] = {
    use Kind::{DistinctYtd, FlowPeriod, FlowYtd, Ratio, Standard, Stock, Target};
    [
        ("BS01", 0, Stock, "Y", "township", "+"),
        ("BS02", 0, Stock, "Y", "county", "+"),
        ("BS05", 0, Stock, "H", "township", "+"),
        ("BS06", 0, Stock, "Y", "S", "n"),
        ("BS07", 0, Stock, "Y", "S", "n"),
        ("BS08", 0, Stock, "Y", "S", "n"),
        ("BS09", 0, Stock, "Y", "S", "n"),
        ("SA02", 0, Stock, "M", "village", "+"),
        ("SA04", 0, Stock, "M", "village", "+"),
        ("SA09", 0, FlowPeriod, "M", "township", "+"),
        ("SA11", 4, FlowYtd, "M", "township", "+"),
        ("SA13", 2, Standard, "M", "county", "w:SA02"),
        ("SA15", 6, Ratio, "M", "D", "r:inc SA11*10000/months SA02"),
        ("SA21", 6, Ratio, "M", "D", "%:SA09/SA02+SA04"),
        ("SA30", 0, Stock, "Q", "township", "+"),
        ("SA31", 6, Ratio, "Q", "D", "%:SA30/BS05"),
        ("SA46", 2, Standard, "M", "county", "w:SA02+SA04"),
        ("SA50", 2, Standard, "M", "village", "w:SA02"),
        ("EC02", 0, Stock, "Q", "institution", "+"),
        ("EC07", 0, Stock, "Q", "village", "+"),
        ("EC08", 6, Ratio, "Q", "D", "%:EC07/BS09"),
        ("EC17", 0, Target, "Y", "county", "+"),
        ("EC18", 0, FlowYtd, "M", "township", "+"),
        ("EC19", 6, Ratio, "M", "D", "%:EC18/EC17"),
        ("EC22", 0, DistinctYtd, "Q", "township", "+"),
        ("EC23", 6, Ratio, "Q", "D", "%:EC22/BS02"),
        ("EC30", 6, Ratio, "Q", "D", "r:SA31/EC07"),
        ("GN01", 0, FlowYtd, "Q", "county", "+"),
        ("GN05", 0, FlowYtd, "Q", "S", "n"),
        ("DI01", 0, Stock, "D", "institution", "+"),
        ("DI02", 0, FlowPeriod, "D", "institution", "+"),
        ("SF02", 0, FlowPeriod, "T", "S", "n"),
        ("SF03", 0, FlowPeriod, "T", "S", "n"),
        ("SF04", 6, Ratio, "T", "D", "%:SF03/SF02"),
        ("SF05", 0, FlowYtd, "T", "county", "+"),
        ("SF12", 0, FlowPeriod, "T", "county", "+"),
        ("QA01", 0, FlowPeriod, "T", "S", "n"),
        ("QA02", 0, FlowPeriod, "T", "S", "n"),
        ("QA03", 6, Ratio, "T", "D", "%:QA02/QA01"),
        ("QA04", 0, FlowPeriod, "T", "S", "n"),
        ("QA05", 0, FlowPeriod, "T", "S", "n"),
        ("QA06", 6, Ratio, "T", "D", "%:QA05/QA08"),
        ("QA07", 0, FlowPeriod, "T", "S", "n"),
        ("QA08", 0, FlowPeriod, "T", "S", "n"),
        ("ZZ01", 0, FlowPeriod, "B", "county", "+"),
    ]
};

pub const FORMS: [&str; 8] = ["BS", "SA", "EC", "GN", "DI", "SF", "QA", "ZZ"];

pub fn forms_and_indicators() -> (Vec<Form>, Vec<Indicator>) {
    let forms = FORMS.into_iter().map(form).collect();
    let indicators = LINES.iter().enumerate().map(|(i, line)| indicator(i as u16, line)).collect();
    (forms, indicators)
}

fn form(code: &str) -> Form {
    Form {
        code: code.to_owned(),
        zh: code.to_owned(),
        en: code.to_owned(),
        version: "1".to_owned(),
        number: String::new(),
        issuer: String::new(),
        approval: String::new(),
        valid_from: date(2020, 1, 1),
        valid_to: None,
        accept: Acceptance::Automatic,
        silent: vec![UnitClass::Zone],
    }
}

fn indicator(line: u16, of: &Line) -> Indicator {
    let (code, scale, kind, frequency, entry, rule) = *of;
    let form = FORMS.iter().position(|form| code.starts_with(form)).unwrap();
    Indicator {
        code: code.to_owned(),
        form: FormIx(form as u8),
        line,
        core: true,
        zh: code.to_owned(),
        sql_zh: code.to_owned(),
        en: code.to_owned(),
        measure: String::new(),
        decimals: scale,
        scale,
        kind,
        rollup: roll_up_rule(rule),
        frequency: PeriodKind::from_letter(frequency).unwrap(),
        entry: match entry {
            "S" => Entry::System,
            "D" => Entry::Derived,
            level => Entry::At(Level::from_name(level).unwrap()),
        },
        national_code: String::new(),
        note: String::new(),
    }
}

fn place(code: &str) -> IndicatorIx {
    IndicatorIx(LINES.iter().position(|line| line.0 == code).unwrap() as u16)
}

fn roll_up_rule(rule: &str) -> RollUpRule {
    match rule.split_once(':') {
        None if rule == "n" => RollUpRule::CountUnits,
        None => RollUpRule::Sum,
        Some(("w", weights)) => RollUpRule::WeightedMean(weights.split('+').map(place).collect()),
        Some((sort, parts)) => {
            let (numerator, denominator) = parts.split_once('/').unwrap();
            let terms = |part: &str| part.split('+').map(term).collect();
            let percent = sort == "%";
            let (numerator, denominator) = (terms(numerator), terms(denominator));
            RollUpRule::Ratio(Ratio { numerator, denominator, percent })
        }
    }
}

fn term(text: &str) -> Term {
    let (text, factor) = text.split_once('*').unwrap_or((text, "1"));
    let (reading, code) = match text.split_once(' ') {
        Some(("inc", code)) => (Reading::Increment, code),
        Some((_, code)) => (Reading::Months, code),
        None => (Reading::Value, text),
    };
    Term { indicator: place(code), reading, factor: factor.parse().unwrap() }
}
