//! Putting small commits together: less files, the same rows in the same order, whoever commits
//! meanwhile.

mod fixture;

use std::{fs::File, path::Path};

use fixture::{files, open, read_all, set_aside, step, submission};
use parquet::{
    basic::Compression,
    file::reader::{FileReader, SerializedFileReader},
};
use store::{SUBMISSIONS, Store};

const MONTHS: [&str; 2] = ["2023-01", "2023-02"];

/// Commits from..to, each with two rows of two months in one partition.
async fn commit(store: &Store, partition: u32, commits: std::ops::Range<u64>) -> u64 {
    let mut version = 0;
    for n in commits {
        let rows: Vec<_> = (0..2u64)
            .map(|i| submission(partition, 2 * n + i, Some(MONTHS[(n + i) as usize % 2])))
            .collect();
        let moved = [step(partition, 2 * n, 2 * n + 2)];
        version = store.commit_submissions(&rows, &moved).await.unwrap();
    }
    version
}

async fn number_of_files(store: &Store) -> usize {
    store.snapshot(SUBMISSIONS).await.unwrap().files.len()
}

/// How many of the files are packed with zstd, and how many with lz4.
async fn packed(folder: &Path, store: &Store) -> [usize; 2] {
    let mut packed = [0; 2];
    for file in store.snapshot(SUBMISSIONS).await.unwrap().files {
        let file = File::open(folder.join(SUBMISSIONS).join(file.path)).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        for column in reader.metadata().row_group(0).columns() {
            match column.compression() {
                Compression::ZSTD(_) => packed[0] += 1,
                Compression::LZ4_RAW => packed[1] += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    let columns = store::submissions_schema().fields().len() - 1;
    packed.map(|chunks| chunks / columns)
}

fn log(folder: &Path, version: u64) -> String {
    let path = folder.join(SUBMISSIONS).join(format!("_delta_log/{version:020}.json"));
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_their_order_stay_and_older_versions_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let shown = commit(&store, 1, 0..40).await;
    let last = commit(&store, 1, 40..45).await;
    let before = read_all(&store).await;
    let old = store.snapshot(SUBMISSIONS).await.unwrap();
    assert_eq!(number_of_files(&store).await, 90);
    assert_eq!(packed(folder.path(), &store).await, [0, 90]);

    assert_eq!(store.compact_submissions(shown).await.unwrap(), 78);
    assert_eq!(number_of_files(&store).await, 12);
    assert_eq!(packed(folder.path(), &store).await, [2, 10], "time is taken for what stays");
    assert_eq!(read_all(&store).await, before);
    assert_eq!(store.positions().await.unwrap(), [(1, 90)].into());
    let written = log(folder.path(), last + 1);
    assert!(written.contains("OPTIMIZE") && !written.contains("\"dataChange\":true"), "{written}");
    assert_eq!(store.snapshot_at(SUBMISSIONS, last).await.unwrap().files, old.files);

    // Rows come with the version of the last of their commits, and what came later behind them.
    let mut versions = Vec::new();
    let newest =
        store.read_submissions_of(|_| true, |v, rows| versions.push((v, rows.len()))).await;
    assert_eq!(newest.unwrap(), Some(last + 1));
    let later = (shown + 1..=last).map(|version| (version, 2));
    assert_eq!(versions, [(shown, 80)].into_iter().chain(later).collect::<Vec<_>>());

    // There is nothing more to do; another process sees the same, and goes on.
    assert_eq!(store.compact_submissions(last).await.unwrap(), 0);
    let other = open(folder.path()).await;
    assert_eq!(read_all(&other).await, before);
    commit(&other, 1, 45..46).await;
    assert_eq!(read_all(&store).await.len(), 92);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_commits_give_the_same_bytes() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&one, &other] {
        let store = open(folder.path()).await;
        let shown = commit(&store, 1, 0..33).await;
        assert!(store.compact_submissions(shown).await.unwrap() > 0);
    }
    assert!(files(one.path()) == files(other.path()));
}

#[tokio::test(flavor = "multi_thread")]
async fn others_commit_and_do_the_same_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (open(folder.path()).await, open(folder.path()).await);
    let shown = commit(&one, 1, 0..64).await;
    let committing = commit(&other, 2, 0..40);
    let (first, second, _) = tokio::join!(
        one.compact_submissions(shown),
        async { open(folder.path()).await.compact_submissions(shown).await },
        committing
    );
    // Whoever was faster has done it; the other finds nothing left, or the files gone.
    assert_eq!(first.unwrap() + second.unwrap(), 126);
    for store in [&one, &other] {
        let rows = read_all(store).await;
        let places: Vec<_> = rows.iter().map(|row| (row.partition, row.offset)).collect();
        let of = |partition| places.iter().filter(move |place| place.0 == partition);
        assert!(of(1).map(|place| place.1).eq(0..128));
        assert!(of(2).map(|place| place.1).eq(0..80));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_only_the_last_commit_has_keeps_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    commit(&store, 1, 0..40).await;
    let rows = [submission(1, 80, Some("2023-03")), set_aside(1, 81)];
    let last = store.commit_submissions(&rows, &[step(1, 80, 82)]).await.unwrap();
    let before = read_all(&store).await;
    assert_eq!(store.compact_submissions(last).await.unwrap(), 78);
    for store in [store, open(folder.path()).await] {
        assert_eq!(read_all(&store).await, before);
        assert_eq!(number_of_files(&store).await, 4);
    }
}
