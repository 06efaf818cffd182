//! A province small enough to add up by hand, its forms, and short ways to record and read.
#![allow(dead_code, unreachable_pub, reason = "each behaviour uses its part")]

pub mod definitions;
pub mod register;

use std::sync::Arc;

use model::{
    Amount, Catalog, Cell, Figures, FormIx, Indicator, IndicatorIx, Period, SubmissionKey,
    UnitCode, UnitRecord,
    calendar::Calendar,
    indicator::Reading,
    submission::{KeyChange, KeyStatus},
};
use rollup::{Slice, State};

pub const ACCEPTED: KeyStatus = KeyStatus { received: true, on_time: true, accepted: true };
pub const LATE: KeyStatus = KeyStatus { received: true, on_time: false, accepted: true };
pub const REFUSED: KeyStatus = KeyStatus { received: true, on_time: false, accepted: false };

pub fn unit(code: u64) -> UnitCode {
    UnitCode::from_u64(code).unwrap()
}

pub fn period(text: &str) -> Period {
    text.parse().unwrap()
}

pub fn catalog(records: Vec<UnitRecord>) -> Arc<Catalog> {
    let (forms, indicators) = definitions::forms_and_indicators();
    let register = model::Register::new(records);
    let calendar = Calendar::default();
    Arc::new(Catalog::new(register, forms, indicators, vec![], vec![], calendar, String::new()))
}

/// A state with short ways to fill and read it.
pub struct Book {
    pub catalog: Arc<Catalog>,
    pub state: State,
}

impl Book {
    pub fn new(records: Vec<UnitRecord>) -> Self {
        let catalog = catalog(records);
        Self { state: State::new(Arc::clone(&catalog)), catalog }
    }

    pub fn standing() -> Self {
        Self::new(register::standing())
    }

    pub fn ix(&self, code: &str) -> IndicatorIx {
        self.catalog.indicator_by_code(code).unwrap_or_else(|| panic!("no indicator {code}"))
    }

    pub fn form(&self, code: &str) -> FormIx {
        self.catalog.form_by_code(code).unwrap_or_else(|| panic!("no form {code}"))
    }

    pub fn key(&self, code: u64, form: &str, when: &str) -> SubmissionKey {
        SubmissionKey { unit: unit(code), form: self.form(form), period: period(when) }
    }

    /// A change with these cells; `-` says that the indicator does not apply.
    pub fn change(&self, code: u64, form: &str, when: &str, cells: &[(&str, &str)]) -> KeyChange {
        let cell = |(indicator, text): &(&str, &str)| {
            let ix = self.ix(indicator);
            let scale = self.catalog.indicator(ix).scale;
            let value = || Cell::Value(Amount::parse(text, scale).unwrap());
            (ix, if *text == "-" { Cell::NotApplicable } else { value() })
        };
        let cells = cells.iter().map(cell).collect();
        KeyChange { key: self.key(code, form, when), status: ACCEPTED, cells }
    }

    pub fn record(&mut self, code: u64, form: &str, when: &str, cells: &[(&str, &str)]) {
        let change = self.change(code, form, when, cells);
        self.state.record(&change).unwrap();
    }

    pub fn roll_up(&mut self) -> rollup::Touched {
        self.state.roll_up().unwrap()
    }

    /// The value as the table shows it, or nothing.
    pub fn value(&self, code: u64, indicator: &str, when: &str) -> Option<String> {
        let value = self.state.value(unit(code), self.ix(indicator), period(when));
        value.map(|amount| amount.to_string())
    }

    pub fn reading(
        &self,
        code: u64,
        indicator: &str,
        reading: Reading,
        when: &str,
    ) -> Option<i128> {
        self.state.reading(unit(code), self.ix(indicator), reading, period(when))
    }

    /// One cell of the rows of a period, or nothing when there is no such row or no value.
    pub fn cell(&self, code: u64, column: &str, when: &str) -> Option<String> {
        let indicator = self.ix(&column[..4].to_uppercase());
        let form = self.catalog.indicator(indicator).form;
        let rows = self.state.rows(form, period(when), Slice::Whole);
        cell_of(&rows, code, column)
    }

    pub fn coverage(
        &self,
        code: u64,
        form: &str,
        letter: &str,
        level: model::Level,
        when: &str,
    ) -> [u32; 4] {
        let frequency = model::PeriodKind::from_letter(letter).unwrap();
        let block = model::form::BlockKey { form: self.form(form), frequency, level };
        let c = self.state.coverage(unit(code), block, period(when));
        [c.due, c.received, c.on_time, c.accepted]
    }

    pub fn indicator(&self, code: &str) -> &Indicator {
        self.catalog.indicator(self.ix(code))
    }
}

/// One cell of some rows.
pub fn cell_of(rows: &model::Rows, code: u64, column: &str) -> Option<String> {
    let row = rows.nodes.iter().position(|&node| rows.tree.code(node) == unit(code))?;
    let column = rows.columns.iter().find(|c| c.name == column).expect("a column of the form");
    let amount = Amount { units: column.values[row], scale: column.scale };
    column.valid[row].then(|| amount.to_string())
}

/// Codes of the units that have rows.
pub fn units_of(rows: &model::Rows) -> Vec<u64> {
    rows.nodes.iter().map(|&node| rows.tree.code(node).as_u64()).collect()
}
