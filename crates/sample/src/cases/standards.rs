//! C11 to C14, C22, C23, C35: standards, their measures, periods and scopes.

use num_rational::BigRational;

use super::{Case, Evidence, Happened, JINING, PINGDINGSHAN, evidence::number_of};
use crate::{
    SampleError,
    exact::{half_up, percent, plain, ratio, whole},
};

/// C11: the destitute standard is 1.3 times dibao, rounded up to the yuan.
pub(super) fn destitute_at_least_thirteen_tenths(
    case: &Case,
    e: &Evidence<'_>,
) -> Result<Happened, SampleError> {
    let of = |indicator: &str| e.value(indicator, JINING, None);
    let (urban, rural) = (of("SA13")?, of("SA14")? / whole(12));
    let pairs = [(of("SA22")?, &urban), (of("SA23")?, &rural)];
    let rounded_up = pairs.iter().all(|(destitute, dibao)| {
        let least = *dibao * ratio(13, 10);
        *destitute >= least && *destitute == least.ceil()
    });
    let named = pairs.iter().all(|(d, b)| case.names(&plain(d)) && case.names(&plain(b)));
    let stored = plain(&of("SA14")?);
    let text: Vec<String> =
        pairs.iter().map(|(d, b)| format!("{} ≥ 1.3 × {}", plain(d), plain(b))).collect();
    let text = text.join(", ");
    Ok(Happened::computed(
        rounded_up && named && case.checks.contains(&stored),
        format!("{text}，均为向上取整到元；SA14 存为每年 {stored}"),
        format!("{text}, each rounded up to the yuan; SA14 stored as {stored} a year"),
    ))
}

/// C12: of the four ways to read two standards without period, one satisfies the rule of 1.3.
pub(super) fn missing_period_units(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let (dibao, destitute) = (e.fact("F010")?, e.fact("F011")?);
    let no_period =
        [dibao, destitute].iter().all(|f| !f.measure.contains('·') && e.is_other(&f.id));
    let readings = [("元/人·月", 12), ("元/人·年", 1)];
    let mut fits = Vec::new();
    for (of_dibao, times) in readings {
        for (of_destitute, other) in readings {
            let least = &dibao.figure.exact * whole(times) * ratio(13, 10);
            if least == &destitute.figure.exact * whole(other) {
                fits.push(format!(
                    "{} {of_dibao}, {} {of_destitute}",
                    dibao.printed, destitute.printed
                ));
            }
        }
    }
    let equation = format!("{} × 1.3 × 12 = {}", dibao.printed, destitute.printed);
    let unique = fits.len() == 1 && fits[0].contains("月,") && fits[0].ends_with("年");
    let fits = fits.join("; ");
    Ok(Happened::computed(
        no_period && unique && case.names(&equation),
        format!("{equation}；推断（非原文）：{fits}"),
        format!("{equation}; inferred, not stated: {fits}"),
    ))
}

/// C13: a policy ratio, shown.
pub(super) fn orphans_in_families(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let (home, family) = (e.value("CW05", JINING, None)?, e.value("CW06", JINING, None)?);
    let quotient = half_up(&(&family / &home), 4);
    let equation = format!("{} / {} = {quotient}", plain(&family), plain(&home));
    Ok(Happened::computed(
        family <= home && case.names(&equation),
        format!("{equation}，政策比例"),
        format!("{equation}, a policy ratio"),
    ))
}

/// C14: both rises, with the standard before kept, and rural per month against urban.
pub(super) fn raised_standards(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let at = |indicator: &str, year| e.value(indicator, PINGDINGSHAN, Some(year));
    let rise = |indicator: &str| -> Result<(BigRational, String), SampleError> {
        let (before, after) = (at(indicator, "2019")?, at(indicator, "2020")?);
        let rise = percent(&(&after - &before), &before).unwrap_or_else(|| whole(0));
        Ok((after, half_up(&rise, 1)))
    };
    let ((urban, up_urban), (rural, up_rural)) = (rise("SA13")?, rise("SA14")?);
    let share = percent(&(&rural / whole(12)), &urban).map(|p| half_up(&p, 1)).unwrap_or_default();
    let agrees = [format!("+{up_urban} %"), format!("+{up_rural} %"), format!("{share} %")]
        .iter()
        .all(|figure| case.names(figure));
    Ok(Happened::computed(
        agrees && rural <= urban * whole(12),
        format!("城市 +{up_urban}%，农村 +{up_rural}%，旧标准保留；农村按月为城市的 {share}%"),
        format!(
            "urban +{up_urban} %, rural +{up_rural} %, old ones kept; rural is {share} % of urban per month"
        ),
    ))
}

/// C22: no period is added silently; the inference stands beside the stated figure.
pub(super) fn class_a_plus(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let fact = e.fact("F053")?;
    let rural = e.value("SA14", PINGDINGSHAN, Some("2020"))?;
    let as_stated = e.is_other("F053") && !fact.measure.contains('·');
    // Aid to a class within dibao cannot be a year's sum far below the standard of one year.
    let per_month = &fact.figure.exact * whole(12);
    let monthly = fact.figure.exact < &rural / whole(2) && per_month < rural;
    let (stated, year, rural) =
        (format!("{} {}", fact.printed, fact.measure), plain(&per_month), plain(&rural));
    Ok(Happened::computed(
        as_stated && monthly && case.names(&stated),
        format!("按原文存 {stated}；推断为每月（全年 {year} < 农村标准 {rural}），推断另列"),
        format!(
            "kept as stated, {stated}; inferred per month ({year} a year < rural {rural}), beside it"
        ),
    ))
}

/// C23: rural standards per year, with the printed value and measure; per month unrounded inside.
pub(super) fn rural_standards_per_year(
    case: &Case,
    e: &Evidence<'_>,
) -> Result<Happened, SampleError> {
    let floors = e.replay.targets.iter().filter(|d| d.indicator == "SA14");
    let all: Vec<_> = e.all("SA14").chain(floors).collect();
    let measures_kept =
        all.iter().all(|d| d.stated.contains("元/人·年") || d.stated.contains("元/人·月"));
    let mut years = Vec::new();
    let mut by_year = true;
    for declared in &all {
        let year = number_of(declared)?;
        let printed: String =
            declared.stated.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let factor = if declared.stated.contains("月") { 12 } else { 1 };
        let printed = crate::exact::Figure::parse(&printed, &declared.id)?.exact;
        by_year &= printed * whole(factor) == year;
        years.push(format!("{} → {}", declared.stated, plain(&year)));
    }
    let floor = e.target("SA14", "430408000000", "2022")?;
    let month = &floor / whole(12);
    let unrounded = !month.is_integer() && &month * whole(12) == floor;
    let (printed, floor) = (half_up(&month, 1), plain(&floor));
    let years = years.join("; ");
    Ok(Happened::computed(
        measures_kept && by_year && unrounded && case.names(&format!("{floor} / 12")),
        format!("{years}；{floor}/12 内部不取整（{month}），打印 {printed}"),
        format!("{years}; {floor}/12 unrounded inside ({month}), printed {printed}"),
    ))
}

/// C35: one standard, told with two scopes; both stay, none is chosen.
pub(super) fn two_scopes_of_one_standard(
    _: &Case,
    e: &Evidence<'_>,
) -> Result<Happened, SampleError> {
    let standard = e.declared("DS10", PINGDINGSHAN, Some("2020"))?;
    let fact = standard.id.trim_start_matches("historical-");
    let remark = e.replay.remarks.get(fact).cloned().unwrap_or_default();
    let paragraphs: Vec<&str> =
        ["(二)", "(五)"].into_iter().filter(|p| remark.contains(p)).collect();
    let once = e.all("DS10").count() == 1;
    let (value, named) = (&standard.value, paragraphs.join("、"));
    Ok(Happened::computed(
        once && paragraphs.len() == 2,
        format!("DS10 = {value} 元，适用范围 {named} 两段不同，均保留，不取舍"),
        format!(
            "DS10 = {value} 元; paragraphs {named} give different scopes, both kept, none chosen"
        ),
    ))
}
