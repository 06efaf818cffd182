//! Rolling up piece by piece: at every moment the tables are a state in which everything adds up, at the
//! end they are those of rolling up everything at once, and a single correction waits for nobody.

mod villages;

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use aggregator::{Aggregator, Taking, examine};
use journal::Entry;
use model::Level;
use rollup::Slice;
use villages::{Ends, catalog, henan, open};

/// Villages of four prefectures.
const VILLAGES: [&str; 8] = [
    "410102001002",
    "410102001003",
    "410181100201",
    "410181100202",
    "410202001009",
    "410202001011",
    "419001001001",
    "419001001002",
];
/// Villages of four more.
const OTHERS: [&str; 4] = ["410302001001", "410402001001", "410502001001", "410602001001"];
const MONTHS: [&str; 3] = ["2023-01", "2023-02", "2023-03"];

/// Every cell of every table against the sums that `aggregator` has, and the sums against the cells
/// that they are made of.
async fn tables_show(aggregator: &mut Aggregator) {
    // Rows without a value come last.
    while aggregator.roll_up_some(Taking::Nothing, &henan()).await.unwrap().rows > 0 {}
    let catalog = aggregator.catalog();
    let mut anew = aggregator.figures().clone();
    anew.recompute().unwrap();
    let mut cells = 0;
    for form in ["SA", "EC", "QA"] {
        let form = catalog.form_by_code(form).unwrap();
        for period in anew.periods(form) {
            let rows = anew.rows(form, period, Slice::Whole);
            let compared = aggregator.store().compare_rows(catalog, rows, None).await.unwrap();
            assert_eq!((compared.different, compared.told), (0, Vec::new()), "{period}");
            cells += compared.cells;
        }
    }
    let nothing = anew.periods(catalog.form_by_code("SA").unwrap()).is_empty();
    assert!(nothing || cells > 1000, "{cells}");
}

/// What the province has in line SA02 of a month.
fn persons(aggregator: &Aggregator, month: &str) -> Option<i64> {
    let form = aggregator.catalog().form_by_code("SA").unwrap();
    let rows = aggregator.figures().rows(form, month.parse().unwrap(), Slice::Own(henan()[0]));
    let column = rows.columns.iter().find(|column| column.name == "sa02").unwrap();
    column.valid.first().copied().unwrap_or(false).then(|| column.values[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_is_shown_before_what_came_in_earlier() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog());
    let mut one = open(&catalog, folder.path()).await;
    let mut ends = Ends::default();
    one.settle(vec![ends.entry(VILLAGES[0], MONTHS[0], 1, 10)]).await.unwrap();
    one.roll_up(&mut |_| {}).await.unwrap();
    let first = one.applied();

    let many = VILLAGES.iter().map(|village| ends.entry(village, MONTHS[1], 1, 100)).collect();
    one.settle(many).await.unwrap();
    one.settle(vec![ends.entry(VILLAGES[0], MONTHS[0], 2, 11)]).await.unwrap();
    let report = one.roll_up_some(Taking::Corrections, &henan()).await.unwrap();
    assert!(report.rows > 0);
    assert_eq!((persons(&one, MONTHS[0]), persons(&one, MONTHS[1])), (Some(11), None));
    tables_show(&mut one).await;
    // Not everything is there up to any version behind the first.
    let shown = one.store().applied_under("context_findings", &catalog.hash, &henan()).await;
    assert_eq!(shown.unwrap()[&henan()[0]], Some(first));
    assert_eq!(one.roll_up_some(Taking::Corrections, &henan()).await.unwrap().rows, 0);

    // More prefectures than are taken in at a time; those of the second batch have waited less.
    let others = OTHERS.iter().map(|village| ends.entry(village, MONTHS[1], 1, 100)).collect();
    one.settle(others).await.unwrap();
    let mut seen = Vec::new();
    while one.roll_up_some(Taking::Longest, &henan()).await.unwrap().rows > 0 {
        seen.push(persons(&one, MONTHS[1]));
        tables_show(&mut one).await;
    }
    assert_eq!(seen, [Some(1_100), Some(1_200)]);
    let shown = one.find_in_context(&henan()).await;
    assert!(shown.is_ok());
    let proof = examine(catalog, Arc::clone(one.store()), &mut |_| {}).await.unwrap();
    assert!(proof.holds(), "{proof:?}");
    assert_eq!(
        open(one.catalog(), folder.path()).await.roll_up(&mut |_| {}).await.unwrap().rows,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_of_what_waits_does_not_wait() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog());
    let mut one = open(&catalog, folder.path()).await;
    let mut ends = Ends::default();
    one.roll_up(&mut |_| {}).await.unwrap();
    for village in &VILLAGES[..3] {
        one.settle(vec![ends.entry(village, MONTHS[0], 1, 10)]).await.unwrap();
    }
    one.settle(vec![ends.entry(VILLAGES[1], MONTHS[0], 2, 11)]).await.unwrap();
    assert!(one.roll_up_some(Taking::Corrections, &henan()).await.unwrap().rows > 0);
    assert_eq!(persons(&one, MONTHS[0]), Some(11));
    tables_show(&mut one).await;
    one.roll_up_some(Taking::Longest, &henan()).await.unwrap();
    assert_eq!(persons(&one, MONTHS[0]), Some(31));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_sent_again_is_no_single_correction() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog());
    let mut one = open(&catalog, folder.path()).await;
    let mut ends = Ends::default();
    let records = catalog.register.records().iter();
    let villages = records.filter(|unit| unit.level == Level::Village);
    let villages = villages.map(|unit| unit.code.to_string());
    let villages: Vec<String> =
        villages.filter(|code| code.starts_with("410102")).take(17).collect();
    assert_eq!(villages.len(), 17);
    let send = |ends: &mut Ends, revision| -> Vec<Entry> {
        let all = villages.iter();
        all.map(|village| ends.entry(village, MONTHS[0], revision, revision)).collect()
    };
    one.settle(send(&mut ends, 1)).await.unwrap();
    one.roll_up(&mut |_| {}).await.unwrap();
    one.settle(send(&mut ends, 2)).await.unwrap();
    assert_eq!(one.roll_up_some(Taking::Corrections, &henan()).await.unwrap().rows, 0);
    assert_eq!(persons(&one, MONTHS[0]), Some(17));
    one.roll_up_some(Taking::Longest, &henan()).await.unwrap();
    assert_eq!(persons(&one, MONTHS[0]), Some(34));
    tables_show(&mut one).await;
}

/// A small generator, so that a failure can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % end
    }
}

/// A few returns of any village and month in any order of revisions, some of which are refused.
fn some_returns(chance: &mut Chance, ends: &mut Ends) -> Vec<Entry> {
    let number = 1 + chance.below(6);
    let mut one = || {
        let village = VILLAGES[chance.below(8) as usize];
        let month = MONTHS[chance.below(3) as usize];
        let revision = 1 + chance.below(4) as u32;
        match chance.below(4) {
            0 => ends.entry(village, month, revision, "many"),
            _ => ends.entry(village, month, revision, chance.below(50)),
        }
    };
    (0..number).map(|_| one()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_taken_in_first_the_end_is_the_same() {
    let catalog = catalog();
    let mut decisions = BTreeSet::new();
    for seed in 0..2 {
        let (folder, chance) = (tempfile::tempdir().unwrap(), &mut Chance(seed));
        let place = folder.path().join("pieces");
        let mut pieces = open(&catalog, &place).await;
        let mut whole = open(&catalog, &folder.path().join("whole")).await;
        pieces.roll_up(&mut |_| {}).await.unwrap();
        let mut ends = Ends::default();
        for step in 0..16 {
            let batch = some_returns(chance, &mut ends);
            let report = whole.settle(batch.clone()).await.unwrap();
            decisions.extend(report.rows.iter().map(|row| row.decision.name()));
            pieces.settle(batch).await.unwrap();
            for what in [Taking::Corrections, Taking::Longest] {
                if chance.below(3) == 0 {
                    pieces.roll_up_some(what, &henan()).await.unwrap();
                }
            }
            match chance.below(4) {
                0 => drop(pieces.find_in_context(&henan()).await.unwrap()),
                // As after a power cut: the tables tell what is left to be done.
                1 if step > 8 => {
                    pieces = open(&catalog, &place).await;
                    pieces.roll_up(&mut |_| {}).await.unwrap();
                }
                _ => {}
            }
        }
        // What the tables do not show by then, whoever opens them next knows.
        pieces.find_in_context(&henan()).await.unwrap();
        let mut pieces = open(&catalog, &place).await;
        let findings = whole.roll_up(&mut |_| {}).await.unwrap().findings;
        assert_eq!(pieces.roll_up(&mut |_| {}).await.unwrap().findings, findings);
        tables_show(&mut pieces).await;
        for form in ["SA", "QA"] {
            let form = catalog.form_by_code(form).unwrap();
            for period in whole.figures().periods(form) {
                let rows = whole.figures().rows(form, period, Slice::Whole);
                let compared = pieces.store().compare_rows(&catalog, rows, None).await.unwrap();
                assert_eq!((compared.different, compared.told), (0, Vec::new()), "{period}");
            }
        }
    }
    let all = ["accepted", "overtaken", "refused"];
    assert!(all.iter().all(|decision| decisions.contains(decision)), "{decisions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_a_flood_is_rolled_up_as_a_whole() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog());
    let mut one = open(&catalog, &folder.path().join("flooded")).await;
    let mut plain = open(&catalog, &folder.path().join("plain")).await;
    one.roll_up(&mut |_| {}).await.unwrap();
    let (chance, mut ends) = (&mut Chance(9), Ends::default());
    for step in 0..24 {
        let batch = some_returns(chance, &mut ends);
        plain.settle(batch.clone()).await.unwrap();
        one.settle(batch).await.unwrap();
        if step == 11 {
            one.flood().unwrap();
        }
    }
    let store = Arc::clone(one.store());
    let shown = async || store.applied_under("context_findings", &catalog.hash, &henan()).await;
    assert!(shown().await.unwrap()[&henan()[0]] < Some(one.applied()));
    one.roll_up(&mut |_| {}).await.unwrap();
    assert_eq!(shown().await.unwrap()[&henan()[0]], Some(one.applied()));
    plain.roll_up(&mut |_| {}).await.unwrap();
    assert_eq!(one.account(), plain.account());
    for month in MONTHS {
        assert!(persons(&plain, month).is_some());
        assert_eq!(persons(&one, month), persons(&plain, month));
    }
    tables_show(&mut one).await;
    let proof = examine(Arc::clone(&catalog), Arc::clone(&store), &mut |_| {}).await.unwrap();
    assert!(proof.holds(), "{proof:?}");
}

/// Number of commits in the log of a table.
fn commits(log: &Path) -> usize {
    let names = fs::read_dir(log).unwrap().map(|entry| entry.unwrap().path());
    names.filter(|path| path.extension().is_some_and(|kind| kind == "json")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_of_which_one_table_fails_is_made_up_for() {
    let catalog = catalog();
    for (failing, other) in [("sa", "qa"), ("qa", "sa")] {
        let folder = tempfile::tempdir().unwrap();
        let log = |table: &str| folder.path().join(table).join("_delta_log");
        let mut one = open(&catalog, folder.path()).await;
        let mut ends = Ends::default();
        one.settle(vec![ends.entry(VILLAGES[0], MONTHS[0], 1, 10)]).await.unwrap();
        one.roll_up(&mut |_| {}).await.unwrap();
        one.settle(vec![ends.entry(VILLAGES[4], MONTHS[0], 1, 5)]).await.unwrap();

        let (before, aside) = (commits(&log(other)), folder.path().join("aside"));
        fs::rename(log(failing), &aside).unwrap();
        fs::write(log(failing), "no log").unwrap();
        let why = one.roll_up_some(Taking::Longest, &henan()).await.err().unwrap();
        // The commit of the other table was under way and came to its end.
        assert_eq!(commits(&log(other)), before + 1, "{failing} fails: {why}");
        fs::remove_file(log(failing)).unwrap();
        fs::rename(&aside, log(failing)).unwrap();

        let mut again = open(&catalog, folder.path()).await;
        assert!(again.roll_up(&mut |_| {}).await.unwrap().rows > 0);
        assert_eq!(persons(&again, MONTHS[0]), Some(15));
        tables_show(&mut again).await;
        let store = Arc::clone(again.store());
        let proof = examine(Arc::clone(&catalog), store, &mut |_| {}).await.unwrap();
        assert!(proof.holds(), "{failing} fails: {proof:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_still_missing_are_written_after_a_restart() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog());
    let mut one = open(&catalog, folder.path()).await;
    one.roll_up(&mut |_| {}).await.unwrap();
    let mut ends = Ends::default();
    one.settle(vec![ends.entry(VILLAGES[0], MONTHS[0], 1, 10)]).await.unwrap();
    for persons in 0..3 {
        one.settle(vec![ends.entry(VILLAGES[4], MONTHS[0], persons + 1, persons)]).await.unwrap();
    }
    // The month has rows of every unit now, most of which hold nothing and were not written.
    one.roll_up_some(Taking::Longest, &henan()).await.unwrap();
    one.roll_up_some(Taking::Longest, &henan()).await.unwrap();
    one.find_in_context(&henan()).await.unwrap();
    let mut again = open(&catalog, folder.path()).await;
    assert!(again.roll_up(&mut |_| {}).await.unwrap().rows > 10_000);
    tables_show(&mut again).await;
}

/// A return and a correction come in; another writes both, then this one the correction alone, which
/// would give rows without the return. The other, and why this one was refused.
async fn overtaken(
    sleeper: &mut Aggregator,
    mut ends: Ends,
    folder: &Path,
) -> (Aggregator, String) {
    sleeper.settle(vec![ends.entry(VILLAGES[4], MONTHS[0], 1, 5)]).await.unwrap();
    sleeper.settle(vec![ends.entry(VILLAGES[0], MONTHS[0], 2, 11)]).await.unwrap();
    let mut heir = open(sleeper.catalog(), folder).await;
    assert_eq!(heir.applied(), sleeper.applied());
    heir.roll_up(&mut |_| {}).await.unwrap();
    assert_eq!(persons(&heir, MONTHS[0]), Some(16));
    let refused = sleeper.roll_up_some(Taking::Corrections, &henan()).await.err().unwrap();
    (heir, refused.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_has_written_nothing_yet_is_refused_as_well() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog());
    let mut ends = Ends::default();
    let mut first = open(&catalog, folder.path()).await;
    first.settle(vec![ends.entry(VILLAGES[0], MONTHS[0], 1, 10)]).await.unwrap();
    first.roll_up(&mut |_| {}).await.unwrap();

    // Its roll-up finds everything done, so that it has written no table itself.
    let mut sleeper = open(&catalog, folder.path()).await;
    assert_eq!(sleeper.roll_up(&mut |_| {}).await.unwrap().rows, 0);
    let (mut heir, refused) = overtaken(&mut sleeper, ends, folder.path()).await;
    assert!(refused.contains("is applied already"), "{refused}");
    tables_show(&mut heir).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_slept_is_refused_though_it_knows_as_much() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog());
    let mut sleeper = open(&catalog, folder.path()).await;
    let mut ends = Ends::default();
    sleeper.settle(vec![ends.entry(VILLAGES[0], MONTHS[0], 1, 10)]).await.unwrap();
    sleeper.roll_up(&mut |_| {}).await.unwrap();
    let (mut heir, refused) = overtaken(&mut sleeper, ends, folder.path()).await;
    assert!(refused.contains("in between"), "{refused}");
    tables_show(&mut heir).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_that_were_put_together_are_entered_once() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog());
    let mut one = open(&catalog, folder.path()).await;
    let mut other = open(&catalog, folder.path()).await;
    let mut ends = Ends::default();
    for revision in 1..=40 {
        let village = VILLAGES[revision as usize % 8];
        one.settle(vec![ends.entry(village, MONTHS[0], revision, revision)]).await.unwrap();
        if revision == 7 {
            other.catch_up().await.unwrap();
        }
    }
    one.roll_up(&mut |_| {}).await.unwrap();
    let fewer = one.store().compact_submissions(one.applied()).await.unwrap();
    assert_eq!(fewer, 39);
    assert!(other.catch_up().await.unwrap());
    assert_eq!(other.account(), one.account());
    one.catch_up().await.unwrap();
    assert_eq!(other.account(), one.account());
    other.roll_up(&mut |_| {}).await.unwrap();
    assert_eq!(persons(&other, MONTHS[0]), persons(&one, MONTHS[0]));
    tables_show(&mut other).await;
    let again = open(&catalog, folder.path()).await;
    assert_eq!(again.account(), one.account());
    assert_eq!(again.positions().await.unwrap(), one.positions().await.unwrap());
    let proof = examine(catalog, Arc::clone(one.store()), &mut |_| {}).await.unwrap();
    assert!(proof.holds(), "{proof:?}");
}
