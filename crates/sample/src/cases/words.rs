//! C21, C24, C28 to C34: what the words of a report mean, and what must not be computed from them.

use std::collections::BTreeSet;

use model::indicator::{Kind, RollUpRule};

use super::{Case, Evidence, Happened, PINGDINGSHAN, YIXING, evidence::number_of};
use crate::{
    SampleError,
    exact::{half_up, plain, whole},
};

/// C21: 名 counts persons; the word 户 beside it is flagged, nothing is converted.
pub(super) fn persons_called_households(
    case: &Case,
    e: &Evidence<'_>,
) -> Result<Happened, SampleError> {
    let persons = e.declared("SA47", PINGDINGSHAN, None)?;
    let fact = e.fact(persons.id.trim_start_matches("historical-"))?;
    let mixed = fact.quote.contains(&format!("{}名", fact.printed)) && fact.quote.contains('户');
    let remark =
        e.replay.remarks.get(&fact.id).is_some_and(|r| r.contains('名') && r.contains('户'));
    let unconverted = number_of(persons)? == fact.figure.exact && persons.stated.ends_with('人');
    let value = &persons.value;
    Ok(Happened::computed(
        mixed && remark && unconverted && case.names("flag the word 户"),
        format!("{value} 按“名”作人数；原文又称“户”，已注明，不折算"),
        format!(
            "{value} taken as persons (名); the word 户 beside it is flagged, nothing converted"
        ),
    ))
}

/// A bound is no number to add: the sum exists only if every part is exact.
fn exact_sum<'a>(
    parts: impl IntoIterator<Item = &'a model::envelope::Declared>,
) -> Result<Option<num_rational::BigRational>, SampleError> {
    let mut sum = whole(0);
    for part in parts {
        if matches!(part.qualifier.as_str(), "余" | "以上" | "不低于" | "约") {
            return Ok(None);
        }
        sum += number_of(part)?;
    }
    Ok(Some(sum))
}

/// C24: every qualifier stands beside its number, and a bound is never summed as an exact value.
pub(super) fn bounds_stay_bounds(_: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let mut kept = true;
    let mut bounds = 0;
    for declared in e.replay.declared.iter().chain(&e.replay.targets) {
        let fact = e.fact(declared.id.trim_start_matches("historical-"))?;
        kept &= declared.qualifier == fact.qualifier;
        let is_bound = matches!(fact.qualifier.as_str(), "余" | "以上" | "不低于" | "约");
        bounds += usize::from(is_bound);
        kept &= exact_sum([declared])?.is_some() != is_bound;
    }
    let all = e.facts.iter().filter(|fact| !fact.qualifier.is_empty()).count();
    Ok(Happened::computed(
        kept && bounds > 0,
        format!("{all} 个事实带限定词，均随数保留；其中 {bounds} 个界限值不参与合计"),
        format!(
            "{all} facts carry a qualifier, all kept; {bounds} bounds are refused by any exact sum"
        ),
    ))
}

/// C28: assessed and planned are two stages; without completions there is no completion rate.
pub(super) fn assessed_is_not_completed(
    case: &Case,
    e: &Evidence<'_>,
) -> Result<Happened, SampleError> {
    let assessed = e.value("EC32", YIXING, None)?;
    let planned = e.target("EC17", YIXING, "2023")?;
    let completed =
        ["EC18", "EC19"].into_iter().flat_map(|i| e.all(i)).any(|d| d.units == [YIXING]);
    let (assessed, planned) = (plain(&assessed), plain(&planned));
    let agrees = !completed
        && case.names(&format!("{assessed} assessed"))
        && case.names(&format!("{planned} planned"));
    Ok(Happened::computed(
        agrees,
        format!("评估 {assessed}、任务 {planned} 分属两个指标；无完成数，不算完成率"),
        format!(
            "{assessed} assessed and {planned} planned are two indicators; no completions, no rate"
        ),
    ))
}

/// C29: what a report tells twice is one value.
pub(super) fn told_twice_loaded_once(_: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let meals = e.target("EC16", YIXING, "2023")?;
    let mut seen = BTreeSet::new();
    let mut twice = Vec::new();
    for d in e.replay.declared.iter().chain(&e.replay.targets) {
        let what = (&d.units, &d.indicator, &d.role, &d.period, &d.dated, &d.value, &d.reference);
        let (what, place) = ((what.0, what.1, what.2, what.3, what.4, what.5), what.6);
        if !seen.insert(what) {
            twice.push(place.clone());
        }
    }
    let meals = plain(&meals);
    let count = e.replay.targets.iter().filter(|d| d.indicator == "EC16").count();
    Ok(Happened::computed(
        count == 1 && twice.is_empty(),
        format!("助餐点任务 {meals} 原文出现两次，只入一次；重复入库 {} 个", twice.len()),
        format!(
            "the meal-point task of {meals} is told twice and loaded once; {} doubles",
            twice.len()
        ),
    ))
}

/// Names of units in a list such as 新华区、湛河区已成立.
fn names(quote: &str) -> BTreeSet<String> {
    let list = quote.split_once('均').or_else(|| quote.split_once('已')).map_or(quote, |(l, _)| l);
    list.split('、').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// C30: who stands in one list and not in the next, by name.
pub(super) fn who_is_missing(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let lists = [
        ("F094", "方案", "plan"),
        ("F095", "领导小组", "leading group"),
        ("F096", "推进会", "meeting"),
    ];
    let mut all = BTreeSet::new();
    let mut complete = true;
    for (fact, ..) in lists {
        let named = names(&e.fact(fact)?.quote);
        complete &= whole(named.len() as i64) == e.number(fact)?;
        all.extend(named);
    }
    let (mut zh, mut en, mut said) = (Vec::new(), Vec::new(), false);
    for (fact, zh_word, en_word) in lists {
        let named = names(&e.fact(fact)?.quote);
        for missing in all.difference(&named) {
            said |= case.names(&format!("{missing} without a {en_word}"));
            zh.push(format!("{missing}无{zh_word}"));
            en.push(format!("{missing} without a {en_word}"));
        }
    }
    Ok(Happened::computed(complete && said, zh.join("，"), en.join(", ")))
}

/// C31: ranks and streaks have no sum and no mean, so none of them is a value of an indicator.
pub(super) fn ranks_and_streaks(_: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let ranks: Vec<_> =
        e.facts.iter().filter(|f| matches!(f.sort.as_str(), "rank" | "streak")).collect();
    let kept_out = ranks.iter().all(|fact| e.is_other(&fact.id));
    let n = ranks.len();
    Ok(Happened::computed(
        kept_out && n > 0,
        format!("{n} 个名次和连续年数只列示，不求和、不平均"),
        format!("{n} ranks and streaks are shown only, never summed or averaged"),
    ))
}

/// C32: events add up over periods, things do not; a mean of money and persons shows which it is.
pub(super) fn events_and_things(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let events =
        e.catalog.indicators.iter().filter(|i| matches!(i.measure.as_str(), "家次" | "人次"));
    let mut events = events.peekable();
    let flows = |kind| matches!(kind, Kind::FlowPeriod | Kind::FlowYtd);
    let events_add = events.peek().is_some() && events.all(|i| flows(i.kind));
    // Stocks take the last value over time, distinct persons carry a warning over units.
    let persons = e.catalog.indicators.iter().filter(|i| i.kind == Kind::DistinctYtd);
    let warned = persons.clone().count() > 0
        && persons.clone().all(|i| i.rollup == RollUpRule::SumWithWarning && i.measure == "人");
    let (money, served) = (e.fact("F105")?, e.fact("F106")?);
    let mean = &money.figure.exact / &served.figure.exact;
    let mean = half_up(&mean, 0);
    let with_comma = mean
        .len()
        .checked_sub(3)
        .map_or(mean.clone(), |at| format!("{},{}", &mean[..at], &mean[at..]));
    let apart = e.is_other("F140") && e.all("SF05").next().is_some();
    Ok(Happened::computed(
        events_add && warned && apart && case.names(&format!("{with_comma} 元")),
        format!(
            "家次、人次可跨期相加，家、人不可；{} {} / {} {} = {with_comma} 元，近似按人计",
            money.printed, money.measure, served.printed, served.measure
        ),
        format!(
            "家次 and 人次 add up over periods, 家 and 人 do not; {} / {} = {with_comma} 元 behaves like persons",
            money.printed, served.printed
        ),
    ))
}

/// C33: sales since 2021 and sales since January are two countings.
pub(super) fn two_starts_of_counting(_: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let (long, year) = (e.fact("F219")?, e.fact("F134")?);
    let apart = e.is_other("F219") && e.all("CH04").all(|d| d.id.ends_with("F134"));
    let different = long.start != year.start && long.measure != year.measure;
    let (long, year) = (&long.start, &year.start);
    Ok(Happened::computed(
        apart && different && e.all("CH04").count() == 1,
        format!("自 {long} 起与自 {year} 起两种累计不比较，前者不入 CH04"),
        format!("countings since {long} and since {year} are not compared; the first is no CH04"),
    ))
}

/// C34: fewer workers than grids is a finding about the place, no error of the report.
pub(super) fn staff_per_grid(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let grids = e.number("F083")?;
    let staff = e.number("F085")? + e.number("F086")?;
    let per_grid = half_up(&(&staff / &grids), 2);
    // Only the urban districts are counted, so nothing of it is a value of the whole city.
    let urban_only = ["F082", "F083", "F085", "F086"].iter().all(|fact| e.is_other(fact));
    let (staff, grids) = (plain(&staff), plain(&grids));
    Ok(Happened::computed(
        urban_only && case.names(&per_grid),
        format!("{staff} 人 / {grids} 个网格 = {per_grid}，只限城市区，列示不作差错"),
        format!(
            "{staff} staff / {grids} grids = {per_grid}, urban districts only; shown, no error"
        ),
    ))
}
