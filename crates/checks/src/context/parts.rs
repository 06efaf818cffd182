//! Parts against wholes: what units below report together can never exceed what the unit above
//! declares, since none of these numbers is negative. K86 and K95 differ in the periods only.

use std::{collections::BTreeSet, sync::Arc};

use model::{
    Figures, IndicatorIx, Node, Period, Tree, UnitCode, check::CheckDefinition, indicator::Kind,
};

use super::{Scene, codes, list};
use crate::{
    declared::{Bound, DeclaredTotal},
    exact::Exact,
};

/// A declared whole: one declaration, or several of the same units and period that make up the
/// sum which a part declares.
pub(crate) struct Whole {
    pub(crate) units: Vec<UnitCode>,
    pub(crate) period: Period,
    pub(crate) terms: Vec<IndicatorIx>,
    pub(crate) value: Exact,
    precision: Exact,
}

/// The strongest part below a whole in one period.
pub(crate) struct Part {
    pub(crate) period: Period,
    /// Units whose values it is made of.
    pub(crate) units: Vec<UnitCode>,
    pub(crate) value: Exact,
    precision: Exact,
}

/// A value with its uncertainty.
#[derive(Clone, Copy)]
struct Measured {
    value: Exact,
    precision: Exact,
}

impl Measured {
    fn plus(self, other: Measured) -> Option<Measured> {
        Some(Measured {
            value: self.value.plus(other.value)?,
            precision: self.precision.plus(other.precision)?,
        })
    }

    /// The least that it can be.
    fn least(self) -> Option<Exact> {
        self.value.minus(self.precision)
    }

    /// The stronger of two, by the least that each can be.
    fn stronger(one: Option<Measured>, other: Option<Measured>) -> Option<Measured> {
        let (Some(a), Some(b)) = (one, other) else { return one.or(other) };
        let order = a.least().zip(b.least()).and_then(|(a, b)| a.compare(b));
        if order.is_some_and(|order| order.is_lt()) { other } else { one }
    }
}

impl Part {
    /// Whether it exceeds the whole beyond both printed precisions.
    pub(crate) fn exceeds(&self, whole: &Whole) -> bool {
        let least = self.value.minus(self.precision);
        let most = whole.value.plus(whole.precision);
        let order = least.zip(most).and_then(|(least, most)| least.compare(most));
        order.is_some_and(|order| order.is_gt())
    }

    /// By how much, in the whole's measure.
    pub(crate) fn excess(&self, whole: &Whole) -> Exact {
        self.value.minus(whole.value).unwrap_or(Exact::ZERO)
    }
}

/// Every whole that `check` looks at and whose terms are all of a kind that `kinds` accepts.
pub(crate) fn wholes(
    scene: Scene<'_>,
    check: &CheckDefinition,
    kinds: impl Fn(Kind) -> bool,
) -> Vec<Whole> {
    let usable = |d: &&DeclaredTotal| {
        d.is_actual_value() && d.terms.iter().all(|&t| kinds(scene.catalog.indicator(t).kind))
    };
    let upper = |d: &&DeclaredTotal| matches!(d.bound(), Bound::Exact | Bound::AtMost);
    let candidates: Vec<&DeclaredTotal> = scene.declared.iter().filter(usable).collect();
    let term_sets: BTreeSet<&[IndicatorIx]> = candidates.iter().map(|d| &d.terms[..]).collect();
    let places: BTreeSet<(&[UnitCode], Period)> =
        candidates.iter().filter_map(|d| Some((&d.units[..], d.period?))).collect();
    let mut wholes = Vec::new();
    for (units, period) in places {
        if !scene.looks_at(check, units, period) {
            continue;
        }
        let there = |d: &&&DeclaredTotal| d.units == units && d.period == Some(period);
        let declared: Vec<&DeclaredTotal> =
            candidates.iter().filter(there).copied().filter(upper).collect();
        for terms in &term_sets {
            let together = declared.iter().any(|d| d.terms == *terms);
            if !together && !declared_below(scene, &candidates, units, period, terms) {
                continue;
            }
            let Some(Measured { value, precision }) = whole_of(&declared, terms) else { continue };
            wholes.push(Whole {
                units: units.to_vec(),
                period,
                terms: terms.to_vec(),
                value,
                precision,
            });
        }
    }
    wholes
}

/// Whether units inside `units` declare exactly these terms, in whatever period.
fn declared_below(
    scene: Scene<'_>,
    candidates: &[&DeclaredTotal],
    units: &[UnitCode],
    period: Period,
    terms: &[IndicatorIx],
) -> bool {
    let tree = scene.figures.tree(period);
    let above: Vec<Node> = units.iter().filter_map(|&unit| tree.node(unit)).collect();
    let inside = |&unit: &UnitCode| {
        tree.node(unit).is_some_and(|n| above.iter().any(|&a| tree.subtree(a).contains(&n.0)))
    };
    candidates.iter().any(|d| d.terms == terms && d.units != units && d.units.iter().all(inside))
}

/// What the declarations of one place say about exactly these terms: the highest of those that
/// name them together, else the sum of those that name some of them each.
fn whole_of(declared: &[&DeclaredTotal], terms: &[IndicatorIx]) -> Option<Measured> {
    let together = declared.iter().filter(|d| d.terms == terms).map(|d| measured(d));
    let together = together.fold(None, |best, next| Measured::stronger(best, Some(next)));
    together.or_else(|| {
        let mut open: BTreeSet<IndicatorIx> = terms.iter().copied().collect();
        let sum = sum_of(declared, &mut open)?;
        open.is_empty().then_some(sum)
    })
}

/// Adds declarations whose terms are all still open, longest first, and takes them out of `open`.
fn sum_of(declared: &[&DeclaredTotal], open: &mut BTreeSet<IndicatorIx>) -> Option<Measured> {
    let mut longest_first: Vec<&&DeclaredTotal> = declared.iter().collect();
    longest_first.sort_by_key(|d| (std::cmp::Reverse(d.terms.len()), &d.terms));
    let mut total = None::<Measured>;
    for declared in longest_first {
        if declared.terms.iter().all(|term| open.contains(term)) {
            declared.terms.iter().for_each(|term| {
                open.remove(term);
            });
            let next = measured(declared);
            total = Some(total.map_or(Some(next), |so_far| so_far.plus(next))?);
        }
    }
    total
}

fn measured(declared: &DeclaredTotal) -> Measured {
    Measured { value: declared.exact_value(), precision: declared.exact_precision() }
}

/// The strongest part of `whole` in `period`: values of its children that were rolled up or
/// declared, and lists of units below that were declared together.
pub(crate) fn strongest(scene: Scene<'_>, whole: &Whole, period: Period) -> Option<Part> {
    let below = Below::new(scene, whole, period)?;
    let mut best = below.with(None);
    for list in below.lists() {
        let next = below.with(Some(&list));
        best = match (best, next) {
            (Some(a), Some(b)) => {
                let order = a.measured().least().zip(b.measured().least());
                let less = order.and_then(|(a, b)| a.compare(b)).is_some_and(|o| o.is_lt());
                Some(if less { b } else { a })
            }
            (a, b) => a.or(b),
        };
    }
    best
}

impl Part {
    fn measured(&self) -> Measured {
        Measured { value: self.value, precision: self.precision }
    }
}

/// The units below a whole, in the tree of the part's period.
struct Below<'a> {
    scene: Scene<'a>,
    whole: &'a Whole,
    period: Period,
    tree: Arc<Tree>,
    /// Children of the unit; of a declared list the units of the list themselves.
    children: Vec<Node>,
    /// Declared for this period and some of the whole's terms, and no upper bound or guess.
    declared: Vec<&'a DeclaredTotal>,
}

impl<'a> Below<'a> {
    fn new(scene: Scene<'a>, whole: &'a Whole, period: Period) -> Option<Self> {
        let tree = scene.figures.tree(period);
        let nodes: Vec<_> = whole.units.iter().filter_map(|&unit| tree.node(unit)).collect();
        let children = match nodes[..] {
            [] => return None,
            [unit] => tree.children(unit).collect(),
            _ => nodes,
        };
        let lower = |d: &&DeclaredTotal| {
            d.is_actual_value()
                && d.period == Some(period)
                && matches!(d.bound(), Bound::Exact | Bound::AtLeast)
                && d.terms.iter().all(|term| whole.terms.contains(term))
        };
        let declared = scene.declared.iter().filter(lower).collect();
        Some(Self { scene, whole, period, tree, children, declared })
    }

    /// Lists of units, and single units below the children, that declared something: each list
    /// lies inside the whole and is not the whole itself.
    fn lists(&self) -> BTreeSet<Vec<UnitCode>> {
        let direct = |units: &[UnitCode]| matches!(units, [unit] if self.tree.node(*unit).is_some_and(|n| self.children.contains(&n)));
        let inside = |units: &[UnitCode]| {
            units != self.whole.units
                && units.iter().all(|&unit| {
                    self.tree.node(unit).is_some_and(|node| {
                        self.children.iter().any(|&c| self.tree.subtree(c).contains(&node.0))
                    })
                })
        };
        let units = self.declared.iter().map(|d| &d.units[..]);
        units.filter(|units| inside(units) && !direct(units)).map(<[_]>::to_vec).collect()
    }

    /// The declared list, if one is given, and the best of every child that it does not touch.
    fn with(&self, list: Option<&[UnitCode]>) -> Option<Part> {
        let mut units = Vec::new();
        let mut total = None;
        if let Some(list) = list {
            total = Some(self.declared_by(list)?);
            units.extend_from_slice(list);
        }
        let touched = |child: Node| {
            let listed = list.unwrap_or_default().iter().filter_map(|&unit| self.tree.node(unit));
            listed.into_iter().any(|node| self.tree.subtree(child).contains(&node.0))
        };
        for &child in self.children.iter().filter(|&&child| !touched(child)) {
            let unit = self.tree.code(child);
            let declared = self.declared_by(&[unit]);
            let Some(best) = Measured::stronger(declared, self.rolled_up(unit)) else { continue };
            total = Some(match total {
                Some(so_far) => Measured::plus(so_far, best)?,
                None => best,
            });
            units.push(unit);
        }
        let Measured { value, precision } = total?;
        Some(Part { period: self.period, units, value, precision })
    }

    fn declared_by(&self, units: &[UnitCode]) -> Option<Measured> {
        // A declaration of the whole itself, when the whole is a list of one child, is no part.
        if units == self.whole.units && self.period == self.whole.period {
            return None;
        }
        let by: Vec<&DeclaredTotal> =
            self.declared.iter().copied().filter(|d| d.units == units).collect();
        sum_of(&by, &mut self.whole.terms.iter().copied().collect())
    }

    /// The sum of those terms that the roll-up has; what is missing can only add to it.
    fn rolled_up(&self, unit: UnitCode) -> Option<Measured> {
        let figures: &dyn Figures = self.scene.figures;
        let values = self
            .whole
            .terms
            .iter()
            .filter_map(|&term| figures.value(unit, term, self.period).map(Exact::from));
        let mut total = None::<Exact>;
        for value in values {
            total = Some(total.map_or(Some(value), |so_far| so_far.plus(value))?);
        }
        total.map(|value| Measured { value, precision: Exact::ZERO })
    }
}

/// The comparison as text: `6269.096 (2020-09, 6: 410404000000+…) > 5524.54 (2020-10, 410400000000)`.
pub(crate) fn compared(scene: Scene<'_>, whole: &Whole, part: &Part) -> String {
    let sign = if part.exceeds(whole) { '>' } else { '≤' };
    format!(
        "{} {} {} {} {sign} {} {} {}",
        codes(scene.catalog, &whole.terms),
        shortened(&part.units),
        part.period,
        part.value,
        shortened(&whole.units),
        whole.period,
        whole.value
    )
}

/// Up to six units by code, of more the first three and the count.
pub(crate) fn shortened(units: &[UnitCode]) -> String {
    if units.len() <= 6 {
        return list(units);
    }
    format!("{}+…({})", list(&units[..3]), units.len())
}
