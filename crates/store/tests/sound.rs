//! What a power cut, a full disk or a stray hand leaves behind, and that the same input gives the
//! same bytes.

mod fixture;

use std::{fs, io::ErrorKind, path::Path, sync::Arc, sync::atomic::Ordering};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use fixture::{Faulty, catalog, clock, files, open, read_all, rows, set_aside, step, submission};
use model::FormIx;
use store::{SliceRows, Store, StoreError};

fn units(names: &[&str]) -> RecordBatch {
    let codes: ArrayRef = Arc::new(Int64Array::from_iter_values(0..names.len() as i64));
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(names));
    RecordBatch::try_from_iter([("unit", codes), ("name", names)]).unwrap()
}

/// Some of everything.
async fn fill(folder: &Path) {
    let (store, catalog) = (open(folder).await, catalog(20));
    let some: Vec<_> =
        (0..500).map(|n| submission(1, n, Some(["2023-01", "2023-02"][n as usize % 2]))).collect();
    store.commit_submissions(&some, &[step(1, 0, 500)]).await.unwrap();
    store
        .commit_submissions(&[set_aside(2, 0)], &[step(2, 0, 1), step(1, 500, 501)])
        .await
        .unwrap();
    let slices = ["2023-01", "2023-02", "2023-Q1"]
        .map(|period| SliceRows { slice: None, rows: rows(&catalog, period, 3) });
    store.commit_rows(FormIx(0), slices.to_vec(), &catalog, 2).await.unwrap();
    let again = SliceRows { slice: None, rows: rows(&catalog, "2023-02", 4) };
    store.commit_rows(FormIx(0), vec![again], &catalog, 3).await.unwrap();
    store.replace_table("units", &[units(&["河南"])]).await.unwrap();
    store.replace_table("units", &[units(&["河南", "郑州"])]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_input_gives_the_same_names_and_bytes_log_included() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fill(one.path()).await;
    fill(other.path()).await;
    let (one, other) = (files(one.path()), files(other.path()));
    assert!(one.keys().any(|name| name.ends_with("00000000000000000002.json")));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(bytes == &other[name], "{name} differs");
    }
    assert!(one.keys().all(|name| !name.contains(".tmp")), "{:?}", one.keys());
}

#[tokio::test]
async fn a_table_is_replaced_as_a_whole_and_not_at_all_when_nothing_changed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let v1 = store.replace_table("units", &[units(&["河南"])]).await.unwrap();
    let first = store.snapshot("units").await.unwrap();
    assert_eq!(store.replace_table("units", &[units(&["河南"])]).await.unwrap(), v1);
    let v2 =
        store.replace_table("units", &[units(&["河南", "郑州"]), units(&["济源"])]).await.unwrap();
    assert_eq!(v2, v1 + 1);
    let second = store.snapshot("units").await.unwrap();
    assert_eq!((second.files.len(), second.num_rows()), (1, 3));
    assert_eq!(store.snapshot_at("units", v1).await.unwrap().files, first.files);

    // Other columns, and no rows.
    let names: ArrayRef = Arc::new(StringArray::from_iter_values::<&str, _>([]));
    let empty = RecordBatch::try_from_iter([("label", names)]).unwrap();
    store.replace_table("units", &[empty]).await.unwrap();
    let third = store.snapshot("units").await.unwrap();
    assert_eq!((third.files.len(), third.schema.field(0).name().as_str()), (0, "label"));
    assert!(matches!(
        store.replace_table("../x", &[units(&[])]).await,
        Err(StoreError::TableName(_))
    ));
    assert_eq!(store.tables().await.unwrap(), [("units".to_owned(), third.version)]);
}

#[tokio::test]
async fn an_empty_or_broken_commit_file_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path()).await;
    let log = folder.path().join("submissions/_delta_log");
    let newest = log.join("00000000000000000002.json");
    let kept = fs::read(&newest).unwrap();

    fs::write(&newest, b"").unwrap();
    let error = Store::open(folder.path(), clock()).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::EmptyCommitFile { path, newest: true, .. } if path.ends_with("00000000000000000002.json"))
    );
    assert!(error.to_string().contains("move this file away"), "{error}");

    fs::write(&newest, &kept[..kept.len() / 2]).unwrap();
    let error = Store::open(folder.path(), clock()).await.unwrap_err();
    assert!(matches!(&error, StoreError::UnreadableCommitFile { newest: true, .. }), "{error}");

    // The remedy of the message: without the file the table is as before the lost commit.
    fs::remove_file(&newest).unwrap();
    let store = open(folder.path()).await;
    assert_eq!(store.positions().await.unwrap().into_iter().collect::<Vec<_>>(), [(1, 500)]);

    let first = log.join("00000000000000000001.json");
    fs::write(&newest, &kept).unwrap();
    fs::remove_file(first).unwrap();
    let error = Store::open(folder.path(), clock()).await.unwrap_err();
    assert!(matches!(&error, StoreError::MissingVersion { version: 1, .. }), "{error}");
}

#[tokio::test]
async fn a_lost_data_file_is_refused_and_a_stray_one_ignored() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path()).await;
    let store = open(folder.path()).await;
    let path = store.snapshot("sa").await.unwrap().paths().next().unwrap();
    let whole = fs::read(&path).unwrap();
    fs::write(path.with_file_name("all-0123456789abcdef.parquet"), b"half a fi").unwrap();
    fs::create_dir_all(folder.path().join("ec/_delta_log")).unwrap();
    open(folder.path()).await;

    fs::write(&path, &whole[..10]).unwrap();
    let error = Store::open(folder.path(), clock()).await.unwrap_err();
    assert!(error.to_string().contains("has 10 bytes instead of"), "{error}");
    fs::remove_file(&path).unwrap();
    let error = Store::open(folder.path(), clock()).await.unwrap_err();
    assert!(matches!(&error, StoreError::DamagedDataFile { table, .. } if table == "sa"));
    assert!(error.to_string().contains("is missing"), "{error}");
}

#[tokio::test]
async fn a_full_disk_leaves_the_version_before_in_force() {
    // Full when the data is written, and full when the commit file is.
    for part in [".parquet", "0000002.json"] {
        let folder = tempfile::tempdir().unwrap();
        let disk = Faulty::new(part, ErrorKind::StorageFull);
        let store = Store::open_over(folder.path(), clock(), Arc::clone(&disk) as _).await.unwrap();
        let first = [submission(0, 0, Some("2023-01"))];
        store.commit_submissions(&first, &[step(0, 0, 1)]).await.unwrap();

        disk.on.store(true, Ordering::SeqCst);
        let second = [submission(0, 1, Some("2023-01")), submission(0, 2, Some("2023-02"))];
        let error = store.commit_submissions(&second, &[step(0, 1, 3)]).await.unwrap_err();
        assert!(matches!(error, StoreError::StorageFull { .. }), "{part}: {error:?}");
        assert!(error.to_string().contains("nothing was half written"), "{error}");
        for reader in [&store, &open(folder.path()).await] {
            assert_eq!(reader.positions().await.unwrap()[&0], 1, "{part}");
            assert_eq!(read_all(reader).await, first, "{part}");
        }

        disk.on.store(false, Ordering::SeqCst);
        store.commit_submissions(&second, &[step(0, 1, 3)]).await.unwrap();
        assert_eq!(read_all(&store).await.len(), 3, "{part}");
    }
}

#[tokio::test]
async fn a_folder_without_write_access_is_named_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Faulty::new("_delta_log", ErrorKind::ReadOnlyFilesystem);
    let store = Store::open_over(folder.path(), clock(), Arc::clone(&disk) as _).await.unwrap();
    disk.on.store(true, Ordering::SeqCst);
    let error = store.replace_table("units", &[units(&["河南"])]).await.unwrap_err();
    assert!(matches!(&error, StoreError::NotWritable { .. }), "{error:?}");
    assert!(error.to_string().contains("write access"), "{error}");
    assert!(matches!(store.snapshot("units").await, Err(StoreError::NoTable(_))));
}

#[tokio::test]
async fn a_commit_file_is_written_under_a_hidden_name_after_all_data() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Faulty::new("", ErrorKind::Other);
    let store = Store::open_over(folder.path(), clock(), Arc::clone(&disk) as _).await.unwrap();
    let rows: Vec<_> = ["2023-01", "2023-02"]
        .iter()
        .enumerate()
        .map(|(n, p)| submission(0, n as u64, Some(p)))
        .collect();
    store.commit_submissions(&rows, &[step(0, 0, 2)]).await.unwrap();
    let written = disk.written.lock().unwrap().clone();
    let log: Vec<usize> =
        (0..written.len()).filter(|&i| written[i].contains("_delta_log")).collect();
    let data: Vec<usize> =
        (0..written.len()).filter(|&i| written[i].ends_with(".parquet")).collect();
    assert_eq!((log.len(), data.len()), (2, 2), "{written:?}");
    assert!(data.iter().all(|&i| log[0] < i && i < log[1]), "{written:?}");
    // A name of the log never appears before its bytes are safe.
    let hidden = |i: &usize| written[*i].rsplit('/').next().unwrap().starts_with('.');
    assert!(log.iter().all(hidden), "{written:?}");
}
