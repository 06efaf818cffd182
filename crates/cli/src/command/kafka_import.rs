//! `zhibao kafka import --from DIR`: takes the embedded journal of a folder over to Kafka.
//!
//! Every entry keeps its partition and offset, so that tables that were made from the file go on as
//! they are. An import that was interrupted goes on where the topic ends.

use std::{path::Path, time::Duration};

use journal::{
    EmbeddedJournal, Entry, Follow, Journal, KafkaJournal, NewEntry, PARTITIONS, Positions,
};
use model::envelope::{EntryKind, Return};

use super::{Context, print};
use crate::{
    failure::{OrRefuse, Outcome, refused},
    progress::Progress,
};

/// Entries sent together.
const BATCH: usize = 20_000;

/// How long Kafka may take to hand out an entry that it has.
const WAIT: Duration = Duration::from_secs(30);

pub(super) fn run(
    context: &Context,
    kafka: &mut KafkaJournal,
    folder: &Path,
) -> anyhow::Result<Outcome> {
    let file = folder.join("journal.sqlite");
    if !file.is_file() {
        let told = "is no journal; name the data folder that holds journal.sqlite with --from";
        return Err(refused(format!("{} {told}", file.display())));
    }
    let embedded = EmbeddedJournal::open(&file).or_refuse()?;
    let (from, until) = (kafka.ends().or_refuse()?, embedded.ends().or_refuse()?);
    must_begin_with(kafka, &embedded, &from, &until)?;
    let left = |partition: u32| {
        let end = |ends: &Positions| ends.get(&partition).copied().unwrap_or(0);
        end(&until).saturating_sub(end(&from))
    };
    let all: u64 = (0..PARTITIONS).map(left).sum();
    let mut progress = Progress::new(context);
    let running = progress.begin("写入 Kafka", "append to Kafka", all);
    let mut follower = embedded.follow(&from).or_refuse()?;
    let mut sent = 0;
    loop {
        let entries = follower.next_batch(BATCH, Duration::ZERO).or_refuse()?;
        if entries.is_empty() {
            break;
        }
        append(kafka, &entries)?;
        sent += entries.len() as u64;
        running.at(sent);
    }
    progress.end(running, sent);
    if context.json()? {
        print::json(&serde_json::json!({ "entries": sent }))?;
    } else {
        print::line(format!("{sent} {}", context.lang.pick("条已写入", "entries appended")))?;
    }
    Ok(Outcome::Done)
}

/// Appends entries and holds them to the offsets that they had.
fn append(kafka: &mut KafkaJournal, entries: &[Entry]) -> anyhow::Result<()> {
    let keys: Vec<String> = entries.iter().map(key).collect();
    let new: Vec<NewEntry<'_>> = entries
        .iter()
        .zip(&keys)
        .map(|(entry, key)| NewEntry {
            unit: "",
            key,
            partition: Some(entry.place.partition),
            kind: &entry.kind,
            wire: &entry.wire,
            catalog: None,
            trace: None,
            bytes: &entry.bytes,
            at: entry.at,
        })
        .collect();
    let places = kafka.append(&new).or_refuse()?;
    match entries.iter().zip(places).find(|(entry, place)| entry.place != *place) {
        None => Ok(()),
        Some((entry, place)) => Err(refused(format!(
            "entry {}/{} lies at {}/{} of the topic: somebody else appends to it; make a new topic, \
             and import before anybody sends",
            entry.place.partition, entry.place.offset, place.partition, place.offset
        ))),
    }
}

/// The message key that the sender would have written.
fn key(entry: &Entry) -> String {
    if EntryKind::from_name(&entry.kind) != Some(EntryKind::Return) {
        return String::new();
    }
    let sent = serde_json::from_slice::<Return<'_>>(&entry.bytes);
    sent.map(|sent| format!("{}|{}|{}", sent.unit, sent.form, sent.period)).unwrap_or_default()
}

/// Refuses a topic that holds anything but a beginning of the embedded journal.
fn must_begin_with(
    kafka: &KafkaJournal,
    embedded: &EmbeddedJournal,
    from: &Positions,
    until: &Positions,
) -> anyhow::Result<()> {
    for (partition, &end) in from {
        let other = until.get(partition).is_none_or(|&there| there < end)
            || last(kafka, from, *partition, end)? != last(embedded, until, *partition, end)?;
        if other {
            return Err(refused(format!(
                "partition {partition} of the topic holds other entries than the file: an import \
                 needs a new topic"
            )));
        }
    }
    Ok(())
}

/// The bytes of the entry before `end`.
fn last(
    journal: &dyn Journal,
    ends: &Positions,
    partition: u32,
    end: u64,
) -> anyhow::Result<Option<Vec<u8>>> {
    // Others begin at their end, so that nothing else comes.
    let mut positions = ends.clone();
    positions.insert(partition, end - 1);
    let mut follower: Box<dyn Follow + Send> = journal.follow(&positions).or_refuse()?;
    let entries = follower.next_batch(1, WAIT).or_refuse()?;
    let found = entries.into_iter().find(|entry| entry.place.partition == partition);
    Ok(found.map(|entry| entry.bytes))
}
