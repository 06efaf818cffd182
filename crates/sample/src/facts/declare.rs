//! From a fact to a declared total: the value in the indicator's measure, with its precision.

use model::envelope::{Declared, WIRE_VERSION};
use num_rational::BigRational;

use crate::{
    SampleError,
    exact::{Figure, plain},
    facts::Fact,
};

/// The fact as a value of its indicator.
pub(super) fn value(fact: &Fact) -> Result<Declared, SampleError> {
    let at = format!("fixtures/fact-map.csv, {}: factor", fact.id);
    let factor = Figure::parse(&fact.factor, &at)?.exact;
    Ok(envelope(fact, &fact.indicator, "value", &fact.role, &factor))
}

/// The fact as an increase or a growth rate that stands beside a value of `indicator`.
pub(super) fn beside(fact: &Fact, indicator: &str, states: &str) -> Result<Declared, SampleError> {
    let one = Figure::parse("1", "factor")?.exact;
    Ok(envelope(fact, indicator, states, "actual", &one))
}

fn envelope(
    fact: &Fact,
    indicator: &str,
    states: &str,
    role: &str,
    factor: &BigRational,
) -> Declared {
    Declared {
        wire: WIRE_VERSION,
        id: format!("historical-{}", fact.id),
        units: fact.units.clone(),
        indicator: indicator.to_owned(),
        states: states.to_owned(),
        role: role.to_owned(),
        period: (!fact.period.is_empty()).then(|| fact.period.clone()),
        dated: fact.dated.clone(),
        value: plain(&(&fact.figure.exact * factor)),
        qualifier: fact.qualifier.clone(),
        stated: format!("{} {}", fact.printed, fact.measure).trim_end().to_owned(),
        precision: plain(&(fact.figure.half_unit() * factor)),
        submitted_at: fact.handed_in.clone(),
        signer: String::new(),
        source: "historical".to_owned(),
        reference: format!("《{}》#{}", fact.document, fact.id),
    }
}
