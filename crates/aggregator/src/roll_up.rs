//! Rolling up what was settled, and committing the rows.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use checks::{ContextFinding, PriorColumn, Warning, apply_exceptions};
use jiff::{ToSpan, civil::Date};
use journal::partition_of;
use model::{FormIx, Period, PeriodKind, SubmissionKey, UnitCode, step::Action};
use store::{Applied, PlainColumn};

use crate::{AggregateError, Aggregator, in_turn::in_turn, shards::Row, waiting::Taking};

/// Checks that say that persons were on the list and nothing was paid.
const UNPAID: [&str; 2] = ["K72", "K100"];

/// Table of the findings from context. It is committed last, so that the version of `submissions`
/// that it names is shown by the tables of all forms.
pub(crate) const CONTEXT_FINDINGS: &str = "context_findings";

/// Where nobody's turn is asked for.
static NO_TURNS: BTreeMap<UnitCode, u64> = BTreeMap::new();

/// What a roll-up came to.
#[derive(Debug, Default)]
pub struct RollUpReport {
    /// Rows written.
    pub rows: u64,
    /// New version of each table.
    pub versions: BTreeMap<String, u64>,
    /// Findings from context, a function of the accepted state.
    pub findings: Vec<ContextFinding>,
    /// Early warnings, the same.
    pub warnings: Vec<Warning>,
}

impl Aggregator {
    /// Brings all rows up to date with what was settled and commits them, form by form; `progress`
    /// is told the rows written so far.
    ///
    /// # Errors
    /// On an error the tables of the forms already committed are ahead of the others; the next run
    /// brings the rest up to date, since each table names the version that it has applied.
    pub async fn roll_up(
        &mut self,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<RollUpReport, AggregateError> {
        let all = self.shards().to_vec();
        self.roll_up_of(&all, progress).await
    }

    /// As [`Aggregator::roll_up`], but writes the rows of these provinces only: others have other
    /// writers. What they have to write is kept, should one of them be written here later.
    ///
    /// # Errors
    /// As [`Aggregator::roll_up`].
    pub async fn roll_up_of(
        &mut self,
        provinces: &[UnitCode],
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<RollUpReport, AggregateError> {
        let mut report = self.roll_up_rows(provinces, progress).await?;
        (report.findings, report.warnings) = self.find_in_context(provinces).await?;
        Ok(report)
    }

    /// As [`Aggregator::roll_up_of`], but leaves the findings from context as they are.
    pub(crate) async fn roll_up_rows(
        &mut self,
        provinces: &[UnitCode],
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<RollUpReport, AggregateError> {
        self.take_in(Taking::All)?;
        self.flooded = false;
        let since = self.complete() + 1;
        self.touch(provinces, since)?;
        self.fill_up(provinces, usize::MAX);
        let report = self.write(provinces, progress).await?;
        self.taken = self.applied;
        Ok(report)
    }

    /// Takes in a part of what waits and writes the rows of these provinces that it changes. What is
    /// not taken in is in none of the sums, so that all rows still add up. The first return of a period
    /// brings rows of all units; those without a value come little by little.
    ///
    /// The findings from context stay as they are until [`Aggregator::find_in_context`].
    ///
    /// # Errors
    /// Also when another process has written rows of a province since this one did. This aggregator
    /// must be opened again then.
    pub async fn roll_up_some(
        &mut self,
        what: Taking,
        provinces: &[UnitCode],
    ) -> Result<RollUpReport, AggregateError> {
        let pieces = self.prepare(what, provinces)?;
        let rows = pieces.rows;
        let versions = pieces.commit().await?;
        self.committed(provinces, &versions);
        Ok(RollUpReport { rows, versions, ..RollUpReport::default() })
    }

    /// Commits everything of these provinces that is to be written. While the files of one table are
    /// on their way to the disk, the rows of the next are made.
    async fn write(
        &mut self,
        provinces: &[UnitCode],
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<RollUpReport, AggregateError> {
        let mut report = RollUpReport::default();
        let wanted = self.pending_of(provinces).into_iter();
        let this = &*self;
        let commits = wanted.map(|(form, pieces)| this.write_form(form, pieces, provinces));
        in_turn(commits, |(table, version, rows)| {
            report.rows += rows;
            report.versions.insert(table, version);
            progress(report.rows);
        })
        .await?;
        self.committed(provinces, &report.versions);
        self.written(provinces);
        Ok(report)
    }

    /// Commits pieces of one form: the table, its new version, and how many rows they have.
    async fn write_form(
        &self,
        form: FormIx,
        pieces: Vec<Row>,
        provinces: &[UnitCode],
    ) -> Result<(String, u64, u64), AggregateError> {
        let made = AtomicU64::new(0);
        let make = |piece| {
            let slice = self.piece_rows(form, piece);
            made.fetch_add(slice.rows.nodes.len() as u64, Ordering::Relaxed);
            slice
        };
        // Whoever wrote last: everything known is written.
        let applied = self.shows(provinces);
        let commit = self.store.commit_rows_of(form, pieces, make, &self.catalog, applied);
        let version = commit.await?;
        Ok((self.catalog.form(form).table(), version, made.into_inner()))
    }

    /// Brings the sums up to date and remembers which rows that changed. Empty ones may wait where
    /// they are written here; they came to be with version `since` of `submissions` or behind it.
    pub(crate) fn touch(
        &mut self,
        provinces: &[UnitCode],
        since: u64,
    ) -> Result<(), AggregateError> {
        let (touched, empty) = self.state.roll_up_apart()?;
        let rows = touched.iter().chain(&empty);
        self.in_context.touch(rows);
        self.remember(touched);
        self.leave_to_others(provinces);
        self.remember_empty(empty, provinces, since);
        Ok(())
    }

    /// What rows show that are made now.
    pub(crate) fn shows<'a>(&'a self, provinces: &'a [UnitCode]) -> Applied<'a> {
        Applied {
            submissions: self.applied,
            complete: self.complete(),
            catalog: &self.catalog.hash,
            provinces,
            turns: &NO_TURNS,
            taken: self.applied,
        }
    }

    /// The version of `submissions` of which everything is taken in and written.
    pub(crate) fn complete(&self) -> u64 {
        if self.flooded {
            return self.shown;
        }
        let since = self.waiting.since().into_iter().chain(self.empty.values().copied()).min();
        since.map_or(self.applied, |since| since.saturating_sub(1).min(self.applied))
    }

    /// Looks for the findings from context in the rows that changed, and commits those of these
    /// provinces.
    ///
    /// # Errors
    /// The table cannot be written, or shows more than this aggregator knows.
    pub async fn find_in_context(
        &mut self,
        provinces: &[UnitCode],
    ) -> Result<(Vec<ContextFinding>, Vec<Warning>), AggregateError> {
        self.look_in_context(None);
        self.commit_in_context(provinces).await
    }

    /// Looks for the findings from context in the rows that changed, what changed first before the rest,
    /// until a moment if there is one. Whether everything was looked at.
    pub fn look_in_context(&mut self, until: Option<Instant>) -> bool {
        let complete = self.complete();
        let wanted = self.wanted();
        self.in_context.look(&self.state, &wanted, complete, until);
        !self.in_context.is_behind()
    }

    /// Whether more was looked at than the findings show that were last committed here.
    pub(crate) fn has_looked_at_more(&self) -> bool {
        self.in_context.shows() > self.shown
    }

    /// Commits the findings from context and the warnings of these provinces, as they were at the last
    /// look. They may be of different moments, and show everything up to the version that they name.
    ///
    /// # Errors
    /// The table cannot be written, or shows more than was looked at here.
    pub async fn commit_in_context(
        &mut self,
        provinces: &[UnitCode],
    ) -> Result<(Vec<ContextFinding>, Vec<Warning>), AggregateError> {
        let (findings, warnings) = self.found_in_context();
        self.commit_warnings(&warnings, provinces).await?;
        self.commit_findings(&findings, provinces).await?;
        self.shown = self.shown.max(self.in_context.shows());
        Ok((findings, warnings))
    }

    /// What findings and warnings show that are committed now.
    pub(crate) fn looked_at<'a>(&'a self, provinces: &'a [UnitCode]) -> Applied<'a> {
        Applied { complete: self.in_context.shows(), ..self.shows(provinces) }
    }

    /// Brings the figures and the findings from context up to date without writing anything.
    ///
    /// # Errors
    /// A sum that needs more than 18 digits.
    pub fn refresh(&mut self) -> Result<(), AggregateError> {
        self.take_in(Taking::All)?;
        self.touch(&[], self.applied)?;
        self.look_in_context(None);
        self.found_in_context();
        Ok(())
    }

    /// The forms and periods whose returns are looked at.
    fn wanted(&self) -> BTreeSet<(FormIx, Period)> {
        let forms = (0u8..).map(FormIx).take(self.catalog.forms.len());
        forms
            .flat_map(|form| self.settled_periods(form).into_iter().map(move |p| (form, p)))
            .collect()
    }

    /// What the checks from context found in the accepted state at the last look.
    fn found_in_context(&mut self) -> (Vec<ContextFinding>, Vec<Warning>) {
        let wanted = self.wanted();
        let columns = self.prior.iter().filter(|(key, _)| wanted.contains(&(key.form, key.period)));
        let columns: Vec<PriorColumn> =
            columns.map(|(&key, cells)| PriorColumn { key, cells: cells.clone() }).collect();
        let (mut findings, warnings) = self.in_context.all(&self.state, &self.declared, &columns);
        findings.iter_mut().for_each(|found| self.add_remarks(found));
        self.unpaid.clear();
        for found in findings.iter().filter(|f| UNPAID.contains(&f.finding.check.as_str())) {
            if let Some(period) = found.period {
                for &unit in &found.units {
                    let months = self.unpaid.entry(unit).or_default();
                    months.insert((period, found.finding.check.clone()));
                }
            }
        }
        (findings, warnings)
    }

    /// Writes into a finding what its unit explains and what a level above lets rest.
    fn add_remarks(&self, found: &mut ContextFinding) {
        let (Some(&unit), Some(period)) = (found.units.first(), found.period) else { return };
        let ledger = &self.ledgers[partition_of(&unit.to_string()) as usize];
        let key = SubmissionKey { unit, form: found.form, period };
        for (action, remark) in ledger.remarks(key) {
            match action {
                Action::Explain if remark.check == found.finding.check => {
                    found.finding.explanation.clone_from(&remark.words);
                }
                Action::Except => apply_exceptions(
                    &self.catalog,
                    std::slice::from_ref(remark),
                    std::slice::from_mut(&mut found.finding),
                ),
                _ => {}
            }
        }
    }

    /// Periods of a form that lie inside the time that was collected: they begin no earlier than the
    /// form's first return and end no later than the last one of any form. What is still running, or
    /// began before collecting did, is partial by its nature, which is no finding.
    pub fn settled_periods(&self, form: FormIx) -> Vec<Period> {
        let forms = (0u8..).map(FormIx).take(self.catalog.forms.len());
        let last = forms.flat_map(|form| self.base_periods(form)).map(Period::end).max();
        let first = self.base_periods(form).into_iter().map(Period::start).min();
        let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
        let periods = self.state.periods(form).into_iter();
        periods.filter(|period| first <= period.start() && period.end() <= last).collect()
    }

    /// Periods of a form's shortest frequency of which its own returns came in: what is counted from
    /// other forms begins on the first day of a period and is partial until its last. Yearly forms have
    /// none, since targets describe a year that has only begun.
    fn base_periods(&self, form: FormIx) -> Vec<Period> {
        let blocks = self.catalog.blocks().iter().filter(|(key, _)| key.form == form);
        let shortest = blocks.map(|(key, _)| key.frequency).min();
        let shortest = shortest.filter(|&kind| kind != PeriodKind::Year);
        shortest.map_or_else(Vec::new, |kind| self.state.recorded(form, kind).collect())
    }

    /// Replaces the findings of these provinces.
    async fn commit_findings(
        &self,
        findings: &[ContextFinding],
        provinces: &[UnitCode],
    ) -> Result<(), AggregateError> {
        let parts = self.by_shard(provinces, findings, |found| {
            found.units.first().and_then(|&unit| self.province_of(found, unit))
        });
        let parts = parts.into_iter().map(|(at, found)| (at.to_string(), self.columns(&found)));
        self.store
            .replace_parts_of(CONTEXT_FINDINGS, parts.collect(), self.looked_at(provinces))
            .await?;
        Ok(())
    }

    /// The province against whose unit a finding stands.
    fn province_of(&self, found: &ContextFinding, unit: UnitCode) -> Option<UnitCode> {
        match found.period {
            Some(period) => self.state.province_of(period, unit),
            None => {
                let spans = self.catalog.register.spans_of(unit);
                let day =
                    spans.last()?.valid_to.map_or(Date::MAX, |day| day.saturating_sub(1.day()));
                let tree = self.catalog.register.tree(day);
                let mut node = tree.node(unit)?;
                while let Some(above) = tree.parent(node) {
                    node = above;
                }
                Some(tree.code(node))
            }
        }
    }

    fn columns(&self, findings: &[&ContextFinding]) -> Vec<PlainColumn> {
        let form = |f: &&ContextFinding| self.catalog.form(f.form).code.clone();
        let text = |pick: fn(&ContextFinding) -> String| findings.iter().map(move |f| pick(f));
        let words = |pick: fn(&ContextFinding) -> &String| {
            findings.iter().map(move |f| Some(pick(f).clone()).filter(|words| !words.is_empty()))
        };
        vec![
            PlainColumn::integer("unit", findings.iter().map(|f| first_unit(f))),
            PlainColumn::text("units", findings.iter().map(|f| all_units(f))),
            PlainColumn::text("form", findings.iter().map(form)),
            PlainColumn::text_or_null(
                "period",
                findings.iter().map(|f| f.period.map(|period| period.to_string())),
            ),
            PlainColumn::text("check_id", text(|f| f.finding.check.clone())),
            PlainColumn::text("severity", text(|f| f.finding.severity.zh().to_owned())),
            PlainColumn::text("cell", text(|f| f.finding.cell.clone())),
            PlainColumn::text("found", text(|f| f.finding.found.clone())),
            PlainColumn::text("expected", text(|f| f.finding.expected.clone())),
            PlainColumn::text("message_zh", text(|f| f.finding.message_zh.clone())),
            PlainColumn::text("message_en", text(|f| f.finding.message_en.clone())),
            PlainColumn::text_or_null("explanation", words(|f| &f.finding.explanation)),
            PlainColumn::text_or_null("exception", words(|f| &f.finding.exception)),
        ]
    }
}

fn first_unit(found: &ContextFinding) -> Option<i64> {
    found.units.first().map(|unit| unit.as_u64() as i64)
}

/// All units that a finding stands against, joined with `+`.
fn all_units(found: &ContextFinding) -> String {
    found.units.iter().map(ToString::to_string).collect::<Vec<_>>().join("+")
}
