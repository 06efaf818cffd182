//! `threshold`: all or nothing for each part of the metric; a unit above the level that is judged
//! earns the share of the units there that comply.
//!
//! 1202/924 = 1.3009 and 969/745 = 1.3007 are both at least 1.3: the county earns everything.

use model::{
    Level, Node,
    scheme::{Bar, Direction, Quotient},
};
use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{Case, Gap, Verdict, absent, gap_to, shown, with_measure};
use crate::{
    absence::{Absence, Why},
    exact::{Exact, of, short, whole},
    groups,
    metric::{Measured, Quantity},
    result::ItemState,
};

/// What one part came to for one unit.
enum Compliance {
    Met(Quantity, BigRational),
    Missed(Quantity, BigRational),
    Unreported(Absence),
    /// Zero denominator, nothing owed, or no floor decided.
    Free(Freedom),
}

/// Why a part does not apply.
enum Freedom {
    DenZero,
    Absent(Absence),
    NoBar,
}

/// One part's contribution to the verdict.
struct Part {
    /// Complying and judged units.
    counts: (u64, u64),
    zh: String,
    en: String,
    gap: Option<Gap>,
    unreported: bool,
}

/// Judges all parts, which share the weight equally; parts that do not apply leave theirs to the
/// others, and if none applies the item is withdrawn.
pub(super) fn judge(
    case: Case<'_>,
    bar: &Bar,
    share_of: Option<Level>,
    quotients: &[Quotient],
) -> Verdict {
    let level = case.reader.tree().level(case.node);
    let below = share_of.filter(|&share_of| share_of < level);
    let mut parts = Vec::new();
    let mut free = None;
    for (place, quotient) in quotients.iter().enumerate() {
        let judged = match below {
            Some(level) => Ok(judge_below(case, (place, quotient), bar, level)),
            None => judge_own(case, (place, quotient), bar),
        };
        match judged {
            Ok(part) if part.counts.1 > 0 => parts.push(part),
            Ok(_) => {
                free = free
                    .or(Some(Verdict::withdrawn("下级均不适用", "it applies to no unit below")));
            }
            Err(freedom) => free = free.or_else(|| Some(withdrawn(case, quotient, freedom))),
        }
    }
    if parts.is_empty() {
        return free
            .unwrap_or_else(|| Verdict::withdrawn("项目定义有误", "the item is defined wrongly"));
    }
    sum_up(parts, below.is_some())
}

fn sum_up(parts: Vec<Part>, counted: bool) -> Verdict {
    let n = whole(parts.len() as u64);
    let share_of = |part: &Part| BigRational::new(part.counts.0.into(), part.counts.1.into()) / &n;
    let share: BigRational = parts.iter().map(share_of).sum();
    let join = |texts: Vec<&str>, by: &str| texts.join(by);
    let zh = join(parts.iter().map(|p| p.zh.as_str()).collect(), "；");
    let en = join(parts.iter().map(|p| p.en.as_str()).collect(), "; ");
    let all_unreported = parts.iter().all(|part| part.unreported);
    let totals = parts.iter().fold((0, 0), |sum, p| (sum.0 + p.counts.0, sum.1 + p.counts.1));
    let gap = parts.into_iter().filter_map(|part| part.gap).reduce(|first, next| Gap {
        zh: format!("{}，{}", first.zh, next.zh),
        en: format!("{}, {}", first.en, next.en),
        share: &first.share + &next.share,
        indicator: None,
        missing: if first.measure == next.measure {
            first.missing + next.missing
        } else {
            first.missing
        },
        measure: first.measure,
    });
    let gap = gap.map(|gap| Gap { share: gap.share / &n, ..gap });
    let mut verdict = Verdict::scored(share, String::new(), zh, en).with_gap(gap);
    if all_unreported && !counted {
        verdict.state = ItemState::Unreported;
    }
    verdict.numerator = Some(Exact(whole(totals.0)));
    verdict.denominator = Some(Exact(whole(totals.1)));
    verdict
}

/// Compares one part for one unit.
fn compliance(
    case: Case<'_>,
    node: Node,
    place: usize,
    quotient: &Quotient,
    bar: &Bar,
) -> Compliance {
    let tree = case.reader.tree();
    let province = tree.at_level(node, Level::Province).map(|province| tree.code(province));
    let Some(bar) = bar.of(place, province, case.reader.period().year()) else {
        return Compliance::Free(Freedom::NoBar);
    };
    let bar = of(bar);
    match case.reader.measure(node, quotient) {
        Measured::Known(quantity) => {
            let met = match case.item.direction {
                Direction::Up => quantity.value >= bar,
                Direction::Down => quantity.value <= bar,
            };
            if met { Compliance::Met(quantity, bar) } else { Compliance::Missed(quantity, bar) }
        }
        Measured::DenZero { .. } => Compliance::Free(Freedom::DenZero),
        Measured::Absent(absence) if absence.why == Why::Unreported => {
            Compliance::Unreported(absence)
        }
        Measured::Absent(absence) => Compliance::Free(Freedom::Absent(absence)),
    }
}

/// The unit itself: all or nothing.
fn judge_own(
    case: Case<'_>,
    (place, quotient): (usize, &Quotient),
    bar: &Bar,
) -> Result<Part, Freedom> {
    let name = &quotient.text;
    Ok(match compliance(case, case.node, place, quotient, bar) {
        Compliance::Met(quantity, bar) => {
            let (value, bar) = (shown(&quantity, case.item), short(&bar, 4));
            Part {
                counts: (1, 1),
                zh: format!("{name}：{value}，达到 {bar}"),
                en: format!("{name}: {value}, reaches {bar}"),
                gap: None,
                unreported: false,
            }
        }
        Compliance::Missed(quantity, bar) => {
            let wanted = quantity.numerator_for(&bar);
            let gap = gap_to(case, &quantity, &wanted, BigRational::one());
            let (value, bar) = (shown(&quantity, case.item), with_measure(&bar, false, ""));
            Part {
                counts: (0, 1),
                zh: format!("{name}：{value}，未达到 {bar}"),
                en: format!("{name}: {value}, below {bar}"),
                gap,
                unreported: false,
            }
        }
        Compliance::Unreported(absence) => {
            let code = &case.reader.catalog().indicator(absence.indicator).code;
            Part {
                counts: (0, 1),
                zh: format!("{name}：未报 {code}"),
                en: format!("{name}: {code} not reported"),
                gap: None,
                unreported: true,
            }
        }
        Compliance::Free(freedom) => return Err(freedom),
    })
}

fn withdrawn(case: Case<'_>, quotient: &Quotient, freedom: Freedom) -> Verdict {
    let name = &quotient.text;
    match freedom {
        Freedom::DenZero => super::den_zero(case.item, None),
        Freedom::Absent(absence) => absent(case.reader, absence),
        Freedom::NoBar => Verdict::withdrawn(
            &format!("{name}：本省本年没有规定下限"),
            &format!("{name}: no floor is set for this province and year"),
        ),
    }
}

/// The units of a lower level: those that any group of the scheme holds.
fn judge_below(
    case: Case<'_>,
    (place, quotient): (usize, &Quotient),
    bar: &Bar,
    level: Level,
) -> Part {
    let tree = case.reader.tree();
    let held = |&node: &Node| {
        tree.level(node) == level && case.scheme.groups.iter().any(|g| groups::holds(tree, node, g))
    };
    let mut counts = (0, 0);
    let mut failing = Vec::new();
    for node in tree.subtree(case.node).map(Node).filter(held) {
        match compliance(case, node, place, quotient, bar) {
            Compliance::Free(_) => continue,
            Compliance::Met(..) => counts.0 += 1,
            Compliance::Missed(..) | Compliance::Unreported(_) => {
                failing.push(case.reader.name(node));
            }
        }
        counts.1 += 1;
    }
    let (met, all) = counts;
    let name = &quotient.text;
    let list = listed(&failing);
    let tail = |open: &str, close: &str| {
        if list.is_empty() { String::new() } else { format!("{open}{list}{close}") }
    };
    let missing = whole(failing.len() as u64);
    let gap = (all > 0 && !missing.is_zero()).then(|| Gap {
        indicator: None,
        share: &missing / whole(all),
        missing,
        measure: "个".to_owned(),
        zh: format!("{list} 的 {name} 达标"),
        en: format!("{name} reached by {list}"),
    });
    Part {
        counts,
        zh: format!("{name}：{met}/{all} 个下级达标{}", tail("，未达标：", "")),
        en: format!("{name}: {met}/{all} units below comply{}", tail(", not: ", "")),
        gap,
        unreported: false,
    }
}

/// Up to five names.
fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(5).copied().collect::<Vec<_>>().join("、");
    if names.len() > 5 { format!("{shown}…（{}）", names.len()) } else { shown }
}
