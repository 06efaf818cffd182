//! Reads `forms/sa.csv` and the like: the indicators of each form.

use std::{collections::HashMap, path::Path};

use model::{
    Form, FormIx, Indicator, IndicatorIx, PeriodKind,
    indicator::{Entry, Kind, Ratio, Reading, RollUpRule, Term},
};

use super::{
    formula::{self, RollUpText, TermText},
    words::{self, expected},
};
use crate::{
    Problem,
    consequences::Broken,
    csv_file::{CsvFile, Row},
    verify::cycles,
};

const COLUMNS: [&str; 17] = [
    "code",
    "core",
    "line",
    "zh",
    "sql_zh",
    "en",
    "measure",
    "decimals",
    "scale",
    "kind",
    "rollup",
    "frequency",
    "entry_level",
    "numerator",
    "denominator",
    "national_code",
    "note",
];

/// An indicator whose references are still texts, with its place in the files.
struct Draft {
    indicator: Indicator,
    roll_up: RollUpText,
    numerator: Vec<TermText>,
    denominator: Vec<TermText>,
    file: String,
    line: u32,
    /// Whether a column was wrong and has been replaced.
    damaged: bool,
}

impl Draft {
    fn problem(&self, zh: impl Into<String>, en: impl Into<String>) -> Problem {
        Problem::new(&*self.file, self.line, zh, en)
    }
}

/// Reads the indicators of all forms, by form and line.
pub(crate) fn read(
    dir: &Path,
    forms: &[Form],
    broken: &mut Broken,
    problems: &mut Vec<Problem>,
) -> Vec<Indicator> {
    let mut drafts: Vec<Draft> = Vec::new();
    for (ix, form) in (0u8..).map(FormIx).zip(forms) {
        let name = format!("forms/{}.csv", form.table());
        let Some(file) = CsvFile::open(dir, &name, &COLUMNS, problems) else {
            broken.forms.insert(form.code.clone());
            continue;
        };
        let first = drafts.len();
        for row in file.rows() {
            match draft(row, (ix, form), &name, problems) {
                Some(draft) => drafts.push(draft),
                None => drop(broken.indicators.insert(numbered(form, row.get("line")))),
            }
        }
        drafts[first..].sort_by_key(|draft| draft.indicator.line);
    }
    report_duplicates(&mut drafts, forms, broken, problems);
    resolve(drafts, problems)
}

/// The code that the indicator of a line has by custom, for rows whose own code is unusable.
fn numbered(form: &Form, line: &str) -> String {
    format!("{}{line:0>2}", form.code)
}

/// One indicator; what is wrong in it but the code is replaced, so that others can refer to it.
fn draft(
    row: Row<'_>,
    (ix, form): (FormIx, &Form),
    file: &str,
    problems: &mut Vec<Problem>,
) -> Option<Draft> {
    let before = problems.len();
    let code = row.parse("code", &format!("{}01, {0}02, …", form.code), problems, |text| {
        (formula::is_code(text) && text.starts_with(&form.code)).then(|| text.to_owned())
    });
    let texts = ["zh", "sql_zh", "en", "measure"]
        .map(|column| row.required(column, problems).unwrap_or_default().to_owned());
    let core = row.parse("core", expected::FLAG, problems, words::flag);
    let line = row.parse("line", "1, 2, 3, …", problems, |t| t.parse().ok().filter(|&n| n > 0));
    let decimals = row.parse("decimals", expected::SMALL_NUMBER, problems, words::digits);
    let scale = row.parse("scale", expected::SMALL_NUMBER, problems, words::digits);
    let kind = row.parse("kind", expected::KIND, problems, words::kind);
    let roll_up = row.parse("rollup", expected::ROLL_UP, problems, formula::roll_up);
    let frequency = row.parse("frequency", expected::FREQUENCY, problems, words::frequency);
    let entry = row.parse("entry_level", expected::ENTRY, problems, words::entry);
    let mut part = |column| {
        row.parse(column, "SA01+SA02, inc(SA11)*10000, months(SA02)", problems, |text| {
            if text.is_empty() { Some(Vec::new()) } else { formula::terms(text) }
        })
    };
    let (numerator, denominator) = (part("numerator"), part("denominator"));
    let [zh, sql_zh, en, measure] = texts;
    let indicator = Indicator {
        code: code?,
        form: ix,
        line: line.unwrap_or(0),
        core: core.unwrap_or(true),
        zh,
        sql_zh,
        en,
        measure,
        decimals: decimals.unwrap_or(0),
        scale: scale.unwrap_or(0),
        kind: kind.unwrap_or(Kind::Stock),
        rollup: RollUpRule::Sum,
        frequency: frequency.unwrap_or(PeriodKind::Year),
        entry: entry.unwrap_or(Entry::System),
        national_code: row.get("national_code").to_owned(),
        note: row.get("note").to_owned(),
    };
    Some(Draft {
        indicator,
        roll_up: roll_up.unwrap_or(RollUpText::Sum),
        numerator: numerator.unwrap_or_default(),
        denominator: denominator.unwrap_or_default(),
        file: file.to_owned(),
        line: row.line,
        damaged: problems.len() > before,
    })
}

/// Reports a code, line number or SQL name that stands twice, and drops the later indicator of a
/// code.
fn report_duplicates(
    drafts: &mut Vec<Draft>,
    forms: &[Form],
    broken: &mut Broken,
    problems: &mut Vec<Problem>,
) {
    let mut seen: HashMap<(FormIx, &str, String), u32> = HashMap::new();
    let mut twice: Vec<u32> = Vec::new();
    for (place, draft) in (0u32..).zip(drafts.iter()) {
        let i = &draft.indicator;
        let line = if i.line == 0 { String::new() } else { i.line.to_string() };
        for (column, value) in [("code", &i.code), ("line", &line), ("sql_zh", &i.sql_zh)] {
            if value.is_empty() {
                continue;
            }
            let Some(first) = seen.insert((i.form, column, value.clone()), draft.line) else {
                continue;
            };
            if column == "code" {
                twice.push(place);
                broken.indicators.insert(numbered(&forms[usize::from(i.form.0)], &line));
            }
            problems.push(
                draft
                    .problem(
                        format!("{column} 列的“{value}”与第 {first} 行重复"),
                        format!("column {column}: {value:?} stands also in line {first}"),
                    )
                    .remedy("改为表内唯一的值", "make it unique in the form"),
            );
        }
    }
    let mut place = 0u32..;
    drafts.retain(|_| place.next().is_some_and(|place| !twice.contains(&place)));
}

/// Looks up the codes of roll-up rules.
fn resolve(drafts: Vec<Draft>, problems: &mut Vec<Problem>) -> Vec<Indicator> {
    let places: Places<'_> = (0u16..)
        .map(IndicatorIx)
        .zip(&drafts)
        .map(|(ix, draft)| {
            let kind = (!draft.damaged).then_some(draft.indicator.kind);
            (draft.indicator.code.as_str(), (ix, kind))
        })
        .collect();
    let rules: Vec<RollUpRule> =
        drafts.iter().map(|draft| rule(draft, &places, problems)).collect();
    for place in cycles::closing(&rules) {
        let draft = &drafts[place];
        let code = &draft.indicator.code;
        problems.push(
            draft
                .problem(
                    format!("{code} 的分子或分母又由 {code} 自己推算"),
                    format!("{code} is derived from itself: a cycle of derived indicators"),
                )
                .remedy("改正分子或分母", "correct numerator or denominator"),
        );
    }
    let mut indicators: Vec<Indicator> = drafts.into_iter().map(|draft| draft.indicator).collect();
    for (indicator, rule) in indicators.iter_mut().zip(rules) {
        indicator.rollup = rule;
    }
    indicators
}

/// Indicators by code, with the kind of those that are not damaged.
type Places<'a> = HashMap<&'a str, (IndicatorIx, Option<Kind>)>;

fn rule(draft: &Draft, places: &Places<'_>, problems: &mut Vec<Problem>) -> RollUpRule {
    if !draft.damaged {
        report_misfits(draft, problems);
    }
    match &draft.roll_up {
        RollUpText::Sum => RollUpRule::Sum,
        RollUpText::SumWithWarning => RollUpRule::SumWithWarning,
        RollUpText::CountUnits => RollUpRule::CountUnits,
        RollUpText::CountDistinct(id) => RollUpRule::CountDistinct(id.clone()),
        RollUpText::WeightedMean(codes) => {
            let weights = codes.iter().filter_map(|code| find(draft, code, places, problems));
            RollUpRule::WeightedMean(weights.map(|(ix, _)| ix).collect())
        }
        RollUpText::Ratio => RollUpRule::Ratio(Ratio {
            numerator: part(draft, &draft.numerator, places, problems),
            denominator: part(draft, &draft.denominator, places, problems),
            percent: draft.indicator.measure == "%",
        }),
    }
}

fn part(
    draft: &Draft,
    terms: &[TermText],
    places: &Places<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Term> {
    let mut part = Vec::new();
    for term in terms {
        let Some((indicator, kind)) = find(draft, &term.code, places, problems) else { continue };
        let fits = kind.is_none_or(|kind| match term.reading {
            Reading::Value => true,
            Reading::Increment => matches!(kind, Kind::FlowYtd | Kind::DistinctYtd),
            Reading::Months => kind == Kind::Stock,
        });
        if !fits {
            let code = &term.code;
            problems.push(
                draft
                    .problem(
                        format!("inc() 只用于本年累计，months() 只用于期末数；{code} 不是"),
                        format!(
                            "inc() takes year-to-date values and months() stocks; {code} is neither"
                        ),
                    )
                    .remedy(
                        "去掉函数，或换用合适的指标",
                        "drop the function, or name a fitting indicator",
                    ),
            );
        }
        part.push(Term { indicator, reading: term.reading, factor: term.factor });
    }
    part
}

fn find(
    draft: &Draft,
    code: &str,
    places: &Places<'_>,
    problems: &mut Vec<Problem>,
) -> Option<(IndicatorIx, Option<Kind>)> {
    let found = places.get(code).copied();
    if found.is_none() {
        problems.push(
            draft
                .problem(
                    format!("{} 引用的指标 {code} 不存在", draft.indicator.code),
                    format!("{} names unknown indicator {code}", draft.indicator.code),
                )
                .remedy("改为 forms/*.csv 里的指标代码", "write a code of forms/*.csv"),
        );
    }
    found
}

/// Reports a kind, roll-up rule, entry and parts that do not go together.
fn report_misfits(draft: &Draft, problems: &mut Vec<Problem>) {
    let Indicator { code, kind, entry, decimals, scale, .. } = &draft.indicator;
    let fits = match draft.roll_up {
        RollUpText::Sum | RollUpText::CountUnits | RollUpText::CountDistinct(_) => {
            matches!(kind, Kind::Stock | Kind::FlowPeriod | Kind::FlowYtd | Kind::Target)
        }
        RollUpText::SumWithWarning => *kind == Kind::DistinctYtd,
        RollUpText::WeightedMean(_) => *kind == Kind::Standard,
        RollUpText::Ratio => *kind == Kind::Ratio,
    };
    if !fits {
        problems.push(
            draft
                .problem(
                    format!("{code} 的 kind 与 rollup 不相配"),
                    format!("{code}: kind and rollup do not go together"),
                )
                .remedy(
                    "ratio 配 ratio_of_sums，standard 配 wmean(…)，distinct_ytd 配 sum_with_warning，其余配 sum 或 count_…",
                    "ratio takes ratio_of_sums, standard wmean(…), distinct_ytd sum_with_warning, the others sum or count_…",
                ),
        );
    }
    let ratio = draft.roll_up == RollUpText::Ratio;
    let parts = [&draft.numerator, &draft.denominator];
    let complete = parts.iter().all(|part| part.is_empty() != ratio);
    if fits && (!complete || ratio != (*entry == Entry::Derived)) {
        problems.push(
            draft
                .problem(
                    format!("{code}：只有比率由系统推算，且必须有分子和分母"),
                    format!("{code}: ratios, and only they, are derived and have numerator and denominator"),
                )
                .remedy(
                    "比率的 entry_level 写 derived 并填 numerator、denominator；其他指标两列留空",
                    "give a ratio entry_level derived, numerator and denominator; leave them empty elsewhere",
                ),
        );
    }
    if decimals > scale {
        problems.push(
            draft
                .problem(
                    format!("{code} 印出 {decimals} 位小数，只存 {scale} 位"),
                    format!("{code} prints {decimals} decimals but stores {scale}"),
                )
                .remedy("增大 scale 或减小 decimals", "raise scale or lower decimals"),
        );
    }
}
