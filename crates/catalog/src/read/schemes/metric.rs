//! Reads what an item measures: products and quotients of indicators, or findings of checks.

use model::{
    IndicatorIx,
    indicator::{Kind, RollUpRule},
    scheme::{Metric, Quotient},
};

use super::Known;
use crate::{Problem, csv_file::Row, read::formula};

/// A product of codes over another before the codes are looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Product {
    above: Vec<String>,
    below: Vec<String>,
    factor: (i64, i64),
}

/// Reads the column `metric`: `SA22 / SA13 ; SA23 / (SA14 / 12)`, or
/// `finding_months(K72 K100; SA02 SA04)`.
///
/// A quotient is a percentage if the row's measure is %; a lone ratio knows that itself.
pub(super) fn read(row: Row<'_>, known: Known<'_>, problems: &mut Vec<Problem>) -> Option<Metric> {
    let text = row.required("metric", problems)?;
    if let Some(arguments) = call(text, "finding_months") {
        return finding_months(row, arguments, known, problems);
    }
    let percent = row.get("measure") == "%";
    let mut quotients = Vec::new();
    let mut complete = true;
    for part in text.split(';').map(str::trim) {
        match quotient(row, part, percent, known, problems) {
            Some(quotient) => quotients.push(quotient),
            None => complete = false,
        }
    }
    complete.then_some(Metric::Quotients(quotients))
}

/// What stands in the parentheses of `name(…)`.
pub(super) fn call<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name)?.trim().strip_prefix('(')?.strip_suffix(')').map(str::trim)
}

fn finding_months(
    row: Row<'_>,
    arguments: &str,
    known: Known<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Metric> {
    let (checks, shown_by) = arguments.split_once(';').unwrap_or((arguments, ""));
    let before = problems.len();
    let checks: Vec<String> = checks.split_whitespace().map(str::to_owned).collect();
    for check in &checks {
        if !known.checks.iter().any(|c| c.id == *check) {
            problems.push(
                row.problem(format!("审核关系 {check} 不存在"), format!("unknown check {check}"))
                    .remedy("改为 checks/checks.csv 里的编号", "write an id of checks/checks.csv"),
            );
        }
    }
    let shown_by: Vec<IndicatorIx> = shown_by
        .split_whitespace()
        .filter_map(|code| known.indicator(row, code, problems))
        .collect();
    if problems.len() == before && (checks.is_empty() || shown_by.is_empty()) {
        problems.push(not_understood(row, arguments));
    }
    (problems.len() == before).then_some(Metric::FindingMonths { checks, shown_by })
}

fn quotient(
    row: Row<'_>,
    text: &str,
    percent: bool,
    known: Known<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Quotient> {
    let Some(product) = parse(text) else {
        problems.push(not_understood(row, text));
        return None;
    };
    let mut places = |codes: &[String]| -> Option<Vec<IndicatorIx>> {
        let found: Vec<_> = codes.iter().map(|code| known.indicator(row, code, problems)).collect();
        found.into_iter().collect()
    };
    let (numerator, denominator) = (places(&product.above), places(&product.below));
    let mut quotient = Quotient {
        text: text.to_owned(),
        numerator: numerator?,
        denominator: denominator?,
        factor: product.factor,
        percent,
    };
    if let Some(lone) = quotient.lone() {
        quotient.percent = matches!(&known.get(lone).rollup, RollUpRule::Ratio(r) if r.percent);
    } else if quotient.indicators().any(|i| known.get(i).kind == Kind::Ratio) {
        problems.push(
            row.problem(
                format!("“{text}”把比率再相除"),
                format!("{text:?} divides a ratio once more"),
            )
            .remedy("改用该比率的分子和分母", "name the ratio's numerator and denominator instead"),
        );
        return None;
    }
    Some(quotient)
}

fn not_understood(row: Row<'_>, text: &str) -> Problem {
    row.problem(
        format!("metric 列的“{text}”无法识别"),
        format!("column metric: {text:?} is not understood"),
    )
    .remedy(
        "写指标代码、* / 与括号，多部分用 ; 隔开；或 finding_months(K72; SA02)",
        "write indicator codes with * / and parentheses, parts separated by ; or finding_months(K72; SA02)",
    )
}

/// `factor (('*' | '/') factor)*`, where a factor is a code, a positive integer or a product in
/// parentheses; at least one code stands above the line.
fn parse(text: &str) -> Option<Product> {
    let mut rest = text.trim();
    let product = product(&mut rest, 0)?;
    (rest.is_empty() && !product.above.is_empty()).then_some(product)
}

fn product(rest: &mut &str, depth: u8) -> Option<Product> {
    let mut whole = factor(rest, depth)?;
    loop {
        *rest = rest.trim_start();
        let divide = match rest.chars().next() {
            Some('*') => false,
            Some('/') => true,
            _ => return Some(whole),
        };
        *rest = &rest[1..];
        let next = factor(rest, depth)?;
        let (above, below, factor) = if divide {
            (next.below, next.above, (next.factor.1, next.factor.0))
        } else {
            (next.above, next.below, next.factor)
        };
        whole.above.extend(above);
        whole.below.extend(below);
        whole.factor.0 = whole.factor.0.checked_mul(factor.0)?;
        whole.factor.1 = whole.factor.1.checked_mul(factor.1)?;
    }
}

fn factor(rest: &mut &str, depth: u8) -> Option<Product> {
    *rest = rest.trim_start();
    if let Some(inner) = rest.strip_prefix('(') {
        *rest = inner;
        let inside = (depth < 8).then(|| product(rest, depth + 1))??;
        *rest = rest.trim_start().strip_prefix(')')?;
        return Some(inside);
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (word, behind) = rest.split_at(end);
    *rest = behind;
    if formula::is_code(word) {
        return Some(Product { above: vec![word.to_owned()], below: Vec::new(), factor: (1, 1) });
    }
    let constant: i64 = word.parse().ok().filter(|&n| n > 0)?;
    Some(Product { factor: (constant, 1), ..Product::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String, (i64, i64))> {
        parse(text).map(|p| (p.above.join(" "), p.below.join(" "), p.factor))
    }

    #[test]
    fn quotients_become_products() {
        let of = |above: &str, below: &str, factor| Some((above.into(), below.into(), factor));
        assert_eq!(read("SA13"), of("SA13", "", (1, 1)));
        assert_eq!(read("SA22 / SA13"), of("SA22", "SA13", (1, 1)));
        assert_eq!(read("SA23 / (SA14 / 12)"), of("SA23", "SA14", (12, 1)));
        assert_eq!(read("SA23/SA14*12"), of("SA23", "SA14", (12, 1)));
        assert_eq!(read("1000 * EC02 / (BS03 * 2)"), of("EC02", "BS03", (1000, 2)));
    }

    #[test]
    fn what_is_no_product_is_refused() {
        for bad in [
            "",
            "12",
            "SA22 /",
            "SA22 SA13",
            "SA22 + SA13",
            "(SA22",
            "SA22)",
            "1 / SA13",
            "SA2 / SA13",
            "SA22 / 0",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read(&"(".repeat(100_000)), None);
    }
}
