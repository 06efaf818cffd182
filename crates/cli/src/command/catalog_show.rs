//! `zhibao catalog show`: a form, an indicator, a check, a unit.

use model::{Catalog, UnitCode, indicator::Entry};

use super::{Context, print};
use crate::{
    arguments::ShowArguments,
    failure::{Outcome, refused},
    lang::Lang,
    place,
};

pub(super) fn run(context: &Context, arguments: &ShowArguments) -> anyhow::Result<Outcome> {
    let catalog = place::load(&context.settings)?;
    let lang = context.lang;
    let what = arguments.what.trim();
    match what {
        "forms" => forms(&catalog, lang)?,
        "checks" => checks(&catalog, lang)?,
        "schemes" => {
            for scheme in &catalog.schemes {
                print::line(format!("{scheme:#?}"))?;
            }
        }
        _ => one(&catalog, what, lang)?,
    }
    Ok(Outcome::Done)
}

fn forms(catalog: &Catalog, lang: Lang) -> anyhow::Result<()> {
    let heads = [
        lang.pick("代码", "code"),
        lang.pick("报表", "form"),
        lang.pick("指标数", "indicators"),
        lang.pick("报告期", "periods"),
        lang.pick("采用方式", "acceptance"),
    ];
    let mut table = print::table(&heads, &[2]);
    for (form, definition) in (0u8..).map(model::FormIx).zip(&catalog.forms) {
        let kinds: String = catalog.row_kinds(form).iter().map(|kind| kind.letter()).collect();
        table.add_row([
            definition.code.clone(),
            lang.pick(&definition.zh, &definition.en).to_owned(),
            catalog.indicators_of(form).count().to_string(),
            kinds,
            format!("{:?}", definition.accept),
        ]);
    }
    print::line(table.to_string())
}

fn checks(catalog: &Catalog, lang: Lang) -> anyhow::Result<()> {
    let heads = [
        lang.pick("编号", "id"),
        lang.pick("性质", "severity"),
        lang.pick("状态", "state"),
        lang.pick("内容", "message"),
        lang.pick("公式", "expression"),
    ];
    let mut table = print::table(&heads, &[]);
    for check in &catalog.checks {
        let enforced = checks::is_enforced(check);
        table.add_row([
            check.id.clone(),
            check.severity.zh().to_owned(),
            if enforced {
                lang.pick("执行", "enforced")
            } else {
                lang.pick("未执行", "shown only")
            }
            .to_owned(),
            lang.pick(&check.message_zh, &check.message_en).to_owned(),
            check.expression.clone(),
        ]);
    }
    print::line(table.to_string())
}

fn one(catalog: &Catalog, what: &str, lang: Lang) -> anyhow::Result<()> {
    if let Some(form) = catalog.form_by_code(what) {
        let heads = [
            lang.pick("行", "line"),
            lang.pick("代码", "code"),
            lang.pick("指标", "indicator"),
            lang.pick("计量单位", "measure"),
            lang.pick("性质", "kind"),
            lang.pick("频率", "frequency"),
            lang.pick("填报", "entered by"),
        ];
        let mut table = print::table(&heads, &[0]);
        for (_, indicator) in catalog.indicators_of(form) {
            let entry = match indicator.entry {
                Entry::At(level) => lang.pick(level.zh(), level.name()),
                Entry::System => lang.pick("系统", "system"),
                Entry::Derived => lang.pick("计算", "derived"),
            };
            table.add_row([
                indicator.line.to_string(),
                indicator.code.clone(),
                lang.pick(&indicator.zh, &indicator.en).to_owned(),
                indicator.measure.clone(),
                format!("{:?}", indicator.kind),
                indicator.frequency.letter().to_string(),
                entry.to_owned(),
            ]);
        }
        return print::line(table.to_string());
    }
    if let Some(indicator) = catalog.indicator_by_code(what) {
        return print::line(format!("{:#?}", catalog.indicator(indicator)));
    }
    if let Some(check) = catalog.checks.iter().find(|check| check.id == what) {
        return print::line(format!("{check:#?}"));
    }
    if let Ok(code) = what.parse::<UnitCode>() {
        let spans: Vec<_> = catalog.register.spans_of(code).collect();
        if !spans.is_empty() {
            return spans.iter().try_for_each(|span| print::line(format!("{span:#?}")));
        }
    }
    Err(refused(format!(
        "{what:?} is no form, indicator, check or unit; try `zhibao catalog show forms`"
    )))
}
