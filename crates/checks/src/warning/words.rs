//! What a warning says: the message of its definition and the figures that triggered it, by name.

use model::{Catalog, warning::WarningDefinition};

use crate::{
    Exact,
    formula::{Operand, Which},
};

/// Chinese and English message.
pub(super) fn messages(
    catalog: &Catalog,
    definition: &WarningDefinition,
    figures: &[(Operand, Exact)],
    partial: bool,
) -> (String, String) {
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    for (operand, amount) in figures {
        let indicator = catalog.indicator(operand.indicator);
        let (zh_reading, en_reading) = reading(operand.which);
        zh.push(format!("{zh_reading}{} {amount} {}", indicator.zh, indicator.measure));
        en.push(format!("{}{en_reading} {amount}", indicator.en));
    }
    let mut zh = format!("{}：{}", definition.message_zh, zh.join("，"));
    let mut en = format!("{}: {}", definition.message_en, en.join("; "));
    if partial {
        zh.push_str("；尚有报表或填项未到，数值不全");
        en.push_str("; returns or cells are still missing, so the figures are partial");
    }
    (zh, en)
}

/// The words of a reading, before the Chinese name and behind the English one.
fn reading(which: Which) -> (&'static str, &'static str) {
    match which {
        Which::Value => ("", ""),
        Which::Previous => ("上期", " in the period before"),
        Which::YearBefore => ("上年同期", " a year before"),
        Which::Increment => ("本期新增", ", increment"),
        Which::Months => ("各月末合计", ", sum of the months"),
        Which::AsOf => ("最近", ", the latest"),
        Which::Inherit => ("适用", ", as set above"),
        Which::Children => ("下级合计", " of the units below"),
        Which::Parent => ("上级", " of the unit above"),
        Which::Own => ("本级", ", own share"),
    }
}
