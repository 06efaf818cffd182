//! A small invented province with figures typed in by the tests.

use std::{collections::BTreeMap, sync::Arc};

use jiff::civil::date;
use model::{
    Amount, Catalog, Cell, Coverage, Figures, Form, FormIx, Indicator, IndicatorIx, Level, Period,
    PeriodKind, Register, Tree, UnitClass, UnitCode, UnitRecord,
    calendar::Calendar,
    form::{Acceptance, BlockKey},
    indicator::{Entry, Kind, Ratio, Reading, RollUpRule, Term},
    scheme::{
        Area, Bar, DenZero, Direction, Grade, Item, Method, Metric, PeerGroup, Policy, Quotient,
        Scheme,
    },
};

use crate::{Evaluation, EvaluationError, Events, Inputs, UnitResult, evaluate};

/// Province, its two cities, counties, a zone, a county ranked with cities, and two townships.
pub(crate) const PROVINCE: u64 = 410_000_000_000;
pub(crate) const CITY: u64 = 410_100_000_000;
pub(crate) const CITY_B: u64 = 410_200_000_000;
pub(crate) const COUNTY_A: u64 = 410_101_000_000;
pub(crate) const COUNTY_B: u64 = 410_102_000_000;
pub(crate) const COUNTY_C: u64 = 410_103_000_000;
pub(crate) const COUNTY_D: u64 = 410_201_000_000;
pub(crate) const ZONE: u64 = 410_171_000_000;
pub(crate) const JIYUAN: u64 = 419_001_000_000;
pub(crate) const STREET: u64 = 410_101_001_000;
pub(crate) const TOWN: u64 = 410_101_100_000;
pub(crate) const QUASI: u64 = 410_101_400_000;
pub(crate) const COUNTIES: [u64; 4] = [COUNTY_A, COUNTY_B, COUNTY_C, COUNTY_D];

pub(crate) fn code(digits: u64) -> UnitCode {
    UnitCode::from_u64(digits).unwrap()
}

pub(crate) fn period(text: &str) -> Period {
    text.parse().unwrap()
}

pub(crate) fn amount(text: &str) -> Amount {
    Amount::parse_as_written(text).unwrap()
}

fn register() -> Register {
    use Level::{City, County, Province, Township};
    use UnitClass::{Admin, Direct, Quasi, Street, Town, Zone};
    let unit = |digits, level, class, parent: Option<(u64, Level)>| UnitRecord {
        code: code(digits),
        name: format!("U{digits}"),
        level,
        class,
        parent: parent.map(|(above, level)| (code(above), level)),
        eval_group: (digits == JIYUAN).then_some(City),
        valid_from: None,
        valid_to: None,
        successors: Vec::new(),
        source: (Arc::from("fixture"), 1),
    };
    Register::new(vec![
        unit(PROVINCE, Province, Admin, None),
        unit(CITY, City, Admin, Some((PROVINCE, Province))),
        unit(CITY_B, City, Admin, Some((PROVINCE, Province))),
        unit(COUNTY_A, County, Admin, Some((CITY, City))),
        unit(COUNTY_B, County, Admin, Some((CITY, City))),
        unit(COUNTY_C, County, Admin, Some((CITY, City))),
        unit(ZONE, County, Zone, Some((CITY, City))),
        unit(COUNTY_D, County, Admin, Some((CITY_B, City))),
        unit(JIYUAN, County, Direct, Some((PROVINCE, Province))),
        unit(STREET, Township, Street, Some((COUNTY_A, County))),
        unit(TOWN, Township, Town, Some((COUNTY_A, County))),
        unit(QUASI, Township, Quasi, Some((COUNTY_A, County))),
    ])
}

fn form() -> Form {
    Form {
        code: "AA".to_owned(),
        zh: "测试表".to_owned(),
        en: "test form".to_owned(),
        version: "1".to_owned(),
        number: "1".to_owned(),
        issuer: "1".to_owned(),
        approval: "1".to_owned(),
        valid_from: date(2020, 1, 1),
        valid_to: None,
        accept: Acceptance::Automatic,
        silent: Vec::new(),
    }
}

/// `AA01` of `AA02` is the percentage `AA03`; `AA04` a standard in 元 with two decimals; `AA05` the
/// yearly target of `AA01`; `AA06` a monthly count; `AA07` entered by villages.
pub(crate) fn catalog() -> Catalog {
    let plain = |n: u16, kind, frequency, entry, scale| Indicator {
        code: format!("AA{n:02}"),
        form: FormIx(0),
        line: n,
        core: true,
        zh: format!("指标{n}"),
        sql_zh: format!("指标{n}"),
        en: format!("indicator {n}"),
        measure: "个".to_owned(),
        decimals: 0,
        scale,
        kind,
        rollup: RollUpRule::Sum,
        frequency,
        entry,
        national_code: String::new(),
        note: String::new(),
    };
    use PeriodKind::{Month, Quarter, Year};
    let county = Entry::At(Level::County);
    let term = |i| Term { indicator: IndicatorIx(i), reading: Reading::Value, factor: 1 };
    let mut ratio = plain(3, Kind::Ratio, Quarter, Entry::Derived, 6);
    ratio.rollup = RollUpRule::Ratio(Ratio {
        numerator: vec![term(0)],
        denominator: vec![term(1)],
        percent: true,
    });
    let indicators = vec![
        plain(1, Kind::Stock, Quarter, Entry::At(Level::Township), 0),
        plain(2, Kind::Stock, Quarter, Entry::At(Level::Township), 0),
        ratio,
        plain(4, Kind::Standard, Quarter, county, 2),
        plain(5, Kind::Target, Year, county, 0),
        plain(6, Kind::FlowPeriod, Month, county, 0),
        plain(7, Kind::Stock, Quarter, Entry::At(Level::Village), 0),
        plain(8, Kind::Standard, Quarter, county, 2),
    ];
    let calendar = Calendar::default();
    Catalog::new(
        register(),
        vec![form()],
        indicators,
        Vec::new(),
        Vec::new(),
        calendar,
        "hash".to_owned(),
    )
}

/// Figures typed in by a test; whatever is not typed is missing. Unless a test says otherwise,
/// every unit has ten due and accepted returns of every sort.
pub(crate) struct Typed<'a> {
    pub(crate) catalog: &'a Catalog,
    values: BTreeMap<(UnitCode, IndicatorIx, Period), i128>,
    coverage: BTreeMap<(UnitCode, Level), Coverage>,
}

impl<'a> Typed<'a> {
    pub(crate) fn new(catalog: &'a Catalog) -> Self {
        Self { catalog, values: BTreeMap::new(), coverage: BTreeMap::new() }
    }

    /// Types a value in units of the indicator's scale.
    pub(crate) fn set(&mut self, unit: u64, indicator: &str, at: &str, units: i128) {
        let indicator = self.catalog.indicator_by_code(indicator).unwrap();
        self.values.insert((code(unit), indicator, period(at)), units);
    }

    /// Types numerator and denominator of `AA03` for 2023-Q1.
    pub(crate) fn ratio(&mut self, unit: u64, numerator: i128, denominator: i128) {
        self.set(unit, "AA01", "2023-Q1", numerator);
        self.set(unit, "AA02", "2023-Q1", denominator);
    }

    /// Says how many returns of an entry level are due and accepted.
    pub(crate) fn returns(&mut self, unit: u64, level: Level, accepted: u32, due: u32) {
        let coverage = Coverage { due, received: accepted, on_time: accepted, accepted };
        self.coverage.insert((code(unit), level), coverage);
    }
}

impl Figures for Typed<'_> {
    fn tree(&self, period: Period) -> Arc<Tree> {
        self.catalog.register.tree(period.end())
    }

    fn value(&self, unit: UnitCode, indicator: IndicatorIx, period: Period) -> Option<Amount> {
        let units = *self.values.get(&(unit, indicator, period))?;
        Some(Amount { units: units as i64, scale: self.catalog.indicator(indicator).scale })
    }

    fn own(&self, unit: UnitCode, indicator: IndicatorIx, period: Period) -> Cell {
        self.value(unit, indicator, period).map_or(Cell::Missing, Cell::Value)
    }

    fn reading(
        &self,
        unit: UnitCode,
        indicator: IndicatorIx,
        _: Reading,
        period: Period,
    ) -> Option<i128> {
        let frequency = self.catalog.indicator(indicator).frequency;
        let at = match frequency > period.kind() {
            true => Period::containing(frequency, period.end()),
            false => period,
        };
        self.values.get(&(unit, indicator, at)).copied()
    }

    fn parts(&self, _: UnitCode, _: IndicatorIx, _: Period) -> Option<(i128, i128)> {
        None
    }

    fn range(&self, _: UnitCode, _: IndicatorIx, _: Period) -> Option<(Amount, Amount)> {
        None
    }

    fn coverage(&self, unit: UnitCode, block: BlockKey, _: Period) -> Coverage {
        let full = Coverage { due: 10, received: 10, on_time: 10, accepted: 10 };
        self.coverage.get(&(unit, block.level)).copied().unwrap_or(full)
    }
}

/// A quotient as the catalogue would read it.
pub(crate) fn quotient(
    catalog: &Catalog,
    above: &str,
    below: &str,
    factor: (i64, i64),
) -> Quotient {
    let places = |codes: &str| {
        codes.split_whitespace().map(|c| catalog.indicator_by_code(c).unwrap()).collect()
    };
    let percent = above == "AA03";
    let (numerator, denominator) = (places(above), places(below));
    Quotient { text: format!("{above}/{below}"), numerator, denominator, factor, percent }
}

/// An item that asks all groups in every quarter and year.
pub(crate) fn item(
    id: &str,
    area: Option<usize>,
    weight: &str,
    metric: Metric,
    method: Method,
) -> Item {
    Item {
        id: id.to_owned(),
        area,
        zh: format!("项目{id}"),
        en: format!("item {id}"),
        weight: amount(weight),
        metric,
        direction: Direction::Up,
        method,
        measure: "%".to_owned(),
        source: String::new(),
        cycles: vec![PeriodKind::Quarter, PeriodKind::Year],
        groups: ["P1", "P2", "P3"].map(str::to_owned).to_vec(),
        den_zero: DenZero::Redistribute,
        note: String::new(),
    }
}

/// Coverage in percent, `AA03`, between a floor of 60 and a target of 100.
pub(crate) fn linear(catalog: &Catalog, id: &str, area: Option<usize>, weight: &str) -> Item {
    let metric = Metric::Quotients(vec![quotient(catalog, "AA03", "", (1, 1))]);
    item(id, area, weight, metric, Method::Linear { floor: amount("60"), target: amount("100") })
}

pub(crate) fn area(id: &str, weight: &str) -> Area {
    Area {
        id: id.to_owned(),
        zh: format!("领域{id}"),
        en: format!("area {id}"),
        weight: amount(weight),
    }
}

pub(crate) fn fixed(bar: &str) -> Bar {
    Bar::Fixed(amount(bar))
}

/// A scheme with these items and no areas, vetoes or extras.
pub(crate) fn scheme(items: Vec<Item>) -> Scheme {
    let group = |id: &str, level, classes: &[UnitClass]| PeerGroup {
        id: id.to_owned(),
        zh: format!("组{id}"),
        en: format!("group {id}"),
        level,
        classes: classes.to_vec(),
    };
    use UnitClass::{Admin, Direct, Street, Town, Township};
    Scheme {
        name: "test".to_owned(),
        version: "1".to_owned(),
        zh: "测试办法".to_owned(),
        en: "test scheme".to_owned(),
        cycles: vec![PeriodKind::Quarter, PeriodKind::Year],
        weight: amount("100"),
        policy: Policy {
            coverage_percent: amount("90"),
            area_scored_percent: amount("50"),
            bonus_cap: amount("5"),
            deduction_cap: amount("10"),
            decimals: 2,
            smallest_group: 3,
        },
        areas: Vec::new(),
        items,
        vetoes: Vec::new(),
        bonuses: Vec::new(),
        deductions: Vec::new(),
        grades: Vec::new(),
        groups: vec![
            group("P1", Level::City, &[]),
            group("P2", Level::County, &[Admin, Direct]),
            group("P3", Level::Township, &[Street, Town, Township]),
        ],
        rows: 0,
        hash: "scheme hash".to_owned(),
        note: String::new(),
    }
}

/// Grades 优秀 from 90 for the first 30 % without veto, 良好 from 80, 不合格.
pub(crate) fn grades() -> Vec<Grade> {
    let grade = |id: &str, zh: &str, from: &str, quota: Option<&str>| Grade {
        id: id.to_owned(),
        zh: zh.to_owned(),
        en: id.to_owned(),
        from: amount(from),
        quota_percent: quota.map(amount),
        no_veto: quota.is_some(),
        cycles: vec![PeriodKind::Quarter],
        source: String::new(),
    };
    vec![
        grade("G1", "优秀", "90", Some("30")),
        grade("G2", "良好", "80", None),
        grade("G4", "不合格", "0", None),
    ]
}

/// Evaluates 2023-Q1.
pub(crate) fn run(figures: &Typed<'_>, scheme: &Scheme, events: &Events) -> Evaluation {
    try_run(figures, scheme, events, "2023-Q1").unwrap()
}

pub(crate) fn try_run(
    figures: &Typed<'_>,
    scheme: &Scheme,
    events: &Events,
    at: &str,
) -> Result<Evaluation, EvaluationError> {
    let inputs = Inputs { catalog: figures.catalog, figures, events };
    evaluate(&inputs, scheme, period(at))
}

/// The result of a unit.
pub(crate) fn unit(evaluation: &Evaluation, digits: u64) -> &UnitResult {
    evaluation.unit(code(digits)).unwrap()
}

/// The score as text.
pub(crate) fn score(evaluation: &Evaluation, digits: u64) -> String {
    unit(evaluation, digits).score.map(|s| s.to_string()).unwrap_or_default()
}
