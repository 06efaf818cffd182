//! `zhibao catalog check`: what the definitions hold and what is wrong with them.

use std::collections::BTreeMap;

use model::Level;
use serde::Serialize;

use super::{Context, print};
use crate::{failure::Outcome, lang::Lang};

#[derive(Serialize)]
struct Report<'a> {
    units: BTreeMap<&'static str, usize>,
    containers: BTreeMap<&'static str, usize>,
    forms: usize,
    indicators: usize,
    core_indicators: usize,
    checks: usize,
    schemes: usize,
    scheme_items: usize,
    rhythms: usize,
    deadlines: usize,
    holidays: usize,
    holiday_years: &'a [i16],
    reminders: usize,
    warnings: usize,
    catalog: &'a str,
    findings: &'a [catalog::Problem],
    notes: &'a [catalog::Problem],
}

pub(super) fn run(context: &Context) -> anyhow::Result<Outcome> {
    let report = catalog::check(&context.settings.definitions);
    let named = |counts: &BTreeMap<Level, usize>| {
        counts.iter().map(|(level, &count)| (level.name(), count)).collect::<BTreeMap<_, _>>()
    };
    if context.json()? {
        print::json(&Report {
            units: named(&report.units),
            containers: named(&report.containers),
            forms: report.forms,
            indicators: report.indicators,
            core_indicators: report.core_indicators,
            checks: report.checks,
            schemes: report.schemes,
            scheme_items: report.scheme_items,
            rhythms: report.rhythms,
            deadlines: report.deadlines,
            holidays: report.holidays,
            holiday_years: &report.holiday_years,
            reminders: report.reminders,
            warnings: report.warnings,
            catalog: &report.hash,
            findings: &report.findings,
            notes: &report.notes,
        })?;
    } else {
        text(context, &report)?;
    }
    Ok(if report.findings.is_empty() { Outcome::Done } else { Outcome::Findings })
}

fn text(context: &Context, report: &catalog::CheckReport) -> anyhow::Result<()> {
    let lang = context.lang;
    let mut table = print::table(
        &[
            lang.pick("省份", "province"),
            lang.pick("省", "province"),
            lang.pick("市", "city"),
            lang.pick("县", "county"),
            lang.pick("乡", "township"),
            lang.pick("村", "village"),
            lang.pick("其中功能区", "of them zones"),
            lang.pick("不显示的虚拟单位", "containers not shown"),
        ],
        &[1, 2, 3, 4, 5, 6, 7],
    );
    let levels = [Level::Province, Level::City, Level::County, Level::Township, Level::Village];
    for province in &report.provinces {
        let mut row = vec![province.name.clone()];
        row.extend(levels.iter().map(|l| province.units.get(l).unwrap_or(&0).to_string()));
        row.push(province.zones.to_string());
        row.push(province.containers.values().sum::<usize>().to_string());
        table.add_row(row);
    }
    print::line(table.to_string())?;
    print::line(format!(
        "{} {} · {} {} ({} {}) · {} {} · {} {} / {} {} · {} {}",
        lang.pick("报表", "forms"),
        report.forms,
        lang.pick("指标", "indicators"),
        report.indicators,
        lang.pick("必报", "core"),
        report.core_indicators,
        lang.pick("审核关系", "checks"),
        report.checks,
        lang.pick("评估办法", "schemes"),
        report.schemes,
        lang.pick("条目", "items"),
        report.scheme_items,
        lang.pick("周期", "rhythms"),
        report.rhythms,
    ))?;
    calendar(lang, report)?;
    for problem in &report.findings {
        let message = lang.pick(&problem.message_zh, &problem.message_en);
        let remedy = lang.pick(&problem.remedy_zh, &problem.remedy_en);
        print::line(format!("{}:{}: {message} → {remedy}", problem.file, problem.line))?;
    }
    let found = report.findings.len();
    print::line(match found {
        0 => lang.pick("没有发现问题", "no findings").to_owned(),
        _ => format!("{found} {}", lang.pick("处问题", "findings")),
    })
}

/// Deadlines, days off and reminders, and what is not wrong but worth knowing.
fn calendar(lang: Lang, report: &catalog::CheckReport) -> anyhow::Result<()> {
    print::line(format!(
        "{} {} · {} {} ({}) · {} {} · {} {}",
        lang.pick("期限", "deadlines"),
        report.deadlines,
        lang.pick("放假与调休", "days off and make-up days"),
        report.holidays,
        report.holiday_years.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        lang.pick("催报规则", "reminders"),
        report.reminders,
        lang.pick("预警", "warnings"),
        report.warnings,
    ))?;
    for note in &report.notes {
        let message = lang.pick(&note.message_zh, &note.message_en);
        let word = lang.pick("提示", "note");
        print::line(format!("{}:{}: {word}: {message}", note.file, note.line))?;
    }
    Ok(())
}
