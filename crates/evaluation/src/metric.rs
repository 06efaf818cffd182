//! Exact numerator and denominator of a metric for one unit.

use model::{
    Catalog, Figures, IndicatorIx, Node, Period, Tree,
    indicator::{Ratio, Reading, RollUpRule, Term},
    scheme::Quotient,
};
use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::{
    Inputs,
    absence::Absence,
    exact::{scaled, whole},
};

/// Reads the figures of one period.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    inputs: &'a Inputs<'a>,
    tree: &'a Tree,
    period: Period,
}

/// A measured value with its parts, in the natural measures of the indicators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quantity {
    /// Above the line.
    pub(crate) numerator: BigRational,
    /// Below the line; `None` for a value that is no quotient.
    pub(crate) denominator: Option<BigRational>,
    /// The quotient, times 100 for a percentage.
    pub(crate) value: BigRational,
    /// Whether it is a percentage.
    pub(crate) percent: bool,
    /// The one indicator above the line and its constant factor, if there is only one.
    pub(crate) step: Option<(IndicatorIx, BigRational)>,
}

/// What a quotient came to.
#[expect(clippy::large_enum_variant, reason = "one at a time, for the length of a judgement")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Measured {
    /// A value.
    Known(Quantity),
    /// The denominator is zero.
    DenZero {
        /// The numerator, if it is known.
        numerator: Option<BigRational>,
    },
    /// An operand has no value.
    Absent(Absence),
}

impl<'a> Reader<'a> {
    /// A reader of the figures of `period`, whose tree is `tree`.
    pub(crate) fn new(inputs: &'a Inputs<'a>, tree: &'a Tree, period: Period) -> Self {
        Self { inputs, tree, period }
    }

    pub(crate) fn catalog(&self) -> &'a Catalog {
        self.inputs.catalog
    }

    pub(crate) fn figures(&self) -> &'a dyn Figures {
        self.inputs.figures
    }

    pub(crate) fn tree(&self) -> &'a Tree {
        self.tree
    }

    pub(crate) fn period(&self) -> Period {
        self.period
    }

    /// The same figures and tree, another period.
    pub(crate) fn at(&self, period: Period) -> Self {
        Self { period, ..*self }
    }

    /// Name of a unit as the register prints it.
    pub(crate) fn name(&self, node: Node) -> &'a str {
        &self.inputs.catalog.register.record(self.tree.record(node)).name
    }

    /// A value in its natural measure, in the period or another.
    pub(crate) fn value(
        &self,
        node: Node,
        indicator: IndicatorIx,
        reading: Reading,
        period: Period,
    ) -> Option<BigRational> {
        let unit = self.tree.code(node);
        let units = self.inputs.figures.reading(unit, indicator, reading, period)?;
        Some(scaled(units, self.inputs.catalog.indicator(indicator).scale))
    }

    /// Measures a quotient for a unit. A denominator of zero is told before a missing numerator.
    pub(crate) fn measure(&self, node: Node, quotient: &Quotient) -> Measured {
        if let Some(lone) = quotient.lone()
            && let RollUpRule::Ratio(ratio) = &self.inputs.catalog.indicator(lone).rollup
        {
            return self.ratio(node, ratio);
        }
        let below = self.product(node, &quotient.denominator);
        let above = self.product(node, &quotient.numerator);
        let constant = BigRational::new(quotient.factor.1.into(), quotient.factor.0.into());
        let is_quotient = !quotient.denominator.is_empty() || !constant.is_one();
        let below = below.map(|product| is_quotient.then_some(product * constant));
        let step = match quotient.numerator[..] {
            [one] => Some((one, BigRational::one())),
            _ => None,
        };
        assemble(above, below, quotient.percent, step)
    }

    fn ratio(&self, node: Node, ratio: &Ratio) -> Measured {
        let below = self.sum(node, &ratio.denominator).map(Some);
        let above = self.sum(node, &ratio.numerator);
        let step = match ratio.numerator[..] {
            [one] => Some((one.indicator, whole(one.factor))),
            _ => None,
        };
        assemble(above, below, ratio.percent, step)
    }

    fn sum(&self, node: Node, terms: &[Term]) -> Result<BigRational, Absence> {
        let mut sum = BigRational::zero();
        for term in terms {
            let value = self.value(node, term.indicator, term.reading, self.period);
            let value = value.ok_or_else(|| Absence::of(self, node, term.indicator))?;
            sum += value * whole(term.factor);
        }
        Ok(sum)
    }

    fn product(&self, node: Node, indicators: &[IndicatorIx]) -> Result<BigRational, Absence> {
        let mut product = BigRational::one();
        for &indicator in indicators {
            let value = self.value(node, indicator, Reading::Value, self.period);
            product *= value.ok_or_else(|| Absence::of(self, node, indicator))?;
        }
        Ok(product)
    }
}

fn assemble(
    above: Result<BigRational, Absence>,
    below: Result<Option<BigRational>, Absence>,
    percent: bool,
    step: Option<(IndicatorIx, BigRational)>,
) -> Measured {
    let denominator = match below {
        Ok(Some(zero)) if zero.is_zero() => return Measured::DenZero { numerator: above.ok() },
        Ok(denominator) => denominator,
        Err(absence) => return Measured::Absent(absence),
    };
    let numerator = match above {
        Ok(numerator) => numerator,
        Err(absence) => return Measured::Absent(absence),
    };
    let mut value = match &denominator {
        Some(denominator) => &numerator / denominator,
        None => numerator.clone(),
    };
    if percent {
        value *= whole(100);
    }
    Measured::Known(Quantity { numerator, denominator, value, percent, step })
}

impl Quantity {
    /// The numerator at which the value would be `value`.
    pub(crate) fn numerator_for(&self, value: &BigRational) -> BigRational {
        let plain = if self.percent { value / whole(100) } else { value.clone() };
        match &self.denominator {
            Some(denominator) => plain * denominator,
            None => plain,
        }
    }
}
