//! Checks of returns in their context: a county of zeros in which every due return is in force, with a
//! few cells changed, rolled up.

use std::{collections::BTreeMap, sync::Arc};

use checks::{Context, PriorColumn};
use model::{Catalog, Period, SubmissionKey};

use super::{
    Pair, Run,
    filled::{nodes_of, rolled_up},
    place::{code, period, unit_of},
};

/// Check, form, period, cells that pass, cells that fail, as [`super::filled`] reads them; `prior:` is a
/// value of the period before that is sent along.
const ROWS: &str = "
    K21 SA 2023-01 | SA17@v=3 SA18@v=4 SA19@t=7 | SA17@v=3 SA18@v=4 SA19@t=8
    K28 EC 2023-Q1 | EC01@c=1 EC02@i=60 | EC01@c=1 EC02@i=0
    K31 EC 2023-01 | EC17@c:2023=460 EC18@t=460 | EC17@c:2023=460 EC18@t=461
    K34 DS 2023-01 | DS01@v=5 DS08@t=5 | DS01@v=5 DS08@t=4
    K46 SF 2023-Q1 | SF13@c:2023=44 SF14@c=35 | SF13@c:2023=34 SF14@c=35
    K48 FN 2023-Q1 | FN02@t:2023=2 FN03@t=2 | FN02@t:2023=2 FN03@t=3
    K50 EC 2023-Q1 | EC07@v=3 | EC07@v=4
    K51 EC 2023-Q1 | EC09@t=4 | EC09@t=5
    K52 EC 2023-Q1 | EC11@t=0 | EC11@t=1
    K53 EC 2023-Q1 | EC13@v=23 | EC13@v=24
    K54 CW 2023-Q1 | CW08@t=4 | CW08@t=5
    K55 CW 2023-Q1 | CW10@v=1 | CW10@v=27
    K56 GG 2023-Q1 | GG01@v=1 | GG01@v=27
    K57 GG 2023-Q1 | GG10@v=1 | GG10@v=24
    K58 SO 2023-Q1 | SO09@t=4 | SO09@t=5
    K59 FN 2023-H1 | FN05@v=1 | FN05@v=27
    K60 EC 2023-Q1 | BS03@t:2022-H2=90 EC22@t=90 | BS03@t:2022-H2=90 EC22@t=91
    K61 EC 2023-01 | BS04@t:2022-H2=20 EC30@t=20 | BS04@t:2022-H2=20 EC30@t=21
    K62 SA 2023-Q1 | BS05@t:2022-H2=1310 SA30@t=1310 | BS05@t:2022-H2=1309 SA30@t=1310
    K66 SA 2023-01 | SA13@c=600 SA02@v=3 SA11@t=0.18 | SA13@c=600 SA02@v=3 SA11@t=0.1801
    K67 SA 2023-01 | SA14@c=7200 SA04@v=3 SA12@t=0.18 | SA14@c=7200 SA04@v=3 SA12@t=0.1801
    K69 DS 2023-01 | DS06@c=60 DS01@v=10 DS04@t=0.06 | DS06@c=60 DS01@v=10 DS04@t=0.0661
    K70 DS 2023-01 | DS07@c=60 DS10@c=100 DS02@v=10 DS05@t=0.11 | DS07@c=60 DS10@c=100 DS02@v=10 DS05@t=0.0539
    K72 SA 2023-02 | SA02@v=12 SA11@t:2023-01=50 SA11@t=60 | SA02@v=12 SA11@t:2023-01=50 SA11@t=50
    K73 SA 2023-02 | SA11@t:2023-01=50 SA11@t=50 | SA11@t:2023-01=50 SA11@t=49.9999
    K74 SA 2023-01 | SA11@t:2022-12=50 SA11@t=5 | SA11@t:2022-12=50 SA11@t=55
    K75 SA 2023-02 | SA11@t:2023-01=50 prior:SA11@t=50 | SA11@t:2023-01=50 prior:SA11@t=49.9999
    K76 SA 2023-02 | SA04@v:2023-01=9 SA09@t=3 SA10@t=1 SA04@v=11 | SA04@v:2023-01=9 SA09@t=3 SA10@t=1 SA04@v=12
    K77 SA 2023-02 | SA02@v:2023-01=100 SA02@v=110 | SA02@v:2023-01=100 SA02@v=111
    K78 EC 2023-Q2 | EC02@i:2023-Q1=100 EC02@i=120 | EC02@i:2023-Q1=100 EC02@i=79
    K79 SA 2023-02 | SA09@t:2022-02=100 SA09@t=130 | SA09@t:2022-02=100 SA09@t=131
    K80 SA 2023-02 | SA20@t:2023-01=1.2 SA20@t=14 | SA20@t:2023-01=1.2 SA20@t=12000
    K81 SA 2023-02 | SA13@c:2023-01=520 SA14@c:2023-01=3860 SA13@c=570 SA14@c=4260 | SA13@c:2023-01=520 SA14@c:2023-01=3860 SA13@c=570 SA14@c=3859
    K83 SA 2023-02 | copied 12 of 13 | copied 13 of 13
    K87 SA 2023-01 | SA01@v=0 | -v
    K96 DI 2023-01-06 | DI04@i:2023-01-05=3 DI02@i=2 DI03@i=1 DI04@i=4 | DI04@i:2023-01-05=3 DI02@i=2 DI03@i=1 DI04@i=5
    K100 SA 2023-01 | SA04@v=3 SA12@t=0.1 | SA04@v=3 SA12@t=0
    K101 SA 2023-02 | before 10 12 11 13 12 14 now 17 | before 10 12 11 13 12 14 now 18
    K102 SA 2023-02 | before 24 30 30 24 30 24 30 24 now 66 | before 24 30 30 24 30 24 30 24 now 67";

/// Positive cells of a township's month, of which a copy repeats all.
const COPIED: [&str; 13] = [
    "SA09", "SA10", "SA11", "SA12", "SA19", "SA20", "SA24", "SA25", "SA29", "SA36", "SA37", "SA40",
    "SA41",
];

pub(crate) fn pairs() -> Vec<Pair> {
    ROWS.lines().map(str::trim).filter(|line| !line.is_empty()).map(pair).collect()
}

fn pair(line: &'static str) -> Pair {
    let parts: Vec<&str> = line.split('|').map(str::trim).collect();
    let [head, good, bad] = parts[..] else { panic!("{line}") };
    let words: Vec<&str> = head.split(' ').collect();
    let [check, form, of] = words[..] else { panic!("{line}") };
    let example = |cells: &'static str| -> (String, Run) {
        let run = move |catalog: &Arc<Catalog>| found(catalog, form, of, cells);
        (format!("{form} {of}: {cells}"), Box::new(run))
    };
    Pair { check, passing: example(good), failing: example(bad) }
}

/// A value of the period before that is sent along: `SA11@t=50`.
fn sent_along(catalog: &Catalog, cell: &str, of: Period) -> PriorColumn {
    let (place, amount) = cell.split_once('=').expect(cell);
    let (indicator, letter) = place.split_once('@').expect(cell);
    let unit = code(unit_of(letter));
    let column = BTreeMap::from([(indicator.to_owned(), amount.to_owned())]);
    let cells = checks::stored_prior(catalog, &column);
    let form = catalog.indicator(cells[0].0).form;
    PriorColumn { key: SubmissionKey { unit, form, period: of }, cells }
}

/// The township's month with 12 or 13 cells of the month before.
fn copied(which: &str, of: Period) -> Vec<String> {
    let other = if which.starts_with("12") { 8 } else { 7 };
    let cells = (0i64..).zip(COPIED).flat_map(|(n, code)| {
        let now = if n == 0 { other } else { 7 };
        [format!("{code}@t:{}=7", of.previous()), format!("{code}@t={now}")]
    });
    cells.collect()
}

/// One cell of the township, month after month: `10 12 11 now 90`.
fn months(amounts: &str, of: Period) -> Vec<String> {
    let (before, now) = amounts.split_once(" now ").expect(amounts);
    let earlier = std::iter::successors(Some(of.previous()), |month| Some(month.previous()));
    let before = before.split(' ').rev().zip(earlier);
    let mut cells: Vec<String> =
        before.map(|(amount, month)| format!("SA09@t:{month}={amount}")).collect();
    cells.push(format!("SA09@t={now}"));
    cells
}

fn found(catalog: &Arc<Catalog>, form: &str, of: &str, cells: &str) -> Vec<String> {
    let (form, of) = (catalog.form_by_code(form).expect(form), period(of));
    let many = match cells.split_once(' ') {
        Some(("copied", which)) => copied(which, of),
        Some(("before", amounts)) => months(amounts, of),
        _ => cells.split_whitespace().map(str::to_owned).collect(),
    };
    let (prior, cells): (Vec<&str>, Vec<&str>) =
        many.iter().map(String::as_str).partition(|cell| cell.starts_with("prior:"));
    let column = |cell: &&str| sent_along(catalog, &cell["prior:".len()..], of);
    let columns: Vec<PriorColumn> = prior.iter().map(column).collect();
    let state = rolled_up(catalog, (form, of), &cells);
    let context = Context::new(Arc::clone(catalog));
    let mut findings = context.of_returns(&state, (form, of), &nodes_of(&state, of));
    findings.extend(context.of_prior(&state, &columns));
    findings.into_iter().map(|one| one.finding.check).collect()
}

#[test]
fn a_sum_with_blank_cells_proves_nothing() {
    let catalog = Arc::new(super::county(&super::FullCatalog::load(), None));
    let k60 = |cells| found(&catalog, "EC", "2023-Q1", cells).contains(&"K60".to_owned());
    // Three elders in one street and five served, nobody anywhere else.
    assert!(k60("BS03@t:2022-H2=3 EC22@t=5"));
    // The other streets have not said how many elders they have.
    assert!(!k60("?BS03 BS03@t:2022-H2=3 EC22@t=5"));
}

#[test]
fn a_target_of_last_year_is_none() {
    let catalog = Arc::new(super::county(&super::FullCatalog::load(), None));
    let k31 = |cells| found(&catalog, "EC", "2023-01", cells).contains(&"K31".to_owned());
    assert!(k31("EC17@c:2023=460 EC18@t=461"));
    assert!(!k31("EC17@c:2022=460 EC18@t=461"));
}
