//! A formula without a result: a finding of its own kind (W12), never a pass.

use model::{Catalog, Finding};

use super::{Formula, Operands};
use crate::says::{Says, of_format};

/// The finding about the formula of a check or warning whose numbers exceed exact arithmetic.
pub(crate) fn undefined(
    catalog: &Catalog,
    id: &str,
    formula: &Formula,
    operands: &dyn Operands,
) -> Finding {
    let found = formula.found(catalog, operands);
    let cell = formula.operands().first().map(|operand| operand.indicator);
    of_format(
        "W12",
        Says {
            cell: cell.map_or_else(String::new, |i| catalog.indicator(i).code.clone()),
            expected: formula.to_string(),
            zh: format!("{id}：{found}，数值过大；请核对计量单位"),
            en: format!("{id}: {found} are too large; check the measures"),
            found,
            head: None,
        },
    )
}
