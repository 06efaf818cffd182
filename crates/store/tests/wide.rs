//! Wide tables: slices are replaced in one commit, the rest stays.

mod fixture;

use std::{collections::BTreeMap, fs::File};

use arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::{DataType, Decimal128Type, Int32Type, Int64Type},
};
use fixture::{catalog, open, part, rows};
use model::{Catalog, FormIx, Node, Rows};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use store::{FileEntry, SliceRows, StoreError, TableSnapshot, read_columns_decimal64};

const SA: FormIx = FormIx(0);

fn whole(rows: Rows) -> SliceRows {
    SliceRows { slice: None, rows }
}

fn slice(rows: &Rows, node: Node) -> SliceRows {
    let code = rows.tree.code(node).to_string();
    SliceRows { slice: Some(code), rows: part(rows, node) }
}

/// Sums of `sa01` by period and slice.
fn sums(snapshot: &TableSnapshot) -> BTreeMap<String, i64> {
    let sum = |file: &FileEntry| -> i64 {
        let path = snapshot.folder.as_ref().unwrap().join(&file.path);
        let column = &read_columns_decimal64(&path, &["sa01"]).unwrap()[0];
        let valid = (0..column.values().len()).filter(|&row| column.is_valid(row));
        valid.map(|row| column.values()[row]).sum()
    };
    let slice = |file: &FileEntry| {
        let (folder, name) = file.path.rsplit_once('/').unwrap();
        format!("{folder}/{}", name.split_once('-').unwrap().0)
    };
    snapshot.files.iter().map(|file| (slice(file), sum(file))).collect()
}

fn read(snapshot: &TableSnapshot, place: usize) -> RecordBatch {
    let file = File::open(snapshot.paths().nth(place).unwrap()).unwrap();
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.next().unwrap().unwrap()
}

#[tokio::test]
async fn a_row_holds_codes_amounts_coverage_and_what_does_not_apply() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog(0));
    let store = open(folder.path()).await;
    let given = rows(&catalog, "2023-01", 10_000);
    let version = store.commit_rows(SA, vec![whole(given.clone())], &catalog, 4).await.unwrap();
    let snapshot = store.snapshot("sa").await.unwrap();
    assert_eq!((snapshot.version, snapshot.num_rows()), (version, 7));
    assert_eq!(snapshot.files[0].partition_values["period"].as_deref(), Some("2023-01"));
    assert_eq!(
        snapshot.schema.field_with_name("sa02").unwrap().data_type(),
        &DataType::Decimal128(18, 4)
    );
    let comment = &snapshot.schema.field_with_name("sa01").unwrap().metadata()["comment"];
    assert_eq!(comment, "指标1 (人); indicator 1");

    let batch = read(&snapshot, 0);
    let codes = |name: &str| -> Vec<Option<i64>> {
        batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().iter().collect()
    };
    let (city, jiyuan) = (Some(410_100_000_000), Some(419_001_000_000));
    assert_eq!(codes("prefecture"), [None, city, city, city, city, city, jiyuan]);
    assert_eq!(codes("county")[6], jiyuan);
    assert_eq!(
        codes("township")[2..6],
        [None, Some(410_102_100_000), Some(410_102_100_000), Some(410_102_100_000)]
    );
    assert_eq!(codes("province"), [Some(410_000_000_000); 7]);
    assert!(codes("unit").is_sorted_by(|a, b| a < b));

    // Amounts: INT64 in the file, decimals of 18 digits for readers, null where there is none.
    let amounts = batch.column_by_name("sa02_max").unwrap().as_primitive::<Decimal128Type>();
    assert_eq!((amounts.precision(), amounts.scale()), (18, 4));
    assert_eq!(
        amounts.iter().collect::<Vec<_>>(),
        [Some(0), Some(10_000), Some(20_000), Some(30_000), Some(40_000), Some(50_000), None]
    );
    let count =
        |name: &str| batch.column_by_name(name).unwrap().as_primitive::<Int32Type>().value(0);
    let counts =
        ["due", "received", "on_time", "accepted"].map(|c| count(&format!("{c}_m_village")));
    assert_eq!(counts, [2, 2, 1, 1]);
    let partial = batch.column_by_name("partial").unwrap().as_boolean();
    assert!(partial.value(0) && !partial.value(1));
    let list = batch.column_by_name("not_applicable").unwrap().as_string::<i32>();
    assert_eq!((list.is_valid(0), list.value(1)), (false, "SA01,SA02"));
    assert_eq!(store.applied("sa").await.unwrap(), Some(4));
}

#[tokio::test]
async fn replacing_a_slice_leaves_the_others_and_older_versions_alone() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog(0));
    let store = open(folder.path()).await;
    let january = rows(&catalog, "2023-01", 1);
    let (city, jiyuan) = (Node(1), Node(6));
    let first =
        vec![slice(&january, city), slice(&january, jiyuan), whole(rows(&catalog, "2023-02", 1))];
    let v1 = store.commit_rows(SA, first, &catalog, 1).await.unwrap();
    let before = store.snapshot("sa").await.unwrap();
    let city_slice = "period=2023-01/410100000000".to_owned();
    assert_eq!(sums(&before)[&city_slice], 1 + 2 + 3 + 4 + 5);

    let newer = rows(&catalog, "2023-01", 100);
    let v2 = store.commit_rows(SA, vec![slice(&newer, city)], &catalog, 2).await.unwrap();
    assert_eq!(v2, v1 + 1);
    let after = store.snapshot("sa").await.unwrap();
    let mut expected = sums(&before);
    expected.insert(city_slice.clone(), 1500);
    assert_eq!(sums(&after), expected);
    assert_eq!(sums(&store.snapshot_at("sa", v1).await.unwrap()), sums(&before));
    assert!(matches!(
        store.snapshot_at("sa", 9).await,
        Err(StoreError::NoVersion { version: 9, newest: 2, .. })
    ));

    // The same rows again: the position moves, no file does.
    store.commit_rows(SA, vec![slice(&newer, city)], &catalog, 3).await.unwrap();
    assert_eq!(store.snapshot("sa").await.unwrap().files, after.files);
    // And back to the first content, whose file is still there.
    store.commit_rows(SA, vec![slice(&january, city)], &catalog, 4).await.unwrap();
    assert_eq!(store.snapshot("sa").await.unwrap().files, before.files);
    // A whole replaces its slices.
    store.commit_rows(SA, vec![whole(january)], &catalog, 5).await.unwrap();
    let names: Vec<String> = sums(&store.snapshot("sa").await.unwrap()).into_keys().collect();
    assert_eq!(names, ["period=2023-01/all", "period=2023-02/all"]);
}

#[tokio::test]
async fn slices_that_would_count_twice_and_stale_roll_ups_are_refused() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog(0));
    let store = open(folder.path()).await;
    let january = rows(&catalog, "2023-01", 1);
    let refused = async |slices: Vec<SliceRows>, applied: u64, catalog: &Catalog| {
        store.commit_rows(SA, slices, catalog, applied).await.unwrap_err()
    };
    let twice = vec![whole(january.clone()), slice(&january, Node(1))];
    assert!(matches!(refused(twice, 1, &catalog).await, StoreError::Slices { .. }));
    let twice = vec![slice(&january, Node(1)), slice(&january, Node(1))];
    assert!(matches!(refused(twice, 1, &catalog).await, StoreError::Slices { .. }));
    store.commit_rows(SA, vec![whole(january.clone())], &catalog, 7).await.unwrap();
    let beside = vec![slice(&january, Node(1))];
    assert!(matches!(refused(beside, 8, &catalog).await, StoreError::Slices { .. }));
    let stale = refused(vec![whole(january.clone())], 6, &catalog).await;
    assert!(matches!(stale, StoreError::RollUpBehind { stored: 7, applied: 6, .. }));

    let mut short = january.clone();
    short.columns[0].values.pop();
    assert!(matches!(refused(vec![whole(short)], 8, &catalog).await, StoreError::Column { .. }));
    let mut unsorted = january;
    unsorted.nodes.swap(0, 1);
    assert!(matches!(refused(vec![whole(unsorted)], 8, &catalog).await, StoreError::Column { .. }));
}

#[tokio::test]
async fn a_new_indicator_is_a_new_column_and_another_scale_is_refused() {
    let (folder, small, large) = (tempfile::tempdir().unwrap(), catalog(0), catalog(1));
    let store = open(folder.path()).await;
    store.ensure_form(SA, &small).await.unwrap();
    assert_eq!(store.snapshot("sa").await.unwrap().files.len(), 0);
    store.commit_rows(SA, vec![whole(rows(&small, "2023-01", 1))], &small, 1).await.unwrap();
    store.commit_rows(SA, vec![whole(rows(&large, "2023-02", 1))], &large, 2).await.unwrap();
    let snapshot = store.snapshot("sa").await.unwrap();
    assert!(snapshot.schema.field_with_name("sa03").is_ok());
    assert_eq!(snapshot.files.len(), 2);
    assert!(read(&snapshot, 0).column_by_name("sa03").is_none());

    let mut other = catalog(1);
    other.indicators[0].scale = 2;
    let mut scaled = rows(&other, "2023-03", 1);
    scaled.columns[0].scale = 2;
    let refused = store.commit_rows(SA, vec![whole(scaled)], &other, 3).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Column { column, .. } if column == "sa01"), "{refused}");
    assert_eq!(store.snapshot("sa").await.unwrap().version, snapshot.version);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_roll_ups_at_once_leave_one_file_for_each_slice() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog(0));
    let (a, b) = (open(folder.path()).await, open(folder.path()).await);
    let (one, other) = (rows(&catalog, "2023-01", 1), rows(&catalog, "2023-01", 2));
    let (one, other) = tokio::join!(
        a.commit_rows(SA, vec![whole(one)], &catalog, 5),
        b.commit_rows(SA, vec![whole(other)], &catalog, 5),
    );
    assert_ne!(one.unwrap(), other.unwrap());
    assert_eq!(a.snapshot("sa").await.unwrap().files.len(), 1);
}

#[tokio::test]
async fn amounts_read_as_64_bits_are_those_of_the_usual_reader() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), catalog(5));
    let store = open(folder.path()).await;
    let given = rows(&catalog, "2023-01", 12_345);
    store.commit_rows(SA, vec![whole(given)], &catalog, 1).await.unwrap();
    let snapshot = store.snapshot("sa").await.unwrap();
    let path = snapshot.paths().next().unwrap();
    let names = ["sa07", "sa02", "sa01"];
    let narrow = read_columns_decimal64(&path, &names).unwrap();
    let usual = read(&snapshot, 0);
    for (column, name) in narrow.iter().zip(names) {
        assert_eq!(column.name, name);
        let wide = usual.column_by_name(name).unwrap().as_primitive::<Decimal128Type>();
        assert_eq!(i8::try_from(column.scale).unwrap(), wide.scale());
        assert_eq!(column.null_count(), wide.null_count());
        for row in 0..wide.len() {
            assert_eq!(column.is_valid(row), wide.is_valid(row));
            if wide.is_valid(row) {
                assert_eq!(i128::from(column.values()[row]), wide.value(row));
            }
        }
        let (bits, first) = column.validity().unwrap();
        assert_eq!(bits[(first + 6) / 8] >> ((first + 6) % 8) & 1, 0);
    }
    assert!(matches!(read_columns_decimal64(&path, &["unit"]), Err(StoreError::Format { .. })));
    assert!(matches!(read_columns_decimal64(&path, &["no"]), Err(StoreError::Format { .. })));
}
