//! Rolling up what was settled, and committing the rows.

use std::collections::{BTreeMap, BTreeSet};

use checks::ContextFinding;
use model::{FormIx, Level, Period, PeriodKind, indicator::Entry};
use rollup::Slice;
use store::{Applied, PlainColumn, SliceRows};

use crate::{AggregateError, Aggregator};

/// Checks that say that persons were on the list and nothing was paid.
const UNPAID: [&str; 2] = ["K72", "K100"];

/// Table of the findings from context. It is committed last, so that the version of `submissions`
/// that it names is shown by the tables of all forms.
pub(crate) const CONTEXT_FINDINGS: &str = "context_findings";

/// What a roll-up came to.
#[derive(Debug, Default)]
pub struct RollUpReport {
    /// Rows written.
    pub rows: u64,
    /// New version of each table.
    pub versions: BTreeMap<String, u64>,
    /// Findings from context, a function of the accepted state.
    pub findings: Vec<ContextFinding>,
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
        let touched = self.state.roll_up()?;
        let rows: BTreeSet<(FormIx, Period)> = touched.iter().map(|&(f, p, _)| (f, p)).collect();
        let mut by_form: BTreeMap<FormIx, Vec<(Period, Slice)>> = BTreeMap::new();
        for (form, period, slice) in touched {
            by_form.entry(form).or_default().push((period, slice));
        }
        let mut report = RollUpReport::default();
        for (form, parts) in by_form {
            let slices = self.slices(form, &parts);
            report.rows += slices.iter().map(|slice| slice.rows.nodes.len() as u64).sum::<u64>();
            let version = self.store.commit_rows(form, slices, &self.catalog, self.applied).await?;
            report.versions.insert(self.catalog.form(form).table(), version);
            progress(report.rows);
        }
        report.findings = self.context_findings(&rows);
        self.commit_findings(&report.findings).await?;
        Ok(report)
    }

    /// Brings the figures and the findings from context up to date without writing anything.
    ///
    /// # Errors
    /// A sum that needs more than 18 digits.
    pub fn refresh(&mut self) -> Result<(), AggregateError> {
        let touched = self.state.roll_up()?;
        self.context_findings(&touched.iter().map(|&(f, p, _)| (f, p)).collect());
        Ok(())
    }

    /// The rows to write: by prefecture where villages report, since a period has tens of thousands
    /// of rows then and a correction touches one prefecture; otherwise the period as a whole.
    fn slices(&self, form: FormIx, parts: &[(Period, Slice)]) -> Vec<SliceRows> {
        let by_village = self
            .catalog
            .indicators_of(form)
            .any(|(_, indicator)| indicator.entry == Entry::At(Level::Village));
        let mut wanted: Vec<(Period, Slice)> = parts
            .iter()
            .map(|&(period, slice)| (period, if by_village { slice } else { Slice::Whole }))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted
            .into_iter()
            .map(|(period, slice)| SliceRows {
                slice: name(slice),
                rows: self.state.rows(form, period, slice),
            })
            .collect()
    }

    /// What the checks from context find in the accepted state. What they found of a form and period
    /// is kept until rows change that it depends on.
    fn context_findings(&mut self, changed: &BTreeSet<(FormIx, Period)>) -> Vec<ContextFinding> {
        let forms = (0u8..).map(FormIx).take(self.catalog.forms.len());
        let wanted: BTreeSet<(FormIx, Period)> = forms
            .flat_map(|form| self.settled_periods(form).into_iter().map(move |p| (form, p)))
            .collect();
        let catalog = &self.catalog;
        let stale =
            |of: (FormIx, Period)| changed.iter().any(|&row| checks::reads(catalog, of, row));
        self.found.retain(|&of, _| wanted.contains(&of) && !stale(of));
        let new: Vec<_> = wanted.into_iter().filter(|of| !self.found.contains_key(of)).collect();
        for of in new {
            let findings = checks::context_of_returns(catalog, &self.state, &[of]);
            self.found.insert(of, findings);
        }
        let mut findings = checks::context_of_declared(catalog, &self.state, &self.declared);
        findings.extend(self.found.values().flatten().cloned());
        checks::sort_context(&mut findings);
        self.unpaid.clear();
        for found in findings.iter().filter(|f| UNPAID.contains(&f.finding.check.as_str())) {
            if let Some(period) = found.period {
                for &unit in &found.units {
                    let months = self.unpaid.entry(unit).or_default();
                    months.insert((period, found.finding.check.clone()));
                }
            }
        }
        findings
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

    /// Periods of a form's shortest frequency; yearly forms have none, since targets describe a year
    /// that has only begun.
    fn base_periods(&self, form: FormIx) -> Vec<Period> {
        let blocks = self.catalog.blocks().iter().filter(|(key, _)| key.form == form);
        let shortest = blocks.map(|(key, _)| key.frequency).min();
        let shortest = shortest.filter(|&kind| kind != PeriodKind::Year);
        let periods = self.state.periods(form).into_iter();
        periods.filter(|period| Some(period.kind()) == shortest).collect()
    }

    async fn commit_findings(&self, findings: &[ContextFinding]) -> Result<(), AggregateError> {
        let form = |f: &ContextFinding| self.catalog.form(f.form).code.clone();
        let text = |pick: fn(&ContextFinding) -> String| findings.iter().map(pick);
        let columns = vec![
            PlainColumn::integer("unit", findings.iter().map(first_unit)),
            PlainColumn::text("units", findings.iter().map(all_units)),
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
        ];
        let applied = Applied { submissions: self.applied, catalog: &self.catalog.hash };
        self.store.replace_plain_of(CONTEXT_FINDINGS, columns, applied).await?;
        Ok(())
    }
}

/// Name of a slice in the table; `None` is the whole period.
fn name(slice: Slice) -> Option<String> {
    match slice {
        Slice::Whole => None,
        Slice::Province => Some("province".to_owned()),
        Slice::Prefecture(code) => Some(code.to_string()),
    }
}

fn first_unit(found: &ContextFinding) -> Option<i64> {
    found.units.first().map(|unit| unit.as_u64() as i64)
}

/// All units that a finding stands against, joined with `+`.
fn all_units(found: &ContextFinding) -> String {
    found.units.iter().map(ToString::to_string).collect::<Vec<_>>().join("+")
}
