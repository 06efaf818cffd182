//! Filling the journal: the declared values of the real reports, then the generated quarter.

use std::{collections::HashSet, path::Path, sync::mpsc::sync_channel};

use journal::{EmbeddedJournal, Journal, NewEntry, PARTITIONS};
use model::{
    Catalog, Period, UnitCode,
    envelope::{Declared, EntryKind, WIRE_VERSION},
};
use sample::province::{Plan, Planted, Sent};

use crate::failure::OrRefuse;

/// Entries of one transaction of the journal.
const APPEND: usize = 20_000;

/// What was fed.
pub(super) struct Fed {
    pub(super) entries: u64,
    pub(super) planted: Planted,
    /// Facts of the reports that are not sent, since their units are not in the register.
    pub(super) elsewhere: usize,
}

/// One entry on its way to the journal.
struct Outgoing {
    unit: String,
    partition: Option<u32>,
    kind: &'static str,
    wire: String,
    bytes: Vec<u8>,
    at: i64,
}

/// Generates on one thread and appends on another.
pub(super) fn feed(
    catalog: &Catalog,
    seed: u64,
    quarter: Period,
    journal: &Path,
    now: i64,
    progress: &dyn Fn(u64),
) -> anyhow::Result<Fed> {
    let mut journal = EmbeddedJournal::open(journal).or_refuse()?;
    let replay = sample::facts::declared().or_refuse()?;
    let units: HashSet<UnitCode> =
        catalog.register.records().iter().map(|unit| unit.code).collect();
    let is_here = |declared: &&Declared| {
        declared.units.iter().all(|unit| unit.parse().is_ok_and(|unit| units.contains(&unit)))
    };
    let all = || replay.declared.iter().chain(&replay.targets);
    let elsewhere = all().filter(|declared| !is_here(declared)).count();
    let real: Vec<Outgoing> = all()
        .filter(is_here)
        .map(|declared| of_declared(declared, now))
        .collect::<anyhow::Result<_>>()?;
    let mut entries = append(&mut journal, &real)?;
    let (sender, receiver) = sync_channel::<Vec<Outgoing>>(4);
    std::thread::scope(|scope| {
        let generator = scope.spawn(move || {
            let mut batch = Vec::with_capacity(APPEND);
            let plan = Plan { seed, quarter, province: None, messy: true };
            let planted = sample::province::generate(catalog, &plan, &mut |sent| {
                send(sent, &mut batch);
                if batch.len() >= APPEND {
                    // A closed channel means that appending failed; its error is reported below.
                    let _ = sender.send(std::mem::take(&mut batch));
                }
            });
            let _ = sender.send(batch);
            planted
        });
        for batch in &receiver {
            entries += append(&mut journal, &batch)?;
            progress(entries);
        }
        let planted = generator.join().map_err(|_| anyhow::anyhow!("the generator panicked"))?;
        let planted = planted.or_refuse()?;
        Ok(Fed { entries, planted, elsewhere })
    })
}

fn append(journal: &mut EmbeddedJournal, batch: &[Outgoing]) -> anyhow::Result<u64> {
    let entries: Vec<NewEntry<'_>> = batch
        .iter()
        .map(|one| NewEntry {
            unit: &one.unit,
            // The embedded journal has no keys.
            key: "",
            catalog: None,
            trace: None,
            partition: one.partition,
            kind: one.kind,
            wire: &one.wire,
            bytes: &one.bytes,
            at: one.at,
        })
        .collect();
    Ok(journal.append(&entries).or_refuse()?.len() as u64)
}

fn of_declared(declared: &Declared, now: i64) -> anyhow::Result<Outgoing> {
    Ok(Outgoing {
        unit: declared.units.first().cloned().unwrap_or_default(),
        partition: None,
        kind: EntryKind::Declared.name(),
        wire: WIRE_VERSION.to_string(),
        bytes: serde_json::to_vec(declared)?,
        at: now,
    })
}

/// A lock belongs to no unit and goes into every partition.
fn send(sent: Sent, batch: &mut Vec<Outgoing>) {
    let outgoing = |partition, bytes| Outgoing {
        unit: sent.unit.clone(),
        partition,
        kind: sent.kind.name(),
        wire: sent.wire.to_string(),
        bytes,
        at: sent.submitted_at.as_millisecond(),
    };
    if sent.kind == EntryKind::Lock {
        batch.extend((0..PARTITIONS).map(|p| outgoing(Some(p), sent.bytes.clone())));
    } else {
        batch.push(Outgoing { bytes: sent.bytes, ..outgoing(None, Vec::new()) });
    }
}
