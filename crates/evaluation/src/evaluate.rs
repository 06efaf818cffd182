//! From figures to a ranked group: one pass over the provinces, groups and units of a tree.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    Catalog, Figures, Node, Period, PeriodKind, Tree, UnitCode,
    scheme::{Method, Metric, PeerGroup, Scheme, VetoCause, VetoEffect},
};
use num_rational::BigRational;

use crate::{
    bonus, coverage,
    deduction::{self, ByUnit},
    events::Events,
    exact::{Exact, of, short, whole},
    grade,
    groups::{self, NotAsked},
    method::{self, Case, Peers, Verdict},
    metric::{Measured, Reader},
    rank,
    result::{Evaluation, GroupResult, NotAskedItem, Reason, UnitResult},
    unit::{self, Findings},
    veto::{self, Vetoed},
};

/// What an evaluation looks at.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The definitions.
    pub catalog: &'a Catalog,
    /// Rolled-up figures of the accepted state.
    pub figures: &'a dyn Figures,
    /// Facts outside the figures.
    pub events: &'a Events,
}

/// Why there is no evaluation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// The scheme does not score periods of this kind.
    #[error(
        "办法 {scheme} 不按 {period} 这种周期评分，可用：{cycles} | scheme {scheme} does not score periods like {period}; it scores {cycles}"
    )]
    NotACycle {
        /// The scheme.
        scheme: String,
        /// The period asked for.
        period: Period,
        /// Letters of its cycles.
        cycles: String,
    },
    /// The unit whose subtree was asked for does not exist in the period.
    #[error(
        "{unit} 在 {period} 不存在 | there is no unit {unit} in {period}: name one of the register"
    )]
    UnknownUnit {
        /// The code.
        unit: UnitCode,
        /// The period.
        period: Period,
    },
    /// A decision names a veto that the scheme does not decide by hand.
    #[error(
        "对 {unit} 的否决决定写了 {veto}，办法中没有这项人工否决 | the decision on {unit} names {veto}, which is no manual veto of the scheme: name one of vetoes.csv whose metric is decision"
    )]
    UnknownVeto {
        /// The unit.
        unit: UnitCode,
        /// The id.
        veto: String,
    },
    /// A decision on a veto without a document.
    #[error(
        "对 {unit} 的否决决定 {veto} 缺少文件依据 | the decision {veto} on {unit} names no document: add its title or number"
    )]
    NoDocument {
        /// The unit.
        unit: UnitCode,
        /// The id.
        veto: String,
    },
    /// An honour counts for a bonus that the scheme does not have.
    #[error(
        "荣誉 {honour} 写了 {bonus}，办法中没有这项加分 | honour {honour} names bonus {bonus}, which the scheme does not have: name one of bonuses.csv"
    )]
    UnknownBonus {
        /// The honour.
        honour: String,
        /// The id.
        bonus: String,
    },
    /// A score beyond 18 digits.
    #[error(
        "{unit} 的得分超过 18 位数字 | the score of {unit} needs more than 18 digits: look for a bonus or deduction out of all proportion"
    )]
    Overflow {
        /// The unit.
        unit: UnitCode,
    },
}

/// Evaluates all provinces of the period's tree, each by itself.
///
/// # Errors
/// A period of a kind that the scheme does not score, or an event that does not fit the scheme.
pub fn evaluate(
    inputs: &Inputs<'_>,
    scheme: &Scheme,
    period: Period,
) -> Result<Evaluation, EvaluationError> {
    let tree = inputs.figures.tree(period);
    let roots: Vec<Node> = tree.nodes().filter(|&node| tree.parent(node).is_none()).collect();
    run(inputs, scheme, period, &tree, &roots)
}

/// Evaluates the subtree of one unit, usually a province; only units inside it are compared.
///
/// # Errors
/// As [`evaluate`], or an unknown unit.
pub fn evaluate_within(
    inputs: &Inputs<'_>,
    scheme: &Scheme,
    period: Period,
    root: UnitCode,
) -> Result<Evaluation, EvaluationError> {
    let tree = inputs.figures.tree(period);
    let node = tree.node(root).ok_or(EvaluationError::UnknownUnit { unit: root, period })?;
    run(inputs, scheme, period, &tree, &[node])
}

fn run(
    inputs: &Inputs<'_>,
    scheme: &Scheme,
    period: Period,
    tree: &Arc<Tree>,
    roots: &[Node],
) -> Result<Evaluation, EvaluationError> {
    verify(inputs.events, scheme, period)?;
    let reader = Reader::new(inputs, tree, period);
    let events = ByUnit::new(inputs.events);
    let mut groups = Vec::new();
    for &root in roots {
        for group in &scheme.groups {
            let members = groups::members(tree, root, group);
            if !members.is_empty() {
                let within = Group {
                    reader: &reader,
                    scheme,
                    group,
                    events: inputs.events,
                    by_unit: &events,
                };
                groups.push(within.result(tree.code(root), &members)?);
            }
        }
    }
    Ok(Evaluation {
        scheme: scheme.name.clone(),
        scheme_version: scheme.version.clone(),
        scheme_hash: scheme.hash.clone(),
        catalog_hash: inputs.catalog.hash.clone(),
        period,
        groups,
    })
}

/// Whether the period and the events fit the scheme.
fn verify(events: &Events, scheme: &Scheme, period: Period) -> Result<(), EvaluationError> {
    if !scheme.cycles.contains(&period.kind()) {
        let letters = scheme.cycles.iter().map(|kind| kind.letter().to_string());
        return Err(EvaluationError::NotACycle {
            scheme: scheme.name.clone(),
            period,
            cycles: letters.collect::<Vec<_>>().join(" "),
        });
    }
    for decision in &events.vetoes {
        let (unit, id) = (decision.unit, decision.veto.clone());
        let manual = |v: &&model::scheme::Veto| v.id == id && v.cause == VetoCause::Decision;
        if !scheme.vetoes.iter().any(|v| manual(&v)) {
            return Err(EvaluationError::UnknownVeto { unit, veto: id });
        }
        if decision.document.trim().is_empty() {
            return Err(EvaluationError::NoDocument { unit, veto: id });
        }
    }
    for honour in events.honours.iter().flatten() {
        if !scheme.bonuses.iter().any(|bonus| bonus.id == honour.bonus) {
            let (honour, bonus) = (honour.id.clone(), honour.bonus.clone());
            return Err(EvaluationError::UnknownBonus { honour, bonus });
        }
    }
    Ok(())
}

/// One peer group of one province.
struct Group<'a> {
    reader: &'a Reader<'a>,
    scheme: &'a Scheme,
    group: &'a PeerGroup,
    events: &'a Events,
    by_unit: &'a ByUnit<'a>,
}

impl Group<'_> {
    fn result(&self, province: UnitCode, members: &[Node]) -> Result<GroupResult, EvaluationError> {
        let kind = self.kind();
        let asked = groups::asked(self.scheme, self.group, kind);
        let items = || asked.iter().map(|&i| &self.scheme.items[i]);
        let blocks = coverage::blocks(self.reader, items());
        let percent = self.scheme.policy.coverage_percent;
        let coverages: Vec<_> =
            members.iter().map(|&node| coverage::of(self.reader, node, &blocks)).collect();
        let complete = |i: usize| coverage::reaches(coverages[i], percent);
        let peers = self.peers(&asked, members, complete);
        let mut units = Vec::new();
        let mut vetoes = Vec::new();
        for (i, &node) in members.iter().enumerate() {
            let vetoed = veto::of_unit(self.reader, node, self.scheme, self.events);
            let findings = Findings {
                verdicts: self.verdicts(node, &asked, &peers),
                coverage: coverages[i],
                bonuses: self.bonuses(node),
                deductions: self.deductions(node),
                vetoed: vetoed.clone(),
            };
            let mut result = unit::result(self.reader, node, self.scheme, &asked, findings)?;
            result.not_ranked = self.not_ranked(&result, complete(i), &vetoed);
            units.push(result);
            vetoes.push(vetoed);
        }
        self.rank(&mut units, &vetoes);
        let ranked = units.iter().filter(|unit| unit.rank.is_some()).count() as u32;
        self.grade(&mut units, &vetoes, ranked);
        units.sort_by_key(|unit| (unit.rank.is_none(), unit.rank, unit.unit));
        let asked_weight: BigRational = items().map(|item| of(item.weight)).sum();
        Ok(GroupResult {
            province,
            group: self.group.id.clone(),
            zh: self.group.zh.clone(),
            en: self.group.en.clone(),
            asked_weight: Exact(asked_weight),
            ranked,
            not_asked: self.not_asked(),
            units,
        })
    }

    fn kind(&self) -> PeriodKind {
        self.reader.period().kind()
    }

    /// Values of the complete units for every item that is judged by rank.
    fn peers(
        &self,
        asked: &[usize],
        members: &[Node],
        complete: impl Fn(usize) -> bool,
    ) -> BTreeMap<usize, Peers> {
        let mut all = BTreeMap::new();
        for &place in asked {
            let item = &self.scheme.items[place];
            let (Method::RankPercentile, Metric::Quotients(parts)) = (&item.method, &item.metric)
            else {
                continue;
            };
            let mut units = Vec::new();
            for (i, &node) in members.iter().enumerate() {
                if complete(i)
                    && let [quotient] = &parts[..]
                    && let Measured::Known(quantity) = self.reader.measure(node, quotient)
                {
                    units.push((node, quantity.value));
                }
            }
            all.insert(place, Peers::new(item.direction, units));
        }
        all
    }

    fn verdicts(
        &self,
        node: Node,
        asked: &[usize],
        peers: &BTreeMap<usize, Peers>,
    ) -> Vec<Verdict> {
        let judge = |&place: &usize| {
            method::judge(Case {
                reader: self.reader,
                events: self.events,
                scheme: self.scheme,
                item: &self.scheme.items[place],
                node,
                peers: peers.get(&place),
            })
        };
        asked.iter().map(judge).collect()
    }

    fn bonuses(&self, node: Node) -> (Vec<crate::ExtraResult>, BigRational) {
        let cap = of(self.scheme.policy.bonus_cap);
        let honours = self.events.honours.as_deref();
        bonus::all(self.reader, node, &self.scheme.bonuses, cap, honours)
    }

    fn deductions(&self, node: Node) -> (Vec<crate::ExtraResult>, BigRational) {
        let cap = of(self.scheme.policy.deduction_cap);
        deduction::all(self.reader, node, &self.scheme.deductions, cap, self.by_unit)
    }

    fn not_ranked(&self, unit: &UnitResult, complete: bool, vetoed: &Vetoed) -> Option<Reason> {
        if let Some(place) = vetoed.with(VetoEffect::Unranked) {
            let veto = &self.scheme.vetoes[place];
            return Some(Reason {
                zh: format!("因否决 {} {} 不排名", veto.id, veto.zh),
                en: format!("not ranked because of veto {} {}", veto.id, veto.en),
            });
        }
        if unit.score.is_none() {
            return Some(Reason {
                zh: "没有适用的项目，不排名".to_owned(),
                en: "not ranked: no item applies".to_owned(),
            });
        }
        if complete {
            return None;
        }
        let (due, accepted) = (unit.coverage.due, unit.coverage.accepted);
        let percent = short(&(whole(accepted) * whole(100) / whole(due.max(1))), 2);
        let bar = self.scheme.policy.coverage_percent;
        Some(Reason {
            zh: format!("报送率 {accepted}/{due} = {percent}%，低于 {bar}%，不排名"),
            en: format!("not ranked: {accepted} of {due} due returns, {percent} %, below {bar} %"),
        })
    }

    fn rank(&self, units: &mut [UnitResult], vetoes: &[Vetoed]) {
        let standings: Vec<rank::Standing> = (units.iter().zip(vetoes))
            .map(|(unit, vetoed)| rank::Standing {
                score: unit.score.filter(|_| unit.not_ranked.is_none()),
                last: vetoed.with(VetoEffect::RankLast).is_some(),
            })
            .collect();
        for (unit, rank) in units.iter_mut().zip(rank::ranks(&standings)) {
            unit.rank = rank;
        }
    }

    fn grade(&self, units: &mut [UnitResult], vetoes: &[Vetoed], ranked: u32) {
        let kind = self.kind();
        let given = |&place: &usize| self.scheme.grade(place).cycles.contains(&kind);
        let grades: Vec<usize> = (0..self.scheme.grades.len()).filter(given).collect();
        for (unit, vetoed) in units.iter_mut().zip(vetoes) {
            let standing = grade::Standing { score: unit.score, rank: unit.rank, ranked, vetoed };
            unit.grade = grade::of_unit(self.scheme, &grades, &standing);
        }
    }

    fn not_asked(&self) -> Vec<NotAskedItem> {
        let mut items = Vec::new();
        for item in &self.scheme.items {
            let (zh, en) = match groups::asks(item, self.group, self.kind()) {
                Ok(()) => continue,
                Err(NotAsked::Group) => ("不适用于本组", "does not apply to this group"),
                Err(NotAsked::Cycle) => ("本周期不评", "does not count in this cycle"),
            };
            items.push(NotAskedItem {
                item: item.id.clone(),
                zh: zh.to_owned(),
                en: en.to_owned(),
            });
        }
        items
    }
}
