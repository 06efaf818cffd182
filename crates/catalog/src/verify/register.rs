//! Whether the units form one dated tree.

use std::collections::BTreeMap;

use jiff::civil::Date;
use model::{Level, UnitClass, UnitCode, UnitRecord};

use crate::{Problem, read::units::Unreadable};

/// Reports what is wrong with the records. What may stand in a part that was `unreadable` is not
/// reported as missing.
pub(crate) fn verify(records: &[UnitRecord], unreadable: &Unreadable, problems: &mut Vec<Problem>) {
    let index = Index::new(records);
    let mut orphans = Orphans::new();
    for record in records {
        class_and_code(record, problems);
        span(record, problems);
        parent(record, &index, &mut orphans, problems);
        successors(record, &index, unreadable, problems);
    }
    overlaps(&index, problems);
    for ((code, level, gap), orphans) in orphans {
        if !unreadable.may_hold(code) {
            problems.push(orphaned(code, level, gap, &orphans));
        }
    }
}

/// Units whose parent does not exist: by the parent and the first day without it, `None` if it is in
/// no list at all.
type Orphans<'a> = BTreeMap<(UnitCode, Level, Option<Date>), Vec<&'a UnitRecord>>;

/// Records by code, level and first day.
struct Index<'a> {
    sorted: Vec<&'a UnitRecord>,
}

impl<'a> Index<'a> {
    fn new(records: &'a [UnitRecord]) -> Self {
        let mut sorted: Vec<&UnitRecord> = records.iter().collect();
        sorted.sort_by_key(|r| (r.code, r.level, r.valid_from));
        Self { sorted }
    }

    /// The spans of a code at a level, earliest first.
    fn spans(&self, code: UnitCode, level: Level) -> &[&'a UnitRecord] {
        let first = self.sorted.partition_point(|r| (r.code, r.level) < (code, level));
        let rest = &self.sorted[first..];
        let n = rest.iter().take_while(|r| (r.code, r.level) == (code, level)).count();
        &rest[..n]
    }

    /// A unit of this code and level, or of this code if the level is wrong.
    fn meant(&self, code: UnitCode, level: Level) -> Option<&'a UnitRecord> {
        let mut levels = [level].into_iter().chain(Level::ALL);
        levels.find_map(|level| self.spans(code, level).first().copied())
    }

    /// The first day in `record`'s span on which none of `spans` exists.
    fn first_gap(record: &UnitRecord, spans: &[&UnitRecord]) -> Option<Date> {
        let mut day = record.valid_from.unwrap_or(Date::MIN);
        let end = record.valid_to.unwrap_or(Date::MAX);
        for span in spans {
            if span.exists_on(day) {
                day = span.valid_to.unwrap_or(Date::MAX);
            }
        }
        (day < end).then_some(day)
    }
}

fn problem(record: &UnitRecord, zh: String, en: String) -> Problem {
    let (file, line) = &record.source;
    let unit = format!("{} {}", record.code, record.name);
    Problem::new(&**file, *line, format!("{unit}：{zh}"), format!("{unit}: {en}"))
}

/// Classes that a unit of each level may have.
pub(crate) fn classes_of(level: Level) -> &'static [UnitClass] {
    use UnitClass::{
        Admin, Direct, Licensed, Neighbourhood, Pseudo, Quasi, Run, Street, Town, Township,
        VillageCommittee, Virtual, Zone,
    };
    match level {
        Level::Institution => &[Run, Licensed],
        Level::Village => &[Neighbourhood, VillageCommittee, Quasi, Virtual, Pseudo],
        Level::Township => &[Street, Town, Township, Quasi, Pseudo],
        Level::County => &[Admin, Direct, Zone, Pseudo],
        Level::City => &[Admin, Pseudo],
        Level::Province => &[Admin],
    }
}

fn class_and_code(record: &UnitRecord, problems: &mut Vec<Problem>) {
    let allowed = classes_of(record.level);
    if !allowed.contains(&record.class) {
        let names: Vec<&str> = allowed.iter().map(|class| class.name()).collect();
        let (level, class) = (record.level.name(), record.class.name());
        problems.push(
            problem(
                record,
                format!("层级 {level} 不能有类别 {class}"),
                format!("a unit of level {level} cannot have class {class}"),
            )
            .remedy(format!("类别应为 {}", names.join("、")), format!("use {}", names.join(", "))),
        );
    }
    if record.code.is_institution() != (record.level == Level::Institution) {
        problems.push(
            problem(record, "代码位数与层级不符".into(), "the code does not fit the level".into())
                .remedy("机构 15 位，其余 12 位", "institutions have 15 digits, all others 12"),
        );
    }
}

fn span(record: &UnitRecord, problems: &mut Vec<Problem>) {
    if let (Some(from), Some(to)) = (record.valid_from, record.valid_to)
        && to <= from
    {
        problems.push(
            problem(
                record,
                format!("终止日 {to} 不晚于起始日 {from}"),
                format!("it ends on {to} but begins on {from}"),
            )
            .remedy("改正 valid_from、valid_to", "correct valid_from and valid_to"),
        );
    }
}

fn parent<'a>(
    record: &'a UnitRecord,
    index: &Index<'_>,
    orphans: &mut Orphans<'a>,
    problems: &mut Vec<Problem>,
) {
    let Some((code, level)) = record.parent else {
        if record.level != Level::Province {
            problems.push(
                problem(record, "没有上级单位".into(), "it has no unit above".into())
                    .remedy("填写 parent 和 parent_level", "fill in parent and parent_level"),
            );
        }
        return;
    };
    let spans = index.spans(code, level);
    let meant = index.meant(code, level).map_or(level, |r| r.level);
    if meant <= record.level {
        problems.push(misordered(record, index));
        return;
    }
    if meant != level {
        let (meant, level) = (meant.name(), level.name());
        problems.push(
            problem(
                record,
                format!("上级 {code} 的层级是 {meant}，不是 {level}"),
                format!("its parent {code} is of level {meant}, not {level}"),
            )
            .remedy(format!("parent_level 改为 {meant}"), format!("write {meant} as parent_level")),
        );
        return;
    }
    if let Some(gap) = Index::first_gap(record, spans) {
        let gap = (!spans.is_empty()).then_some(gap);
        orphans.entry((code, level, gap)).or_default().push(record);
    }
}

/// One problem for all orphans of a parent, at the first of them.
fn orphaned(code: UnitCode, level: Level, gap: Option<Date>, orphans: &[&UnitRecord]) -> Problem {
    let first = orphans.iter().min_by_key(|r| &r.source).copied().unwrap_or(orphans[0]);
    let level = level.name();
    let (mut zh, mut en) = match gap {
        None => (
            format!("上级 {code}（{level}）不在名录中"),
            format!("its parent {code} ({level}) is in no list"),
        ),
        Some(Date::MIN) => {
            (format!("上级 {code} 起初不存在"), format!("its parent {code} did not exist at first"))
        }
        Some(day) => (
            format!("上级 {code} 自 {day} 起不存在"),
            format!("its parent {code} does not exist from {day} on"),
        ),
    };
    if let more @ 1.. = orphans.len() - 1 {
        zh.push_str(&format!("；另有 {more} 个单位如此"));
        en.push_str(&format!("; so it is with {more} more"));
    }
    problem(first, zh, en).remedy(
        "改正 parent，或在 units/changes.csv 写明它归谁管",
        "correct parent, or say in units/changes.csv whom it belongs to",
    )
}

/// A parent that is not above its child: a cycle, or levels in the wrong order.
fn misordered(record: &UnitRecord, index: &Index<'_>) -> Problem {
    let mut chain = vec![record.code.to_string()];
    let mut above = record.parent;
    while let Some((code, level)) = above
        && chain.len() <= Level::ALL.len() * 2
    {
        chain.push(code.to_string());
        if index
            .meant(code, level)
            .is_some_and(|r| (r.code, r.level) == (record.code, record.level))
        {
            let chain = chain.join(" → ");
            return problem(
                record,
                format!("隶属关系成环：{chain}"),
                format!("the units above it form a cycle: {chain}"),
            )
            .remedy("改正其中一个 parent", "correct the parent of one of them");
        }
        above = index.meant(code, level).and_then(|r| r.parent);
    }
    let level = record.level.name();
    problem(
        record,
        format!("上级的层级不高于 {level}"),
        format!("its parent is not of a level above {level}"),
    )
    .remedy("改正 parent、parent_level 或 level", "correct parent, parent_level or level")
}

fn successors(
    record: &UnitRecord,
    index: &Index<'_>,
    unreadable: &Unreadable,
    problems: &mut Vec<Problem>,
) {
    let Some(end) = record.valid_to else {
        if !record.successors.is_empty() {
            problems.push(
                problem(record, "未终止却有继任单位".into(), "it has successors but no end".into())
                    .remedy("填写 valid_to", "fill in valid_to"),
            );
        }
        return;
    };
    for &code in &record.successors {
        let levels = Level::ALL.into_iter();
        let exists = levels.flat_map(|level| index.spans(code, level)).any(|r| r.exists_on(end));
        if !exists && !unreadable.may_hold(code) {
            problems.push(
                problem(
                    record,
                    format!("继任单位 {code} 在 {end} 不存在"),
                    format!("its successor {code} does not exist on {end}"),
                )
                .remedy("改正 successors，或补上该单位", "correct successors, or add that unit"),
            );
        }
    }
}

/// Two spans of one code and level, or two real units with one code, on the same day.
fn overlaps(index: &Index<'_>, problems: &mut Vec<Problem>) {
    for same_code in index.sorted.chunk_by(|a, b| a.code == b.code) {
        for (i, later) in same_code.iter().enumerate() {
            let clash = |earlier: &&&UnitRecord| {
                let meet =
                    later.valid_from.is_none_or(|from| earlier.valid_to.is_none_or(|to| from < to))
                        && earlier
                            .valid_from
                            .is_none_or(|from| later.valid_to.is_none_or(|to| from < to));
                let both_real = !earlier.class.is_container() && !later.class.is_container();
                meet && (earlier.level == later.level || both_real)
            };
            let Some(first) = same_code[..i].iter().find(clash) else { continue };
            let (mut here, mut there) = (*later, *first);
            if here.source < there.source {
                std::mem::swap(&mut here, &mut there);
            }
            let (file, line) = &there.source;
            problems.push(
                problem(
                    here,
                    format!("同一时间已由 {file} 第 {line} 行使用该代码"),
                    format!("{file} line {line} uses the same code at the same time"),
                )
                .remedy(
                    "删去一行，或改正代码、层级、起止日期",
                    "remove one row, or correct code, level or dates",
                ),
            );
        }
    }
}
