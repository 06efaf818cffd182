//! C03, C10: honours are counted by title, at every level by the same rule.

use num_rational::BigRational;
use num_traits::Zero;

use super::{Case, Evidence, HONOURS, Happened};
use crate::{
    SampleError,
    exact::{plain, whole},
};

/// Titles that the numbered items of a level name: the sum in the remark (6+1+8+…), or the number
/// that the remark says they name, or the items themselves where each is one title.
fn titles(e: &Evidence<'_>, fact: &str) -> Result<BigRational, SampleError> {
    let fact = e.fact(fact)?;
    let numbers = |text: &str| -> Vec<i64> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect()
    };
    if let Some(sum) = fact.note.split_whitespace().find(|word| word.contains('+')) {
        return Ok(numbers(sum).into_iter().fold(BigRational::zero(), |sum, n| sum + whole(n)));
    }
    if let Some((_, named)) = fact.note.split_once("they name ") {
        return Ok(numbers(named).first().map_or_else(BigRational::zero, |&n| whole(n)));
    }
    Ok(fact.figure.exact.clone())
}

/// C03: the seven items of the city level name as many titles as the report counts.
pub(super) fn city_titles(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let (counted, printed) = (titles(e, "F004")?, e.number("F004")?);
    let agrees = counted == printed && case.names(&format!("{} city titles", plain(&counted)));
    let (counted, printed) = (plain(&counted), plain(&printed));
    Ok(Happened::computed(
        agrees,
        format!("按奖项逐个计 {counted} 个，文中 {printed}；逐项登记待荣誉登记"),
        format!(
            "{counted} titles counted one by one, {printed} printed; entries need the register"
        ),
    )
    .but_for(HONOURS))
}

/// C10: counted by title at all levels, the provincial figure turns out to count items.
pub(super) fn titles_by_one_rule(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let counted: Vec<BigRational> =
        ["F002", "F003", "F004"].into_iter().map(|f| titles(e, f)).collect::<Result<_, _>>()?;
    let list: Vec<String> = counted.iter().map(plain).collect();
    let printed = e.number("F003")?;
    let items_not_titles = counted[1] > printed && e.is_other("F003");
    let printed = plain(&printed);
    let agrees = items_not_titles
        && case.names(&format!("({})", list.join(", ")))
        && case.names(&format!("printed provincial {printed}"));
    let list = list.join("、");
    Ok(Happened::computed(
        agrees,
        format!("按奖项计国家、省、市级 {list} 个；省级文中 {printed} 是条目数，不作 SP06"),
        format!("by title {list}; the printed provincial {printed} counts items and is no SP06"),
    )
    .but_for(HONOURS))
}
