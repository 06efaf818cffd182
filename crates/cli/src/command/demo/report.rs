//! The demo's report in words: what a bureau head would read.

use std::collections::BTreeSet;

use super::{
    Run,
    summary::{FoundLine, RankedUnit, RankingGroup, Summary},
};
use crate::{
    command::{Context, print},
    lang::Lang,
    progress::Progress,
};

/// How many units of each end of a ranking are shown.
const SHOWN: usize = 3;

pub(super) fn print(
    context: &Context,
    run: &Run,
    summary: &Summary,
    progress: &Progress,
) -> anyhow::Result<()> {
    let lang = context.lang;
    head(run, summary, lang)?;
    facts(summary, lang)?;
    cases(summary, lang)?;
    caught(summary, lang)?;
    findings(summary, lang)?;
    coverage(summary, lang)?;
    for group in &summary.ranking {
        ranking(group, lang)?;
    }
    times(progress, lang)?;
    whereabouts(context, run, summary, lang)
}

fn section(zh: &str, en: &str, lang: Lang) -> anyhow::Result<()> {
    print::line(format!("\n== {} ==", lang.pick(zh, en)))
}

fn head(run: &Run, summary: &Summary, lang: Lang) -> anyhow::Result<()> {
    section("收报情况", "What came in", lang)?;
    print::line(match lang {
        Lang::Zh => format!(
            "{} 个填报单位（其中机构为生成），{} 的全部报表，种子 {}",
            summary.units, summary.period, summary.seed
        ),
        Lang::En => format!(
            "{} reporting units (institutions are generated), all returns of {}, seed {}",
            summary.units, summary.period, summary.seed
        ),
    })?;
    print::line(summary.intake.sentence(lang))?;
    let planted = &run.planted;
    print::line(match lang {
        Lang::Zh => format!(
            "按时无误 {}；迟报 {}，未报 {}，重复 {}，更正 {}，冲突 {}",
            planted.clean,
            planted.late,
            planted.missing,
            planted.duplicates,
            planted.corrected,
            planted.conflicting
        ),
        Lang::En => format!(
            "clean and in time {}; late {}, missing {}, sent twice {}, corrected {}, conflicting {}",
            planted.clean,
            planted.late,
            planted.missing,
            planted.duplicates,
            planted.corrected,
            planted.conflicting
        ),
    })
}

fn facts(summary: &Summary, lang: Lang) -> anyhow::Result<()> {
    section("真实材料", "Real material", lang)?;
    let facts = &summary.facts;
    print::line(match lang {
        Lang::Zh => format!(
            "五份报告的 {} 个数：{} 个作为上报合计，{} 个作为任务或下限，{} 个另有所指：",
            facts.total,
            facts.declared,
            facts.targets,
            facts.others.len()
        ),
        Lang::En => format!(
            "{} figures of five reports: {} as declared totals, {} as targets or floors, {} are something else:",
            facts.total,
            facts.declared,
            facts.targets,
            facts.others.len()
        ),
    })?;
    for other in &facts.others {
        print::line(format!("  {} {} {}", other.fact, other.role, other.reason))?;
    }
    let identities = &summary.identities;
    print::line(match lang {
        Lang::Zh => format!(
            "公开发布的 {} 个数、{} 个等式：{} 个成立；已知不成立：{}；与记录不符：{}",
            identities.values,
            identities.verified,
            identities.hold,
            identities.fail_as_known.join("、"),
            identities.unexpected.len()
        ),
        Lang::En => format!(
            "{} published values, {} identities: {} hold; known to fail: {}; other than recorded: {}",
            identities.values,
            identities.verified,
            identities.hold,
            identities.fail_as_known.join(", "),
            identities.unexpected.len()
        ),
    })
}

fn cases(summary: &Summary, lang: Lang) -> anyhow::Result<()> {
    section("报告中的矛盾", "Contradictions in the reports", lang)?;
    if summary.cases.is_empty() {
        return print::line(lang.pick(
            "此名录不含报告所及的全部单位，故不评判",
            "not judged: this register does not have all units that the reports speak of",
        ));
    }
    let heads = [
        lang.pick("案例", "case"),
        lang.pick("类别", "kind"),
        lang.pick("结果", "what happened"),
        lang.pick("与记录一致", "as recorded"),
    ];
    let mut table = print::table(&heads, &[]);
    for case in &summary.cases {
        table.add_row([&case.case, &case.kind, &case.happened, &case.as_file_says]);
    }
    print::wide(table, 150)
}

fn caught(summary: &Summary, lang: Lang) -> anyhow::Result<()> {
    section("埋设的错误与查出的错误", "Planted against caught", lang)?;
    let heads = [
        lang.pick("审核关系", "check"),
        lang.pick("埋设", "planted"),
        lang.pick("查出", "caught"),
        lang.pick("未埋设而查出", "found, not planted"),
    ];
    let mut table = print::table(&heads, &[1, 2, 3]);
    for line in &summary.caught {
        table.add_row([
            line.check.clone(),
            line.planted.to_string(),
            line.caught.to_string(),
            line.unplanted.to_string(),
        ]);
    }
    print::line(table.to_string())?;
    print::line(format!(
        "{}: {}",
        lang.pick("无误报表上的审核结果", "findings on clean returns"),
        summary.findings_on_clean_returns
    ))
}

/// Findings by city: one column for each severity, and the checks that found most.
fn findings(summary: &Summary, lang: Lang) -> anyhow::Result<()> {
    section("审核结果", "Findings", lang)?;
    let heads = [
        lang.pick("市", "prefecture"),
        lang.pick("强制", "hard"),
        lang.pick("核实", "verify"),
        lang.pick("提示", "hint"),
        lang.pick("最多的审核关系", "checks that found most"),
    ];
    let mut table = print::table(&heads, &[1, 2, 3]);
    let cities: BTreeSet<(&str, &str)> =
        summary.findings.iter().map(|line| (line.unit.as_str(), line.name.as_str())).collect();
    for (unit, name) in cities {
        let mut lines: Vec<&FoundLine> =
            summary.findings.iter().filter(|line| line.unit == unit).collect();
        let of = |severity: &str| -> u64 {
            lines.iter().filter(|line| line.severity == severity).map(|line| line.count).sum()
        };
        let [hard, verify, hint] =
            ["hard", "verify", "hint"].map(|severity| of(severity).to_string());
        lines.sort_by_key(|line| std::cmp::Reverse(line.count));
        let most = lines.iter().take(3).map(|line| format!("{} {}", line.check, line.count));
        let most = most.collect::<Vec<_>>().join("  ");
        let unknown = lang.pick("（不在库）", "(not in the register)");
        let name = if name.is_empty() { unknown } else { name };
        table.add_row([name.to_owned(), hard, verify, hint, most]);
    }
    print::line(table.to_string())?;
    let back = &summary.sent_back;
    print::line(match lang {
        Lang::Zh => format!(
            "审核退回 {} 份，改正后采用 {} 份；另有 {} 份无单位、报表或报告期可归",
            back.refused, back.sent_again, back.without_key
        ),
        Lang::En => format!(
            "sent back by the checks {}, of which sent again and accepted {}; another {} have no unit, form or period",
            back.refused, back.sent_again, back.without_key
        ),
    })?;
    let (by, again) = (back.by_the_level_above, back.sent_again_to_it);
    let accepted = back.accepted_by_the_level_above;
    print::line(match lang {
        Lang::Zh => format!("上级审核通过 {accepted} 份，退回 {by} 份，其中改正后通过 {again} 份"),
        Lang::En => format!(
            "accepted by the level above {accepted}, sent back by it {by}, of which corrected and accepted {again}"
        ),
    })?;
    let warnings = summary.warnings.iter().map(|(id, count)| format!("{id} {count}"));
    let warnings = warnings.collect::<Vec<_>>().join("  ");
    print::line(format!("{} {warnings}", lang.pick("预警", "early warnings")))
}

fn coverage(summary: &Summary, lang: Lang) -> anyhow::Result<()> {
    section("报送率", "Coverage", lang)?;
    let heads = [
        lang.pick("市", "prefecture"),
        lang.pick("应报", "due"),
        lang.pick("实报", "received"),
        lang.pick("按时", "on time"),
        lang.pick("采用", "accepted"),
        "%",
    ];
    let mut table = print::table(&heads, &[1, 2, 3, 4, 5]);
    for line in &summary.coverage {
        // Hundredths of a percent as an integer: coverage is shown exactly, cut and not rounded up.
        let share = line.accepted * 10_000 / line.due.max(1);
        table.add_row([
            line.name.clone(),
            line.due.to_string(),
            line.received.to_string(),
            line.on_time.to_string(),
            line.accepted.to_string(),
            format!("{}.{:02}", share / 100, share % 100),
        ]);
    }
    print::line(table.to_string())
}

fn ranking(group: &RankingGroup, lang: Lang) -> anyhow::Result<()> {
    let ranked: Vec<&RankedUnit> = group.units.iter().filter(|u| u.rank.is_some()).collect();
    let unranked = group.units.len() - ranked.len();
    print::line(format!(
        "\n== {} {} · {} ({} {}, {} {}) ==",
        lang.pick("排名", "Ranking"),
        group.scheme,
        group.name,
        ranked.len(),
        lang.pick("个参评", "ranked"),
        unranked,
        lang.pick("个不参评", "not ranked"),
    ))?;
    let heads = [
        lang.pick("名次", "rank"),
        lang.pick("单位", "unit"),
        lang.pick("得分", "score"),
        lang.pick("失分最多之处", "where most points were lost"),
    ];
    let mut table = print::table(&heads, &[0, 2]);
    let bottom = ranked.len().saturating_sub(SHOWN).max(SHOWN.min(ranked.len()));
    for unit in ranked.iter().take(SHOWN).chain(&ranked[bottom..]) {
        table.add_row([
            unit.rank.map(|rank| rank.to_string()).unwrap_or_default(),
            unit.name.clone(),
            unit.score.clone().unwrap_or_default(),
            unit.reason.clone(),
        ]);
    }
    print::wide(table, 130)?;
    let unranked = group.units.iter().filter(|u| u.rank.is_none()).take(SHOWN);
    for unit in unranked {
        print::line(format!("  — {} {}", unit.name, unit.reason))?;
    }
    Ok(())
}

fn times(progress: &Progress, lang: Lang) -> anyhow::Result<()> {
    section("用时", "Where the time went", lang)?;
    let heads = [
        lang.pick("步骤", "step"),
        lang.pick("数量", "count"),
        lang.pick("秒", "seconds"),
        lang.pick("每秒", "per second"),
    ];
    let mut table = print::table(&heads, &[1, 2, 3]);
    for step in progress.steps() {
        table.add_row([
            step.name.to_owned(),
            step.count.to_string(),
            format!("{:.1}", step.seconds),
            format!("{:.0}", step.rate()),
        ]);
    }
    print::line(table.to_string())?;
    print::line(format!("{} {:.1} s", lang.pick("合计", "total"), progress.total()))
}

fn whereabouts(context: &Context, run: &Run, summary: &Summary, lang: Lang) -> anyhow::Result<()> {
    section("接下来", "What next", lang)?;
    let tables = run.aggregator.store().folder().unwrap_or(context.place.folder());
    print::line(format!("{} {}", lang.pick("Parquet 在", "Parquet lies in"), tables.display()))?;
    print::line(lang.pick("可以试试：", "Try:"))?;
    for statement in statements(&summary.period) {
        print::line(format!("  zhibao sql \"{statement}\""))?;
    }
    Ok(())
}

/// Three statements that show the Chinese view, the tables by code, and the ranking.
fn statements(period: &str) -> [String; 3] {
    [
        format!("SELECT 单位, 城市低保人数 FROM 社会救助 WHERE 报告期='{period}' AND 层级='县'"),
        format!(
            "SELECT prefecture, sum(sa04) AS rural FROM sa WHERE period='{period}' AND level='village' GROUP BY prefecture ORDER BY prefecture"
        ),
        format!(
            "SELECT rank, name, score FROM rankings WHERE scheme='main' AND peer_group='P2' AND period='{period}' ORDER BY rank LIMIT 10"
        ),
    ]
}
