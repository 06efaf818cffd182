//! Verifies that weights add up: items to their area, areas to the scheme.

use model::{Amount, scheme::Scheme};

use super::path;
use crate::Problem;

/// Reports every sum that is not what stands above it.
pub(super) fn verify(scheme: &Scheme, folder: &str, problems: &mut Vec<Problem>) {
    for (place, area) in scheme.areas.iter().enumerate() {
        let items = scheme.items.iter().filter(|item| item.area == Some(place));
        let found = sum(items.map(|item| item.weight));
        if found != millionths(area.weight) {
            problems.push(misfit(
                path(folder, "areas.csv"),
                place as u32 + 2,
                (
                    &format!("领域 {} 的各项目权重", area.id),
                    &format!("the items of area {}", area.id),
                ),
                found,
                area.weight,
            ));
        }
    }
    let free = scheme.items.iter().filter(|item| item.area.is_none()).map(|item| item.weight);
    let found = sum(scheme.areas.iter().map(|area| area.weight).chain(free));
    if found != millionths(scheme.weight) {
        problems.push(misfit(
            path(folder, "scheme.csv"),
            2,
            ("各领域（或直属项目）权重", "the areas (or items without area)"),
            found,
            scheme.weight,
        ));
    }
}

fn misfit(file: String, line: u32, what: (&str, &str), found: i128, wanted: Amount) -> Problem {
    let found = printed(found);
    Problem::new(
        file,
        line,
        format!("{}合计 {found}，应为 {wanted}", what.0),
        format!("{} add up to {found}, not to {wanted}", what.1),
    )
    .remedy(
        "改正 items.csv、areas.csv 或 scheme.csv 中的 weight",
        "correct a weight in items.csv, areas.csv or scheme.csv",
    )
}

fn sum(weights: impl Iterator<Item = Amount>) -> i128 {
    weights.map(millionths).sum()
}

/// Amounts of a scheme were read so that six decimals hold them.
fn millionths(amount: Amount) -> i128 {
    amount.rescale(6).map_or(0, |a| i128::from(a.units))
}

fn printed(millionths: i128) -> String {
    let text = format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
