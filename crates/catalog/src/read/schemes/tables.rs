//! Reads the small tables beside the items: time plans and floors.

use std::{collections::BTreeMap, path::Path};

use model::{Amount, UnitCode, scheme::FloorRow};

use super::{amount, optional};
use crate::{Problem, read::words::expected};

/// Time plans by name: what is asked at the end of a month, in percent of the target.
pub(super) type Plans = BTreeMap<String, Vec<(i8, Amount)>>;

/// One row of `floors.csv` that names its item and part by text.
pub(super) struct FloorLine {
    /// Line of the file.
    pub(super) line: u32,
    /// Id of the item.
    pub(super) item: String,
    /// Text of the part of its metric.
    pub(super) part: String,
    /// The row, its part still 0.
    pub(super) row: FloorRow,
}

/// Reads `plans.csv`; `None` if a row of it is bad.
pub(super) fn plans(dir: &Path, folder: &str, problems: &mut Vec<Problem>) -> Option<Plans> {
    let before = problems.len();
    let mut plans = Plans::new();
    let columns = ["plan", "month", "percent"];
    let Some(file) = optional(dir, folder, "plans.csv", &columns, problems) else {
        return (problems.len() == before).then_some(plans);
    };
    for row in file.rows() {
        let name = row.required("plan", problems).map(str::to_owned);
        let month = row.parse("month", "1–12", problems, |text| {
            text.parse::<i8>().ok().filter(|m| (1..=12).contains(m))
        });
        let percent = amount(row, "percent", problems);
        let (Some(name), Some(month), Some(percent)) = (name, month, percent) else { continue };
        let plan = plans.entry(name).or_default();
        if plan.last().is_some_and(|&(last, asked)| {
            last >= month || asked.rescale(6).map(|a| a.units) > percent.rescale(6).map(|a| a.units)
        }) {
            problems.push(
                row.problem("时间计划的月份或进度倒退", "the plan's month or percentage goes back")
                    .remedy(
                        "按月份从小到大排列，进度不得下降",
                        "sort by month; the percentage must not fall",
                    ),
            );
            continue;
        }
        plan.push((month, percent));
    }
    (problems.len() == before).then_some(plans)
}

/// Reads `floors.csv`.
pub(super) fn floors(dir: &Path, folder: &str, problems: &mut Vec<Problem>) -> Vec<FloorLine> {
    let mut floors: Vec<FloorLine> = Vec::new();
    let columns =
        ["item", "part", "province", "province_zh", "from_year", "value", "measure", "source"];
    let Some(file) = optional(dir, folder, "floors.csv", &columns, problems) else { return floors };
    for row in file.rows() {
        let texts =
            ["item", "part"].map(|column| row.required(column, problems).map(str::to_owned));
        let province =
            row.parse("province", expected::CODE, problems, |text| text.parse::<UnitCode>().ok());
        let year = row.parse("from_year", "2022", problems, |text| {
            text.parse::<i16>().ok().filter(|y| (1949..2200).contains(y))
        });
        let value = amount(row, "value", problems);
        let ([Some(item), Some(part)], Some(province), Some(year), Some(value)) =
            (texts, province, year, value)
        else {
            continue;
        };
        let same = |f: &&FloorLine| {
            f.item == item && f.part == part && f.row.province == province && f.row.year == year
        };
        if let Some(first) = floors.iter().find(same) {
            problems.push(
                row.problem(
                    format!("该省该年的下限已在第 {} 行规定", first.line),
                    format!(
                        "the floor of this province and year is already set in line {}",
                        first.line
                    ),
                )
                .remedy("只留一行", "keep one of the two rows"),
            );
            continue;
        }
        let source = row.get("source").to_owned();
        let row_of = FloorRow { part: 0, province, year, value, source };
        floors.push(FloorLine { line: row.line, item, part, row: row_of });
    }
    floors
}
