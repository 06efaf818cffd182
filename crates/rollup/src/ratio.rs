//! Ratios: the sum of the numerators by the sum of the denominators, taken last and rounded once.

use std::sync::Arc;

use model::{
    Node, Period,
    amount::divide_half_up,
    indicator::{Ratio, Term},
};

use crate::{State, atlas::Ground, coverage::Shared, source::Source};

/// The parts of one ratio for one period on one tree.
#[derive(Debug)]
pub(crate) struct Quotient<'a> {
    numerator: Vec<(Source<'a>, i128)>,
    denominator: Vec<(Source<'a>, i128)>,
    percent: bool,
    scale: u8,
}

impl Quotient<'_> {
    /// Numerator and denominator at one scale, before the factor 100; `None` if a part is missing.
    pub(crate) fn parts(&self, node: Node) -> Option<(i128, i128)> {
        Some((sum(&self.numerator, node)?, sum(&self.denominator, node)?))
    }

    /// The rounded quotient; `None` if a part is missing or the denominator is 0.
    pub(crate) fn at(&self, node: Node) -> Option<i128> {
        self.round(self.parts(node)?)
    }

    /// The rounded quotients of many units.
    pub(crate) fn column(&self, nodes: &[Node], shared: &Shared) -> Vec<Option<i128>> {
        let numerators = sums(&self.numerator, nodes, shared);
        let denominators = sums(&self.denominator, nodes, shared);
        let pairs = numerators.into_iter().zip(denominators);
        pairs.map(|(numerator, denominator)| self.round((numerator?, denominator?))).collect()
    }

    fn round(&self, (numerator, denominator): (i128, i128)) -> Option<i128> {
        let factor = if self.percent { 100 } else { 1 };
        divide_half_up(numerator.checked_mul(factor)?, denominator, self.scale).map(i128::from)
    }
}

fn sum(terms: &[(Source<'_>, i128)], node: Node) -> Option<i128> {
    terms.iter().try_fold(0i128, |sum, (source, factor)| {
        sum.checked_add(source.at(node)?.checked_mul(*factor)?)
    })
}

fn sums(terms: &[(Source<'_>, i128)], nodes: &[Node], shared: &Shared) -> Vec<Option<i128>> {
    let mut sums = vec![Some(0i128); nodes.len()];
    for (source, factor) in terms {
        for (sum, value) in sums.iter_mut().zip(source.column(nodes, shared)) {
            let add = |sum: i128| sum.checked_add(value?.checked_mul(*factor)?);
            *sum = sum.and_then(add);
        }
    }
    sums
}

impl State {
    /// Readings of all terms, with factors that bring them to the finest scale among them.
    pub(crate) fn quotient<'a>(
        &'a self,
        ratio: &Ratio,
        scale: u8,
        period: Period,
        ground: &Arc<Ground>,
        depth: u8,
    ) -> Quotient<'a> {
        let scale_of = |term: &Term| self.catalog.indicator(term.indicator).scale;
        let terms = ratio.numerator.iter().chain(&ratio.denominator);
        let finest = terms.map(scale_of).max().unwrap_or(0);
        let part = |terms: &[Term]| {
            let reading = |term: &Term| {
                let up = 10i128.pow(u32::from(finest - scale_of(term)));
                let source = self.source(term.indicator, term.reading, period, ground, depth);
                (source, i128::from(term.factor) * up)
            };
            terms.iter().map(reading).collect()
        };
        let (numerator, denominator) = (part(&ratio.numerator), part(&ratio.denominator));
        Quotient { numerator, denominator, percent: ratio.percent, scale }
    }
}
