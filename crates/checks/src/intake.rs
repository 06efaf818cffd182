//! Intake: what a return and the history of its own key say, before anything else is looked at.

use std::sync::Arc;

use jiff::Timestamp;
use model::{
    Amount, Catalog, Cell, Finding, FormIx, IndicatorIx, Level, Node, Period, PeriodKind,
    SubmissionKey, UnitCode, envelope, indicator::Entry, submission::KeyHistory,
};

use crate::{
    blocks::{Block, Blocks},
    code_table::CodeTable,
    dates::{Dates, PeriodDates},
    exception, instant,
    return_formulas::{self, ReturnFormulas},
    rule,
    says::{self, Says},
};

/// The checks of intake (K01 to K11, K91, K94, the formulas over cells of one return, and the format
/// rules), with everything looked up beforehand.
///
/// Cheap to share between threads: it is only read, apart from a small memory of periods.
#[derive(Debug)]
pub struct Intake {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) codes: CodeTable,
    pub(crate) blocks: Blocks,
    pub(crate) formulas: ReturnFormulas,
    dates: Dates,
}

/// Who, what and when a return is about.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Unit, form and period.
    pub key: SubmissionKey,
    /// When it was handed in, UTC.
    pub submitted_at: Timestamp,
    /// Handed in before the deadline of its level.
    pub on_time: bool,
    /// Level of the unit on the period's last day.
    pub level: Level,
    /// The unit in the tree of the period's last day.
    pub node: Node,
    pub(crate) block: u16,
    pub(crate) dates: Arc<PeriodDates>,
}

/// What the checks of intake say about a return.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Cells with a value and those declared not applicable, in the order of the catalogue.
    pub cells: Vec<(IndicatorIx, Cell)>,
    /// Readable values of the column 上期数, in the order of the catalogue; no cells.
    pub prior: Vec<(IndicatorIx, Amount)>,
    /// Everything that was found; every check runs whatever the others found.
    pub findings: Vec<Finding>,
}

impl Examined {
    /// Whether a hard finding without an exception stands against acceptance.
    pub fn is_refused(&self) -> bool {
        self.findings.iter().any(Finding::blocks)
    }
}

/// A return that found its place, as the rules see it.
pub(crate) struct Submitted<'a> {
    pub(crate) intake: &'a Intake,
    pub(crate) sent: &'a envelope::Return<'a>,
    pub(crate) resolved: &'a Resolved,
    pub(crate) block: &'a Block,
    pub(crate) history: KeyHistory,
}

impl Submitted<'_> {
    /// The finding of a catalogue check, if the catalogue applies it to this form and level.
    pub(crate) fn finding(&self, id: &str, says: Says) -> Option<Finding> {
        let Resolved { key, level, .. } = self.resolved;
        says::finding(&self.intake.catalog, id, key.form, *level, says)
    }

    /// Code and Chinese name of an indicator, as messages print it.
    pub(crate) fn name(&self, indicator: IndicatorIx) -> String {
        let indicator = self.intake.catalog.indicator(indicator);
        format!("{} {}", indicator.code, indicator.zh)
    }
}

impl Intake {
    /// Builds the look-ups of a catalogue.
    pub fn new(catalog: Arc<Catalog>) -> Self {
        let (codes, formulas) = (CodeTable::new(&catalog), ReturnFormulas::new(&catalog));
        let blocks = Blocks::new(&catalog, &formulas);
        Self { catalog, codes, blocks, formulas, dates: Dates::default() }
    }

    /// Finds out who, what and when a return is about.
    ///
    /// # Errors
    /// The findings that stand in the way, all of them: unit (K01), form, period kind and level
    /// (K02), class of the unit (K91), period text (W01), submission time (W02). Such a return has no key and is refused.
    pub fn resolve(&self, sent: &envelope::Return<'_>) -> Result<Resolved, Vec<Finding>> {
        let submitted_at = instant::parse(&sent.submitted_at);
        let period = sent.period.parse::<Period>().ok();
        let form = self.catalog.form_by_code(&sent.form);
        let code = sent.unit.parse::<UnitCode>().ok();
        if let (Some(submitted_at), Some(period), Some(form), Some(unit)) =
            (submitted_at, period, form, code)
        {
            let key = SubmissionKey { unit, form, period };
            if let Some(resolved) = self.place(sent, key, submitted_at) {
                return Ok(resolved);
            }
        }
        Err(self.obstacles(sent, period, form))
    }

    /// The fast path of [`Intake::resolve`]: nothing when anything is wrong.
    fn place(
        &self,
        sent: &envelope::Return<'_>,
        key: SubmissionKey,
        submitted_at: Timestamp,
    ) -> Option<Resolved> {
        let dates = self.dates.of(&self.catalog, key.period);
        let node = dates.tree.node(key.unit)?;
        let (level, class) = (dates.tree.level(node), dates.tree.class(node));
        let form = self.catalog.form(key.form);
        let block = self.blocks.place(key.form, key.period.kind(), level)?;
        let asks = &self.blocks.block(block);
        let usable = form.in_force(dates.end)
            && form.asks(class)
            && (!asks.own_share_only
                || self.has_own_share(sent, key.form, key.period.kind(), level));
        let on_time = submitted_at <= dates.due(key.form, level);
        usable.then_some(Resolved { key, submitted_at, on_time, level, node, block, dates })
    }

    /// Whether a cell sent is the unit's own share of an indicator that lower levels enter.
    pub(crate) fn has_own_share(
        &self,
        sent: &envelope::Return<'_>,
        form: FormIx,
        kind: PeriodKind,
        level: Level,
    ) -> bool {
        sent.cells.0.iter().any(|(code, _)| {
            self.codes.get(&self.catalog, code).is_some_and(|indicator| {
                let slot = self.blocks.slot(indicator);
                slot.form == form
                    && slot.frequency == kind
                    && matches!(slot.entry, Entry::At(at) if at < level)
            })
        })
    }

    /// Everything that keeps a return from being placed.
    #[cold]
    fn obstacles(
        &self,
        sent: &envelope::Return<'_>,
        period: Option<Period>,
        form: Option<FormIx>,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        findings.extend(rule::w01_period_text::check(sent, period));
        findings.extend(rule::w02_submission_time::check(sent));
        findings.extend(rule::k01_unit_known::check(&self.catalog, &sent.unit, period));
        findings.extend(rule::k02_form_in_force::check(self, sent, form, period));
        if let (Some(form), Some(period), Ok(unit)) = (form, period, sent.unit.parse()) {
            let tree = self.catalog.register.tree(period.end());
            let node = tree.node(unit).filter(|_| self.catalog.form(form).in_force(period.end()));
            let silent =
                |node| rule::k91_virtual_units_silent::check(&self.catalog, form, (&tree, node));
            findings.extend(node.and_then(silent));
        }
        findings
    }

    /// Runs every check of intake on a return that found its place.
    pub fn examine(
        &self,
        sent: &envelope::Return<'_>,
        resolved: &Resolved,
        history: KeyHistory,
    ) -> Examined {
        let block = self.blocks.block(resolved.block);
        let submitted = Submitted { intake: self, sent, resolved, block, history };
        let mut examined = Examined::default();
        let findings = &mut examined.findings;
        findings.extend(rule::w03_revision_number::check(&submitted));
        findings.extend(rule::w10_submission_id::check(&submitted));
        rule::k03_signers::check(&submitted, findings);
        examined.cells = crate::cells::read(&submitted, findings);
        examined.prior = crate::prior::read(&submitted, findings);
        rule::w09_qualifiers::check(&submitted, &examined.cells, findings);
        return_formulas::check(&submitted, &examined.cells, findings);
        findings.extend(rule::k84_round_numbers::check(&submitted, &examined.cells));
        findings.extend(rule::k07_same_revision_same_content::check(&submitted));
        rule::k08_revision_has_reason::check(&submitted, findings);
        findings.extend(rule::k09_period_not_locked::check(&submitted));
        findings.extend(rule::k10_period_over::check(&submitted));
        findings.extend(rule::k11_on_time::check(&submitted));
        exception::apply(&self.catalog, &submitted.history.exceptions, findings);
        examined
    }
}
