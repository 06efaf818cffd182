//! Two provinces, each with a writer of its own: the tables are those of a single writer, and neither
//! waits for the other.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use aggregator::{Aggregator, examine};
use journal::{Entry, Place, partition_of};
use model::{Catalog, UnitCode};
use rollup::Slice;
use store::Store;

const HENAN: &str = "410000000000";
const HEBEI: &str = "130000000000";
/// A village of each.
const VILLAGES: [&str; 2] = ["410102001002", "130102001001"];

const UNITS: &str = "\
code,parent,level,name,parent_level,class,eval_group_hint,valid_from,valid_to,successors
130000000000,,province,河北省,,admin,,,,
130100000000,130000000000,city,石家庄市,province,admin,,,,
130102000000,130100000000,county,长安区,city,admin,,,,
130102001000,130102000000,township,建北街道,county,street,,,,
";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => fs::copy(entry.path(), target).map(drop).unwrap(),
        }
    }
}

fn catalog(folder: &Path) -> Arc<Catalog> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions");
    copy(&shipped, folder);
    // As many villages as make a province one that has a writer of its own.
    let village = |n: u32| {
        format!("130102001{n:03},130102001000,village,第{n}社区居委会,township,neighbourhood,,,,\n")
    };
    let villages: String = (1..=600).map(village).collect();
    fs::write(folder.join("units/hebei-2023.csv"), UNITS.to_owned() + &villages).unwrap();
    Arc::new(catalog::load(folder).unwrap())
}

async fn store(folder: &Path) -> Arc<Store> {
    Arc::new(Store::open(folder, Arc::new(|| 1_700_000_000_000)).await.unwrap())
}

fn entry(village: &str, revision: u32, persons: u32) -> Entry {
    let reason = if revision > 1 { r#""reason":"更正","# } else { "" };
    let bytes = format!(
        r#"{{"wire":1,"id":"{village}-{revision}","unit":"{village}","form":"SA","period":"2023-03","revision":{revision},"submitted_at":"2023-04-02T09:00:00+08:00","signers":{{"filler":"甲","reviewer":"乙","head":"丙"}},{reason}"cells":{{"SA01":"{persons}","SA02":"{persons}","SA03":"0","SA04":"0","SA17":"0","SA18":"0"}},"source":"file"}}"#
    );
    let place = Place { partition: partition_of(village), offset: u64::from(revision) - 1 };
    let (kind, wire) = ("return".to_owned(), "1".to_owned());
    Entry { place, kind, wire, bytes: bytes.into_bytes(), at: 0 }
}

fn code(text: &str) -> UnitCode {
    text.parse().unwrap()
}

/// Names of the slices in the files of a form's month.
async fn slices(store: &Store, table: &str) -> BTreeSet<String> {
    let files = store.snapshot(table).await.unwrap().files.into_iter();
    let names =
        files.filter_map(|file| Some(file.path.split_once("period=2023-03/")?.1.to_owned()));
    names.filter_map(|name| Some(name.split_once('-')?.0.to_owned())).collect()
}

async fn must_hold(catalog: &Arc<Catalog>, tables: &Arc<Store>, single: &Aggregator) {
    let proof = examine(Arc::clone(catalog), Arc::clone(tables), &mut |_| {}).await.unwrap();
    assert!(proof.holds(), "{proof:?}");
    for form in ["SA", "EC", "QA"] {
        let form = catalog.form_by_code(form).unwrap();
        for period in single.figures().periods(form) {
            let rows = single.figures().rows(form, period, Slice::Whole);
            let compared = tables.compare_rows(catalog, rows, None).await.unwrap();
            assert_eq!((compared.different, compared.told), (0, Vec::new()), "{period}");
        }
    }
}

/// The provinces show different versions, each of them rightly.
async fn must_hold_in_part(catalog: &Arc<Catalog>, tables: &Arc<Store>) {
    let provinces = [code(HENAN), code(HEBEI)];
    let shown = tables.applied_under("context_findings", &catalog.hash, &provinces).await.unwrap();
    assert!(shown[&code(HENAN)] > shown[&code(HEBEI)], "{shown:?}");
    let proof = examine(Arc::clone(catalog), Arc::clone(tables), &mut |_| {}).await.unwrap();
    assert!(proof.holds(), "{proof:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_province_has_its_own_writer_and_position() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = catalog(&folder.path().join("definitions"));
    let shared = folder.path().join("shared");
    let open =
        || async { Aggregator::open(Arc::clone(&catalog), store(&shared).await).await.unwrap() };
    let (mut one, mut other) = (open().await, open().await);
    assert_eq!(one.shards(), [code(HEBEI), code(HENAN)]);
    one.settle(vec![entry(VILLAGES[0], 1, 5)]).await.unwrap();
    other.settle(vec![entry(VILLAGES[1], 1, 7)]).await.unwrap();
    assert!(one.catch_up().await.unwrap());
    one.roll_up_of(&[code(HENAN)], &mut |_| {}).await.unwrap();
    let tables = store(&shared).await;
    assert!(slices(&tables, "sa").await.iter().all(|name| name.starts_with(HENAN)));

    // One has applied a correction; the other, which knows less, still writes its own province.
    one.settle(vec![entry(VILLAGES[0], 2, 6)]).await.unwrap();
    one.roll_up_of(&[code(HENAN)], &mut |_| {}).await.unwrap();
    other.roll_up_of(&[code(HEBEI)], &mut |_| {}).await.unwrap();
    let written = slices(&tables, "sa").await;
    let hebei: BTreeSet<String> =
        ["own", "130100000000"].iter().map(|part| format!("{HEBEI}.{part}")).collect();
    assert!(hebei.is_subset(&written), "{written:?}");

    // A writer is refused in a province of which the table shows more than it knows.
    let refused = other.roll_up_of(&[code(HENAN)], &mut |_| {}).await.err().unwrap();
    assert!(refused.to_string().contains("is applied already"), "{refused}");

    let alone = store(&folder.path().join("alone")).await;
    let mut single = Aggregator::open(Arc::clone(&catalog), alone).await.unwrap();
    let all = [entry(VILLAGES[0], 1, 5), entry(VILLAGES[1], 1, 7), entry(VILLAGES[0], 2, 6)];
    for one in all {
        single.settle(vec![one]).await.unwrap();
    }
    single.roll_up(&mut |_| {}).await.unwrap();
    must_hold(&catalog, &tables, &single).await;

    // Hebei changes hands: what its writer did not get to is written by the next one.
    other.catch_up().await.unwrap();
    other.settle(vec![entry(VILLAGES[1], 2, 8)]).await.unwrap();
    one.catch_up().await.unwrap();
    one.roll_up_of(&[code(HENAN)], &mut |_| {}).await.unwrap();
    // As long as nobody does, Hebei shows what it showed, and that is told.
    must_hold_in_part(&catalog, &tables).await;
    let report = one.roll_up_of(&[code(HEBEI), code(HENAN)], &mut |_| {}).await.unwrap();
    assert!(report.rows > 0);
    single.settle(vec![entry(VILLAGES[1], 2, 8)]).await.unwrap();
    single.roll_up(&mut |_| {}).await.unwrap();
    must_hold(&catalog, &tables, &single).await;
    assert_eq!(
        open().await.roll_up(&mut |_| {}).await.unwrap().rows,
        0,
        "a restart writes nothing"
    );
}
