//! A province of ten units with two forms, in a store of its own.

use std::sync::Arc;

use jiff::civil::date;
use model::{
    Catalog, Column, Coverage, Form, FormIx, Indicator, IndicatorIx, Level, Period, PeriodKind,
    Register, Rows, UnitClass, UnitCode, UnitRecord,
    calendar::Calendar,
    envelope::EntryKind,
    form::{Acceptance, BlockKey},
    indicator::{Entry, Kind, Ratio, Reading, RollUpRule, Term},
    receipt::Decision,
};
use store::{PlainColumn, PositionMove, SliceRows, Store, SubmissionRow};
use tempfile::TempDir;

/// 河南省.
pub(crate) const PROVINCE: u64 = 410_000_000_000;
/// 郑州市.
pub(crate) const ZHENGZHOU: u64 = 410_100_000_000;
/// 开封市.
pub(crate) const KAIFENG: u64 = 410_200_000_000;
/// 济源市, a county that the province governs itself.
pub(crate) const JIYUAN: u64 = 419_001_000_000;

/// Code of a unit.
pub(crate) fn code(digits: u64) -> UnitCode {
    UnitCode::from_u64(digits).unwrap()
}

fn unit(
    digits: u64,
    name: &str,
    level: Level,
    class: UnitClass,
    parent: Option<(u64, Level)>,
) -> UnitRecord {
    UnitRecord {
        code: code(digits),
        name: name.to_owned(),
        level,
        class,
        parent: parent.map(|(digits, level)| (code(digits), level)),
        eval_group: None,
        valid_from: None,
        valid_to: None,
        successors: Vec::new(),
        source: (Arc::from("units.csv"), 1),
    }
}

fn register() -> Register {
    use Level::{City, County, Province, Township, Village};
    use UnitClass::{Admin, Direct, Neighbourhood, Pseudo, Street, VillageCommittee};
    let change = date(2023, 2, 1);
    let before = UnitRecord {
        valid_to: Some(change),
        ..unit(
            410_102_001_002,
            "旧名社区",
            Village,
            Neighbourhood,
            Some((410_102_001_000, Township)),
        )
    };
    let after = UnitRecord {
        name: "新名社区".to_owned(),
        valid_from: Some(change),
        valid_to: None,
        ..before.clone()
    };
    Register::new(vec![
        unit(PROVINCE, "河南省", Province, Admin, None),
        unit(ZHENGZHOU, "郑州市", City, Admin, Some((PROVINCE, Province))),
        unit(410_102_000_000, "中原区", County, Admin, Some((ZHENGZHOU, City))),
        unit(410_102_001_000, "林山寨街道", Township, Street, Some((410_102_000_000, County))),
        unit(
            410_102_001_001,
            "百花社区",
            Village,
            Neighbourhood,
            Some((410_102_001_000, Township)),
        ),
        before,
        after,
        unit(KAIFENG, "开封市", City, Admin, Some((PROVINCE, Province))),
        unit(410_202_000_000, "龙亭区", County, Admin, Some((KAIFENG, City))),
        unit(410_202_001_000, "北书店街道", Township, Street, Some((410_202_000_000, County))),
        unit(
            410_202_001_200,
            "=危险村",
            Village,
            VillageCommittee,
            Some((410_202_001_000, Township)),
        ),
        unit(419_000_000_000, "省直辖县级行政区划", City, Pseudo, Some((PROVINCE, Province))),
        unit(JIYUAN, "济源市", County, Direct, Some((419_000_000_000, City))),
    ])
}

fn form(code: &str, zh: &str) -> Form {
    Form {
        code: code.to_owned(),
        zh: zh.to_owned(),
        en: code.to_owned(),
        version: "2023".to_owned(),
        number: "民统1".to_owned(),
        issuer: "民政部".to_owned(),
        approval: "国统制83号".to_owned(),
        valid_from: date(2020, 1, 1),
        valid_to: None,
        accept: Acceptance::Automatic,
        silent: Vec::new(),
    }
}

fn indicator(code: &str, form: u8, zh: &str, measure: &str, scale: u8) -> Indicator {
    Indicator {
        code: code.to_owned(),
        form: FormIx(form),
        line: code[2..].parse().unwrap(),
        core: true,
        zh: zh.to_owned(),
        sql_zh: zh.to_owned(),
        en: format!("indicator {code}"),
        measure: measure.to_owned(),
        decimals: scale.min(2),
        scale,
        kind: Kind::Stock,
        rollup: RollUpRule::Sum,
        frequency: PeriodKind::Month,
        entry: Entry::At(Level::Village),
        national_code: String::new(),
        note: String::new(),
    }
}

/// Forms SA (persons, paid, standard, ratio) and GN (nothing was ever sent for it).
pub(crate) fn catalog() -> Arc<Catalog> {
    let term =
        |place, factor| Term { indicator: IndicatorIx(place), reading: Reading::Value, factor };
    let ratio =
        Ratio { numerator: vec![term(1, 10_000)], denominator: vec![term(0, 1)], percent: false };
    let indicators = vec![
        indicator("SA02", 0, "城市低保人数", "人", 0),
        Indicator {
            kind: Kind::FlowYtd,
            entry: Entry::At(Level::Township),
            ..indicator("SA11", 0, "城市低保金累计支出", "万元", 4)
        },
        Indicator {
            kind: Kind::Standard,
            rollup: RollUpRule::WeightedMean(vec![IndicatorIx(0)]),
            entry: Entry::At(Level::County),
            ..indicator("SA13", 0, "城市低保标准", "元/人·月", 2)
        },
        Indicator {
            kind: Kind::Ratio,
            rollup: RollUpRule::Ratio(ratio),
            entry: Entry::Derived,
            ..indicator("SA15", 0, "城市低保人均补助", "元/人", 6)
        },
        indicator("GN01", 1, "地名数", "个", 0),
    ];
    let forms = vec![form("SA", "社会救助"), form("GN", "区划地名")];
    let calendar = Calendar::default();
    let hash = "0".repeat(64);
    Arc::new(Catalog::new(register(), forms, indicators, Vec::new(), Vec::new(), calendar, hash))
}

/// Persons and money of a village or township; the rest of the rows is added up.
fn own(code: u64, period: Period) -> (i64, i64) {
    let later = i64::from(period.to_string() != "2023-01");
    match code {
        410_102_001_001 => (10, 0),
        410_102_001_002 => (20 + later, 0),
        410_202_001_200 => (5, 0),
        410_102_001_000 => (0, 123_456),
        410_202_001_000 => (0, 7_000),
        _ => (0, 0),
    }
}

/// Rows of form SA for one period: 开封's village has not sent anything by February.
pub(crate) fn rows(catalog: &Catalog, period: Period) -> Rows {
    let tree = catalog.register.tree(period.end());
    let nodes: Vec<_> = tree.nodes().collect();
    let sum = |of: fn((i64, i64)) -> i64| -> Vec<i64> {
        let below = |node| tree.subtree(node).map(model::Node);
        let value = |n| of(own(tree.code(n).as_u64(), period));
        nodes.iter().map(|&node| below(node).map(value).sum()).collect()
    };
    let (persons, money) = (sum(|own| own.0), sum(|own| own.1));
    let all = |name: &str, scale, values: Vec<i64>, there: &dyn Fn(usize) -> bool| Column {
        name: name.to_owned(),
        scale,
        valid: (0..values.len()).map(there).collect(),
        values,
    };
    let township_up = |i: usize| tree.level(nodes[i]) >= Level::Township;
    let ratio =
        persons.iter().zip(&money).map(|(&p, &m)| if p == 0 { 0 } else { m * 1_000_000 / p });
    let block = |level| BlockKey { form: FormIx(0), frequency: PeriodKind::Month, level };
    let count = |level: Level, late: u64| -> Vec<Coverage> {
        let of = |node| {
            let units = tree.subtree(node).map(model::Node).filter(|&n| tree.level(n) == level);
            units.fold(Coverage::default(), |mut sum, n| {
                let there = u32::from(tree.code(n).as_u64() != late);
                sum += Coverage { due: 1, received: 1, on_time: there, accepted: there };
                sum
            })
        };
        nodes.iter().map(|&node| of(node)).collect()
    };
    let late = if period.to_string() == "2023-01" { 0 } else { 410_202_001_200 };
    Rows {
        form: FormIx(0),
        period,
        columns: vec![
            all("sa02", 0, persons.clone(), &|i| tree.code(nodes[i]).as_u64() != JIYUAN),
            all("sa11", 4, money.clone(), &township_up),
            all("sa13", 2, vec![63_000; nodes.len()], &|i| tree.level(nodes[i]) >= Level::County),
            all("sa13_min", 2, vec![60_000; nodes.len()], &|i| {
                tree.level(nodes[i]) > Level::County
            }),
            all("sa13_max", 2, vec![65_000; nodes.len()], &|i| {
                tree.level(nodes[i]) > Level::County
            }),
            all("sa15", 6, ratio.collect(), &|i| persons[i] > 0 && township_up(i)),
        ],
        coverage: vec![
            (block(Level::Village), count(Level::Village, late)),
            (block(Level::Township), count(Level::Township, 0)),
            (block(Level::County), count(Level::County, 0)),
        ],
        not_applicable: vec![(0, IndicatorIx(2))],
        nodes,
        tree,
    }
}

/// One journal entry about the first village.
fn submission(offset: u64, revision: u32, decision: Decision) -> SubmissionRow {
    SubmissionRow {
        kind: EntryKind::Return,
        step: None,
        id: format!("r{offset}"),
        unit: Some(code(410_102_001_001)),
        form: Some("SA".into()),
        period: Some("2023-01".parse().unwrap()),
        revision: Some(revision),
        decision,
        reason: None,
        correction: None,
        cells: Some(r#"{"SA02":"10"}"#.to_owned()),
        not_applicable: None,
        qualifiers: None,
        explanations: None,
        prior: None,
        findings: None,
        signers: None,
        submitted_at: Some(1_675_299_600_000_000),
        on_time: Some(true),
        content_hash: "ab".repeat(32),
        source: Some("typed".into()),
        partition: 0,
        offset,
        wire: Some(1),
        catalog_hash: "0".repeat(64).into(),
        body: None,
    }
}

fn submissions() -> Vec<SubmissionRow> {
    let findings = r#"[{"check":"K05","severity":"hard","cell":"SA02","found":"-1","expected":">= 0","message_zh":"人数不能为负","message_en":"must not be negative"},{"check":"K72","severity":"hint","found":"","expected":"","message_zh":"提示","message_en":"note"}]"#;
    let declared = r#"{"wire":1,"id":"d1","units":["410102000000","410202000000"],"indicator":"SA02","role":"actual","value":"36","qualifier":"约","submitted_at":"2023-02-02T09:00:00+08:00","source":"historical","reference":"报告 第3段"}"#;
    vec![
        submission(0, 2, Decision::Accepted),
        submission(1, 1, Decision::Overtaken),
        submission(2, 3, Decision::Accepted),
        SubmissionRow {
            findings: Some(findings.to_owned()),
            reason: Some("K05".to_owned()),
            ..submission(3, 4, Decision::Refused)
        },
        SubmissionRow { unit: Some(code(410_202_001_200)), ..submission(4, 1, Decision::Accepted) },
        SubmissionRow {
            unit: None,
            form: None,
            period: None,
            revision: None,
            cells: None,
            submitted_at: None,
            reason: Some("no JSON: line 1 column 2".to_owned()),
            body: Some(b"{x".to_vec()),
            ..submission(5, 1, Decision::SetAside)
        },
        SubmissionRow {
            kind: EntryKind::Declared,
            step: None,
            unit: Some(code(410_102_000_000)),
            period: None,
            cells: None,
            body: Some(declared.as_bytes().to_vec()),
            ..submission(6, 1, Decision::Accepted)
        },
        SubmissionRow {
            kind: EntryKind::Declared,
            step: None,
            unit: Some(code(410_102_000_000)),
            period: None,
            cells: None,
            body: Some(declared.replace(r#","410202000000""#, "").into_bytes()),
            ..submission(7, 1, Decision::Accepted)
        },
    ]
}

/// What checks from context have found: one in 郑州, one about counties of two cities.
async fn context_findings(store: &Store) {
    let rows = ["410102000000", "410102000000+410202000000"];
    let same = |text: &'static str| rows.map(|_| text);
    let columns = vec![
        PlainColumn::integer("unit", rows.map(|_| Some(410_102_000_000))),
        PlainColumn::text("units", rows),
        PlainColumn::text("form", same("SA")),
        PlainColumn::text("period", same("2023-01")),
        PlainColumn::text("check_id", ["K85", "K95"]),
        PlainColumn::text("severity", same("核实")),
        PlainColumn::text("cell", same("SA02")),
        PlainColumn::text("found", same("36")),
        PlainColumn::text("expected", same("35")),
        PlainColumn::text("message_zh", same("不一致")),
        PlainColumn::text("message_en", same("differs")),
        PlainColumn::text_or_null("explanation", [Some("正在核对".to_owned()), None]),
        PlainColumn::text_or_null("exception", [None, Some("省厅准予".to_owned())]),
    ];
    store.replace_plain("context_findings", columns).await.unwrap();
}

/// An empty store in a folder that lives as long as the first part.
pub(crate) async fn empty_store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Arc::new(|| 1_675_299_600_000)).await.unwrap();
    (folder, store)
}

/// The store after everything has been aggregated.
pub(crate) async fn store() -> (TempDir, Store) {
    let (folder, store) = empty_store().await;
    let moves = [PositionMove { partition: 0, from: 0, to: 8 }];
    let applied = store.commit_submissions(&submissions(), &moves).await.unwrap();
    let catalog = catalog();
    let periods = ["2023-01", "2023-02", "2023-03", "2023-Q1"];
    let slices = periods
        .map(|text| text.parse::<Period>().unwrap())
        .map(|period| SliceRows { slice: None, rows: rows(&catalog, period) });
    context_findings(&store).await;
    store.commit_rows(FormIx(0), slices.into(), &catalog, applied).await.unwrap();
    (folder, store)
}
