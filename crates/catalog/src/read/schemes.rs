//! Reads `schemes/`: one folder for each evaluation scheme, and the peer groups of all.

use std::{fs, path::Path};

use model::{
    Amount, Indicator, IndicatorIx, PeriodKind,
    check::CheckDefinition,
    scheme::{Area, Item, PeerGroup, Policy, Scheme},
};
use sha2::{Digest, Sha256};

use crate::{
    Problem,
    csv_file::{CsvFile, Row},
};

mod consequences;
mod events;
mod groups;
mod items;
mod methods;
mod metric;
mod tables;
mod weights;

const FOLDER: &str = "schemes";
const HEAD: [&str; 13] = [
    "name",
    "version",
    "zh",
    "en",
    "cycles",
    "weight",
    "coverage_percent",
    "area_scored_percent",
    "bonus_cap",
    "deduction_cap",
    "decimals",
    "smallest_group",
    "note",
];

/// What schemes refer to.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    indicators: &'a [Indicator],
    checks: &'a [CheckDefinition],
}

impl Known<'_> {
    /// The place of an indicator; an unknown code is a problem of the row.
    fn indicator(
        &self,
        row: Row<'_>,
        code: &str,
        problems: &mut Vec<Problem>,
    ) -> Option<IndicatorIx> {
        let place = self.indicators.iter().position(|indicator| indicator.code == code);
        if place.is_none() {
            problems.push(
                row.problem(format!("指标 {code} 不存在"), format!("unknown indicator {code}"))
                    .remedy("改为 forms/*.csv 里的指标代码", "write a code of forms/*.csv"),
            );
        }
        place.map(|i| IndicatorIx(i as u16))
    }

    fn get(&self, indicator: IndicatorIx) -> &Indicator {
        &self.indicators[usize::from(indicator.0)]
    }
}

/// Reads every folder of `schemes/`, in the order of their names.
pub(crate) fn read(
    dir: &Path,
    indicators: &[Indicator],
    checks: &[CheckDefinition],
    problems: &mut Vec<Problem>,
) -> Vec<Scheme> {
    let known = Known { indicators, checks };
    let (groups, complete) = groups::read(dir, problems);
    // A bad row is told once, not again by everything that names it.
    let known_groups = complete.then_some(&groups[..]);
    let mut folders: Vec<String> = fs::read_dir(dir.join(FOLDER))
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    folders.sort_unstable();
    let mut schemes = Vec::new();
    for folder in folders {
        let Some(mut scheme) = scheme(dir, &folder, known, known_groups, problems) else {
            continue;
        };
        scheme.groups.clone_from(&groups);
        schemes.push(scheme);
    }
    schemes
}

/// Reads the files of one scheme.
fn scheme(
    dir: &Path,
    folder: &str,
    known: Known<'_>,
    groups: Option<&[PeerGroup]>,
    problems: &mut Vec<Problem>,
) -> Option<Scheme> {
    let mut scheme = head(dir, folder, problems)?;
    let (areas, areas_complete) = areas(dir, folder, problems);
    scheme.areas = areas;
    let areas = areas_complete.then_some(&scheme.areas[..]);
    let context = items::Context { dir, folder, known, groups, areas, cycles: &scheme.cycles };
    let (items, items_complete) = items::read(context, problems);
    scheme.items = items;
    if areas_complete && items_complete {
        weights::verify(&scheme, folder, problems);
    }
    let before = problems.len();
    scheme.grades = consequences::grades(dir, folder, problems);
    let grades = (problems.len() == before).then_some(&scheme.grades[..]);
    scheme.vetoes = consequences::vetoes(dir, folder, known, grades, problems);
    scheme.bonuses = events::bonuses(dir, folder, known, problems);
    scheme.deductions = events::deductions(dir, folder, known, problems);
    report_repeated_ids(&scheme, folder, problems);
    scheme.rows = 1
        + scheme.areas.len()
        + scheme.items.len()
        + scheme.vetoes.len()
        + scheme.bonuses.len()
        + scheme.deductions.len()
        + scheme.grades.len();
    scheme.hash = hash(dir, folder);
    Some(scheme)
}

/// Path of a scheme's file below the definitions folder.
fn path(folder: &str, file: &str) -> String {
    format!("{FOLDER}/{folder}/{file}")
}

/// Opens a file that a scheme may do without.
fn optional(
    dir: &Path,
    folder: &str,
    file: &str,
    columns: &[&str],
    problems: &mut Vec<Problem>,
) -> Option<CsvFile> {
    let name = path(folder, file);
    dir.join(&name).exists().then(|| CsvFile::open(dir, &name, columns, problems)).flatten()
}

/// Reads `scheme.csv`, whose one row is the scheme itself.
fn head(dir: &Path, folder: &str, problems: &mut Vec<Problem>) -> Option<Scheme> {
    let name = path(folder, "scheme.csv");
    let file = CsvFile::open(dir, &name, &HEAD, problems)?;
    if file.rows().len() != 1 {
        problems.push(
            Problem::new(
                name,
                1,
                format!("应有 1 行，实有 {} 行", file.rows().len()),
                format!("{} rows, one is expected", file.rows().len()),
            )
            .remedy(
                "每个办法一个文件夹，scheme.csv 只写一行",
                "one folder for each scheme, one row in its scheme.csv",
            ),
        );
        return None;
    }
    let row = file.rows().next()?;
    let texts = ["name", "version", "zh", "en"]
        .map(|column| row.required(column, problems).map(str::to_owned));
    let cycles = cycles(row, problems);
    let policy = policy(row, problems);
    let weight = amount(row, "weight", problems);
    let [id, version, zh, en] = texts;
    let id = id?;
    if id != folder {
        problems.push(
            row.problem(
                format!("办法名“{id}”与文件夹“{folder}”不同"),
                format!("the scheme is called {id:?}, its folder {folder:?}"),
            )
            .remedy("改成同一个名字", "give both the same name"),
        );
    }
    Some(Scheme {
        name: id,
        version: version?,
        zh: zh?,
        en: en?,
        cycles: cycles?,
        weight: weight?,
        policy: policy?,
        areas: Vec::new(),
        items: Vec::new(),
        vetoes: Vec::new(),
        bonuses: Vec::new(),
        deductions: Vec::new(),
        grades: Vec::new(),
        groups: Vec::new(),
        rows: 0,
        hash: String::new(),
        note: row.get("note").to_owned(),
    })
}

fn policy(row: Row<'_>, problems: &mut Vec<Problem>) -> Option<Policy> {
    let mut percent = |column: &str| {
        row.parse(column, "0–100", problems, |text| {
            parse_amount(text).filter(|a| a.rescale(6).is_some_and(|a| a.units <= 100_000_000))
        })
    };
    let (coverage, area_scored) = (percent("coverage_percent"), percent("area_scored_percent"));
    let bonus_cap = amount(row, "bonus_cap", problems);
    let deduction_cap = amount(row, "deduction_cap", problems);
    let decimals =
        row.parse("decimals", "0–4", problems, |text| text.parse().ok().filter(|&n| n <= 4));
    let smallest_group = row.parse("smallest_group", "2, 3, …", problems, |text| {
        text.parse().ok().filter(|&n| n >= 2)
    });
    Some(Policy {
        coverage_percent: coverage?,
        area_scored_percent: area_scored?,
        bonus_cap: bonus_cap?,
        deduction_cap: deduction_cap?,
        decimals: decimals?,
        smallest_group: smallest_group?,
    })
}

/// Reads `areas.csv`, and says whether every row was good.
fn areas(dir: &Path, folder: &str, problems: &mut Vec<Problem>) -> (Vec<Area>, bool) {
    let columns = ["id", "zh", "en", "weight", "note"];
    let mut areas = Vec::new();
    let before = problems.len();
    if let Some(file) = optional(dir, folder, "areas.csv", &columns, problems) {
        for row in file.rows() {
            let texts =
                ["id", "zh", "en"].map(|column| row.required(column, problems).map(str::to_owned));
            let weight = amount(row, "weight", problems);
            let ([Some(id), Some(zh), Some(en)], Some(weight)) = (texts, weight) else { continue };
            areas.push(Area { id, zh, en, weight });
        }
    }
    (areas, problems.len() == before)
}

/// Ids must be unique in a scheme, since results and vetoes name them.
fn report_repeated_ids(scheme: &Scheme, folder: &str, problems: &mut Vec<Problem>) {
    let mut ids: Vec<&str> = (scheme.areas.iter().map(|a| a.id.as_str()))
        .chain(scheme.items.iter().map(|i: &Item| i.id.as_str()))
        .chain(scheme.vetoes.iter().map(|v| v.id.as_str()))
        .chain(scheme.bonuses.iter().map(|b| b.id.as_str()))
        .chain(scheme.deductions.iter().map(|d| d.id.as_str()))
        .chain(scheme.grades.iter().map(|g| g.id.as_str()))
        .collect();
    ids.sort_unstable();
    let mut repeated: Vec<&str> = ids.windows(2).filter(|w| w[0] == w[1]).map(|w| w[0]).collect();
    repeated.dedup();
    for id in repeated {
        problems.push(
            Problem::new(
                path(folder, "scheme.csv"),
                2,
                format!("编号 {id} 在本办法中重复"),
                format!("id {id} stands more than once in this scheme"),
            )
            .remedy(
                "每个编号在本办法各文件中只用一次",
                "use every id once in all files of the scheme",
            ),
        );
    }
}

/// Kinds of periods, by letters separated by spaces, shortest first.
fn cycles(row: Row<'_>, problems: &mut Vec<Problem>) -> Option<Vec<PeriodKind>> {
    row.parse("cycles", "T M B Q H Y", problems, |text| {
        let kinds: Option<Vec<PeriodKind>> =
            text.split_whitespace().map(PeriodKind::from_letter).collect();
        let mut kinds = kinds.filter(|kinds| !kinds.is_empty())?;
        kinds.sort_unstable();
        kinds.dedup();
        Some(kinds)
    })
}

/// An amount that is not negative.
fn amount(row: Row<'_>, column: &str, problems: &mut Vec<Problem>) -> Option<Amount> {
    row.parse(column, "0, 1.5, …", problems, parse_amount)
}

fn parse_amount(text: &str) -> Option<Amount> {
    // Six decimals keep every amount comparable with every other.
    Amount::parse_as_written(text).ok().filter(|a| a.units >= 0 && a.rescale(6).is_some())
}

/// SHA-256 in hex over the scheme's files and the peer groups: name and bytes of each, by name.
fn hash(dir: &Path, folder: &str) -> String {
    let mut names = vec![format!("{FOLDER}/groups.csv")];
    let files = fs::read_dir(dir.join(FOLDER).join(folder)).into_iter().flatten();
    let files = files.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.extend(files.filter(|name| name.ends_with(".csv")).map(|name| path(folder, &name)));
    names.sort_unstable();
    let mut sha = Sha256::new();
    for name in names {
        let bytes = fs::read(dir.join(&name)).unwrap_or_default();
        sha.update(name.as_bytes());
        sha.update([0]);
        sha.update((bytes.len() as u64).to_be_bytes());
        sha.update(&bytes);
    }
    sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
