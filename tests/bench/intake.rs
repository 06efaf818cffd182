//! Intake of the demo: returns per second of each step, and the whole against bare insertion of the
//! same bytes into SQLite.
//!
//! ```text
//! cargo build --release --bin zhibao && cargo bench -p tests --bench intake
//! ```

use std::{path::Path, process::Command, time::Instant};

use rusqlite::{Connection, params};
use tests::{definitions, program};

/// Rows of one transaction, as the demo appends them.
const BATCH: usize = 20_000;

fn main() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let data = folder.path().join("data");
    let summary = demo(&data);
    let steps = summary["seconds"].as_object().expect("seconds by step");
    let entries = count(&data);
    println!("{:<24} {:>9} {:>12}", "step", "seconds", "entries/s");
    let mut whole = 0.0;
    for (name, seconds) in steps.iter().filter(|(name, _)| *name != "total") {
        let seconds = seconds.as_f64().expect("a number");
        whole += seconds;
        println!("{name:<24} {seconds:>9.2} {:>12.0}", entries as f64 / seconds);
    }
    let bare = insert(&data, &folder.path().join("bare.sqlite"));
    println!("{:<24} {whole:>9.2} {:>12.0}", "the whole", entries as f64 / whole);
    println!("{:<24} {bare:>9.2} {:>12.0}", "bare insertion", entries as f64 / bare);
    println!("{entries} entries; the whole takes {:.2} times the bare insertion", whole / bare);
}

fn demo(data: &Path) -> serde_json::Value {
    let output = Command::new(program())
        .args(["--lang", "en", "--no-progress", "--format", "json", "--data"])
        .arg(data)
        .arg("--definitions")
        .arg(definitions())
        .arg("demo")
        .output()
        .expect("the program can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the summary is JSON")
}

fn count(data: &Path) -> i64 {
    let journal = Connection::open(data.join("journal.sqlite")).expect("the journal opens");
    journal.query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).expect("it has rows")
}

/// Seconds to insert the bytes of the journal into an empty table, synced as the journal is. Reading
/// them is not timed.
fn insert(data: &Path, bare: &Path) -> f64 {
    let journal = Connection::open(data.join("journal.sqlite")).expect("the journal opens");
    let mut target = Connection::open(bare).expect("a new file");
    target.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    target.pragma_update(None, "synchronous", "FULL").expect("FULL");
    target.execute_batch("CREATE TABLE bare (bytes BLOB NOT NULL) STRICT").expect("a table");
    let mut read = journal.prepare("SELECT bytes FROM entry").expect("a statement");
    let mut rows = read.query([]).expect("rows");
    let mut seconds = 0.0;
    loop {
        let mut batch: Vec<Vec<u8>> = Vec::with_capacity(BATCH);
        while batch.len() < BATCH {
            let Some(row) = rows.next().expect("a row") else { break };
            batch.push(row.get(0).expect("bytes"));
        }
        if batch.is_empty() {
            return seconds;
        }
        let start = Instant::now();
        let transaction = target.transaction().expect("a transaction");
        {
            let mut write =
                transaction.prepare_cached("INSERT INTO bare VALUES (?1)").expect("a statement");
            for bytes in &batch {
                write.execute(params![bytes]).expect("a row goes in");
            }
        }
        transaction.commit().expect("it commits");
        seconds += start.elapsed().as_secs_f64();
    }
}
