//! The publisher beside a table and a log in memory that can be out of reach.

use std::sync::{Mutex, PoisonError};

use journal::{Entry, Place};
use model::{
    envelope::EntryKind,
    receipt::{Decision, VerdictSheet},
};
use store::PositionMove;

use super::*;

/// A log in memory that several publishers share, and that can be out of reach.
#[derive(Clone, Default)]
struct Log {
    entries: Arc<Mutex<Vec<(u32, String, Vec<u8>)>>>,
    down: Arc<AtomicBool>,
}

impl Log {
    /// The places of all verdicts, in the order in which they came.
    fn places(&self) -> Vec<String> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let places = |bytes: &[u8]| {
            let VerdictSheet { partition, verdicts, .. } = serde_json::from_slice(bytes).unwrap();
            let place = verdicts.iter().map(|one| format!("{partition}/{}", one.offset));
            place.collect::<Vec<_>>()
        };
        entries.iter().flat_map(|(_, _, bytes)| places(bytes)).collect()
    }

    fn keys(&self) -> Vec<String> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().map(|(_, key, _)| key.clone()).collect()
    }

    fn reach(&self) -> Result<(), JournalError> {
        match self.down.load(Ordering::SeqCst) {
            true => Err(JournalError::Stalled { seconds: 0 }),
            false => Ok(()),
        }
    }

    async fn wait_for(&self, count: usize) -> Vec<String> {
        for _ in 0..400 {
            if self.places().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.places()
    }
}

impl Outbox for Log {
    fn last(&mut self, partitions: &[u32]) -> Result<Vec<Entry>, JournalError> {
        self.reach()?;
        let entries = self.entries.lock().unwrap();
        let last = |wanted: &u32| entries.iter().rev().find(|(partition, ..)| partition == wanted);
        let found = partitions.iter().filter_map(last);
        Ok(found
            .map(|(partition, _, bytes)| Entry {
                place: Place { partition: *partition, offset: 0 },
                kind: KIND.to_owned(),
                wire: String::new(),
                bytes: bytes.clone(),
                at: 0,
            })
            .collect())
    }

    fn publish(&mut self, entries: &[NewEntry<'_>]) -> Result<(), JournalError> {
        self.reach()?;
        let mut log = self.entries.lock().unwrap();
        log.extend(entries.iter().map(|e| {
            let partition = e.partition.unwrap_or(u32::MAX);
            (partition, e.key.to_owned(), e.bytes.to_vec())
        }));
        Ok(())
    }
}

fn row(partition: u32, offset: u64) -> SubmissionRow {
    SubmissionRow {
        kind: EntryKind::Return,
        step: None,
        id: format!("r{partition}-{offset}"),
        unit: None,
        form: Some(Arc::from("SA")),
        period: None,
        revision: Some(1),
        decision: Decision::SetAside,
        reason: Some("no JSON".to_owned()),
        correction: None,
        cells: None,
        not_applicable: None,
        qualifiers: None,
        explanations: None,
        prior: None,
        findings: None,
        signers: None,
        submitted_at: None,
        on_time: None,
        content_hash: format!("{:064x}", offset),
        source: None,
        partition,
        offset,
        wire: Some(1),
        catalog_hash: Arc::from("c"),
        body: None,
    }
}

async fn commit(
    store: &Store,
    partition: u32,
    from: u64,
    to: u64,
) -> (u64, Arc<Vec<SubmissionRow>>) {
    let rows: Vec<SubmissionRow> = (from..to).map(|offset| row(partition, offset)).collect();
    let moves = [PositionMove { partition, from, to }];
    (store.commit_submissions(&rows, &moves).await.unwrap(), Arc::new(rows))
}

async fn store(folder: &tempfile::TempDir) -> Arc<Store> {
    Arc::new(Store::open(folder.path(), Arc::new(|| 0)).await.unwrap())
}

fn start(log: &Log, store: &Arc<Store>) -> Publisher {
    Publisher::start(Some(Box::new(log.clone())), Arc::clone(store), Arc::default())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_table_is_published_once_whoever_holds_the_partition() {
    let folder = tempfile::tempdir().unwrap();
    let (store, log) = (store(&folder).await, Log::default());
    // Settled before anything was published.
    commit(&store, 3, 0, 2).await;
    let mut first = start(&log, &store);
    first.hold(&[3, 4]);
    assert_eq!(log.wait_for(2).await, ["3/0", "3/1"]);
    let (version, rows) = commit(&store, 3, 2, 4).await;
    first.committed(version, rows);
    assert_eq!(log.wait_for(4).await.len(), 4);
    first.finish();

    // The next holder goes on where the log ends, and takes in what nobody published.
    commit(&store, 3, 4, 5).await;
    let mut second = start(&log, &store);
    second.hold(&[3]);
    let (version, rows) = commit(&store, 3, 5, 6).await;
    second.committed(version, rows);
    let places = log.wait_for(6).await;
    second.finish();
    assert_eq!(places, ["3/0", "3/1", "3/2", "3/3", "3/4", "3/5"]);
    assert_eq!(log.places().len(), 6, "nothing came twice");
    assert_eq!(log.keys()[..2], ["3/0-1", "3/2-3"], "one sheet for what was settled together");
    let entries = log.entries.lock().unwrap();
    let sheet: VerdictSheet<'_> = serde_json::from_slice(&entries.last().unwrap().2).unwrap();
    let last = sheet.verdicts.last().unwrap();
    assert_eq!((last.offset, last.decision, sheet.commit), (5, Decision::SetAside, version));
    assert_eq!(last.reason.as_deref(), Some("no JSON"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_out_of_reach_holds_nobody_up_and_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (store, log) = (store(&folder).await, Log::default());
    let mut publisher = start(&log, &store);
    publisher.hold(&[0]);
    log.down.store(true, Ordering::SeqCst);
    for offset in 0..10 {
        let (version, rows) = commit(&store, 0, offset, offset + 1).await;
        let began = std::time::Instant::now();
        publisher.committed(version, rows);
        assert!(began.elapsed() < RETRY, "settling must not wait for publishing");
    }
    assert!(log.places().is_empty());
    log.down.store(false, Ordering::SeqCst);
    let places = log.wait_for(10).await;
    publisher.finish();
    assert_eq!(places, (0..10).map(|offset| format!("0/{offset}")).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_of_others_are_left_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let (store, log) = (store(&folder).await, Log::default());
    let mut publisher = start(&log, &store);
    publisher.hold(&[1, 2]);
    publisher.release(&[2]);
    commit(&store, 1, 0, 1).await;
    let (version, rows) = commit(&store, 2, 0, 3).await;
    publisher.committed(version, rows);
    let (version, rows) = commit(&store, 1, 1, 2).await;
    publisher.committed(version, rows);
    log.wait_for(2).await;
    publisher.finish();
    assert_eq!(log.places(), ["1/0", "1/1"]);
}

#[test]
fn a_sheet_ends_with_its_partition_and_when_it_is_full() {
    let long = |partition, offset| SubmissionRow {
        reason: Some("x".repeat(40_000)),
        ..row(partition, offset)
    };
    let huge = |offset| SubmissionRow { reason: Some("x".repeat(90_000)), ..row(1, offset) };
    let rows = [row(1, 7), row(1, 8), row(2, 5), long(2, 6), long(2, 7), row(2, 8)];
    assert_eq!(sheets::of(&[&huge(1), &huge(2)], 3).len(), 2, "too large ones are alone");
    let sheets = sheets::of(&rows.iter().collect::<Vec<_>>(), 3);
    let keys: Vec<&str> = sheets.iter().map(|sheet| sheet.key.as_str()).collect();
    assert_eq!(keys, ["1/7-8", "2/5-6", "2/7-8"]);
    let second: VerdictSheet<'_> = serde_json::from_slice(&sheets[1].bytes).unwrap();
    assert_eq!(second.verdicts.iter().map(|one| one.offset).collect::<Vec<_>>(), [5, 6]);
    assert_eq!((second.partition, second.commit), (2, 3));
    assert!(sheets.iter().zip([1, 2, 2]).all(|(sheet, partition)| sheet.partition == partition));
}

#[test]
fn verdicts_of_two_catalogues_do_not_share_a_sheet() {
    let other = |offset| SubmissionRow { catalog_hash: Arc::from("d"), ..row(1, offset) };
    let rows = [row(1, 0), row(1, 1), other(2), other(3), row(1, 4)];
    let sheets = sheets::of(&rows.iter().collect::<Vec<_>>(), 3);
    let read = sheets.iter().map(|sheet| {
        let of: VerdictSheet<'_> = serde_json::from_slice(&sheet.bytes).unwrap();
        (sheet.key.as_str(), of.catalog.into_owned())
    });
    let expected = [("1/0-1", "c"), ("1/2-3", "d"), ("1/4-4", "c")];
    assert_eq!(read.collect::<Vec<_>>(), expected.map(|(key, hash)| (key, hash.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_began_with_other_entries_is_gone_on_with() {
    // Verdicts that say all of it themselves, in arrays or alone.
    let verdict = r#"{"wire":1,"partition":3,"offset":0,"commit":0,"kind":"return","id":"r","unit":null,
        "form":"SA","period":null,"revision":1,"decision":"accepted","on_time":null,"reason":null,
        "catalog":"c"}"#;
    for entry in [verdict.to_owned(), format!("[{verdict}]")] {
        let folder = tempfile::tempdir().unwrap();
        let (store, log) = (store(&folder).await, Log::default());
        commit(&store, 3, 0, 2).await;
        log.entries.lock().unwrap().push((3, "3/0".to_owned(), entry.into_bytes()));
        let mut publisher = start(&log, &store);
        publisher.hold(&[3]);
        for _ in 0..400 {
            if log.keys().len() == 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        publisher.finish();
        assert_eq!(log.keys(), ["3/0", "3/1-1"]);
    }
}
