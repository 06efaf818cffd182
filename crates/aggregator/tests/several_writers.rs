//! Several aggregators on the same tables: each settles its partitions and takes in what the others
//! commit; whichever rolls up, the tables are those of a single one.

use std::{path::Path, sync::Arc};

use aggregator::{Aggregator, examine};
use journal::{Entry, Place, partition_of};
use model::Catalog;
use store::Store;

/// Counties in three partitions, with some of their villages.
const VILLAGES: [&str; 6] = [
    "410102001002",
    "410102001003",
    "410181100201",
    "410181100202",
    "419001001001",
    "419001001002",
];

fn catalog() -> Arc<Catalog> {
    let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
    Arc::new(catalog::load(&definitions).unwrap())
}

async fn store(folder: &Path) -> Arc<Store> {
    Arc::new(Store::open(folder, Arc::new(|| 1_700_000_000_000)).await.unwrap())
}

/// The entry of a village's return; offsets count up in its partition.
fn entry(village: &str, revision: u32, persons: u32, offset: u64) -> Entry {
    let reason = if revision > 1 { r#""reason":"更正","# } else { "" };
    let bytes = format!(
        r#"{{"wire":1,"id":"{village}-{revision}","unit":"{village}","form":"SA","period":"2023-03","revision":{revision},"submitted_at":"2023-04-02T09:00:00+08:00","signers":{{"filler":"甲","reviewer":"乙","head":"丙"}},{reason}"cells":{{"SA01":"{persons}","SA02":"{persons}","SA03":"0","SA04":"0","SA17":"0","SA18":"0"}},"source":"file"}}"#
    );
    let place = Place { partition: partition_of(village), offset };
    let (kind, wire) = ("return".to_owned(), "1".to_owned());
    Entry { place, kind, wire, bytes: bytes.into_bytes(), at: 0 }
}

/// Both villages of a county; a correction adds to what its return said.
fn county(number: usize, revision: u32, first_offset: u64) -> Vec<Entry> {
    let villages = &VILLAGES[2 * number..2 * number + 2];
    let numbered = villages.iter().zip(first_offset..).zip(0u32..);
    let persons = |i: u32| (1 << (2 * number as u32 + i)) + 64 * (revision - 1);
    numbered.map(|((village, at), i)| entry(village, revision, persons(i), at)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_takes_in_what_the_others_commit() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = catalog();
    let open = || async {
        let store = store(&folder.path().join("shared")).await;
        Aggregator::open(Arc::clone(&catalog), store).await.unwrap()
    };
    let (mut one, mut other) = (open().await, open().await);
    one.settle(county(0, 1, 0)).await.unwrap();
    other.settle(county(1, 1, 0)).await.unwrap();
    // This one has not seen the commit between its two.
    one.settle(county(2, 1, 0)).await.unwrap();
    one.roll_up(&mut |_| {}).await.unwrap();
    assert_eq!(one.account().effective, 6, "the other's returns are in it");
    // The writing of roll-ups changes hands, and with it a correction.
    other.settle(county(1, 2, 2)).await.unwrap();
    assert!(!other.catch_up().await.unwrap(), "its own commit has brought everything along");
    other.roll_up(&mut |_| {}).await.unwrap();
    assert!(one.catch_up().await.unwrap());
    assert_eq!(one.account(), other.account());
    let written = one.roll_up(&mut |_| {}).await.unwrap();
    assert!(written.rows > 0, "it makes the rows that it has not made itself");

    let alone = folder.path().join("alone");
    let mut single = Aggregator::open(Arc::clone(&catalog), store(&alone).await).await.unwrap();
    for (number, revision, at) in [(0, 1, 0), (1, 1, 0), (2, 1, 0), (1, 2, 2)] {
        single.settle(county(number, revision, at)).await.unwrap();
    }
    single.roll_up(&mut |_| {}).await.unwrap();
    assert_eq!(single.account(), one.account());
    for (form, period) in [("SA", "2023-03"), ("SA", "2023-Q1"), ("QA", "2023-03")] {
        let form = catalog.form_by_code(form).unwrap();
        let rows = single.figures().rows(form, period.parse().unwrap(), rollup::Slice::Whole);
        let shared = store(&folder.path().join("shared")).await;
        let compared = shared.compare_rows(&catalog, rows, None).await.unwrap();
        assert_eq!((compared.different, compared.told), (0, Vec::new()));
        assert!(compared.cells > 1000);
    }
    let proof = examine(catalog, store(&folder.path().join("shared")).await, &mut |_| {}).await;
    assert!(proof.unwrap().holds());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_slept_is_refused_and_goes_on_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = catalog();
    let open = || async {
        Aggregator::open(Arc::clone(&catalog), store(folder.path()).await).await.unwrap()
    };
    let mut sleeper = open().await;
    let mut heir = open().await;
    heir.settle(county(0, 1, 0)).await.unwrap();
    let refused = sleeper.settle(county(0, 1, 0)).await.err().unwrap().to_string();
    assert!(refused.contains("another process has committed"), "{refused}");
    let mut woken = open().await;
    assert_eq!(woken.positions().await.unwrap()[&partition_of("410102")], 2);
    woken.settle(county(0, 2, 2)).await.unwrap();
    let account = woken.account();
    assert_eq!((account.received, account.effective, account.superseded), (4, 2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_knows_less_cannot_undo_a_roll_up() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = catalog();
    let open = || async {
        Aggregator::open(Arc::clone(&catalog), store(folder.path()).await).await.unwrap()
    };
    let mut slow = open().await;
    slow.settle(county(0, 1, 0)).await.unwrap();
    let mut fast = open().await;
    fast.settle(county(1, 1, 0)).await.unwrap();
    fast.roll_up(&mut |_| {}).await.unwrap();
    let refused = slow.roll_up(&mut |_| {}).await.err().unwrap().to_string();
    assert!(refused.contains("is applied already"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_from_context_are_those_of_a_fresh_start_after_every_step() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = catalog();
    let open = || async {
        Aggregator::open(Arc::clone(&catalog), store(folder.path()).await).await.unwrap()
    };
    let mut kept = open().await;
    let mut seen = Vec::new();
    for (number, revision, at) in [(0, 1, 0), (1, 1, 0), (0, 2, 2), (2, 1, 0)] {
        kept.settle(county(number, revision, at)).await.unwrap();
        let findings = kept.roll_up(&mut |_| {}).await.unwrap().findings;
        let anew = open().await.roll_up(&mut |_| {}).await.unwrap().findings;
        assert_eq!(findings, anew);
        seen.push(findings);
    }
    // Completeness counts what was accepted, so a finding that was kept too long would show.
    assert_ne!(seen[0], seen[1]);
    assert_eq!(seen[1], seen[2], "a correction makes nothing more complete");
    assert_ne!(seen[2], seen[3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_return_in_the_partition_of_another_county_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path()).await;
    let mut aggregator = Aggregator::open(catalog(), Arc::clone(&store)).await.unwrap();
    aggregator.settle(county(0, 1, 0)).await.unwrap();
    // The same return where another ledger decides, which has never seen its key.
    let [mut astray, _] = county(0, 1, 0).try_into().unwrap();
    astray.place = Place { partition: partition_of(VILLAGES[2]), offset: 0 };
    aggregator.settle(vec![astray]).await.unwrap();
    let account = aggregator.account();
    assert_eq!((account.effective, account.set_aside), (2, 1));
    let mut reasons = Vec::new();
    let take = |rows: Vec<store::SubmissionRow>| {
        reasons.extend(rows.into_iter().filter_map(|row| row.reason));
    };
    store.read_submissions(take).await.unwrap();
    assert!(reasons[0].contains("belong into partition"), "{reasons:?}");
}
