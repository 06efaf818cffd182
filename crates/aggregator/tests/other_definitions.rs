//! Definitions that change while returns come in: what the journal announces decides, so a rebuild
//! equals the live tables whatever definitions the process that rebuilds has at hand.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use aggregator::{Aggregator, Bundles, Catalogs, SharedJournal, examine, rebuild};
use journal::{EmbeddedJournal, Entry, Journal, NewEntry, Positions, partition_of};
use model::{Catalog, Level, receipt::Decision};
use store::{Store, SubmissionRow};

/// Two townships that are merged on 15 February, and the new one.
const GONE: [&str; 2] = ["410102001000", "410102002000"];
const NEW: &str = "410102199000";
const DAY: &str = "2023-02-15";
/// A village of the first township, and one of another county and partition.
const VILLAGE: &str = "410102001002";
const ELSEWHERE: &str = "419001001001";

fn definitions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/definitions")
}

/// A copy of the definitions in which the merger is entered, and a form that was not there before.
fn with_merger(into: &Path) {
    copy(&definitions(), into);
    let list = into.join("units/henan-2023.csv.gz");
    let mut text = String::new();
    let packed = fs::File::open(&list).unwrap();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut fields: Vec<&str> = line.split(',').collect();
        let (code, parent) = (fields[0], fields[1]);
        if GONE.contains(&code) {
            (fields[8], fields[9]) = (DAY, NEW);
        } else if GONE.contains(&parent) {
            let mut later = fields.clone();
            (later[1], later[7]) = (NEW, DAY);
            lines.push(later.join(","));
            fields[8] = DAY;
        }
        lines.push(fields.join(","));
    }
    lines.push(format!("{NEW},410102000000,township,合并镇,county,town,,{DAY},,"));
    let forms = into.join("forms/forms.csv");
    let known = fs::read_to_string(&forms).unwrap();
    let new = "NX,新表,New form,1,直报NX表,示例民政厅,示例〔2023〕2号,2015-01-01,,automatic,\n";
    fs::write(&forms, known + new).unwrap();
    let head = fs::read_to_string(into.join("forms/mr.csv")).unwrap();
    let head = head.lines().next().unwrap().to_owned();
    let line = "NX01,1,1,新数,新表新数,new count,个,0,0,stock,sum,M,county,,,,";
    fs::write(into.join("forms/nx.csv"), format!("{head}\n{line}\n")).unwrap();
    fs::remove_file(&list).unwrap();
    fs::write(into.join("units/henan-2023.csv"), lines.join("\n") + "\n").unwrap();
}

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

struct Folder(PathBuf);

impl Bundles for Folder {
    fn pack(&self) -> Result<Vec<u8>, String> {
        catalog::pack(&self.0).map_err(|error| error.to_string())
    }

    fn unpack(&self, bundle: &[u8]) -> Result<Catalog, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        catalog::unpack(bundle, folder.path()).map_err(|error| error.to_string())?;
        catalog::load(folder.path()).map_err(|error| error.to_string())
    }
}

/// An installation: its journal, and the definitions before and after.
struct Installation {
    folder: tempfile::TempDir,
    journal: SharedJournal,
    before: Arc<Catalog>,
    after: Arc<Catalog>,
}

impl Installation {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        with_merger(&folder.path().join("after"));
        let journal: Box<dyn Journal + Send> =
            Box::new(EmbeddedJournal::open(&folder.path().join("journal.sqlite")).unwrap());
        Self {
            before: Arc::new(catalog::load(&definitions()).unwrap()),
            after: Arc::new(catalog::load(&folder.path().join("after")).unwrap()),
            journal: Arc::new(Mutex::new(journal)),
            folder,
        }
    }

    /// What a process with the definitions from before or after has at hand.
    fn catalogs(&self, after: bool) -> Catalogs {
        let (catalog, folder) = match after {
            true => (&self.after, self.folder.path().join("after")),
            false => (&self.before, definitions()),
        };
        Catalogs::new(Arc::clone(catalog), Arc::clone(&self.journal), Box::new(Folder(folder)))
    }

    async fn store(&self, name: &str) -> Arc<Store> {
        let folder = self.folder.path().join(name);
        Arc::new(Store::open(&folder, Arc::new(|| 1_700_000_000_000)).await.unwrap())
    }

    /// Appends an entry as its sender would.
    fn append(&self, unit: &str, kind: &str, key: &str, bytes: &[u8]) {
        let entry = NewEntry {
            unit,
            key,
            partition: None,
            kind,
            wire: "1",
            catalog: None,
            trace: None,
            bytes,
            at: 0,
        };
        self.journal.lock().unwrap().append(&[entry]).unwrap();
    }

    /// Appends a return with `amount` in a cell that stands in no relation to others, zeros elsewhere.
    fn send(&self, unit: &str, level: Level, period: &str, revision: u32, amount: u32) {
        let form = self.before.form_by_code("SA").unwrap();
        let asked = self.before.asked(form, period.parse::<model::Period>().unwrap().kind(), level);
        let cells: Vec<String> = asked
            .iter()
            .map(|&cell| {
                let code = self.before.indicator(cell).code.as_str();
                let amount = if ["SA17", "SA09"].contains(&code) { amount } else { 0 };
                format!(r#""{code}":"{amount}""#)
            })
            .collect();
        let reason = if revision > 1 { r#""reason":"更正","# } else { "" };
        let bytes = format!(
            r#"{{"wire":1,"id":"{unit}-{period}-{revision}","unit":"{unit}","form":"SA","period":"{period}","revision":{revision},"submitted_at":"2023-04-02T09:00:00+08:00","signers":{{"filler":"甲","reviewer":"乙","head":"丙"}},{reason}"cells":{{{}}},"source":"file"}}"#,
            cells.join(",")
        );
        self.append(unit, "return", unit, bytes.as_bytes());
    }

    /// The entries behind `positions`.
    fn entries(&self, positions: &Positions) -> Vec<Entry> {
        let mut follower = self.journal.lock().unwrap().follow(positions).unwrap();
        follower.next_batch(100_000, Duration::ZERO).unwrap()
    }
}

async fn rows(store: &Store) -> Vec<SubmissionRow> {
    let mut rows = Vec::new();
    store.read_submissions(|mut batch| rows.append(&mut batch)).await.unwrap();
    rows
}

/// The decision about the return of a unit and period.
async fn decision(store: &Store, id: &str) -> (Decision, String) {
    let rows = rows(store).await;
    let row = rows.iter().find(|row| row.id == id).unwrap_or_else(|| panic!("{id} is not there"));
    (row.decision, row.catalog_hash.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merger_between_the_live_run_and_the_rebuild_changes_no_decision() {
    let here = Installation::new();
    let tables = here.store("live").await;
    here.catalogs(false).announce(1).unwrap();
    here.send(GONE[0], Level::Township, "2023-03", 1, 5);
    here.send(VILLAGE, Level::Village, "2023-03", 1, 2);
    here.send(ELSEWHERE, Level::Village, "2023-03", 1, 3);
    let mut live = Aggregator::open(here.catalogs(false), Arc::clone(&tables)).await.unwrap();
    live.settle(here.entries(&Positions::new())).await.unwrap();
    live.roll_up(&mut |_| {}).await.unwrap();
    assert_eq!(live.account().effective, 3);

    // The merger is entered. One partition is read on beyond its notice before the other.
    here.send(ELSEWHERE, Level::Village, "2023-02", 1, 4);
    here.catalogs(true).announce(2).unwrap();
    here.send(NEW, Level::Township, "2023-03", 1, 7);
    here.send(GONE[1], Level::Township, "2023-03", 1, 9);
    here.send(VILLAGE, Level::Village, "2023-03", 2, 20);
    let left = here.entries(&live.positions().await.unwrap());
    let (first, late): (Vec<Entry>, Vec<Entry>) =
        left.into_iter().partition(|entry| entry.place.partition == partition_of(VILLAGE));
    live.settle(first).await.unwrap();
    assert_eq!(live.catalog().hash, here.after.hash, "it takes the definitions from the journal");
    live.roll_up(&mut |_| {}).await.unwrap();
    live.settle(late).await.unwrap();
    live.roll_up(&mut |_| {}).await.unwrap();

    let (before, after) = (here.before.hash.clone(), here.after.hash.clone());
    let wanted = [
        (format!("{}-2023-03-1", GONE[0]), Decision::Accepted, &before),
        (format!("{ELSEWHERE}-2023-02-1"), Decision::Accepted, &before),
        (format!("{NEW}-2023-03-1"), Decision::Accepted, &after),
        (format!("{}-2023-03-1", GONE[1]), Decision::Refused, &after),
        (format!("{VILLAGE}-2023-03-2"), Decision::Accepted, &after),
    ];
    for (id, decided, catalog) in wanted {
        assert_eq!(decision(&tables, &id).await, (decided, catalog.clone()), "{id}");
    }
    let proof = examine(Arc::clone(&here.after), Arc::clone(&tables), &mut |_| {}).await.unwrap();
    assert!(proof.holds(), "{proof:?}");

    // Whoever opens the tables again, with whatever definitions, has the same state.
    for newer in [false, true] {
        let again = Aggregator::open(here.catalogs(newer), Arc::clone(&tables)).await.unwrap();
        assert_eq!((&again.catalog().hash, again.account()), (&after, live.account()));
        let fresh = here.store(&format!("rebuilt-{newer}")).await;
        let (submissions, cells) =
            rebuild(here.catalogs(newer), &here.journal, &tables, fresh, &mut |_| {})
                .await
                .unwrap();
        assert_eq!((submissions.different, submissions.told), (0, Vec::new()));
        assert_eq!((cells.different, cells.told), (0, Vec::new()));
        assert!(cells.cells > 1_000_000, "{}", cells.cells);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_behind_a_notice_does_not_depend_on_where_a_batch_ends() {
    let here = Installation::new();
    let tables = here.store("live").await;
    here.catalogs(false).announce(1).unwrap();
    here.send(ELSEWHERE, Level::Village, "2023-03", 1, 3);
    here.catalogs(true).announce(2).unwrap();
    // A return of the form that the notice brought.
    let unit = "410102000000";
    let bytes = format!(
        r#"{{"wire":1,"id":"nx","unit":"{unit}","form":"NX","period":"2023-03","revision":1,"submitted_at":"2023-04-02T09:00:00+08:00","signers":{{"filler":"甲","reviewer":"乙","head":"丙"}},"cells":{{"NX01":"5"}},"source":"file"}}"#
    );
    here.append(unit, "return", unit, bytes.as_bytes());
    // The live run happened to end a batch right behind the notices.
    let mut live = Aggregator::open(here.catalogs(false), Arc::clone(&tables)).await.unwrap();
    let (last, first): (Vec<Entry>, Vec<Entry>) = here
        .entries(&Positions::new())
        .into_iter()
        .partition(|entry| entry.bytes == bytes.as_bytes());
    live.settle(first).await.unwrap();
    live.settle(last).await.unwrap();
    live.roll_up(&mut |_| {}).await.unwrap();
    assert_eq!(decision(&tables, "nx").await.0, Decision::Accepted);
    // The rebuild reads all of it at once.
    let fresh = here.store("rebuilt").await;
    let (submissions, cells) =
        rebuild(here.catalogs(false), &here.journal, &tables, fresh, &mut |_| {}).await.unwrap();
    assert_eq!((submissions.different, submissions.told), (0, Vec::new()));
    assert_eq!((cells.different, cells.told), (0, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_the_first_notice_is_decided_under_it() {
    let here = Installation::new();
    let tables = here.store("live").await;
    // Returns were collected before any aggregator ran; the merger holds for all of them.
    here.send(GONE[0], Level::Township, "2023-03", 1, 5);
    here.send(ELSEWHERE, Level::Village, "2023-03", 1, 3);
    here.catalogs(true).announce(1).unwrap();
    let mut live = Aggregator::open(here.catalogs(false), Arc::clone(&tables)).await.unwrap();
    live.settle(here.entries(&Positions::new())).await.unwrap();
    let id = format!("{}-2023-03-1", GONE[0]);
    assert_eq!(decision(&tables, &id).await, (Decision::Refused, here.after.hash.clone()));
    let id = format!("{ELSEWHERE}-2023-03-1");
    assert_eq!(decision(&tables, &id).await, (Decision::Accepted, here.after.hash.clone()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_leads_nowhere_is_set_aside_and_a_process_without_journal_refuses() {
    let here = Installation::new();
    let tables = here.store("live").await;
    here.catalogs(false).announce(1).unwrap();
    let notice = br#"{"wire":1,"hash":"abcd","at":2,"parts":[0]}"#;
    here.append(ELSEWHERE, "catalog", "abcd", notice);
    here.send(ELSEWHERE, Level::Village, "2023-03", 1, 3);
    let mut live = Aggregator::open(here.catalogs(false), Arc::clone(&tables)).await.unwrap();
    live.settle(here.entries(&Positions::new())).await.unwrap();
    let account = live.account();
    assert_eq!((account.set_aside, account.effective), (1, 1));
    let rows = rows(&tables).await;
    let aside = rows.iter().find(|row| row.decision == Decision::SetAside).unwrap();
    assert!(aside.reason.as_deref().unwrap().contains("has the hash"), "{:?}", aside.reason);
    assert_eq!(aside.body.as_deref(), Some(&notice[..]));

    // Tables under other definitions are not read as if they were under these.
    let refused = Aggregator::open(Arc::clone(&here.after), tables).await.err().unwrap();
    assert!(refused.to_string().contains("zhibao catalog publish"), "{refused}");
}
