//! From the envelope of a declared total to what it is about, with all findings at once.

use jiff::Timestamp;
use model::{
    Amount, Catalog, Finding, IndicatorIx, Period, PeriodKind, UnitCode,
    amount::{MAX_DIGITS, within},
    envelope::Declared,
    indicator::RollUpRule,
};

use super::{Bound, DeclaredTotal, Role, Stated};
use crate::{
    instant::{self, SHANGHAI},
    rule::{
        k01_unit_known, k05_scale, w01_period_text, w02_submission_time, w04_unknown_indicator,
    },
    says::{Says, definition, indispensable, of_check, of_format, quote},
};

/// Finds the units, indicators and period of a declared total and reads its value.
///
/// # Errors
/// Everything that stands against it: unknown units (K01), a period kind for which the indicator
/// has no row (K02), an unreadable value (K05), a negative one (K06), and the format rules W01,
/// W02, W04, W09, W10, W11.
pub fn resolve_declared(catalog: &Catalog, sent: &Declared) -> Result<DeclaredTotal, Vec<Finding>> {
    let mut findings = Vec::new();
    if sent.id.trim().is_empty() {
        findings.push(unfit(
            "id",
            "",
            "非空 / not empty",
            ("没有报送编号", "there is no submission id"),
        ));
    }
    let period = period(sent, &mut findings);
    let submitted_at = instant::parse(&sent.submitted_at);
    if submitted_at.is_none() {
        findings.push(w02_submission_time::found(&sent.submitted_at));
    }
    let terms = terms(catalog, sent, &mut findings);
    if let Some(period) = period {
        findings.extend(without_row(catalog, &terms, period));
    }
    let day = day_of(period, submitted_at);
    let units = units(catalog, sent, day, &mut findings);
    let (states, role) = (states(sent, &mut findings), role(sent, &mut findings));
    findings.extend(unknown_qualifier(sent));
    let scale = terms.iter().map(|&term| catalog.indicator(term).scale).max().unwrap_or(0);
    let value = value(catalog, sent, states, scale, &mut findings);
    let precision = precision(sent, scale, &mut findings);
    match (submitted_at, states, role, value, precision) {
        (Some(submitted_at), Some(states), Some(role), Some(value), Some(precision))
            if findings.is_empty() =>
        {
            Ok(DeclaredTotal {
                id: sent.id.clone(),
                units,
                terms,
                states,
                role,
                period,
                dated: sent.dated.clone(),
                value,
                precision,
                qualifier: sent.qualifier.clone(),
                stated: sent.stated.clone(),
                submitted_at,
                signer: sent.signer.clone(),
                source: sent.source.clone(),
                reference: sent.reference.clone(),
            })
        }
        _ => Err(findings),
    }
}

fn unknown_qualifier(sent: &Declared) -> Option<Finding> {
    let says = || Says {
        found: quote(&sent.qualifier),
        expected: "约 以上 余 不低于".to_owned(),
        zh: "限定词不在词表；请改用约、以上、余、不低于".to_owned(),
        en: "the qualifier is not a known word; use 约, 以上, 余 or 不低于".to_owned(),
        ..Says::default()
    };
    Bound::of(&sent.qualifier).is_none().then(|| of_format("W09", says()))
}

/// The day whose register decides: the period's last, or that of handing in.
fn day_of(period: Option<Period>, submitted_at: Option<Timestamp>) -> Option<Period> {
    let handed_in = |at| Period::containing(PeriodKind::Day, SHANGHAI.to_datetime(at).date());
    period.or_else(|| submitted_at.map(handed_in))
}

fn period(sent: &Declared, findings: &mut Vec<Finding>) -> Option<Period> {
    let text = sent.period.as_deref()?;
    let period = text.parse().ok();
    if period.is_none() {
        findings.push(w01_period_text::found(text));
    }
    period
}

fn units(
    catalog: &Catalog,
    sent: &Declared,
    day: Option<Period>,
    findings: &mut Vec<Finding>,
) -> Vec<UnitCode> {
    findings.extend(sent.units.iter().filter_map(|unit| k01_unit_known::check(catalog, unit, day)));
    let mut units: Vec<UnitCode> = sent.units.iter().filter_map(|unit| unit.parse().ok()).collect();
    units.sort_unstable();
    let named = units.len();
    units.dedup();
    if units.is_empty() || units.len() < named {
        let list = sent.units.join("+");
        findings.push(unfit(
            "units",
            &list,
            "1…n",
            ("单位清单为空或有重复", "the list of units is empty or names one twice"),
        ));
    }
    let tree = day.map(|day| catalog.register.tree(day.end()));
    let parents = tree.as_ref().map(|tree| {
        let nodes = units.iter().filter_map(|&unit| tree.node(unit));
        let mut parents: Vec<_> = nodes.map(|node| tree.parent(node)).collect();
        parents.dedup();
        parents.len()
    });
    if parents.is_some_and(|parents| parents > 1) {
        let list = sent.units.join("+");
        findings.push(unfit(
            "units",
            &list,
            "siblings",
            ("清单中的单位不属同一上级", "the units listed are not under one unit"),
        ));
    }
    units
}

fn terms(catalog: &Catalog, sent: &Declared, findings: &mut Vec<Finding>) -> Vec<IndicatorIx> {
    let mut terms = Vec::new();
    for code in sent.indicator.split('+').map(str::trim) {
        match catalog.indicator_by_code(code) {
            Some(indicator) => terms.push(indicator),
            None => findings.push(w04_unknown_indicator::found(code)),
        }
    }
    terms.sort_unstable();
    let named = terms.len();
    terms.dedup();
    let sums = terms.iter().all(|&term| {
        let indicator = catalog.indicator(term);
        let plain = !matches!(indicator.rollup, RollUpRule::WeightedMean(_) | RollUpRule::Ratio(_));
        plain && indicator.measure == catalog.indicator(terms[0]).measure
    });
    if terms.len() < named || (terms.len() > 1 && !sums) {
        let words = (
            "指标之和有重复、计量单位不同或含比率、标准",
            "a sum names an indicator twice, mixes measures, or adds ratios or standards",
        );
        findings.push(unfit("indicator", &sent.indicator, "A+B", words));
    }
    terms
}

/// The first indicator that has no row for periods of this kind.
fn without_row(catalog: &Catalog, terms: &[IndicatorIx], period: Period) -> Option<Finding> {
    let term = terms.iter().copied().find(|&term| !catalog.has_row(term, period))?;
    let indicator = catalog.indicator(term);
    let (code, kind) = (&indicator.code, indicator.frequency);
    let says = Says {
        cell: code.clone(),
        found: period.to_string(),
        expected: format!("≥ {}", kind.letter()),
        zh: format!("{code} 为{}报指标，没有 {period} 的数；请改用本期或更长的报告期", kind.zh()),
        en: format!(
            "{code} is asked by kind {}, it has no value for {period}; declare that kind of period or a longer one",
            kind.letter()
        ),
        ..Says::default()
    };
    let heads = ("报表期别未开放或版本失效", "form version not valid for the period");
    Some(indispensable(catalog, "K02", heads, says))
}

fn states(sent: &Declared, findings: &mut Vec<Finding>) -> Option<Stated> {
    let states = match sent.states.as_str() {
        "value" => Some(Stated::Value),
        "increase" => Some(Stated::Increase),
        "growth" => Some(Stated::Growth),
        _ => None,
    };
    if states.is_none() {
        let words = ("states 不在词表", "`states` is not a known word");
        findings.push(unfit("states", &sent.states, "value increase growth", words));
    }
    states
}

fn role(sent: &Declared, findings: &mut Vec<Finding>) -> Option<Role> {
    let role = match sent.role.as_str() {
        "actual" => Some(Role::Actual),
        "standard" => Some(Role::Standard),
        "target" => Some(Role::Target),
        "floor" => Some(Role::Floor),
        _ => None,
    };
    if role.is_none() {
        let words = ("role 不在词表", "`role` is not a known word");
        findings.push(unfit("role", &sent.role, "actual standard target floor", words));
    }
    role
}

fn value(
    catalog: &Catalog,
    sent: &Declared,
    states: Option<Stated>,
    scale: u8,
    findings: &mut Vec<Finding>,
) -> Option<Amount> {
    let value = match states {
        Some(Stated::Growth) => Amount::parse_as_written(&sent.value),
        _ => Amount::parse(&sent.value, scale),
    };
    match value {
        Ok(value) if value.units < 0 && states == Some(Stated::Value) => {
            let check = definition(catalog, "K06")?;
            let zh = format!("上报合计 {value} 小于 0；请核对");
            let en = format!("the declared total {value} is below 0; check it");
            let (cell, found) = (sent.indicator.clone(), value.to_string());
            let expected = "≥ 0".to_owned();
            findings.push(of_check(check, Says { cell, found, expected, head: None, zh, en }));
            None
        }
        Ok(value) => Some(value),
        Err(error) => {
            let (head, expected, zh, en) = k05_scale::words(&error, scale, MAX_DIGITS);
            let (cell, found) = (sent.indicator.clone(), quote(&sent.value));
            let zh = format!("上报合计填的是“{found}”，{zh}");
            let en = format!("the declared total says {found:?}; {en}");
            let heads = ("小数位不符", "too many decimals");
            findings.push(indispensable(
                catalog,
                "K05",
                heads,
                Says { cell, found, expected, head, zh, en },
            ));
            None
        }
    }
}

/// The precision sent, or half a unit of the last digit of the value; whole counts are exact.
fn precision(sent: &Declared, scale: u8, findings: &mut Vec<Finding>) -> Option<Amount> {
    if sent.precision.is_empty() {
        let written = Amount::parse_as_written(&sent.value).map_or(0, |amount| amount.scale);
        let exact = scale == 0 && written == 0;
        return Some(Amount { units: if exact { 0 } else { 5 }, scale: written.saturating_add(1) });
    }
    let precision = Amount::parse_as_written(&sent.precision).ok();
    let precision = precision.filter(|amount| amount.units >= 0 && within(amount.units));
    if precision.is_none() {
        let words = ("precision 不是非负小数", "`precision` is no decimal of 0 or more");
        findings.push(unfit("precision", &sent.precision, "≥ 0", words));
    }
    precision
}

/// W11 (W10 for the id): a part that does not fit.
fn unfit(part: &str, found: &str, expected: &str, words: (&str, &str)) -> Finding {
    let says = Says {
        cell: String::new(),
        found: quote(found),
        expected: expected.to_owned(),
        head: None,
        zh: format!("{}（{part}）；请改正后重报", words.0),
        en: format!("{} ({part}); put it right and send it again", words.1),
    };
    of_format(if part == "id" { "W10" } else { "W11" }, says)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{CITY, SIX_COUNTIES, catalog, declared, ids, ix};

    fn refused(change: impl FnOnce(&mut Declared)) -> Vec<Finding> {
        let mut sent = declared(CITY, "DS04+DS05", "2020-10", "5524.54");
        change(&mut sent);
        resolve_declared(&catalog(), &sent).unwrap_err()
    }

    #[test]
    fn units_terms_value_and_precision_are_found() {
        let sent = declared(SIX_COUNTIES, "DS05+DS04", "2020-10", "5524.54");
        let total = resolve_declared(&catalog(), &sent).unwrap();
        assert_eq!(total.units.len(), 6);
        assert!(total.units.is_sorted());
        assert_eq!(total.terms, [ix("DS04"), ix("DS05")]);
        assert_eq!(total.value, Amount { units: 55_245_400, scale: 4 });
        assert_eq!(total.precision.to_string(), "0.005");
        assert_eq!(total.document(), "report");
        let count = declared(CITY, "DS08", "2020-10", "38624");
        assert_eq!(resolve_declared(&catalog(), &count).unwrap().precision.units, 0);
        let mut rounded = declared(CITY, "SA17+SA18", "", "22000");
        rounded.precision = "500".to_owned();
        let rounded = resolve_declared(&catalog(), &rounded).unwrap();
        assert_eq!((rounded.precision.units, rounded.period), (500, None));
    }

    #[test]
    fn everything_that_does_not_fit_is_told() {
        assert_eq!(ids(&refused(|d| d.id.clear())), ["W10"]);
        assert_eq!(ids(&refused(|d| d.period = Some("2020年10月".into()))), ["W01"]);
        assert_eq!(ids(&refused(|d| d.submitted_at = "昨天".into())), ["W02"]);
        assert_eq!(ids(&refused(|d| d.units = vec!["410499000000".into()])), ["K01"]);
        assert_eq!(ids(&refused(|d| d.indicator = "DS04+DS99".into())), ["W04"]);
        assert_eq!(ids(&refused(|d| d.period = Some("2020-W10".into()))), ["K02"]);
        assert_eq!(ids(&refused(|d| d.value = "5千万".into())), ["K05"]);
        assert_eq!(ids(&refused(|d| d.value = "-3".into())), ["K06"]);
        assert_eq!(ids(&refused(|d| d.qualifier = "大概".into())), ["W09"]);
        for broken in [
            |d: &mut Declared| d.role = "guess".into(),
            |d: &mut Declared| d.states = "mean".into(),
            |d: &mut Declared| d.units.clear(),
            |d: &mut Declared| d.units.push(CITY.into()),
            |d: &mut Declared| d.units.push("410421000000".into()),
            |d: &mut Declared| d.indicator = "DS04+DS04".into(),
            |d: &mut Declared| d.indicator = "DS06+DS07".into(),
            |d: &mut Declared| d.precision = "-1".into(),
        ] {
            assert_eq!(ids(&refused(broken)), ["W11"]);
        }
        let all = refused(|d| {
            (d.units, d.role, d.value) = (vec!["1".into()], "x".into(), "y".into());
        });
        assert_eq!(ids(&all), ["K01", "W11", "W11", "K05"]);
    }

    #[test]
    fn growth_and_increase_may_be_negative_and_growth_is_read_as_written() {
        let mut growth = declared(CITY, "SA11", "2020-10", "-20.6");
        growth.states = "growth".to_owned();
        let growth = resolve_declared(&catalog(), &growth).unwrap();
        assert_eq!((growth.value.to_string(), growth.states), ("-20.6".to_owned(), Stated::Growth));
        let mut increase = declared(CITY, "SA11", "2020-10", "-3");
        increase.states = "increase".to_owned();
        assert!(resolve_declared(&catalog(), &increase).is_ok());
    }
}
