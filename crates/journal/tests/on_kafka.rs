//! The journal on Kafka against the client library's own broker: order, places, positions, members.
//!
//! What needs a real broker, such as killing it, is in `tests/kafka` of the repository.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use journal::{
    Journal, JournalError, KafkaJournal, KafkaSettings, MemberEvent, NewEntry, PARTITIONS, Place,
    Positions, partition_of,
};
use rdkafka::{mocking::MockCluster, producer::DefaultProducerContext};

const TOPIC: &str = "zhibao.returns";
const WAIT: Duration = Duration::from_secs(20);

fn broker() -> MockCluster<'static, DefaultProducerContext> {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, PARTITIONS as i32, 1).unwrap();
    cluster
}

fn settings(brokers: String) -> KafkaSettings {
    KafkaSettings {
        brokers,
        replication: 1,
        min_in_sync: 1,
        append_timeout_seconds: 5,
        session_timeout_seconds: 6,
        ..KafkaSettings::default()
    }
}

fn entry<'a>(unit: &'a str, bytes: &'a [u8]) -> NewEntry<'a> {
    NewEntry {
        unit,
        key: unit,
        partition: None,
        kind: "return",
        wire: "1",
        catalog: Some("hash"),
        trace: None,
        bytes,
        at: 1_680_000_000_000,
    }
}

#[test]
fn what_was_appended_is_followed_in_order_from_any_position() {
    let cluster = broker();
    let mut journal = KafkaJournal::new(settings(cluster.bootstrap_servers())).unwrap();
    let entries = [entry("410102001002", b"a"), entry("419001001001", b"b"), entry("410102", b"c")];
    let places = journal.append(&entries).unwrap();
    let (county, other) = (partition_of("410102"), partition_of("419001"));
    let at = |partition, offset| Place { partition, offset };
    assert_eq!(places, [at(county, 0), at(other, 0), at(county, 1)]);
    assert_eq!(journal.ends().unwrap(), Positions::from([(county, 2), (other, 1)]));

    let mut follower = journal.follow(&Positions::from([(county, 1)])).unwrap();
    let (mut found, began) = (Vec::new(), Instant::now());
    while found.len() < 2 && began.elapsed() < WAIT {
        found.extend(follower.next_batch(10, Duration::from_millis(200)).unwrap());
    }
    found.sort_by_key(|entry| entry.place);
    let expected = if county < other { [&b"c"[..], b"b"] } else { [&b"b"[..], b"c"] };
    assert_eq!(found.iter().map(|e| &e.bytes[..]).collect::<Vec<_>>(), expected);
    assert!(found.iter().all(|e| e.kind == "return" && e.wire == "1" && e.at == entries[0].at));
}

#[test]
fn an_entry_that_is_too_large_is_refused_with_its_unit() {
    let cluster = broker();
    let settings = KafkaSettings { largest_entry: 2_000, ..settings(cluster.bootstrap_servers()) };
    let mut journal = KafkaJournal::new(settings).unwrap();
    let error = journal.append(&[entry("410102001002", &[b'x'; 5_000])]).unwrap_err();
    assert!(
        matches!(&error, JournalError::TooLarge { unit, bytes: 5_000 } if unit == "410102001002")
    );
    assert!(error.to_string().contains("kafka.largest_entry"), "{error}");
}

#[test]
fn a_broker_that_does_not_answer_is_named_with_what_to_do() {
    let mut journal = KafkaJournal::new(KafkaSettings {
        append_timeout_seconds: 1,
        ..settings("127.0.0.1:1".to_owned())
    })
    .unwrap();
    let error = journal.append(&[entry("410102001002", b"a")]).unwrap_err().to_string();
    assert!(error.contains("is the broker up"), "{error}");
}

/// Everything that a member is told until it has so many entries.
fn take(journal: &KafkaJournal, starts: Positions, wanted: usize) -> (Vec<u32>, Vec<(u32, u64)>) {
    let mut member = journal.join(Box::new(move |_| Ok(starts.clone()))).unwrap();
    let (mut held, mut entries, began) = (Vec::new(), Vec::new(), Instant::now());
    while entries.len() < wanted && began.elapsed() < WAIT {
        match member.next(Duration::from_millis(200)).unwrap() {
            Some(MemberEvent::Assigned(partitions)) => held.extend(partitions),
            Some(MemberEvent::Entries(some)) => {
                entries.extend(some.iter().map(|e| (e.place.partition, e.place.offset)));
            }
            Some(MemberEvent::Revoked { done, .. }) => drop(done),
            None => {}
        }
    }
    (held, entries)
}

#[test]
fn a_member_reads_from_where_the_tables_stand() {
    let cluster = broker();
    let mut journal = KafkaJournal::new(settings(cluster.bootstrap_servers())).unwrap();
    let bytes: Vec<Vec<u8>> = (0..10u8).map(|i| vec![i]).collect();
    let entries: Vec<NewEntry<'_>> = bytes.iter().map(|b| entry("410102001002", b)).collect();
    journal.append(&entries).unwrap();
    let county = partition_of("410102");
    let (held, read) = take(&journal, Positions::from([(county, 4)]), 6);
    assert_eq!(held.len(), PARTITIONS as usize, "the only member has all");
    assert_eq!(read, (4..10).map(|offset| (county, offset)).collect::<Vec<_>>());
    // The group's own positions decide nothing: another start is another beginning.
    let (_, again) = take(&journal, Positions::from([(county, 8)]), 2);
    assert_eq!(again, [(county, 8), (county, 9)]);
}

#[test]
fn after_a_seek_nothing_from_before_is_handed_over() {
    let cluster = broker();
    let mut journal = KafkaJournal::new(settings(cluster.bootstrap_servers())).unwrap();
    let bytes: Vec<Vec<u8>> = (0..20u8).map(|i| vec![i]).collect();
    let entries: Vec<NewEntry<'_>> = bytes.iter().map(|b| entry("410102001002", b)).collect();
    journal.append(&entries).unwrap();
    let county = partition_of("410102");
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let starts = move |_: &[u32]| {
        *count.lock().unwrap() += 1;
        Ok(Positions::new())
    };
    let mut member = journal.join(Box::new(starts)).unwrap();
    let (mut offsets, mut sought, began) = (Vec::new(), false, Instant::now());
    while offsets.last() != Some(&19) && began.elapsed() < WAIT {
        let event = member.next(Duration::from_millis(200)).unwrap();
        let Some(MemberEvent::Entries(some)) = event else { continue };
        if !sought {
            // These are dropped, as after a commit that was refused.
            member.seek(&Positions::from([(county, 5)])).unwrap();
            sought = true;
            continue;
        }
        offsets.extend(some.iter().map(|e| e.place.offset));
    }
    assert_eq!(offsets, (5..20).collect::<Vec<u64>>());
    assert!(*asked.lock().unwrap() >= 1, "the tables say where to begin");
}

#[test]
fn what_was_published_last_is_told_by_the_log_of_the_verdicts() {
    let cluster = broker();
    cluster.create_topic("journal.verdicts", PARTITIONS as i32, 1).unwrap();
    let settings = KafkaSettings {
        verdicts: Some("journal.verdicts".to_owned()),
        ..settings(cluster.bootstrap_servers())
    };
    let journal = KafkaJournal::new(settings.clone()).unwrap();
    let mut outbox = journal.outbox().unwrap().unwrap();
    assert!(outbox.last(&[0, 5, 7]).unwrap().is_empty());
    let of = |partition, bytes| NewEntry { partition: Some(partition), ..entry("", bytes) };
    outbox.publish(&[of(5, b"a"), of(7, b"b"), of(5, b"c")]).unwrap();
    // Another publisher, which knows nothing but the topic.
    let mut outbox = journal.outbox().unwrap().unwrap();
    let mut last = outbox.last(&[0, 5, 7]).unwrap();
    last.sort_by_key(|entry| entry.place);
    let last: Vec<_> = last.iter().map(|e| (e.place.partition, &e.bytes[..])).collect();
    assert_eq!(last, [(5, &b"c"[..]), (7, b"b")]);

    let off = KafkaSettings { verdicts: Some(String::new()), ..settings };
    assert!(KafkaJournal::new(off).unwrap().outbox().unwrap().is_none());
}
