//! A small province with its forms, checks and calendar, and returns that pass every check.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use jiff::civil::{date, time};
use model::{
    Catalog, Finding, Form, FormIx, Indicator, IndicatorIx, Level, PeriodKind, Register, Severity,
    UnitClass, UnitCode, UnitRecord,
    calendar::{Calendar, Deadline, DeadlineKey, Shift},
    check::{CheckDefinition, CheckKind, CheckLevels, MissingOperand},
    envelope::{Cells, Return, Signers},
    form::Acceptance,
    indicator::{Entry, Kind, Ratio, Reading, RollUpRule, Term},
    submission::KeyHistory,
    warning::{Addressee, Urgency, WarningDefinition},
};

use crate::{Examined, Intake};

mod figures;
mod totals;

pub(crate) use figures::Written;
pub(crate) use totals::{CITY, SIX_COUNTIES, declared, evaluations, found, found_ids};

const FORMS: [&str; 9] = ["BS", "SA", "EC", "CW", "DS", "GN", "MR", "SF", "DI"];

/// Code, kind, frequency, who enters it (or how it is made), scale, core.
const INDICATORS: &str = "
    BS06 stock Y system 0 1 街道数
    BS07 stock Y system 0 1 镇乡数
    BS09 stock Y system 0 1 居委会数
    SA01 stock M village 0 1 城市低保户数
    SA02 stock M village 0 1 城市低保人数
    SA03 stock M village 0 1 农村低保户数
    SA04 stock M village 0 1 农村低保人数
    SA05 stock M village 0 0 女性低保人数
    SA06 stock M village 0 0 老年低保人数
    SA09 flow_period M township 0 1 当期新纳入低保人数
    SA10 flow_period M county 0 0 当期退出低保人数
    SA11 flow_ytd M township 4 1 城市低保金累计支出
    SA12 flow_ytd M township 4 1 农村低保金累计支出
    SA13 standard M county 2 1 城市低保标准
    SA14 standard M county 2 1 农村低保标准
    SA15 ratio M derived 6 1 城市低保月人均补助
    SA17 stock M village 0 1 城市特困人员
    SA18 stock M village 0 1 农村特困人员
    SA20 flow_ytd M county 4 0 特困供养累计支出
    SA22 standard M county 2 0 城市特困基本生活标准
    SA23 standard M county 2 0 农村特困基本生活标准
    SA30 stock Q township 0 1 已脱贫人口兜底保障人数
    SA47 stock M township 0 0 A加类低保人数
    EC02 stock Q institution 0 1 养老机构床位数
    EC03 stock Q institution 0 1 护理型床位
    EC04 ratio Q derived 6 1 护理型床位占比
    EC07 stock Q village 0 1 有养老服务设施的社区数
    EC17 target Y county 0 1 适老化改造年度任务
    EC18 flow_ytd M township 0 1 适老化改造完成验收户数
    CW05 standard M county 2 1 机构养育孤儿基本生活费标准
    CW06 standard M county 2 1 社会散居孤儿基本生活费标准
    DS01 stock M village 0 1 困难残疾人生活补贴人数
    DS02 stock M village 0 1 重度残疾人护理补贴人数
    DS04 flow_ytd M township 4 1 困难残疾人生活补贴累计发放
    DS05 flow_ytd M township 4 1 重度残疾人护理补贴累计发放
    DS06 standard M county 2 1 困难残疾人生活补贴标准
    DS07 standard M county 2 1 重度残疾人护理补贴标准一档
    DS08 distinct_ytd M township 0 0 生活补贴累计享受人数
    DS09 distinct_ytd M township 0 0 护理补贴累计享受人数
    GN01 flow_ytd Q county 0 1 地名命名更名数
    GN02 flow_ytd Q county 0 1 道路
    GN03 flow_ytd Q county 0 1 住宅建筑物
    GN04 flow_ytd Q county 0 1 行政区划及其他
    MR01 flow_ytd M county 0 1 结婚登记
    MR02 flow_ytd M county 0 1 离婚登记
    MR03 flow_ytd M county 0 1 涉外及港澳台登记
    SF06 flow_ytd T township 0 1 录入隐患数
    DI01 stock D institution 0 1 当日在住服务对象";

/// Id, severity, levels, kind, Chinese message; formulas have their expression at the end.
const CHECKS: &str = "
    K01|hard|all||单位代码不在库
    K02|hard|all||报表期别未开放或版本失效
    K03|hard|all||填表人、审核人、单位负责人缺失或同一人
    K04|hard|all||必填项为空（零须填0）
    K05|hard|all||小数位不符
    K06|hard|all||出现负数
    K07|hard|all||同一修订号内容不一致
    K08|hard|all||修订无原因或无签字
    K09|hard|all||期别已锁定
    K10|hard|all||报告期未结束
    K11|hint|all||迟报
    K16|verify|all|SA|城市低保户均人口过大|SA02 <= 5 * SA01
    K39|hard|all|MR|涉外登记大于登记总数|MR03 <= MR01 + MR02
    K41|hard|all|GN|地名分项不等于合计|GN01 = GN02 + GN03 + GN04
    K63|verify|county|SA|城市特困标准低于低保1.3倍|10 * SA22 >= 13 * SA13
    K64|verify|county|SA|农村特困标准低于低保1.3倍|120 * SA23 >= 13 * SA14
    K72|verify|township up|SA|有人无钱|NOT inc(SA11) = 0 OR SA02 = 0
    K81|verify|county|SA|标准下降|SA13 >= prev(SA13) AND SA14 >= prev(SA14)
    K73|hard|all||累计数小于上期
    K74|hard|all||年初累计未清零
    K75|hard|all||上期数与库存不符
    K79|verify|all||同比变动超30%|change_yoy(0.30)
    K80|verify|all||疑似元与万元混淆
    K49|hard|all||比率与分子分母不符
    K82|hard|all||区划数变动无调整记录
    K84|hint|all||数字过于整齐
    K92|hint|all||四舍五入差
    K83|verify|all||与上期几乎完全相同|copied_forward(0.95)
    K91|hard|village||虚拟单位不应填报
    K94|hard|all||核实性错误未说明
    K85|hard|township up||上报合计与下级汇总不符
    K86|hard|county up||部分大于整体
    K87|hard|township up||下级未报齐
    K88|hard|township up||比率不得平均
    K89|hard|city up||标准超出下级范围
    K95|hard|county up||部分(较早)大于整体(较晚)
    K100|verify|township up|SA|农村低保有人无钱|NOT inc(SA12) = 0 OR SA04 = 0
    K101|hint|all||与本单位往期相差过大|modified_z_score(3.5, 6)
    K102|hint|all||与上期之比异于往期|hidiroglou_berthelot(0, 0.05, 7)";

const UNITS: &str = "
    410000000000 province admin -
    410400000000 city admin 410000000000
    410402000000 county admin 410400000000
    410404000000 county admin 410400000000
    410421000000 county admin 410400000000
    410422000000 county admin 410400000000
    410423000000 county admin 410400000000
    410425000000 county admin 410400000000
    410481000000 county admin 410400000000
    410482000000 county admin 410400000000
    410421100000 township town 410421000000
    410421102000 township town 410421000000
    410421100201 village village_committee 410421100000
    410421100202 village village_committee 410421100000
    410421100498 village quasi 410421100000
    410421102201 village village_committee 410421102000
    410421100000001 institution run 410421100000
    419000000000 city pseudo 410000000000
    419001000000 county direct 419000000000
    419001001000 township street 419001000000
    370800000000 city admin 370000000000
    370000000000 province admin -
    320000000000 province admin -
    320282000000 county admin 320000000000";

pub(crate) fn catalog() -> Arc<Catalog> {
    static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(build(register())));
    Arc::clone(&CATALOG)
}

/// The same definitions with warnings: `id|levels|partial|to|condition`, one a line.
pub(crate) fn catalog_warning(of: &str) -> Arc<Catalog> {
    let warnings = of.lines().map(str::trim).filter(|line| !line.is_empty()).map(warning);
    Arc::new(build(register()).with_warnings(warnings.collect()))
}

fn build(register: Register) -> Catalog {
    let any = |kind, level| DeadlineKey { form: None, kind, level };
    let (evening, midnight) = (time(18, 0, 0, 0), time(23, 59, 59, 0));
    let stays = |days, until| Deadline { days, until, shift: Shift::None };
    let month = any(PeriodKind::Month, Level::Township);
    let ds = forms().iter().position(|form| form.code == "DS").map(|at| FormIx(at as u8));
    let deadlines = HashMap::from([
        (month, stays(5, evening)),
        (DeadlineKey { form: ds, ..month }, Deadline { shift: Shift::Next, ..stays(5, evening) }),
        (any(PeriodKind::Year, Level::County), stays(31, midnight)),
        (any(PeriodKind::Day, Level::Institution), stays(0, evening)),
    ]);
    let calendar = Calendar { deadlines, ..Calendar::default() };
    let checks = lines(CHECKS).map(check).collect();
    Catalog::new(register, forms(), indicators(), checks, Vec::new(), calendar, String::new())
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn forms() -> Vec<Form> {
    let form = |code: &&str| Form {
        code: (*code).to_owned(),
        zh: format!("{code}表"),
        en: format!("form {code}"),
        version: "2019".to_owned(),
        number: format!("MZ-{code}"),
        issuer: "民政局".to_owned(),
        approval: "1".to_owned(),
        valid_from: date(2019, 1, 1),
        valid_to: None,
        accept: Acceptance::Automatic,
        silent: vec![UnitClass::Quasi],
    };
    FORMS.iter().map(form).collect()
}

fn indicators() -> Vec<Indicator> {
    let codes: Vec<&str> = lines(INDICATORS).map(|line| &line[..4]).collect();
    let place = |code: &str| IndicatorIx(codes.iter().position(|c| *c == code).unwrap() as u16);
    lines(INDICATORS).map(|line| indicator(line, &place)).collect()
}

fn indicator(line: &str, place: &dyn Fn(&str) -> IndicatorIx) -> Indicator {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [code, kind, frequency, entry, scale, core, zh] = words[..] else { panic!("{line}") };
    let kind = match kind {
        "stock" => Kind::Stock,
        "flow_period" => Kind::FlowPeriod,
        "flow_ytd" => Kind::FlowYtd,
        "distinct_ytd" => Kind::DistinctYtd,
        "standard" => Kind::Standard,
        "target" => Kind::Target,
        _ => Kind::Ratio,
    };
    let rollup = match (code, kind) {
        ("EC04", _) => percent(place("EC03"), place("EC02")),
        ("SA15", _) => percent(place("SA11"), place("SA02")),
        ("BS06" | "BS07" | "BS09", _) => RollUpRule::CountUnits,
        ("SA14", _) => RollUpRule::WeightedMean(vec![place("SA04")]),
        (_, Kind::Standard) => RollUpRule::WeightedMean(vec![place("SA02")]),
        _ => RollUpRule::Sum,
    };
    let entry = match entry {
        "system" => Entry::System,
        "derived" => Entry::Derived,
        level => Entry::At(Level::from_name(level).unwrap()),
    };
    let form = FORMS.iter().position(|form| *form == &code[..2]).unwrap();
    Indicator {
        code: code.to_owned(),
        form: model::FormIx(form as u8),
        line: code[2..].parse().unwrap(),
        core: core == "1",
        zh: zh.to_owned(),
        sql_zh: zh.to_owned(),
        en: code.to_owned(),
        measure: "人".to_owned(),
        decimals: 0,
        scale: scale.parse().unwrap(),
        kind,
        rollup,
        frequency: PeriodKind::from_letter(frequency).unwrap(),
        entry,
        national_code: String::new(),
        note: String::new(),
    }
}

fn percent(numerator: IndicatorIx, denominator: IndicatorIx) -> RollUpRule {
    let term = |indicator| vec![Term { indicator, reading: Reading::Value, factor: 1 }];
    let (numerator, denominator) = (term(numerator), term(denominator));
    RollUpRule::Ratio(Ratio { numerator, denominator, percent: true })
}

fn levels(text: &str) -> CheckLevels {
    match text.strip_suffix(" up") {
        Some(level) => CheckLevels::Up(Level::from_name(level).unwrap()),
        None => Level::from_name(text).map_or(CheckLevels::All, CheckLevels::Only),
    }
}

fn warning(line: &str) -> WarningDefinition {
    let words: Vec<&str> = line.split('|').map(str::trim).collect();
    let [id, of, partial, to, condition] = words[..] else { panic!("{line}") };
    WarningDefinition {
        id: id.to_owned(),
        zh: String::new(),
        en: String::new(),
        forms: Vec::new(),
        condition: condition.to_owned(),
        levels: levels(of),
        partial: partial == "yes",
        urgency: Urgency::Yellow,
        to: Addressee::from_name(to).unwrap(),
        message_zh: format!("预警{id}"),
        message_en: format!("warning {id}"),
        source: String::new(),
    }
}

fn check(line: &'static str) -> CheckDefinition {
    let words: Vec<&str> = line.split('|').collect();
    CheckDefinition {
        id: words[0].to_owned(),
        kind: if words.len() > 5 && !words[3].is_empty() {
            CheckKind::Formula
        } else {
            CheckKind::Rule
        },
        scope: String::new(),
        forms: words[3].split_whitespace().map(str::to_owned).collect(),
        severity: match words[1] {
            "hard" => Severity::Hard,
            "verify" => Severity::Verify,
            _ => Severity::Hint,
        },
        expression: words.get(5).map_or("", |e| e).to_owned(),
        missing: MissingOperand::Skip,
        message_zh: words[4].to_owned(),
        message_en: format!("check {}", words[0]),
        levels: levels(words[2]),
        tolerance: "0".to_owned(),
        evidence: String::new(),
    }
}

fn register() -> Register {
    let levels: HashMap<&str, Level> = lines(UNITS)
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .map(|words| (words[0], Level::from_name(words[1]).unwrap()))
        .collect();
    let mut records: Vec<UnitRecord> = lines(UNITS)
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .map(|words| unit(&words, levels.get(words[3]).copied()))
        .collect();
    // Town 101 was merged into 100 on 2022-07-01.
    let mut merged =
        unit(&["410421101000", "township", "town", "410421000000"], Some(Level::County));
    merged.valid_to = Some(date(2022, 7, 1));
    merged.successors = vec![code("410421100000")];
    records.push(merged);
    Register::new(records)
}

fn unit(words: &[&str], parent: Option<Level>) -> UnitRecord {
    UnitRecord {
        code: code(words[0]),
        name: format!("单位{}", words[0]),
        level: Level::from_name(words[1]).unwrap(),
        class: UnitClass::from_name(words[2]).unwrap(),
        parent: parent.map(|level| (code(words[3]), level)),
        eval_group: None,
        valid_from: None,
        valid_to: None,
        successors: Vec::new(),
        source: (Arc::from("units"), 1),
    }
}

pub(crate) fn code(text: &str) -> UnitCode {
    text.parse().unwrap()
}

pub(crate) fn ix(code: &str) -> IndicatorIx {
    catalog().indicator_by_code(code).unwrap()
}

pub(crate) fn intake() -> Intake {
    Intake::new(catalog())
}

/// What a return says, easy to change in one place.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) id: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) form: &'static str,
    pub(crate) period: &'static str,
    pub(crate) revision: u32,
    pub(crate) submitted_at: &'static str,
    pub(crate) signers: [&'static str; 3],
    pub(crate) reason: Option<&'static str>,
    pub(crate) cells: Vec<(&'static str, &'static str)>,
    pub(crate) not_applicable: Vec<&'static str>,
    pub(crate) qualifiers: Vec<(&'static str, &'static str)>,
    pub(crate) explanations: Vec<(&'static str, &'static str)>,
    pub(crate) prior: Vec<(&'static str, &'static str)>,
}

fn draft(
    unit: &'static str,
    form: &'static str,
    period: &'static str,
    submitted_at: &'static str,
    cells: &[(&'static str, &'static str)],
) -> Draft {
    Draft {
        id: "r-1",
        unit,
        form,
        period,
        revision: 1,
        submitted_at,
        signers: ["甲", "乙", "丙"],
        reason: None,
        cells: cells.to_vec(),
        not_applicable: Vec::new(),
        qualifiers: Vec::new(),
        explanations: Vec::new(),
        prior: Vec::new(),
    }
}

/// A month of social assistance from a township.
pub(crate) fn township_return() -> Draft {
    let cells = [("SA09", "3"), ("SA11", "12.5"), ("SA12", "40"), ("SA47", "1")];
    draft("410421100000", "SA", "2023-01", "2023-02-02T09:00:00+08:00", &cells)
}

/// A month of social assistance from a village.
pub(crate) fn village_return() -> Draft {
    let cells =
        [("SA01", "2"), ("SA02", "4"), ("SA03", "0"), ("SA04", "0"), ("SA17", "1"), ("SA18", "2")];
    draft("410421100201", "SA", "2023-01", "2023-02-02T09:00:00+08:00", &cells)
}

/// The county's standards of the disability subsidies.
pub(crate) fn standards_return() -> Draft {
    let cells = [("DS06", "60"), ("DS07", "60")];
    draft("410421000000", "DS", "2023-01", "2023-02-02T09:00:00+08:00", &cells)
}

/// The county's target of the year.
pub(crate) fn target_return() -> Draft {
    draft("410421000000", "EC", "2023", "2023-01-10T09:00:00+08:00", &[("EC17", "460")])
}

/// A day of an institution.
pub(crate) fn institution_return() -> Draft {
    draft("410421100000001", "DI", "2023-01-05", "2023-01-05T17:00:00+08:00", &[("DI01", "31")])
}

/// The draft with another text in one of its cells.
pub(crate) fn with(mut draft: Draft, cell: &str, text: &'static str) -> Draft {
    let found = draft.cells.iter_mut().find(|(code, _)| *code == cell);
    found.unwrap().1 = text;
    draft
}

/// The envelope of a draft.
pub(crate) fn sent(draft: &Draft) -> Return<'static> {
    let [filler, reviewer, head] = draft.signers;
    Return {
        wire: 1,
        id: draft.id.into(),
        unit: draft.unit.into(),
        form: draft.form.into(),
        period: draft.period.into(),
        revision: draft.revision,
        submitted_at: draft.submitted_at.into(),
        signers: Signers { filler: filler.into(), reviewer: reviewer.into(), head: head.into() },
        reason: draft.reason.map(Into::into),
        cells: Cells(draft.cells.iter().map(|&(code, text)| (code.into(), text.into())).collect()),
        not_applicable: draft.not_applicable.iter().map(|&code| code.to_owned()).collect(),
        qualifiers: draft.qualifiers.iter().map(|&(c, q)| (c.to_owned(), q.to_owned())).collect(),
        explanations: draft
            .explanations
            .iter()
            .map(|&(k, w)| (k.to_owned(), w.to_owned()))
            .collect(),
        prior: draft.prior.iter().map(|&(c, p)| (c.to_owned(), p.to_owned())).collect(),
        source: "typed".into(),
    }
}

pub(crate) fn examine(draft: &Draft) -> Examined {
    examine_with(draft, KeyHistory::default())
}

pub(crate) fn examine_with(draft: &Draft, history: KeyHistory) -> Examined {
    let (intake, sent) = (intake(), sent(draft));
    let resolved = intake.resolve(&sent).expect("the return finds its place");
    intake.examine(&sent, &resolved, history)
}

/// The check ids of findings, in their order.
pub(crate) fn ids(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.check.as_str()).collect()
}
