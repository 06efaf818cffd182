//! Reads `grades.csv` and `vetoes.csv`.

use std::path::Path;

use model::scheme::{Grade, Veto, VetoCause, VetoEffect};

use super::{Known, amount, cycles, metric::call, optional};
use crate::{Problem, csv_file::Row, read::words};

/// Reads the grades; they must stand from the best down.
pub(super) fn grades(dir: &Path, folder: &str, problems: &mut Vec<Problem>) -> Vec<Grade> {
    let columns =
        ["id", "zh", "en", "from", "quota_percent", "no_veto", "target_source", "cycles", "note"];
    let mut grades: Vec<Grade> = Vec::new();
    let Some(file) = optional(dir, folder, "grades.csv", &columns, problems) else { return grades };
    for row in file.rows() {
        let Some(grade) = grade(row, problems) else { continue };
        let millionths = |g: &Grade| g.from.rescale(6).map(|a| a.units);
        if grades.last().is_some_and(|last| millionths(last) <= millionths(&grade)) {
            problems.push(
                row.problem("等次须从高到低排列", "grades must stand from the best down")
                    .remedy("按 from 从大到小排列", "sort by from, the highest first"),
            );
        }
        grades.push(grade);
    }
    grades
}

fn grade(row: Row<'_>, problems: &mut Vec<Problem>) -> Option<Grade> {
    let texts = ["id", "zh", "en"].map(|column| row.required(column, problems).map(str::to_owned));
    let from = amount(row, "from", problems);
    let quota = row.parse("quota_percent", "30, (空 empty)", problems, |text| match text {
        "" => Some(None),
        _ => super::parse_amount(text).map(Some),
    });
    let no_veto = row.parse("no_veto", words::expected::FLAG, problems, words::flag);
    let cycles = cycles(row, problems);
    let [id, zh, en] = texts;
    Some(Grade {
        id: id?,
        zh: zh?,
        en: en?,
        from: from?,
        quota_percent: quota?,
        no_veto: no_veto?,
        cycles: cycles?,
        source: row.get("target_source").to_owned(),
    })
}

/// Reads the vetoes; none if there are grades that could not be read, since effects name them.
pub(super) fn vetoes(
    dir: &Path,
    folder: &str,
    known: Known<'_>,
    grades: Option<&[Grade]>,
    problems: &mut Vec<Problem>,
) -> Vec<Veto> {
    let Some(grades) = grades else { return Vec::new() };
    let columns = [
        "id",
        "zh",
        "en",
        "metric",
        "target",
        "measure",
        "target_source",
        "cycles",
        "effects",
        "note",
    ];
    let Some(file) = optional(dir, folder, "vetoes.csv", &columns, problems) else {
        return Vec::new();
    };
    file.rows().filter_map(|row| veto(row, known, grades, problems)).collect()
}

fn veto(
    row: Row<'_>,
    known: Known<'_>,
    grades: &[Grade],
    problems: &mut Vec<Problem>,
) -> Option<Veto> {
    let texts = ["id", "zh", "en"].map(|column| row.required(column, problems).map(str::to_owned));
    let cause = cause(row, known, problems);
    let cycles = cycles(row, problems);
    let ids = grades.iter().map(|grade| grade.id.as_str()).collect::<Vec<_>>().join(", ");
    let expected = format!("rank_last, unranked, grade(…), cap_below(…); 等次 grades: {ids}");
    let effects = row.parse("effects", &expected, problems, |text| {
        let effects: Option<Vec<VetoEffect>> =
            text.split_whitespace().map(|word| effect(word, grades)).collect();
        effects.filter(|effects| !effects.is_empty())
    });
    let [id, zh, en] = texts;
    Some(Veto {
        id: id?,
        zh: zh?,
        en: en?,
        cause: cause?,
        measure: row.get("measure").to_owned(),
        effects: effects?,
        cycles: cycles?,
        source: row.get("target_source").to_owned(),
    })
}

fn cause(row: Row<'_>, known: Known<'_>, problems: &mut Vec<Problem>) -> Option<VetoCause> {
    match row.required("metric", problems)? {
        "decision" => Some(VetoCause::Decision),
        code => {
            let indicator = known.indicator(row, code, problems);
            let bar = amount(row, "target", problems);
            Some(VetoCause::Above { indicator: indicator?, bar: bar? })
        }
    }
}

fn effect(word: &str, grades: &[Grade]) -> Option<VetoEffect> {
    let place = |id: &str| grades.iter().position(|grade| grade.id == id);
    match word {
        "rank_last" => Some(VetoEffect::RankLast),
        "unranked" => Some(VetoEffect::Unranked),
        _ => match call(word, "cap_below") {
            Some(id) => place(id).map(VetoEffect::CapBelow),
            None => place(call(word, "grade")?).map(VetoEffect::Grade),
        },
    }
}
