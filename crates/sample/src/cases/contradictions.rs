//! C07, C19, C20: part and whole of different days, and what may be concluded without a day.

use super::{
    Case, Evidence, Happened,
    evidence::{number_of, precision_of},
};
use crate::{
    SampleError,
    exact::{half_up, percent, plain, whole},
};

const CITY: &str = "410400000000";
const SEPTEMBER: Option<&str> = Some("2020-09");
const OCTOBER: Option<&str> = Some("2020-10");

/// The value of the six counties to September: of one indicator, or of the terms of a sum.
fn six_counties(
    e: &Evidence<'_>,
    indicator: &str,
) -> Result<num_rational::BigRational, SampleError> {
    let mut sum = whole(0);
    for term in indicator.split('+') {
        let part = e.all(term).find(|d| d.units.len() > 1 && d.period.as_deref() == SEPTEMBER);
        let part = part.ok_or_else(|| SampleError::Missing {
            at: "facts".to_owned(),
            what: format!("{term} of the six counties for 2020-09"),
        })?;
        sum += number_of(part)?;
    }
    Ok(sum)
}

/// C07: rule K95 speaks for each of three cells; the excesses are those of the file.
pub(super) fn six_counties_exceed_the_city(
    case: &Case,
    e: &Evidence<'_>,
) -> Result<Happened, SampleError> {
    let findings = e.found("K95", CITY);
    let (mut zh, mut en, mut agrees) = (Vec::new(), Vec::new(), findings.len() == 3);
    for cell in ["DS08", "DS09", "DS04+DS05"] {
        let (part, city) = (six_counties(e, cell)?, e.value(cell, CITY, OCTOBER)?);
        let excess = percent(&(&part - &city), &city).map(|p| half_up(&p, 1)).unwrap_or_default();
        let fires = findings.iter().filter(|f| f.cell == cell).count();
        agrees &= fires == 1 && case.names(&format!("{excess} %"));
        let (part, city) = (plain(&part), plain(&city));
        zh.push(format!(
            "{cell} 六县截至9月 {part} > 全市截至10月 {city}（{excess}%），K95 {fires} 次"
        ));
        en.push(format!(
            "{cell}: {part} to September > {city} to October (+{excess} %), K95 × {fires}"
        ));
    }
    Ok(Happened::computed(
        agrees,
        format!("{}；原因不明", zh.join("；")),
        format!("{}; cause unknown", en.join("; ")),
    ))
}

/// C19: persons and money whose last day nobody knows have no monthly mean.
pub(super) fn mean_without_an_end(_: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let persons = e.declared("SA02+SA04", CITY, None)?;
    let money = e.declared("SA11+SA12", CITY, None)?;
    let same_words = persons.dated == money.dated && !persons.dated.is_empty();
    // A mean needs the months in between; without a period there are none to divide by.
    let months = persons.period.as_deref().or(money.period.as_deref());
    let not_later = e.fact("F056")?.end.clone();
    let dated = &persons.dated;
    Ok(Happened::computed(
        months.is_none() && same_words && !not_later.is_empty(),
        format!("“{dated}”无截止日（不晚于 {not_later}），不计算月人均"),
        format!("“{dated}” has no last day (not later than {not_later}), so no monthly mean"),
    ))
}

/// C20: a part printed to the nearest thousand is compared within that precision; who belongs to
/// the city is unknown.
pub(super) fn part_within_precision(_: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let part = e.all("SA17+SA18").find(|d| d.units.len() > 1).ok_or_else(|| {
        SampleError::Missing { at: "facts".into(), what: "SA17+SA18 of a list".into() }
    })?;
    let city = e.value("SA17+SA18", CITY, SEPTEMBER)?;
    let (value, precision) = (number_of(part)?, precision_of(part)?);
    let quiet = e.found("K86", CITY).is_empty();
    let inside = &value - &precision <= city;
    let share = percent(&value, &city).map(|p| half_up(&p, 1)).unwrap_or_default();
    let (value, precision, city) = (plain(&value), plain(&precision), plain(&city));
    let named = part.units.len();
    Ok(Happened::computed(
        inside && quiet && precision == "500",
        format!(
            "{value}±{precision} ≤ {city}（{share}%），K86 无异议；全市范围不明，文中只列 {named} 个县级单位"
        ),
        format!(
            "{value} ± {precision} ≤ {city} ({share} %), K86 is silent; the city's perimeter is unknown, {named} county-level units are named"
        ),
    ))
}
