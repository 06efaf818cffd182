//! C01, C17, C18: growth and shares, from the printed figures.

use super::{Case, Evidence, Happened, JINING, YIXING, evidence::number_of};
use crate::{
    SampleError,
    exact::{half_up, percent, plain, whole},
};

/// C01: the base is the value less the stated increase; the growth over it, at the printed decimal.
pub(super) fn lottery_growth(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let value = e.value("CH04", YIXING, Some("2023-H1"))?;
    let increase = number_of(e.beside("CH04", "increase")?)?;
    let stated = &e.beside("CH04", "growth")?.value;
    let base = value - &increase;
    let Some(growth) = percent(&increase, &base) else {
        return Ok(Happened::computed(false, "基数为 0".into(), "the base is 0".into()));
    };
    let (printed, base) = (half_up(&growth, 1), plain(&base));
    let finer = half_up(&growth, 4);
    let agrees = printed == *stated && case.names(&base) && case.names(&format!("{printed} %"));
    Ok(Happened::computed(
        agrees,
        format!("基数 {base}，增幅 {finer}%，一位小数 {printed}%；文中 {stated}%"),
        format!("base {base}, growth {finer} %, at one decimal {printed} %; printed {stated} %"),
    ))
}

/// C17: two values of one indicator, printed in 万元 and in 亿元, compared in the indicator's measure.
pub(super) fn donations_in_two_measures(
    case: &Case,
    e: &Evidence<'_>,
) -> Result<Happened, SampleError> {
    let of_city: Vec<_> = e.all("CH01").filter(|d| d.units == [JINING]).collect();
    let [first, last] = of_city[..] else {
        let en = format!("{} values of CH01, 2 expected", of_city.len());
        return Ok(Happened::computed(false, format!("CH01 有 {} 个值", of_city.len()), en));
    };
    let (before, after) = (number_of(first)?, number_of(last)?);
    let (Some(times), Some(rise)) =
        (percent(&after, &before), percent(&(&after - &before), &before))
    else {
        return Ok(Happened::computed(false, "前值为 0".into(), "the earlier value is 0".into()));
    };
    let times = half_up(&(times / whole(100)), 1);
    let rise = half_up(&rise, 0);
    let (before, after) = (plain(&before), plain(&after));
    let kept = first.stated != last.stated && first.period.is_none() && last.period.is_none();
    let agrees = kept
        && case.names(&format!("{before} and {after} 万元"))
        && case.names(&format!("{times} times"))
        && case.names(&format!("+{rise} %"));
    let stated = format!("{} → {}", first.stated, last.stated);
    Ok(Happened::computed(
        agrees,
        format!("{stated}，即 {before} → {after} 万元，{times} 倍，增 {rise}%，年份不详"),
        format!(
            "{stated}, that is {before} to {after} 万元, {times} times, +{rise} %, years unknown"
        ),
    ))
}

/// C18: a share is shown and not judged; sums over several years stay out of the yearly indicators.
pub(super) fn lottery_fund_share(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let (sales, fund) = (e.number("F219")?, e.number("F220")?);
    let share = percent(&fund, &sales).map(|share| half_up(&share, 1)).unwrap_or_default();
    let yearly = ["CH04", "CH05"].into_iter().flat_map(|i| e.all(i)).any(|d| d.units == [JINING]);
    let apart = e.is_other("F219") && e.is_other("F220") && !yearly;
    let (fund, sales) = (plain(&fund), plain(&sales));
    Ok(Happened::computed(
        apart && case.names(&format!("{fund} / {sales} = {share} %")),
        format!("{fund} / {sales} = {share}%，只列示，不评判；不入 CH04、CH05"),
        format!("{fund} / {sales} = {share} %, shown without judging; kept out of CH04 and CH05"),
    ))
}
