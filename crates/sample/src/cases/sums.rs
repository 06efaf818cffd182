//! C02, C04 to C06, C08, C09, C27: sums, parts and rates with their own denominators.

use num_rational::BigRational;
use num_traits::Zero;

use super::{Case, Evidence, Happened, TASKS, YIXING};
use crate::{
    SampleError,
    exact::{half_up, percent, plain, whole},
};

/// C02: three parts under their total.
pub(super) fn place_names(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let of = |indicator: &str| e.value(indicator, YIXING, Some("2023-H1"));
    let total = of("GN01")?;
    let parts = [of("GN02")?, of("GN03")?, of("GN04")?];
    let sum = parts.iter().fold(BigRational::zero(), |sum, part| sum + part);
    let list: Vec<String> = parts.iter().map(plain).collect();
    let (equation, sum) = (format!("{} = {}", plain(&total), list.join(" + ")), plain(&sum));
    Ok(Happened::computed(
        sum == plain(&total) && case.names(&equation),
        format!("{equation}，分项合计 {sum}"),
        format!("{equation}, parts come to {sum}"),
    ))
}

/// C04: one value of the county with values of five townships, each found in the register.
pub(super) fn child_homes(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let fact = e.fact("F107")?;
    let list = fact.note.split('=').next().unwrap_or_default();
    let (tree, range) = e.subtree(YIXING, jiff::civil::date(2023, 6, 30))?;
    let mut sum = 0;
    let mut counts = Vec::new();
    let mut found = 0;
    for part in list.split('+') {
        let name: String = part.chars().take_while(|c| !c.is_ascii_digit()).collect();
        let count: i64 = part.trim_start_matches(name.as_str()).trim().parse().unwrap_or(0);
        let is_it = |node: &model::Node| {
            let record = e.catalog.register.record(tree.record(*node));
            tree.level(*node) == model::Level::Township && record.name.starts_with(name.trim())
        };
        found += usize::from(tree.nodes().filter(|n| range.contains(&n.0)).any(|n| is_it(&n)));
        sum += count;
        counts.push(count.to_string());
    }
    let equation = format!("{} = {}", fact.printed, counts.join(" + "));
    Ok(Happened::computed(
        whole(sum) == fact.figure.exact && found == counts.len() && case.names(&equation),
        format!("{equation}，登记库中找到 {found} 个乡镇"),
        format!("{equation}, {found} townships found in the register"),
    ))
}

/// C05: done and under way add up and stay apart.
pub(super) fn projects(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let (all, done, open) = (e.number("F118")?, e.number("F119")?, e.number("F120")?);
    let adds_up = all == &done + &open;
    let (all, done, open) = (plain(&all), plain(&done), plain(&open));
    Ok(Happened::computed(
        adds_up && case.names(&format!("{all} = {done} done + {open} under way")),
        format!("{all} = 建成 {done} + 在建 {open}，分阶段保留；阶段登记待任务台账"),
        format!("{all} = {done} done + {open} under way, kept apart; stages need the task ledger"),
    )
    .but_for(TASKS))
}

/// C06: two bases, two rates.
pub(super) fn elderly_facilities(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let base = e.number("F066")? + e.number("F068")?;
    let (done, open) = (e.number("F070")?, e.number("F071")?);
    let (homes, built) = (e.number("F069")?, e.number("F072")?);
    let adds_up = base == &done + &open;
    let rate = |part: &BigRational, whole: &BigRational| {
        percent(part, whole).map(|p| half_up(&p, 1)).unwrap_or_default()
    };
    let (first, second) = (rate(&done, &base), rate(&built, &homes));
    let agrees = adds_up
        && case.names(&format!("{first} %"))
        && case.names(&format!("{second} % for the {} rural homes", plain(&homes)));
    let (base, homes) = (plain(&base), plain(&homes));
    Ok(Happened::computed(
        agrees,
        format!("{base} 个设施建成 {first}%，{homes} 个幸福院建成 {second}%，分母各自独立"),
        format!(
            "{first} % of {base} facilities, {second} % of {homes} rural homes, two denominators"
        ),
    ))
}

/// C08: persons times mean against the amount, within half of the last printed digits.
pub(super) fn relief_per_person(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let (persons, mean, amount) = (e.fact("F061")?, e.fact("F062")?, e.fact("F063")?);
    let in_ten_thousands = |yuan: BigRational| yuan / whole(10_000);
    let product = in_ten_thousands(&persons.figure.exact * &mean.figure.exact);
    let tolerance = amount.figure.half_unit()
        + in_ten_thousands(&persons.figure.exact * mean.figure.half_unit());
    let distance = &product - &amount.figure.exact;
    let within = distance <= tolerance && -distance <= tolerance;
    let (product, tolerance) = (plain(&product), half_up(&tolerance, 3));
    let equation = format!("{} × {} = {product} 万元", persons.printed, mean.printed);
    Ok(Happened::computed(
        within && case.names(&equation) && case.names(&format!("{} 万元", amount.printed)),
        format!("{equation}，文中 {} 万元，允差 ±{tolerance}", amount.printed),
        format!("{equation}, printed {} 万元, tolerance ± {tolerance}", amount.printed),
    ))
}

/// C09: all found hazards rectified; one report for each interviewed institution.
pub(super) fn hazards_and_reports(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let of = |indicator: &str| e.value(indicator, YIXING, None);
    let (found, rectified, reports) = (of("SF06")?, of("SF07")?, of("SF11")?);
    let interviewed = e.number("F140")?;
    let rate = percent(&rectified, &found).map(|p| half_up(&p, 0)).unwrap_or_default();
    // 59 家 are institutions, SF10 counts visits (家次): the two never meet in a check.
    let apart = e.is_other("F140") && of("SF10").is_err() && e.verdicts("K45", YIXING).is_empty();
    let both = format!("{} found and {} rectified", plain(&found), plain(&rectified));
    let agrees = reports == interviewed
        && apart
        && case.names(&format!("{both} as {rate} %"))
        && case.names(&format!("{} reports", plain(&reports)));
    let (found, rectified, reports) = (plain(&found), plain(&rectified), plain(&reports));
    Ok(Happened::computed(
        agrees,
        format!(
            "隐患 {found} 条，整改 {rectified} 条（{rate}%）；约谈 {reports} 家，报告 {reports} 份；家与家次不相比"
        ),
        format!(
            "{rectified} of {found} rectified ({rate} %); {reports} reports for {reports} institutions; 家 is not compared with 家次"
        ),
    ))
}

/// C27: marriages and divorces given together; whether cross-area cases are inside is left open.
pub(super) fn marriages_together(case: &Case, e: &Evidence<'_>) -> Result<Happened, SampleError> {
    let together = e.value("MR01+MR02", YIXING, Some("2023-H1"))?;
    let split = ["MR01", "MR02"].into_iter().any(|part| e.all(part).next().is_some());
    let foreign = e.value("MR03", YIXING, Some("2023-H1"))?;
    let parts = ["F131", "F132", "F133"];
    let mut across = whole(0);
    for part in parts {
        across += e.number(part)?;
    }
    let open = e.all("MR04").next().is_none() && parts.iter().all(|part| e.is_other(part));
    let agrees = !split && open && foreign <= together && case.names(&plain(&together));
    let (together, across) = (plain(&together), plain(&across));
    Ok(Happened::computed(
        agrees && case.names(&format!("{across} cross-area")),
        format!("MR01+MR02 合计 {together}，分项不详；通办 {across} 是否在内不下结论"),
        format!(
            "MR01+MR02 together {together}, parts unknown; whether the {across} are inside stays open"
        ),
    ))
}
