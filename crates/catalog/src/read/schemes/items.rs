//! Reads `items.csv`: what earns points.

use std::path::Path;

use model::{
    PeriodKind,
    scheme::{Area, Bar, DenZero, Direction, Item, Method, Metric, PeerGroup},
};

use super::{
    Known, amount, cycles, methods, metric, path,
    tables::{self, FloorLine, Plans},
};
use crate::{
    Problem,
    csv_file::{CsvFile, Row},
};

const COLUMNS: [&str; 20] = [
    "id",
    "area",
    "zh",
    "en",
    "weight",
    "metric",
    "direction",
    "method",
    "target",
    "floor",
    "measure",
    "target_source",
    "cycles",
    "groups",
    "den_zero",
    "flag_zh",
    "flag_en",
    "share_of",
    "plan",
    "note",
];

/// What the items of a scheme refer to.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The definitions folder.
    pub(super) dir: &'a Path,
    /// The scheme's folder in it.
    pub(super) folder: &'a str,
    /// Indicators and checks.
    pub(super) known: Known<'a>,
    /// Peer groups; `None` if some could not be read.
    pub(super) groups: Option<&'a [PeerGroup]>,
    /// The scheme's areas; `None` if some could not be read.
    pub(super) areas: Option<&'a [Area]>,
    /// The scheme's cycles.
    pub(super) cycles: &'a [PeriodKind],
}

/// Reads the items in the order of the file, and says whether every row was good.
pub(super) fn read(context: Context<'_>, problems: &mut Vec<Problem>) -> (Vec<Item>, bool) {
    let Context { dir, folder, .. } = context;
    let plans = tables::plans(dir, folder, problems);
    let floors = tables::floors(dir, folder, problems);
    let name = path(folder, "items.csv");
    let Some(file) = CsvFile::open(dir, &name, &COLUMNS, problems) else {
        return (Vec::new(), false);
    };
    let mut items = Vec::new();
    for row in file.rows() {
        items.extend(item(row, context, plans.as_ref(), &floors, problems));
    }
    let complete = items.len() == file.rows().len();
    if complete {
        unclaimed_floors(folder, &items, &floors, problems);
    }
    (items, complete)
}

fn item(
    row: Row<'_>,
    context: Context<'_>,
    plans: Option<&Plans>,
    floors: &[FloorLine],
    problems: &mut Vec<Problem>,
) -> Option<Item> {
    let texts = ["id", "zh", "en"].map(|column| row.required(column, problems).map(str::to_owned));
    let area = area(row, context.areas, problems);
    let weight = amount(row, "weight", problems);
    let metric = metric::read(row, context.known, problems);
    let direction = row.parse("direction", "up, down", problems, |text| match text {
        "up" => Some(Direction::Up),
        "down" => Some(Direction::Down),
        _ => None,
    });
    let cycles = cycles(row, problems);
    let groups = groups(row, context.groups, problems);
    let den_zero = den_zero(row, problems);
    let [id, zh, en] = texts;
    let (id, metric, direction, cycles) = (id?, metric?, direction?, cycles?);
    let scored: Vec<PeriodKind> =
        cycles.iter().copied().filter(|kind| context.cycles.contains(kind)).collect();
    let part =
        methods::Parts { id: &id, metric: &metric, direction, cycles: &scored, plans, floors };
    let method = methods::read(row, part, problems);
    Some(Item {
        id,
        area: area?,
        zh: zh?,
        en: en?,
        weight: weight?,
        metric,
        direction,
        method: method?,
        measure: row.get("measure").to_owned(),
        source: row.get("target_source").to_owned(),
        cycles,
        groups: groups?,
        den_zero: den_zero?,
        note: row.get("note").to_owned(),
    })
}

/// The place of the item's area; a scheme without areas leaves the column empty.
fn area(
    row: Row<'_>,
    areas: Option<&[Area]>,
    problems: &mut Vec<Problem>,
) -> Option<Option<usize>> {
    let Some(areas) = areas else { return Some(None) };
    let text = row.get("area");
    if text.is_empty() && areas.is_empty() {
        return Some(None);
    }
    let ids = areas.iter().map(|area| area.id.as_str()).collect::<Vec<_>>().join(", ");
    let expected = if ids.is_empty() { "(空 empty)".to_owned() } else { ids };
    row.parse("area", &expected, problems, |text| {
        areas.iter().position(|area| area.id == text).map(Some)
    })
}

fn groups(
    row: Row<'_>,
    known: Option<&[PeerGroup]>,
    problems: &mut Vec<Problem>,
) -> Option<Vec<String>> {
    let Some(known) = known else { return Some(Vec::new()) };
    let expected = known.iter().map(|group| group.id.as_str()).collect::<Vec<_>>().join(" ");
    row.parse("groups", &expected, problems, |text| {
        let ids: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let good = !ids.is_empty() && ids.iter().all(|id| known.iter().any(|g| g.id == *id));
        good.then_some(ids)
    })
}

fn den_zero(row: Row<'_>, problems: &mut Vec<Problem>) -> Option<DenZero> {
    match row.get("den_zero") {
        "full" => Some(DenZero::Full {
            flag_zh: row.required("flag_zh", problems)?.to_owned(),
            flag_en: row.required("flag_en", problems)?.to_owned(),
        }),
        _ => row.parse("den_zero", "redistribute, full", problems, |text| {
            (text == "redistribute").then_some(DenZero::Redistribute)
        }),
    }
}

/// A floor that no item asks for is most likely a typing mistake in its item or part.
fn unclaimed_floors(
    folder: &str,
    items: &[Item],
    floors: &[FloorLine],
    problems: &mut Vec<Problem>,
) {
    for floor in floors {
        let claimed = items.iter().any(|item| {
            let Metric::Quotients(parts) = &item.metric else { return false };
            item.id == floor.item
                && matches!(item.method, Method::Threshold { bar: Bar::Floors(_), .. })
                && parts.iter().any(|part| part.text == floor.part)
        });
        if !claimed {
            problems.push(
                Problem::new(
                    path(folder, "floors.csv"),
                    floor.line,
                    format!("没有项目 {} 的部分“{}”使用这个下限", floor.item, floor.part),
                    format!("no part {:?} of an item {} uses this floor", floor.part, floor.item),
                )
                .remedy(
                    "写 items.csv 中 target 为 floors 的项目编号和 metric 的一部分",
                    "name an item whose target is floors, and a part of its metric as written there",
                ),
            );
        }
    }
}
