//! What is wrong with a return or a declared total (审核).
//!
//! Pure: no I/O, no clock.
//! * [`Intake`] looks at one return and the history of its own key, nothing else. It alone decides
//!   whether a return can be accepted, so a rebuild from the journal decides as the live system did.
//! * [`Context`] looks at the accepted state: rolled-up figures, declared totals, neighbours. Its
//!   findings never undo an acceptance; they lead to a return (退回) or to an explanation.
//! * [`Warnings`] looks at the accepted state too, and says what the unit above should know of.
//! * [`Formula`] is the language of the catalogue's formulas, with exact decimals.
//!
//! One rule per file under `rule`; [`is_enforced`] names those that run.

mod blocks;
mod cells;
mod code_table;
mod context;
mod dates;
mod declared;
mod exact;
mod exception;
mod format_rules;
mod formula;
mod instant;
mod intake;
mod parameters;
mod prior;
mod return_formulas;
mod rule;
mod says;
mod warning;

#[cfg(test)]
mod fixture;

pub use context::{Context, ContextFinding, Evaluated, reaches, sort_context};
pub use declared::{Bound, DeclaredTotal, Role, Stated, resolve_declared};
pub use exact::Exact;
pub use exception::{apply as apply_exceptions, can_be_excepted};
pub use format_rules::{FORMAT_RULES, FormatRule};
pub use formula::{
    Column, FigureOperands, Formula, FormulaError, Operand, Operands, Tried, Verdict, Which,
};
pub use intake::{Examined, Intake, Resolved};
pub use parameters::wrong_parameters;
pub use prior::{PriorColumn, stored_prior};
pub use rule::{is_enforced, w13_step_refused::step_refused};
pub use warning::{Raised, Trigger, Warning, Warnings, sort_warnings};
