//! Warnings on figures written down by hand.

use model::{FormIx, Node, Period};

use super::{Raised, Warning, Warnings, sort_warnings};
use crate::fixture::{CITY, Written, catalog_warning, code};

const PROVINCE: &str = "410000000000";
const COUNTY: &str = "410421000000";
const TOWN: &str = "410421100000";
const VILLAGE: &str = "410421100201";
/// 济源, a county directly below the province, and a street of it.
const DIRECT: &str = "419001000000";
const STREET: &str = "419001001000";

fn raised_on(form: &str, period: &str, of: &str, figures: &Written) -> Raised {
    let catalog = catalog_warning(of);
    let form: FormIx = catalog.form_by_code(form).unwrap();
    let period: Period = period.parse().unwrap();
    Warnings::new(catalog).all(figures, &[(form, period)])
}

/// Id and unit of what is raised on the rows of social assistance.
fn raised(period: &str, of: &str, figures: &Written) -> Vec<String> {
    let raised = raised_on("SA", period, of, figures);
    assert!(raised.undefined.is_empty());
    raised.warnings.iter().map(|w| format!("{} {}", w.id, w.unit)).collect()
}

fn persons(before: i64, now: i64) -> Written {
    Written::default().value(TOWN, "SA02", "2023-01", before).value(TOWN, "SA02", "2023-02", now)
}

#[test]
fn a_rise_beyond_the_share_is_raised_with_what_triggered_it() {
    let rise = "E01 | township | no | parent | 10 * SA02 > 11 * prev(SA02)";
    assert!(raised("2023-02", rise, &persons(100, 110)).is_empty());
    let raised = raised_on("SA", "2023-02", rise, &persons(100, 111));
    let [warning] = &raised.warnings[..] else { panic!("{raised:?}") };
    assert_eq!((warning.unit, warning.to), (code(TOWN), code(COUNTY)));
    assert_eq!((warning.period.to_string().as_str(), warning.partial), ("2023-02", false));
    assert_eq!(warning.found(), "SA02 = 111, prev(SA02) = 100");
    assert_eq!(warning.message_zh, "预警E01：城市低保人数 111 人，上期城市低保人数 100 人");
    assert_eq!(warning.message_en, "warning E01: SA02 111; SA02 in the period before 100");
}

#[test]
fn nothing_is_raised_where_an_operand_is_missing_or_the_base_too_small() {
    let rise = "E01 | township | no | parent | prev(SA02) >= 50 AND SA02 > 2 * prev(SA02)";
    let only_now = Written::default().value(TOWN, "SA02", "2023-02", 500);
    assert!(raised("2023-02", rise, &only_now).is_empty());
    assert!(raised("2023-02", rise, &persons(49, 500)).is_empty());
    assert_eq!(raised("2023-02", rise, &persons(50, 500)), [format!("E01 {TOWN}")]);
}

#[test]
fn the_last_digit_of_large_amounts_decides() {
    let paid = |now| {
        Written::default()
            .value(TOWN, "SA11", "2023-01", 10_000_000_000_000_009)
            .value(TOWN, "SA11", "2023-02", now)
    };
    // Eleven times the one and ten times the other differ by 9 and by 1, which no float can tell.
    let rise = "E01 | township | no | parent | 10 * SA11 > 11 * prev(SA11)";
    assert!(raised("2023-02", rise, &paid(11_000_000_000_000_009)).is_empty());
    assert_eq!(raised("2023-02", rise, &paid(11_000_000_000_000_010)).len(), 1);
}

#[test]
fn a_condition_without_a_result_is_a_finding_and_no_warning() {
    let cube = "E07 | township | yes | parent | SA11 * SA11 * SA11 > SA12";
    let figures = Written::default()
        .value(TOWN, "SA11", "2023-02", 10_000_000_000_000_000)
        .value(TOWN, "SA12", "2023-02", 1);
    let raised = raised_on("SA", "2023-02", cube, &figures);
    assert!(raised.warnings.is_empty());
    let [found] = &raised.undefined[..] else { panic!("{raised:?}") };
    assert_eq!((found.finding.check.as_str(), found.units[0]), ("W12", code(TOWN)));
    assert!(found.finding.message_en.contains("E07"), "{}", found.finding.message_en);
}

#[test]
fn partial_figures_raise_only_what_stays_true() {
    let figures = Written::default()
        .value(TOWN, "SA02", "2023-01", 100)
        .value(TOWN, "SA02", "2023-02", 120)
        .without(VILLAGE);
    let rise = "E01 | township | no | parent | SA02 > prev(SA02)";
    assert!(raised("2023-02", rise, &figures).is_empty());
    assert_eq!(raised("2023-02", rise, &persons(100, 120)).len(), 1);
    let any = "E02 | township | yes | parent | SA02 > 0";
    let [warning] = &raised_on("SA", "2023-02", any, &figures).warnings[..] else { panic!() };
    assert!(warning.partial && warning.message_en.contains("figures are partial"));
    assert!(warning.message_zh.contains("数值不全"));
    let [whole] = &raised_on("SA", "2023-02", any, &persons(0, 1)).warnings[..] else { panic!() };
    assert!(!whole.partial && !whole.message_en.contains("partial"));
}

#[test]
fn cells_that_need_not_be_filled_in_count_too() {
    let of = "E01 | county | no | parent | SA47 > 0";
    let county = |blank: bool| {
        let figures =
            Written::default().value(COUNTY, "SA47", "2023-02", 3).own(TOWN, "SA47", "2023-02", 3);
        if blank { figures } else { figures.own("410421102000", "SA47", "2023-02", 0) }
    };
    assert!(raised("2023-02", of, &county(true)).is_empty());
    assert_eq!(raised("2023-02", of, &county(false)), [format!("E01 {COUNTY}")]);
}

/// On whose list a warning about each unit is.
fn lists(to: &str) -> Vec<(String, String)> {
    let units = [PROVINCE, CITY, COUNTY, TOWN, VILLAGE, DIRECT, STREET];
    let figures = units
        .iter()
        .fold(Written::default(), |figures, unit| figures.value(unit, "SA02", "2023-02", 5));
    let of = format!("E01 | all | yes | {to} | SA02 > 0");
    let raised = raised_on("SA", "2023-02", &of, &figures);
    raised.warnings.iter().map(|w| (w.unit.to_string(), w.to.to_string())).collect()
}

#[test]
fn the_row_is_for_a_unit_above_by_the_tree() {
    let pairs = |pairs: [(&str, &str); 6]| {
        pairs.map(|(unit, to)| (unit.to_owned(), to.to_owned())).to_vec()
    };
    // Nobody is above the province; the pseudo prefecture of 济源 is no unit.
    assert_eq!(
        lists("parent"),
        pairs([
            (CITY, PROVINCE),
            (COUNTY, CITY),
            (TOWN, COUNTY),
            (VILLAGE, TOWN),
            (DIRECT, PROVINCE),
            (STREET, DIRECT)
        ])
    );
    assert_eq!(
        lists("prefecture"),
        pairs([
            (CITY, PROVINCE),
            (COUNTY, CITY),
            (TOWN, CITY),
            (VILLAGE, CITY),
            (DIRECT, PROVINCE),
            (STREET, DIRECT)
        ])
    );
    let all = [CITY, COUNTY, TOWN, VILLAGE, DIRECT, STREET].map(|unit| (unit, PROVINCE));
    assert_eq!(lists("province"), pairs(all));
}

#[test]
fn only_the_watched_levels_and_the_shortest_period_are_judged() {
    let figures = [COUNTY, TOWN, VILLAGE].iter().fold(Written::default(), |figures, unit| {
        figures.value(unit, "SA02", "2023-02", 5).value(unit, "SA02", "2023-Q1", 5)
    });
    let only = "E01 | township | no | parent | SA02 > 0";
    assert_eq!(raised("2023-02", only, &figures), [format!("E01 {TOWN}")]);
    let up = "E01 | township up | no | parent | SA02 > 0";
    let both = [format!("E01 {COUNTY}"), format!("E01 {TOWN}")];
    assert_eq!(raised("2023-02", up, &figures), both);
    assert!(raised("2023-Q1", up, &figures).is_empty());
    assert!(raised_on("EC", "2023-02", up, &figures).warnings.is_empty());
    // A village enters SA02, but the money is a township's.
    let paid = "E01 | all | yes | parent | SA02 > 0 AND SA11 >= 0";
    let figures = figures.value(VILLAGE, "SA11", "2023-02", 0).value(TOWN, "SA11", "2023-02", 0);
    assert_eq!(raised("2023-02", paid, &figures), [format!("E01 {TOWN}")]);
}

#[test]
fn units_that_took_over_others_are_not_compared_with_before() {
    // Town 101 went into town 100 on 2022-07-01; the county stays what it was.
    let rise = "E01 | township up | no | parent | SA09 > prev(SA09)";
    let figures = |before, now| {
        [COUNTY, TOWN].iter().fold(Written::default(), |figures, unit| {
            figures.value(unit, "SA09", before, 10).value(unit, "SA09", now, 18)
        })
    };
    let merger = figures("2022-06", "2022-07");
    assert_eq!(raised("2022-07", rise, &merger), [format!("E01 {COUNTY}")]);
    let later = figures("2022-07", "2022-08");
    let both = [format!("E01 {COUNTY}"), format!("E01 {TOWN}")];
    assert_eq!(raised("2022-08", rise, &later), both);
    let in_a_year = "E01 | township up | no | parent | SA09 > yoy(SA09)";
    let year = figures("2022-06", "2023-06");
    assert_eq!(raised("2023-06", in_a_year, &year), [format!("E01 {COUNTY}")]);
    // An increment is handed on by the roll-up.
    let paid = "E02 | township | no | parent | inc(SA11) = 0";
    let money = figures("2022-06", "2022-07")
        .value(TOWN, "SA11", "2022-06", 7)
        .value(TOWN, "SA11", "2022-07", 7);
    assert_eq!(raised("2022-07", paid, &money), [format!("E02 {TOWN}")]);
}

#[test]
fn the_order_is_the_same_however_the_rows_come() {
    let of = "
        E10 | township up | yes | parent | SA02 > 1
        E9 | township up | yes | parent | SA02 > 0";
    let figures = [COUNTY, TOWN]
        .iter()
        .fold(Written::default(), |figures, unit| figures.value(unit, "SA02", "2023-02", 5));
    let wanted = ["E9", "E10"].map(|id| [COUNTY, TOWN].map(|unit| format!("{id} {unit}")));
    assert_eq!(raised("2023-02", of, &figures), wanted.concat());
    let catalog = catalog_warning(of);
    let (form, period) = (catalog.form_by_code("SA").unwrap(), "2023-02".parse().unwrap());
    let mut nodes: Vec<Node> = catalog.register.tree(Period::end(period)).nodes().collect();
    nodes.reverse();
    let warnings = Warnings::new(catalog);
    let mut piecewise: Vec<Warning> = nodes
        .chunks(3)
        .flat_map(|some| warnings.of_returns(&figures, (form, period), some).warnings)
        .collect();
    sort_warnings(&mut piecewise);
    let shown = |w: &Warning| format!("{} {}", w.id, w.unit);
    assert_eq!(piecewise.iter().map(shown).collect::<Vec<_>>(), wanted.concat());
}

#[test]
fn the_forms_that_are_read_are_named() {
    let catalog = catalog_warning(
        "
        E01 | county up | no | parent | SA02 > 9 * asof(EC07)
        E02 | county | no | parent | MR01 > 2 * MR02",
    );
    let form = |code| catalog.form_by_code(code).unwrap();
    let warnings = Warnings::new(std::sync::Arc::clone(&catalog));
    let readers = |code| warnings.readers(form(code)).iter().copied().collect::<Vec<_>>();
    assert_eq!(readers("SA"), [form("SA")]);
    assert_eq!(readers("EC"), [form("SA")]);
    assert_eq!(readers("MR"), [form("MR")]);
    assert_eq!(readers("DS"), []);
    assert!(!warnings.reads_parents());
    let above = catalog_warning("E01 | township | no | parent | 2 * SA02 > parent(SA02)");
    assert!(Warnings::new(above).reads_parents());
}
