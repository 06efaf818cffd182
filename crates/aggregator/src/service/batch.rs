//! The entries that the next commit will hold.

use std::time::{Duration, Instant};

use journal::Entry;

use super::ServiceSettings;
use crate::catalogs::up_to_a_notice;

/// The part of the largest batch that is ample: a third, far more than comes in within a batch's age
/// unless entries have waited.
const AMPLE: usize = 3;

/// Entries in the order they came, due by number, bytes or age.
pub(crate) struct Batch {
    entries: Vec<Entry>,
    bytes: usize,
    began: Instant,
    most_entries: usize,
    most_bytes: usize,
    most_age: Duration,
}

impl Batch {
    pub(crate) fn new(settings: &ServiceSettings) -> Self {
        Self {
            entries: Vec::new(),
            bytes: 0,
            began: Instant::now(),
            most_entries: settings.batch_entries.max(1),
            most_bytes: settings.batch_mib.max(1) << 20,
            most_age: Duration::from_millis(settings.batch_millis),
        }
    }

    pub(crate) fn extend(&mut self, entries: Vec<Entry>) {
        if self.entries.is_empty() {
            self.began = Instant::now();
        }
        self.bytes += entries.iter().map(|entry| entry.bytes.len()).sum::<usize>();
        self.entries.extend(entries);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn is_due(&self) -> bool {
        !self.entries.is_empty() && (self.is_full() || self.left().is_zero())
    }

    /// Whether it came so fast that it is as large as one may be.
    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= self.most_entries || self.bytes >= self.most_bytes
    }

    /// Whether it is worth a commit of its own when nothing more is at hand.
    pub(crate) fn is_ample(&self) -> bool {
        self.entries.len() * AMPLE >= self.most_entries || self.bytes * AMPLE >= self.most_bytes
    }

    /// How long the batch may still wait.
    pub(crate) fn left(&self) -> Duration {
        self.most_age.saturating_sub(self.began.elapsed())
    }

    pub(crate) fn take(&mut self) -> Vec<Entry> {
        self.bytes = 0;
        std::mem::take(&mut self.entries)
    }

    /// Takes what can be decided under the catalogue with this hash; the rest stays, as old as it is.
    pub(crate) fn take_under(&mut self, hash: &str) -> Vec<Entry> {
        let rest = self.entries.split_off(up_to_a_notice(&self.entries, hash));
        let taken = self.take();
        self.bytes = rest.iter().map(|entry| entry.bytes.len()).sum();
        self.entries = rest;
        taken
    }
}

#[cfg(test)]
mod tests {
    use journal::Place;

    use super::*;

    fn entry(bytes: usize) -> Entry {
        let place = Place { partition: 0, offset: 0 };
        Entry { place, kind: String::new(), wire: String::new(), bytes: vec![0; bytes], at: 0 }
    }

    #[test]
    fn what_lies_behind_other_definitions_stays() {
        let notice = |hash: &str| Entry {
            kind: "catalog".to_owned(),
            bytes: format!(r#"{{"wire":1,"hash":"{hash}","at":1,"parts":[0]}}"#).into_bytes(),
            ..entry(0)
        };
        let mut batch = Batch::new(&ServiceSettings::default());
        batch.extend(vec![entry(1), notice("aa"), entry(2), notice("bb"), entry(3)]);
        assert_eq!(batch.take_under("aa").len(), 4, "up to the notice of another catalogue");
        assert_eq!((batch.entries.len(), batch.bytes), (1, 3));
        assert_eq!(batch.take_under("bb").len(), 1);
        assert!(batch.is_empty());
    }

    #[test]
    fn a_third_of_what_it_may_hold_is_ample() {
        let settings =
            ServiceSettings { batch_entries: 9, batch_mib: 3, ..ServiceSettings::default() };
        let mut many = Batch::new(&settings);
        assert!(!many.is_ample(), "nothing is never ample");
        many.extend(vec![entry(1), entry(1)]);
        assert!(!many.is_ample());
        many.extend(vec![entry(1)]);
        assert!(many.is_ample() && !many.is_full() && !many.is_due());

        let mut large = Batch::new(&settings);
        large.extend(vec![entry((1 << 20) - 1)]);
        assert!(!large.is_ample());
        large.extend(vec![entry(1)]);
        assert!(large.is_ample() && !large.is_full() && !large.is_due());
    }

    #[test]
    fn number_bytes_and_age_make_it_due() {
        let settings = ServiceSettings {
            batch_entries: 3,
            batch_mib: 1,
            batch_millis: 60_000,
            ..ServiceSettings::default()
        };
        let mut batch = Batch::new(&settings);
        assert!(!batch.is_due(), "nothing is never due");
        batch.extend(vec![entry(1), entry(1)]);
        assert!(!batch.is_due());
        batch.extend(vec![entry(1)]);
        assert!(batch.is_due());
        assert_eq!(batch.take().len(), 3);
        batch.extend(vec![entry(1 << 20)]);
        assert!(batch.is_due());

        let mut aged = Batch::new(&ServiceSettings { batch_millis: 0, ..settings });
        aged.extend(vec![entry(1)]);
        assert!(aged.is_due());
    }
}
