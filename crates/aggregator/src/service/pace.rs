//! How often to commit and to roll up: soon for those who wait, never so often that nothing else runs.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::batch::Batch;

/// How the service runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceSettings {
    /// Entries after which a batch is committed.
    pub batch_entries: usize,
    /// MiB after which a batch is committed.
    pub batch_mib: usize,
    /// Milliseconds after which a batch is committed.
    pub batch_millis: u64,
    /// Milliseconds in which what waits is rolled up once at most, single corrections aside.
    pub roll_up_millis: u64,
    /// Seconds without progress while entries wait, after which the service ends with an error.
    pub stall_seconds: u64,
    /// Address of `/live`, `/ready` and `/metrics`; not served when empty.
    pub listen: String,
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            batch_entries: 100_000,
            // Beside what is decided, a batch that is being committed is held as well.
            batch_mib: 48,
            batch_millis: 200,
            roll_up_millis: 300,
            stall_seconds: 300,
            listen: String::new(),
        }
    }
}

/// Share of the time that roll-ups may take while entries wait to be settled: a tenth.
const BEHIND: u32 = 9;

/// While entries come in: half.
const BUSY: u32 = 1;

/// How long after a batch it is still taken to be so.
const COMING: Duration = Duration::from_millis(500);

/// So many batches in a row that are as large as one may be, and entries are taken to wait.
const FULL_BATCHES: u32 = 4;

/// So many entries of the journal that are not in the tables, beside full batches, are far too many: until
/// they are fewer, what is settled is rolled up as a whole.
const FAR: u64 = 500_000;

/// So often the findings from context are looked for although more is being rolled up all the time, and
/// committed although more is to be looked at.
const LONGEST_UNFOUND: Duration = Duration::from_secs(10);

/// What looking for findings takes of the time while entries come in, and committing them at all times:
/// an eleventh.
pub(super) const ASIDE: u32 = 10;

/// When the next piece is rolled up.
///
/// Single corrections are rolled up at once. Everything else takes half of the time while entries
/// come in and a tenth while entries wait, so that settling is not held up by a province of rows; where
/// too much waits for it, all of it and half.
pub(crate) struct Pace {
    least: Duration,
    /// When tables are looked at for what others have settled.
    look: Instant,
    /// When the last piece was rolled up, how long that took, and what is paused at least.
    piece: (Instant, Duration, Duration),
    /// When findings are looked for again, whether some are being looked for, and when they were last
    /// committed.
    findings: Instant,
    looking: bool,
    found: Instant,
    full: u32,
    /// How many entries of the journal were not in the tables when that was last looked at.
    lag: u64,
    /// When the last batch was taken.
    batch: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(settings: &ServiceSettings) -> Self {
        let (least, now) = (Duration::from_millis(settings.roll_up_millis), Instant::now());
        let piece = (now, Duration::ZERO, Duration::ZERO);
        Self {
            least,
            look: now,
            piece,
            findings: now,
            looking: false,
            found: now,
            full: 0,
            lag: 0,
            batch: None,
        }
    }

    /// A batch was taken, which was as large as one may be or not, and ample or not. An ample one says
    /// nothing: it may be all that waited, or all that the journal's client has unpacked.
    pub(crate) fn took_batch(&mut self, full: bool, ample: bool) {
        self.full = match (full, ample) {
            (true, _) => self.full + 1,
            (false, true) => self.full,
            (false, false) => 0,
        };
        self.batch = Some(Instant::now());
    }

    /// Whether entries wait to be settled.
    pub(crate) fn is_behind(&self) -> bool {
        self.full >= FULL_BATCHES
    }

    /// So many entries of the journal are not in the tables.
    pub(crate) fn lags(&mut self, lag: u64) {
        self.lag = lag;
    }

    /// Whether so many entries wait to be settled that piece by piece would be too slow.
    pub(crate) fn is_far_behind(&self) -> bool {
        self.is_behind() && self.lag >= FAR
    }

    /// Whether it is time to look for what others have settled; the next time comes later.
    pub(crate) fn look_is_due(&mut self) -> bool {
        let now = Instant::now();
        let due = now >= self.look;
        if due {
            self.look = now + self.least;
        }
        due
    }

    /// Others have something that is to be looked at now.
    pub(crate) fn look_now(&mut self) {
        self.look = Instant::now();
    }

    /// `crowded`: so much waits to be rolled up that it should become less.
    pub(crate) fn piece_is_due(&self, crowded: bool) -> bool {
        Instant::now() >= self.next_piece(crowded)
    }

    fn next_piece(&self, crowded: bool) -> Instant {
        let (at, took, least) = self.piece;
        let share = match self.comes_in() {
            true if self.is_behind() && !crowded => BEHIND,
            true if self.is_behind() || !crowded => BUSY,
            _ => 0,
        };
        at + (took * share).max(least)
    }

    /// What was rolled up, and for how long: so many of the areas that were waiting.
    pub(crate) fn rolled_up(&mut self, took: Duration, taken: usize, areas: usize) {
        let number = |areas: usize| u32::try_from(areas.max(1)).unwrap_or(u32::MAX);
        let least = self.least * number(taken.min(areas)) / number(areas);
        self.piece = (Instant::now(), took, least);
    }

    /// `all`: nothing waits to be rolled up.
    pub(crate) fn findings_are_due(&self, all: bool) -> bool {
        Instant::now() >= self.findings && (all || self.looking || self.findings_are_overdue())
    }

    /// Whether findings were not committed for long.
    pub(crate) fn findings_are_overdue(&self) -> bool {
        self.found.elapsed() >= LONGEST_UNFOUND
    }

    /// Findings were looked for; whether in everything that had changed, and whether they were committed.
    pub(crate) fn looked(&mut self, took: Duration, all: bool, committed: bool) {
        let now = Instant::now();
        self.looking = !all;
        if committed {
            self.found = now;
        }
        let pause = match all || committed || self.comes_in() {
            true => (took * ASIDE).max(if all { self.least } else { Duration::ZERO }),
            false => Duration::ZERO,
        };
        self.findings = now + pause;
    }

    /// What was being looked for is forgotten.
    pub(crate) fn begin_again(&mut self) {
        self.looking = false;
    }

    /// Whether entries come in.
    fn comes_in(&self) -> bool {
        self.batch.is_some_and(|last| last.elapsed() < COMING)
    }

    /// When there is something to do; `waits`: rows wait to be rolled up, `finds`: findings may be looked
    /// for.
    pub(crate) fn next(&self, waits: bool, finds: bool, crowded: bool) -> Instant {
        let piece = self.next_piece(crowded);
        match (waits, finds) {
            (true, true) if self.looking => piece.min(self.findings),
            (true, _) => piece,
            (false, _) => self.findings,
        }
    }

    /// How long to wait for news; `due`: when there is something to do for the roll-up.
    pub(crate) fn wait(&self, batch: &Batch, longest: Duration, due: Option<Instant>) -> Duration {
        let until = |at: Instant| at.saturating_duration_since(Instant::now());
        let shortest = Duration::from_millis(1);
        let next = due.map_or(self.look, |due| due.min(self.look));
        let wait = longest.min(until(next).max(shortest));
        if batch.is_empty() {
            wait
        } else if batch.is_ample() {
            wait.min(shortest)
        } else {
            wait.min(batch.left())
        }
    }
}

#[cfg(test)]
mod tests {
    use journal::{Entry, Place};

    use super::*;

    fn pace() -> Pace {
        Pace::new(&ServiceSettings { roll_up_millis: 0, ..ServiceSettings::default() })
    }

    #[test]
    fn pieces_leave_most_of_the_time_to_settling_and_nearly_all_while_entries_wait() {
        let took = Duration::from_secs(1);
        let mut pace = pace();
        assert!(pace.piece_is_due(false));
        pace.rolled_up(took, 1, 1);
        assert!(pace.piece_is_due(false), "nothing comes in");
        let pause = |pace: &Pace| pace.next_piece(false).saturating_duration_since(Instant::now());
        (1..FULL_BATCHES).for_each(|_| pace.took_batch(true, true));
        assert!(pause(&pace) > took / 2 && pause(&pace) <= took, "a few large ones are no backlog");
        pace.took_batch(true, true);
        assert!(pause(&pace) > took * 8);
        let crowded = pace.next_piece(true).saturating_duration_since(Instant::now());
        assert!(crowded > took / 2 && crowded <= took, "too much waits as well");
        pace.lags(FAR - 1);
        assert!(!pace.is_far_behind(), "it catches up piece by piece");
        pace.lags(FAR);
        assert!(pace.is_far_behind());
        pace.took_batch(false, true);
        assert!(pace.is_far_behind(), "there may be more");
        pace.took_batch(false, false);
        assert!(!pace.is_far_behind(), "what there was is taken");
        assert!(pause(&pace) <= took && pause(&pace) > took / 2);
        assert!(pace.piece_is_due(true), "too much waits");
        pace.batch = pace.batch.and_then(|at| at.checked_sub(COMING));
        assert!(pace.piece_is_due(false));
    }

    #[test]
    fn all_areas_are_rolled_up_once_in_the_least_time() {
        let mut pace = Pace::new(&ServiceSettings::default());
        let pause = |pace: &Pace| pace.next_piece(false).saturating_duration_since(Instant::now());
        for (taken, areas, most) in
            [(1, 1, 300), (6, 6, 300), (6, 18, 100), (1, 18, 17), (0, 0, 300)]
        {
            pace.rolled_up(Duration::ZERO, taken, areas);
            let most = Duration::from_millis(most);
            assert!(pause(&pace) <= most && pause(&pace) + most / 10 > most, "{taken} of {areas}");
        }
    }

    #[test]
    fn findings_wait_for_all_pieces_but_not_for_ever() {
        let mut pace = pace();
        pace.looked(Duration::ZERO, true, true);
        assert!(pace.findings_are_due(true));
        assert!(!pace.findings_are_due(false));
        pace.found = pace.found.checked_sub(LONGEST_UNFOUND).unwrap();
        assert!(pace.findings_are_due(false));
        pace.looked(Duration::from_secs(1), true, true);
        assert!(!pace.findings_are_due(true));
    }

    #[test]
    fn what_is_being_looked_for_goes_on_and_leaves_most_of_the_time_to_what_comes_in() {
        let took = Duration::from_millis(100);
        let mut pace = pace();
        pace.looked(took, false, false);
        assert!(pace.findings_are_due(false), "nothing comes in");
        pace.took_batch(false, false);
        pace.looked(took, false, false);
        let pause = pace.findings.saturating_duration_since(Instant::now());
        assert!(pause > took * 9 && pause <= took * 10);
        pace.findings = Instant::now();
        assert!(pace.findings_are_due(false), "though more is being rolled up");
        assert!(!pace.findings_are_overdue());
        pace.looked(took, true, true);
        pace.findings = Instant::now();
        assert!(!pace.findings_are_due(false));
    }

    #[test]
    fn it_is_waited_for_what_may_be_done_next() {
        let mut pace = pace();
        pace.rolled_up(Duration::from_secs(9), 1, 1);
        pace.took_batch(false, false);
        pace.looked(Duration::from_millis(100), false, false);
        let (piece, findings) = (pace.next_piece(false), pace.findings);
        assert!(findings < piece);
        assert_eq!(pace.next(true, true, false), findings, "some are being looked for");
        assert_eq!(pace.next(true, false, false), piece, "none may be looked for");
        assert_eq!(pace.next(false, true, false), findings);
        pace.begin_again();
        assert_eq!(pace.next(true, true, false), piece);
    }

    #[test]
    fn an_ample_batch_waits_for_what_is_at_hand_and_no_longer() {
        let longest = Duration::from_millis(100);
        let settings = ServiceSettings {
            batch_entries: 6,
            batch_millis: 60,
            roll_up_millis: 60_000,
            ..ServiceSettings::default()
        };
        let mut pace = Pace::new(&settings);
        assert!(pace.look_is_due());
        let mut batch = Batch::new(&settings);
        assert_eq!(pace.wait(&batch, longest, None), longest);
        let place = Place { partition: 0, offset: 0 };
        let entry =
            || Entry { place, kind: String::new(), wire: String::new(), bytes: vec![], at: 0 };
        batch.extend(vec![entry()]);
        let wait = pace.wait(&batch, longest, None);
        assert!(wait > Duration::from_millis(1) && wait < longest, "its age, not {wait:?}");
        batch.extend(vec![entry()]);
        assert_eq!(pace.wait(&batch, longest, None), Duration::from_millis(1));
    }
}
