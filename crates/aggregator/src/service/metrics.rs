//! What Prometheus sees of a service.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use journal::Positions;
use ledger::Account;
use prometheus_client::{
    encoding::text::encode,
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

type Labels = [(&'static str, String); 1];

/// Counters and gauges of one service.
pub struct Metrics {
    registry: Registry,
    ready: AtomicBool,
    entries: Counter,
    settle_seconds: Histogram,
    rows: Counter,
    roll_up_seconds: Histogram,
    failures: Family<Labels, Counter>,
    held: Gauge,
    lag: Family<Labels, Gauge>,
    accounted: Family<Labels, Gauge>,
    unaccounted: Gauge,
    applied: Gauge,
    verdicts: Counter,
    conflicts: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let seconds = || Histogram::new(exponential_buckets(0.005, 2.0, 14));
        let mut metrics = Self {
            registry: Registry::with_prefix("zhibao"),
            ready: AtomicBool::new(true),
            entries: Counter::default(),
            settle_seconds: seconds(),
            rows: Counter::default(),
            roll_up_seconds: seconds(),
            failures: Family::default(),
            held: Gauge::default(),
            lag: Family::default(),
            accounted: Family::default(),
            unaccounted: Gauge::default(),
            applied: Gauge::default(),
            verdicts: Counter::default(),
            conflicts: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let of = &mut self.registry;
        of.register("entries", "Journal entries settled here", self.entries.clone());
        let settling = self.settle_seconds.clone();
        of.register_with_unit("settle", "Settling and committing a batch", Unit::Seconds, settling);
        of.register("rows", "Rolled-up rows written here", self.rows.clone());
        let rolling = self.roll_up_seconds.clone();
        of.register_with_unit("roll_up", "Rolling up and committing", Unit::Seconds, rolling);
        let failures = "Commits that were refused or failed, by kind; their entries are read again";
        of.register("failures", failures, self.failures.clone());
        of.register("partitions", "Partitions held", self.held.clone());
        let lag = "Entries of the journal that are not in the tables, by partition";
        of.register("lag", lag, self.lag.clone());
        let submissions = "Distinct submissions by where they stand, of all members";
        of.register("submissions", submissions, self.accounted.clone());
        let unaccounted = "Received submissions that stand nowhere; anything but 0 is a fault";
        of.register("unaccounted", unaccounted, self.unaccounted.clone());
        let applied = "Version of table submissions that the rolled-up tables show";
        of.register("applied_version", applied, self.applied.clone());
        let conflicts =
            "Commits that another process was faster than, most of them repeated at once";
        of.register("conflicts", conflicts, self.conflicts.clone());
        of.register("verdicts", "Decisions published here", self.verdicts.clone());
    }

    /// A batch stands in the table, so long after it was taken.
    pub(crate) fn settled_batch(&self, took: Duration, entries: u64) {
        self.settle_seconds.observe(took.as_secs_f64());
        self.entries.inc_by(entries);
    }

    /// Rows stand in the tables, so long after it was begun to make them.
    pub(crate) fn rolled_up(&self, took: Duration, rows: u64) {
        self.roll_up_seconds.observe(took.as_secs_f64());
        self.rows.inc_by(rows);
    }

    pub(crate) fn failed(&self, conflict: bool) {
        let kind = if conflict { "conflict" } else { "error" };
        self.failures.get_or_create(&[("kind", kind.to_owned())]).inc();
    }

    /// Entries settled so far.
    pub fn settled(&self) -> u64 {
        self.entries.get()
    }

    pub(crate) fn held(&self, partitions: &BTreeSet<u32>) {
        self.held.set(partitions.len() as i64);
    }

    pub(crate) fn applied(&self, version: u64) {
        self.applied.set(version as i64);
    }

    pub(crate) fn conflicts(&self, count: u64) {
        self.conflicts.set(count as i64);
    }

    pub(crate) fn published(&self, count: u64) {
        self.verdicts.inc_by(count);
    }

    pub(crate) fn lag(&self, ends: &Positions, stored: &Positions) {
        for (partition, &end) in ends {
            let behind = end.saturating_sub(stored.get(partition).copied().unwrap_or(0));
            self.lag.get_or_create(&[("partition", partition.to_string())]).set(behind as i64);
        }
    }

    pub(crate) fn account(&self, account: Account) {
        let Account { received, replayed, effective, superseded, refused, set_aside, pending } =
            account;
        for (state, count) in [
            ("received", received),
            ("replayed", replayed),
            ("effective", effective),
            ("superseded", superseded),
            ("refused", refused),
            ("set_aside", set_aside),
            ("pending", pending),
        ] {
            self.accounted.get_or_create(&[("state", state.to_owned())]).set(count as i64);
        }
        let explained = effective + superseded + refused + set_aside + pending;
        self.unaccounted.set(received as i64 - explained as i64);
    }

    pub(crate) fn ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    pub(crate) fn stopped(&self) {
        self.ready(false);
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// All of it in the text format.
    pub(crate) fn exposition(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_does_not_balance_shows() {
        let metrics = Metrics::default();
        let account = Account { received: 5, effective: 3, refused: 1, ..Account::default() };
        metrics.account(account);
        let text = metrics.exposition();
        assert!(text.contains("zhibao_unaccounted 1"), "{text}");
        assert!(text.contains("zhibao_submissions{state=\"effective\"} 3"), "{text}");
        metrics.account(Account { superseded: 1, ..account });
        assert!(metrics.exposition().contains("zhibao_unaccounted 0"));
    }
}
