//! What a case may look at: facts, their replay, findings, register.

use std::sync::Arc;

use jiff::civil::Date;
use model::{Catalog, Tree, UnitClass, UnitCode, envelope::Declared};
use num_rational::BigRational;

use crate::{
    SampleError,
    exact::Figure,
    facts::{Fact, Replay},
};

/// A finding of the checks from context, as far as the cases look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenFinding {
    /// Check id, such as `K95`.
    pub check: String,
    /// Codes of the units that it is about: of the whole, and of the parts if it names them.
    pub units: Vec<String>,
    /// The cell: an indicator or a sum of indicators.
    pub cell: String,
}

/// A check that was evaluated on the declared values of some units, whether it passed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenCheck {
    /// Check id, such as `K41`.
    pub check: String,
    /// Codes of the units.
    pub units: Vec<String>,
    /// Whether it passed.
    pub holds: bool,
}

/// What the cases are computed from.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// All facts of the reports.
    pub facts: &'a [Fact],
    /// The same, sorted into declared values, targets and others.
    pub replay: &'a Replay,
    /// What the checks from context found about the declared values.
    pub findings: &'a [SeenFinding],
    /// Checks and formulas that could be evaluated on the declared values.
    pub evaluated: &'a [SeenCheck],
    /// Indicators and register.
    pub catalog: &'a Catalog,
}

impl<'a> Evidence<'a> {
    /// A fact by its number.
    pub(super) fn fact(&self, id: &str) -> Result<&'a Fact, SampleError> {
        let found = self.facts.iter().find(|fact| fact.id == id);
        found.ok_or_else(|| missing(format!("fact {id}")))
    }

    /// The printed number of a fact.
    pub(super) fn number(&self, id: &str) -> Result<BigRational, SampleError> {
        Ok(self.fact(id)?.figure.exact.clone())
    }

    /// The declared value of an indicator for one unit and period.
    pub(super) fn declared(
        &self,
        indicator: &str,
        unit: &str,
        period: Option<&str>,
    ) -> Result<&'a Declared, SampleError> {
        find(&self.replay.declared, indicator, unit, period)
    }

    /// The same as a number.
    pub(super) fn value(
        &self,
        indicator: &str,
        unit: &str,
        period: Option<&str>,
    ) -> Result<BigRational, SampleError> {
        number_of(self.declared(indicator, unit, period)?)
    }

    /// A target or floor of a unit and period.
    pub(super) fn target(
        &self,
        indicator: &str,
        unit: &str,
        period: &str,
    ) -> Result<BigRational, SampleError> {
        number_of(find(&self.replay.targets, indicator, unit, Some(period))?)
    }

    /// What a report states beside a value: `increase` or `growth`.
    pub(super) fn beside(
        &self,
        indicator: &str,
        states: &str,
    ) -> Result<&'a Declared, SampleError> {
        let found =
            self.replay.beside.iter().find(|d| d.indicator == indicator && d.states == states);
        found.ok_or_else(|| missing(format!("stated {states} of {indicator}")))
    }

    /// Declared values of an indicator, of whatever unit and period.
    pub(super) fn all(&self, indicator: &str) -> impl Iterator<Item = &'a Declared> {
        let indicator = indicator.to_owned();
        self.replay.declared.iter().filter(move |d| d.indicator == indicator)
    }

    /// Whether a fact was not taken as a value of any indicator.
    pub(super) fn is_other(&self, fact: &str) -> bool {
        self.replay.others.iter().any(|other| other.fact == fact)
    }

    /// Findings of a check that name the unit.
    pub(super) fn found(&self, check: &str, unit: &str) -> Vec<&'a SeenFinding> {
        let about = |f: &&SeenFinding| f.check == check && f.units.iter().any(|u| u == unit);
        self.findings.iter().filter(about).collect()
    }

    /// Verdicts of a check on declared values of the unit; empty where it could not be evaluated.
    pub(super) fn verdicts(&self, check: &str, unit: &str) -> Vec<bool> {
        let about = |e: &&SeenCheck| e.check == check && e.units.iter().any(|u| u == unit);
        self.evaluated.iter().filter(about).map(|e| e.holds).collect()
    }

    /// Units of a class in the subtree of a unit on a day.
    pub(super) fn count(
        &self,
        unit: &str,
        day: Date,
        classes: &[UnitClass],
    ) -> Result<i64, SampleError> {
        let (tree, range) = self.subtree(unit, day)?;
        let inside = tree.nodes().filter(|node| range.contains(&node.0));
        Ok(inside.filter(|&node| classes.contains(&tree.class(node))).count() as i64)
    }

    /// The tree of a day and the nodes of a unit's subtree in it.
    pub(super) fn subtree(
        &self,
        unit: &str,
        day: Date,
    ) -> Result<(Arc<Tree>, std::ops::Range<u32>), SampleError> {
        let tree = self.catalog.register.tree(day);
        let node = unit.parse::<UnitCode>().ok().and_then(|code| tree.node(code));
        let node = node.ok_or_else(|| missing(format!("unit {unit} on {day} in the register")))?;
        let range = tree.subtree(node);
        Ok((tree, range))
    }
}

fn find<'a>(
    list: &'a [Declared],
    indicator: &str,
    unit: &str,
    period: Option<&str>,
) -> Result<&'a Declared, SampleError> {
    list.iter()
        .find(|d| d.indicator == indicator && d.units == [unit] && d.period.as_deref() == period)
        .ok_or_else(|| {
            missing(format!("{indicator} of {unit} for {}", period.unwrap_or("an unknown period")))
        })
}

/// The value of a declared total.
pub(super) fn number_of(declared: &Declared) -> Result<BigRational, SampleError> {
    Ok(Figure::parse(&declared.value, &declared.id)?.exact)
}

/// Half a unit of the last printed digit of a declared total, in the indicator's measure.
pub(super) fn precision_of(declared: &Declared) -> Result<BigRational, SampleError> {
    Ok(Figure::parse(&declared.precision, &declared.id)?.exact)
}

fn missing(what: String) -> SampleError {
    SampleError::Missing { at: "facts".to_owned(), what }
}
