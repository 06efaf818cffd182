//! Rows and journal positions: one commit, compare-and-swap, read back in the journal's order.

mod fixture;

use fixture::{clock, open, read_all, set_aside, step, submission};
use store::{Store, StoreError};

#[tokio::test]
async fn rows_come_back_as_they_went_in_with_the_positions_of_their_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    assert!(store.positions().await.unwrap().is_empty());
    let first = vec![
        submission(3, 1, Some("2023-02")),
        submission(3, 0, Some("2023-01")),
        submission(0, 7, Some("2023-01")),
        set_aside(3, 2),
    ];
    let refused = store.commit_submissions(&first, &[step(3, 0, 3), step(0, 7, 8)]).await;
    assert!(matches!(refused, Err(StoreError::PositionMoved { partition: 0, stored: 0, from: 7 })));
    let first: Vec<_> = first.into_iter().filter(|row| row.partition == 3).collect();
    let v1 = store.commit_submissions(&first, &[step(3, 0, 3)]).await.unwrap();
    let second = vec![submission(3, 3, Some("2023-01")), submission(0, 0, Some("2023-Q1"))];
    let v2 = store.commit_submissions(&second, &[step(3, 3, 9), step(0, 0, 1)]).await.unwrap();
    assert_eq!(v2, v1 + 1);

    // A new process sees the same, in the order of the journal.
    let again = open(folder.path()).await;
    assert_eq!(again.positions().await.unwrap().into_iter().collect::<Vec<_>>(), [(0, 1), (3, 9)]);
    let all = read_all(&again).await;
    let mut expected = [first, second].concat();
    expected.sort_by_key(|row| {
        (u64::from(row.partition == 0 || row.offset == 3), row.partition, row.offset)
    });
    assert_eq!(all, expected);
    let offsets: Vec<u64> = all.iter().filter(|r| r.partition == 3).map(|r| r.offset).collect();
    assert_eq!(offsets, [0, 1, 2, 3]);

    let mut late = Vec::new();
    again.read_submissions_of(|v| v > v1, |_, mut rows| late.append(&mut rows)).await.unwrap();
    assert_eq!(late.len(), 2);
}

#[tokio::test]
async fn a_commit_that_does_not_begin_at_the_stored_position_is_refused_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let zombie = open(folder.path()).await;
    let rows = [submission(5, 0, Some("2023-01")), submission(5, 1, Some("2023-01"))];
    zombie.commit_submissions(&rows, &[step(5, 0, 2)]).await.unwrap();

    // Another process takes over; the first one wakes up with a fresh view of the table.
    let heir = open(folder.path()).await;
    let next = [submission(5, 2, Some("2023-02"))];
    heir.commit_submissions(&next, &[step(5, 2, 3)]).await.unwrap();
    assert_eq!(zombie.positions().await.unwrap()[&5], 3);
    for moves in [step(5, 2, 3), step(5, 0, 3)] {
        let again = zombie.commit_submissions(&next, &[moves]).await;
        assert!(matches!(
            again,
            Err(StoreError::PositionMoved { partition: 5, stored: 3, from }) if from == moves.from
        ));
    }
    let gap = zombie.commit_submissions(&[], &[step(5, 4, 6)]).await;
    assert!(matches!(gap, Err(StoreError::PositionMoved { stored: 3, from: 4, .. })));
    assert_eq!(read_all(&heir).await.len(), 3);
}

#[tokio::test]
async fn a_row_outside_the_ranges_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let rows = [submission(1, 5, Some("2023-01"))];
    for moves in [vec![], vec![step(2, 0, 9)], vec![step(1, 0, 5)]] {
        let result = store.commit_submissions(&rows, &moves).await;
        assert!(matches!(result, Err(StoreError::RowOutsideMove { partition: 1, offset: 5 })));
    }
    assert!(store.tables().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_own_other_partitions_commit_beside_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |partition: u32| {
        let store = Store::open(folder.path(), clock()).await.unwrap();
        for n in 0..8 {
            let rows = [submission(partition, n, Some("2023-01"))];
            store.commit_submissions(&rows, &[step(partition, n, n + 1)]).await.unwrap();
        }
    };
    tokio::join!(run(0), run(1), run(2));
    let store = open(folder.path()).await;
    let positions: Vec<(u32, u64)> = store.positions().await.unwrap().into_iter().collect();
    assert_eq!(positions, [(0, 8), (1, 8), (2, 8)]);
    let all = read_all(&store).await;
    assert_eq!(all.len(), 24);
    for partition in 0..3 {
        let offsets = all.iter().filter(|r| r.partition == partition).map(|r| r.offset);
        assert!(offsets.eq(0..8));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_processes_with_the_same_range_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (open(folder.path()).await, open(folder.path()).await);
    let rows = [submission(0, 0, Some("2023-01"))];
    let moves = [step(0, 0, 1)];
    let (one, other) =
        tokio::join!(a.commit_submissions(&rows, &moves), b.commit_submissions(&rows, &moves));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
    let lost = one.err().or(other.err()).unwrap();
    assert!(matches!(lost, StoreError::PositionMoved { partition: 0, stored: 1, from: 0 }));
    assert!(lost.is_conflict());
    assert_eq!(read_all(&a).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_survive_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    for n in 0..110 {
        let rows = [submission(0, n, Some("2023-01"))];
        let partition = [step(0, n, n + 1)];
        store.commit_submissions(&rows, &partition).await.unwrap();
        if n == 3 {
            store.commit_submissions(&[], &[step(9, 0, 77)]).await.unwrap();
        }
    }
    let checkpoint = "submissions/_delta_log/00000000000000000099.checkpoint.parquet";
    assert!(folder.path().join(checkpoint).exists());
    let again = open(folder.path()).await;
    let positions: Vec<(u32, u64)> = again.positions().await.unwrap().into_iter().collect();
    assert_eq!(positions, [(0, 110), (9, 77)]);
    assert_eq!(read_all(&again).await.len(), 110);
    again.commit_submissions(&[], &[step(9, 77, 78)]).await.unwrap();
}
