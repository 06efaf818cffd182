//! All formulas within and between forms over one month of Henan against DuckDB on the same Parquet
//! file, decode included, two threads each.
//!
//! ```text
//! cargo bench -p tests --bench checks            # 12 alternating runs
//! cargo bench -p tests --bench checks -- 20      # 20
//! ```
//!
//! A row for each of the 55,164 units, a column for everything that a formula reads, a tenth of the
//! cells missing, one in a thousand wrong. Findings are compared one by one with DuckDB's before
//! anything is timed; its fastest formulation counts. The peer is `tests/bench/checks_peer.py`.
//! Then the checks of a township's batch of 30 returns, as intake runs them.

#[path = "line_peer.rs"]
mod line_peer;
#[path = "checks/peer.rs"]
mod peer;
#[path = "checks/township.rs"]
mod township;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Instant,
};

use checks::{Column, Formula};
use model::{Catalog, Level, check::CheckKind};
use store::DecimalColumn;
use tests::definitions;

use peer::Peer;

const WARM_UP: usize = 2;
const FORMULATIONS: [&str; 3] = ["list", "union", "stack"];
const SCOPES: [&str; 2] = ["intra_form", "inter_form"];

/// One formula with its check and the columns that it reads.
struct Judged<'a> {
    check: &'a model::check::CheckDefinition,
    formula: Formula,
    columns: Vec<usize>,
}

fn main() {
    let runs = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(12usize);
    let catalog = catalog::load(&definitions()).expect("the shipped definitions load");
    let (formulas, names) = formulas(&catalog);
    let file = peer::make_file();
    let mut peer = Peer::start(&file);

    let ours = judge(&file, &formulas, &names);
    for formulation in FORMULATIONS {
        let theirs = peer.dump(formulation);
        assert_eq!(ours.0, theirs, "findings of ours and of duckdb {formulation}");
    }
    let (found, reads) = (ours.0.len(), ours.1);
    println!("{} formulas, {found} findings equal to DuckDB's, {reads} operands", formulas.len());

    let mut seconds: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for run in 0..WARM_UP + runs {
        let start = Instant::now();
        std::hint::black_box(judge(&file, &formulas, &names));
        let time = start.elapsed().as_secs_f64();
        let mut note = |name, time| {
            if run >= WARM_UP {
                seconds.entry(name).or_default().push(time);
            }
        };
        note("zhibao", time);
        for formulation in FORMULATIONS {
            note(formulation, peer.run(formulation));
        }
    }
    let medians: BTreeMap<&str, f64> =
        seconds.iter().map(|(name, times)| (*name, median(times))).collect();
    for (name, median) in &medians {
        println!("{name:<8} median {median:.4} s");
    }
    let fastest = FORMULATIONS.iter().map(|name| medians[name]).fold(f64::INFINITY, f64::min);
    let ratio = medians["zhibao"] / fastest;
    let rate = reads as f64 / medians["zhibao"] / 1e6;
    println!("ours / fastest of DuckDB {ratio:.3}, at most 2.00: {}", verdict(ratio <= 2.0));
    println!("{rate:.1} million operands a second, at least 20: {}", verdict(rate >= 20.0));
    township::measure(catalog, runs);
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "missed" }
}

pub(crate) fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

/// The fixed set of formulas, and the columns of the file that they read.
fn formulas(catalog: &Catalog) -> (Vec<Judged<'_>>, Vec<String>) {
    let mut names: Vec<String> = vec!["unit".to_owned(), "level".to_owned()];
    let wanted = catalog
        .checks
        .iter()
        .filter(|check| check.kind == CheckKind::Formula && SCOPES.contains(&check.scope.as_str()));
    let mut all = Vec::new();
    for check in wanted {
        let forms: Vec<_> =
            check.forms.iter().filter_map(|code| catalog.form_by_code(code)).collect();
        let formula = Formula::parse(&check.expression, catalog, &forms).expect(&check.id);
        let mut columns = Vec::new();
        for operand in formula.operands() {
            let name = operand.name(catalog).replace('(', "_").replace(')', "");
            let known = names.iter().position(|other| *other == name);
            columns.push(known.unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            }));
        }
        all.push(Judged { check, formula, columns });
    }
    (all, names)
}

/// Decodes the columns and judges every formula on every row that it is meant for. Units and checks of
/// the findings, and how many operands were read: rows times distinct operands, over all formulas.
fn judge(
    file: &Path,
    formulas: &[Judged<'_>],
    names: &[String],
) -> (BTreeSet<(u64, String)>, usize) {
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let columns = store::read_columns_decimal64(file, &wanted).expect("the file can be read");
    let rows = columns[0].values().len();
    let valid: Vec<Option<Vec<bool>>> = columns.iter().map(valid).collect();
    let half = |part: usize| {
        let mut found = Vec::new();
        for (place, judged) in formulas.iter().enumerate().skip(part).step_by(2) {
            let read: Vec<Column<'_>> = judged
                .columns
                .iter()
                .map(|&at| Column { units: columns[at].values(), valid: valid[at].as_deref() })
                .collect();
            let missing = judged.check.missing;
            judged.formula.judge_columns(missing, &read, rows, &mut |row, _| {
                let level = Level::ALL[columns[1].values()[row] as usize];
                if judged.check.levels.include(level) {
                    found.push((row, place));
                }
            });
        }
        found
    };
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        (half(0), other.join().expect("judging does not panic"))
    });
    let unit = |row: usize| columns[0].values()[row] as u64;
    let found = one.into_iter().chain(other);
    let found = found.map(|(row, place)| (unit(row), formulas[place].check.id.clone())).collect();
    (found, formulas.iter().map(|judged| rows * judged.columns.len()).sum())
}

/// Which rows of a column have an amount; nothing where all do.
fn valid(column: &DecimalColumn) -> Option<Vec<bool>> {
    let (bits, offset) = column.validity()?;
    let bit = |row: usize| bits[(row + offset) / 8] >> ((row + offset) % 8) & 1 == 1;
    Some((0..column.values().len()).map(bit).collect())
}
