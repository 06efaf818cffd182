//! C15, C16, C25, C26: what the dated register says about denominators.

use jiff::civil::date;
use model::UnitClass;

use super::{Case, Evidence, Happened, JINING, JIYUAN};
use crate::{
    SampleError,
    exact::{half_up, percent, plain, ratio, whole},
};

const ZHENGXIANG: &str = "430408000000";

/// C15: all townships of civil affairs have a station; quasi ones do not count.
pub(super) fn townships_with_a_station(
    case: &Case,
    e: &Evidence<'_>,
) -> Result<Happened, SampleError> {
    let stations = e.value("SO09", JINING, None)?;
    let day = date(2023, 6, 30);
    let count = |class| e.count(JINING, day, &[class]);
    let (towns, townships, streets) =
        (count(UnitClass::Town)?, count(UnitClass::Township)?, count(UnitClass::Street)?);
    let quasi = e.count(JINING, day, &[UnitClass::Quasi])?;
    let sum = format!("{towns} + {townships} + {streets}");
    let stations_text = plain(&stations);
    Ok(Happened::computed(
        stations == whole(towns + townships + streets) && case.names(&sum),
        format!("{stations_text} = {sum}（{day} 登记库），准乡级和村级 {quasi} 个不计"),
        format!("{stations_text} = {sum} in the register of {day}, {quasi} quasi units left out"),
    ))
}

/// C16: as many towns and streets attended as the register has on that day.
pub(super) fn attending_townships(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let attended = e.fact("F001")?;
    let day = attended.end.parse().map_err(|_| SampleError::Word {
        at: "F001".to_owned(),
        found: attended.end.clone(),
        expected: "a day",
    })?;
    let towns = e.count(JIYUAN, day, &[UnitClass::Town, UnitClass::Township])?;
    let streets = e.count(JIYUAN, day, &[UnitClass::Street])?;
    let sum = format!("{towns} + {streets}");
    let agrees = attended.figure.exact == whole(towns + streets)
        && e.is_other("F001")
        && case.names(&format!("{} attending", attended.printed))
        && case.names(&sum);
    let printed = &attended.printed;
    Ok(Happened::computed(
        agrees,
        format!("参会 {printed} = 登记库 {sum}（{day}），不作数值入库"),
        format!("{printed} attended = {sum} in the register of {day}; not loaded as a value"),
    ))
}

/// C25: a target over few units is a count: the percentage of them, rounded up.
pub(super) fn small_denominators(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let day = date(2022, 12, 31);
    let streets = e.count(ZHENGXIANG, day, &[UnitClass::Street])?;
    let towns = e.count(ZHENGXIANG, day, &[UnitClass::Town, UnitClass::Township])?;
    let mut agrees = true;
    let mut zh = Vec::new();
    let mut en = Vec::new();
    for (indicator, units, zh_word, en_word) in [
        ("EC10", streets, "个街道", "streets"),
        ("EC12", towns, "个乡镇", "towns"),
        ("CW09", streets + towns, "个未保站", "stations"),
    ] {
        let target = e.target(indicator, ZHENGXIANG, "2022")?;
        let need = (&target * ratio(units, 100)).ceil();
        let (target, need) = (plain(&target), plain(&need));
        agrees &= case.names(&format!("{need} of {units} {en_word}"));
        zh.push(format!("{target}% 即 {units} {zh_word}中 {need} 个"));
        en.push(format!("{target} %: {need} of {units} {en_word}"));
    }
    Ok(Happened::computed(agrees, zh.join("；"), en.join("; ")))
}

/// C26: a stated rate stays as stated; venues are no communities, so nothing is recomputed.
pub(super) fn venues_are_no_communities(
    case: &Case,
    e: &Evidence<'_>,
) -> Result<Happened, SampleError> {
    let stated = e.value("EC08", JIYUAN, Some("2022"))?;
    let venues = e.number("F005")?;
    let day = date(2023, 6, 30);
    let communities = e.count(JIYUAN, day, &[UnitClass::Neighbourhood])?;
    let parts = e.all("EC07").any(|d| d.units == [JIYUAN]);
    let unjudged = e.found("K88", JIYUAN).is_empty() && e.verdicts("K49", JIYUAN).is_empty();
    let apart = e.is_other("F005") && !parts && unjudged;
    let other = percent(&venues, &whole(communities)).map(|p| half_up(&p, 1)).unwrap_or_default();
    let (stated, venues) = (plain(&stated), plain(&venues));
    let agrees = apart
        && case.names(&format!("{stated} %"))
        && case.names(&format!("{venues} venues"))
        && case.names(&communities.to_string());
    Ok(Happened::computed(
        agrees,
        format!(
            "按文中 {stated}% 列示；场所 {venues} 个非社区数，登记库社区 {communities} 个（比值 {other}% 不作覆盖率）"
        ),
        format!(
            "{stated} % as stated; {venues} venues are no communities, the register has {communities} ({other} % is no coverage)"
        ),
    ))
}
