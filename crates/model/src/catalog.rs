//! All definitions in force (制度), as one snapshot.

use std::collections::HashMap;

use jiff::civil::DateTime;

use crate::{
    Form, FormIx, Indicator, IndicatorIx, Level, Period, PeriodKind, Register,
    calendar::Calendar,
    check::CheckDefinition,
    form::BlockKey,
    indicator::{Entry, Kind},
    scheme::Scheme,
    warning::WarningDefinition,
};

/// The definitions of one moment; immutable, shared by every step.
#[derive(Debug)]
pub struct Catalog {
    /// Who reports.
    pub register: Register,
    /// What is asked.
    pub forms: Vec<Form>,
    /// Asked and derived numbers of all forms, by form and line.
    pub indicators: Vec<Indicator>,
    /// What may be wrong.
    pub checks: Vec<CheckDefinition>,
    /// When the unit above is warned; see [`Catalog::with_warnings`].
    pub warnings: Vec<WarningDefinition>,
    /// How units are judged.
    pub schemes: Vec<Scheme>,
    /// When things are due.
    pub calendar: Calendar,
    /// SHA-256 over the definition files, in hex.
    pub hash: String,
    by_code: HashMap<String, IndicatorIx>,
    blocks: Vec<(BlockKey, Vec<IndicatorIx>)>,
}

impl Catalog {
    /// Puts the parts together and builds the look-ups.
    pub fn new(
        register: Register,
        forms: Vec<Form>,
        indicators: Vec<Indicator>,
        checks: Vec<CheckDefinition>,
        schemes: Vec<Scheme>,
        calendar: Calendar,
        hash: String,
    ) -> Self {
        let by_code = indicators
            .iter()
            .enumerate()
            .map(|(i, indicator)| (indicator.code.clone(), IndicatorIx(i as u16)))
            .collect();
        let blocks = blocks_of(&indicators);
        let warnings = Vec::new();
        Self {
            register,
            forms,
            indicators,
            checks,
            warnings,
            schemes,
            calendar,
            hash,
            by_code,
            blocks,
        }
    }

    /// The same definitions with these warnings.
    #[must_use]
    pub fn with_warnings(self, warnings: Vec<WarningDefinition>) -> Self {
        Self { warnings, ..self }
    }

    /// A form by its place.
    pub fn form(&self, form: FormIx) -> &Form {
        &self.forms[usize::from(form.0)]
    }

    /// A form by its code.
    pub fn form_by_code(&self, code: &str) -> Option<FormIx> {
        self.forms.iter().position(|form| form.code == code).map(|i| FormIx(i as u8))
    }

    /// An indicator by its place.
    pub fn indicator(&self, indicator: IndicatorIx) -> &Indicator {
        &self.indicators[usize::from(indicator.0)]
    }

    /// An indicator by its code.
    pub fn indicator_by_code(&self, code: &str) -> Option<IndicatorIx> {
        self.by_code.get(code).copied()
    }

    /// Indicators of a form, by line.
    pub fn indicators_of(&self, form: FormIx) -> impl Iterator<Item = (IndicatorIx, &Indicator)> {
        let places = (0u16..).map(IndicatorIx);
        places.zip(&self.indicators).filter(move |(_, indicator)| indicator.form == form)
    }

    /// What each sort of return asks: the indicators of a form by frequency and entry level.
    pub fn blocks(&self) -> &[(BlockKey, Vec<IndicatorIx>)] {
        &self.blocks
    }

    /// The cells that a return of `form` for a period of `kind` asks from a unit of `level`.
    pub fn asked(&self, form: FormIx, kind: PeriodKind, level: Level) -> &[IndicatorIx] {
        let key = BlockKey { form, frequency: kind, level };
        self.blocks.iter().find(|(k, _)| *k == key).map_or(&[], |(_, cells)| cells)
    }

    /// Whether a sort of return asks nothing but targets, which hold from the first day of their
    /// period; its deadline counts from there.
    pub fn is_set_ahead(&self, block: BlockKey) -> bool {
        let asked = self.asked(block.form, block.frequency, block.level);
        !asked.is_empty() && asked.iter().all(|&i| self.indicator(i).kind == Kind::Target)
    }

    /// The last moment at which the return of a unit of `level` is on time, in Asia/Shanghai.
    pub fn due(&self, form: FormIx, period: Period, level: Level) -> DateTime {
        let block = BlockKey { form, frequency: period.kind(), level };
        let behind = if self.is_set_ahead(block) { period.start() } else { period.end() };
        self.calendar.due(block, behind)
    }

    /// Kinds of the periods for which a form has rows: those of its indicators and every longer one
    /// that they roll up into, shortest first.
    pub fn row_kinds(&self, form: FormIx) -> Vec<PeriodKind> {
        PeriodKind::ALL
            .into_iter()
            .filter(|&kind| {
                self.indicators_of(form)
                    .any(|(_, i)| i.frequency == kind || i.frequency.rolls_into(kind))
            })
            .collect()
    }

    /// Whether `period` has a row for `indicator`: its own frequency or a longer kind.
    pub fn has_row(&self, indicator: IndicatorIx, period: Period) -> bool {
        let frequency = self.indicator(indicator).frequency;
        frequency == period.kind() || frequency.rolls_into(period.kind())
    }
}

fn blocks_of(indicators: &[Indicator]) -> Vec<(BlockKey, Vec<IndicatorIx>)> {
    let mut blocks: std::collections::BTreeMap<BlockKey, Vec<IndicatorIx>> = Default::default();
    for (i, indicator) in indicators.iter().enumerate() {
        if let Entry::At(level) = indicator.entry {
            let key = BlockKey { form: indicator.form, frequency: indicator.frequency, level };
            blocks.entry(key).or_default().push(IndicatorIx(i as u16));
        }
    }
    blocks.into_iter().collect()
}
