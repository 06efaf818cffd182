//! The part of the service that rolls up: single corrections first, alone or with a few of the areas that
//! have waited longest. While pieces are on their way to the tables, settling goes on.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use model::UnitCode;
use tokio::task::{JoinHandle, block_in_place};

use super::{Service, pace::ASIDE};
use crate::{AggregateError, shards::writer_of, waiting::Taking};

/// Pieces that are being committed.
pub(super) struct Rolling {
    commit: JoinHandle<Result<BTreeMap<String, u64>, AggregateError>>,
    what: Taking,
    provinces: Vec<UnitCode>,
    rows: u64,
    /// How many areas were taken, and how many waited.
    taken: usize,
    areas: usize,
    began: Instant,
}

impl Rolling {
    /// Waits for the end, whatever came of it.
    pub(super) async fn end(self) {
        let _ = self.commit.await;
    }
}

/// How long findings from context are looked for at a time: corrections wait meanwhile.
const LOOKING: Duration = Duration::from_millis(100);

/// When findings from context are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Findings {
    /// With the rows.
    AtOnce,
    /// Afterwards, a little at a time.
    Later,
}

/// What is to be done next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Everything, in one go: what the state has was never written here.
    Everything,
    Piece(Taking),
    Findings,
    Nothing,
}

impl Service {
    /// Whether something is settled that the tables do not show yet.
    pub(super) fn is_open(&self) -> bool {
        !self.written.is_empty() && (self.waits() || self.has_to_find() || self.aggregator.flooded)
    }

    /// Whether findings are to be looked for or committed.
    fn has_to_find(&self) -> bool {
        self.unfound || self.aggregator.shown < self.aggregator.complete()
    }

    /// When there is something to do, while something is open.
    pub(super) fn next_at(&self) -> Instant {
        let crowded = self.aggregator.waiting.is_crowded();
        let finds = self.has_to_find() && !self.aggregator.flooded;
        self.pace.next(self.waits() || self.aggregator.flooded, finds, crowded)
    }

    /// Whether rows are to be written.
    pub(super) fn waits(&self) -> bool {
        !self.aggregator.waiting.is_empty() || !self.aggregator.empty.is_empty()
    }

    /// Does what is due of bringing the rolled-up tables up to date, if that is this member's work.
    pub(super) async fn roll_up(&mut self) {
        let under_way = self.rolling.as_ref().is_some_and(|pieces| !pieces.commit.is_finished());
        if !self.look().await || under_way || !self.pieces_arrive().await {
            return;
        }
        let provinces = self.provinces();
        if provinces.is_empty() {
            // Others write; here it only has to be known, should that change.
            let known = self.aggregator.take_in(Taking::All);
            self.aggregator.leave_to_others(&[]);
            self.written.clear();
            return self.or_recover(known, "taking in what was settled").await;
        }
        match self.next(&provinces) {
            Next::Nothing => {}
            Next::Everything => self.roll_up_everything(Findings::Later).await,
            Next::Piece(what) => self.roll_up_some(what, provinces).await,
            Next::Findings => self.look_in_context(&provinces, LOOKING).await,
        }
    }

    /// Looks for findings from context for a moment, and commits them when all is looked at or when it
    /// is long since they were.
    async fn look_in_context(&mut self, provinces: &[UnitCode], time: Duration) {
        let began = Instant::now();
        let aggregator = &mut self.aggregator;
        let all = block_in_place(|| aggregator.look_in_context(Some(began + time)));
        // What another has found may be newer than a part of what is known here.
        let part = !self.unfound && aggregator.has_looked_at_more();
        let commits = all || part && self.pace.findings_are_overdue();
        if commits {
            if let Err(error) = aggregator.commit_in_context(provinces).await {
                return self.roll_up_failed(&error).await;
            }
            self.metrics.applied(self.aggregator.shown);
            self.unfound &= !all;
        }
        let took = began.elapsed();
        self.pace.looked(took, all, commits);
        tracing::debug!(?took, all, commits, "looked for findings from context");
    }

    /// Makes a few pieces and begins to commit them.
    async fn roll_up_some(&mut self, what: Taking, provinces: Vec<UnitCode>) {
        let began = Instant::now();
        let areas = self.aggregator.waiting.areas();
        match block_in_place(|| self.aggregator.prepare(what, &provinces)) {
            Ok(pieces) => {
                let rows = pieces.rows;
                let taken = areas.saturating_sub(self.aggregator.waiting.areas());
                let commit = tokio::spawn(pieces.commit());
                self.rolling = Some(Rolling { commit, what, provinces, rows, taken, areas, began });
            }
            Err(error) => self.roll_up_failed(&error).await,
        }
    }

    /// Waits for the pieces that are on their way, if there are any; `false` after a failure.
    pub(super) async fn pieces_arrive(&mut self) -> bool {
        let Some(pieces) = self.rolling.take() else { return true };
        let Rolling { commit, what, provinces, rows, taken, areas, began } = pieces;
        let committed = match commit.await {
            Ok(committed) => committed,
            // It was not cancelled: nobody does.
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        match committed {
            Ok(tables) => {
                self.aggregator.committed(&provinces, &tables);
                self.metrics.rolled_up(began.elapsed(), rows);
                self.wrote(rows);
                if what != Taking::Corrections {
                    self.pace.rolled_up(began.elapsed(), taken, areas);
                }
                tracing::debug!(?what, areas, rows, took = ?began.elapsed(), "rolled up");
                true
            }
            Err(error) => {
                self.roll_up_failed(&error).await;
                false
            }
        }
    }

    fn next(&self, provinces: &[UnitCode]) -> Next {
        let waiting = &self.aggregator.waiting;
        let whole = self.written != provinces || self.aggregator.flooded;
        if whole {
            let due = self.pace.piece_is_due(waiting.is_crowded());
            if due { Next::Everything } else { Next::Nothing }
        } else if !waiting.is_empty() && self.pace.piece_is_due(waiting.is_crowded()) {
            // Corrections go with it: a commit has its price.
            Next::Piece(Taking::Longest)
        } else if waiting.has_corrections() {
            Next::Piece(Taking::Corrections)
        } else if !self.aggregator.empty.is_empty() && self.pace.piece_is_due(waiting.is_crowded())
        {
            Next::Piece(Taking::Nothing)
        } else if self.has_to_find() && self.pace.findings_are_due(!self.waits()) {
            Next::Findings
        } else {
            Next::Nothing
        }
    }

    /// Rolls up all that is settled.
    pub(super) async fn roll_up_everything(&mut self, findings: Findings) {
        if !self.pieces_arrive().await {
            return;
        }
        let provinces = self.provinces();
        if provinces.is_empty() {
            return;
        }
        let began = Instant::now();
        let rolled_up = match findings {
            Findings::AtOnce => self.aggregator.roll_up_of(&provinces, &mut |_| {}).await,
            Findings::Later => self.aggregator.roll_up_rows(&provinces, &mut |_| {}).await,
        };
        match rolled_up {
            Ok(report) => {
                self.metrics.rolled_up(began.elapsed(), report.rows);
                self.wrote(report.rows);
                self.metrics.applied(self.aggregator.shown);
                let (rows, took) = (report.rows, began.elapsed());
                tracing::debug!(rows, ?took, "rolled up everything");
                self.last = report;
                self.unfound =
                    findings == Findings::Later && (self.unfound || self.written != provinces);
                self.written.clone_from(&provinces);
                self.pace.rolled_up(began.elapsed(), 1, 1);
                if findings == Findings::Later {
                    // While entries wait, more comes in before it would be findings' turn.
                    self.look_in_context(&provinces, took / ASIDE).await;
                }
            }
            Err(error) => self.roll_up_failed(&error).await,
        }
    }

    fn wrote(&mut self, rows: u64) {
        if rows > 0 {
            self.succeeded();
        }
    }

    async fn roll_up_failed(&mut self, error: &AggregateError) {
        tracing::warn!(%error, "the roll-up was not committed; it is made again");
        self.recover(error).await;
    }

    /// Takes in what was committed here and, now and then, what others have settled; `false` after a
    /// failure.
    async fn look(&mut self) -> bool {
        let under_way = self.on_its_way.as_ref().is_some_and(|batch| !batch.has_ended());
        if under_way {
            // Its rows would be read from the table and entered a second time.
            return true;
        }
        if !self.land().await {
            return false;
        }
        if !self.pace.look_is_due() {
            return true;
        }
        match self.aggregator.catch_up().await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "reading what others have settled failed");
                self.recover(&error).await;
                false
            }
        }
    }

    /// The provinces whose rows this member writes.
    fn provinces(&self) -> Vec<UnitCode> {
        let mut provinces = self.aggregator.shards().to_vec();
        provinces.retain(|&province| self.held.contains(&writer_of(province)));
        provinces
    }
}
