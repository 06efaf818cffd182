//! Formulas of the catalogue (审核公式): SQL expressions over indicators, judged exactly.
//!
//! ```text
//! EC18 <= asof(EC17)                        products, sums, comparisons, BETWEEN, NOT, AND, OR
//! 10000 * inc(SA11) <= inherit(SA13) * months(SA02)
//! L1 <= L2                                  line numbers of the check's form
//! ```
//! A name is the code, the SQL name or `L` and the line number. Quotients are refused: a bound on
//! a ratio is written `a * x <= b * y`, so that exact decimals decide.

mod columns;
mod declared;
mod error;
mod evaluate;
mod expression;
mod figures;
mod functions;
mod names;
mod placed;
mod read;
mod rising;
mod tried;
mod undefined;

use std::fmt;

use model::{Catalog, FormIx, IndicatorIx, Level};

use crate::exact::Exact;

pub use columns::Column;
pub(crate) use declared::DeclaredOperands;
pub use error::FormulaError;
pub use evaluate::{Operands, Verdict};
use expression::Truth;
pub use figures::FigureOperands;
pub(crate) use figures::column;
pub(crate) use placed::{Home, Judged, Placed, all as placed, compile, home};
pub use tried::Tried;
pub(crate) use undefined::undefined;

/// Which reading of an indicator a formula takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// `X`: the value of the unit and period.
    Value,
    /// `prev(X)`: the period before, of the same kind.
    Previous,
    /// `yoy(X)`: the same period a year before.
    YearBefore,
    /// `inc(X)`: the increment of a year-to-date value.
    Increment,
    /// `months(X)`: the sum of the month-end values in the period.
    Months,
    /// `asof(X)`: the latest value in force at the period's end.
    AsOf,
    /// `inherit(X)`: the value of the nearest unit at or above that enters it.
    Inherit,
    /// `kids(X)`: the sum over the children.
    Children,
    /// `parent(X)`: the value of the unit above.
    Parent,
    /// `own(X)`: the unit's own share (本级).
    Own,
}

/// One thing that a formula reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operand {
    /// Whose value.
    pub indicator: IndicatorIx,
    /// Which reading of it.
    pub which: Which,
    /// Digits behind the point of what is read.
    pub scale: u8,
}

/// A formula that was read and whose names were found.
#[derive(Clone, Debug)]
pub struct Formula {
    text: String,
    statement: Truth,
    operands: Vec<Operand>,
}

impl Formula {
    /// Reads a formula. Names are looked for in `forms` first, line numbers only there; with no
    /// forms, in all of them.
    ///
    /// # Errors
    /// What is wrong with the text and how to write it; see [`FormulaError`].
    pub fn parse(text: &str, catalog: &Catalog, forms: &[FormIx]) -> Result<Self, FormulaError> {
        let (statement, operands) = read::statement(text, catalog, forms)?;
        Ok(Self { text: text.to_owned(), statement, operands })
    }

    /// What it reads, each once, in the order of the text.
    pub fn operands(&self) -> &[Operand] {
        &self.operands
    }

    /// The formula that fails where this one holds, and has no result where this one has none.
    pub(crate) fn negated(&self) -> Self {
        Self {
            text: format!("NOT ({})", self.text),
            statement: Truth::Not(Box::new(self.statement.clone())),
            operands: self.operands.clone(),
        }
    }

    /// What it reads with what `source` holds for it; what is missing is left out.
    pub(crate) fn read_from(&self, source: &dyn Operands) -> Vec<(Operand, Exact)> {
        let operands = self.operands.iter();
        operands.filter_map(|operand| Some((*operand, source.read(operand)?))).collect()
    }

    /// The lowest level at which a unit can have all that the formula reads.
    pub fn lowest_level(&self, catalog: &Catalog) -> Option<Level> {
        home(catalog, &self.operands).map(|home| home.lowest)
    }

    /// The names that it reads, with what `source` holds for them: `inc(SA11) = 0, SA02 = 12`.
    pub fn found(&self, catalog: &Catalog, source: &dyn Operands) -> String {
        let read = |operand: &Operand| {
            let value = source.read(operand).map_or_else(|| "—".to_owned(), |v| v.to_string());
            format!("{} = {value}", operand.name(catalog))
        };
        self.operands.iter().map(read).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Operand {
    /// As it is written in a formula.
    pub fn name(&self, catalog: &Catalog) -> String {
        let code = &catalog.indicator(self.indicator).code;
        match functions::name(self.which) {
            Some(function) => format!("{function}({code})"),
            None => code.clone(),
        }
    }
}
