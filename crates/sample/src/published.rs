//! Published tables of real bureaus, and the identities among their figures.
//!
//! Each identity is computed again from the printed figures: sums and parts with their tolerance,
//! percentages half-up at two decimals.

use std::collections::HashMap;

use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde::Deserialize;

use crate::{
    SampleError,
    exact::{Figure, half_up, percent, plain},
    fixture::rows,
};

const TABLES: &str = "fixtures/published-tables.csv";
const IDENTITIES: &str = "fixtures/identities.csv";

/// One printed line of a published table.
#[derive(Clone, Debug, Deserialize)]
pub struct Line {
    /// Table, `P01` to `P20`.
    pub source_id: String,
    /// Where it was published.
    pub source_url: String,
    /// Unit as printed.
    pub unit_name: String,
    /// Its code, as far as it is known.
    pub unit_code: String,
    /// Period as printed or inferred.
    pub period: String,
    /// Form number or name.
    pub form: String,
    /// Code of the line, where one is printed.
    pub indicator_code: String,
    /// Name of the line.
    pub indicator_zh: String,
    /// Measure as printed.
    pub unit_of_measure: String,
    /// Value of the period.
    pub value: String,
    /// What the earlier value is (上季度, 上年同期, …).
    pub prev_kind: String,
    /// Earlier value.
    pub prev_value: String,
    /// Printed change in percent.
    pub published_change_pct: String,
    /// Value of the month before.
    pub last_month_value: String,
    /// Name of the line that this one is a part of.
    pub parent_line: String,
}

impl Line {
    fn column(&self, column: &str) -> Option<&str> {
        match column {
            "value" => Some(&self.value),
            "prev_value" => Some(&self.prev_value),
            "last_month_value" => Some(&self.last_month_value),
            "published_change_pct" => Some(&self.published_change_pct),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct Identity {
    identity_id: String,
    kind: String,
    source_id: String,
    unit_name: String,
    period: String,
    column: String,
    whole: String,
    parts: String,
    relation: String,
    tolerance: String,
    holds: bool,
    difference: String,
}

/// What an identity comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityResult {
    /// `S001` to `S095`, `G001` to `G145`, `C001` to `C104`.
    pub id: String,
    /// `sum`, `part` or `percentage`.
    pub kind: String,
    /// Whether it holds within its tolerance, as computed here.
    pub holds_computed: bool,
    /// Whole minus parts; for a percentage computed minus printed.
    pub difference: String,
    /// Whether verdict and difference are those of the file.
    pub as_file_says: bool,
}

/// All printed lines.
pub fn lines() -> Result<Vec<Line>, SampleError> {
    rows(TABLES, include_str!("../fixtures/published-tables.csv"))
}

/// Computes every identity again.
pub fn verify() -> Result<Vec<IdentityResult>, SampleError> {
    let lines = lines()?;
    let mut tables: HashMap<(&str, &str, &str), Vec<&Line>> = HashMap::new();
    for line in &lines {
        let table = (line.source_id.as_str(), line.unit_name.as_str(), line.period.as_str());
        tables.entry(table).or_default().push(line);
    }
    let identities: Vec<Identity> = rows(IDENTITIES, include_str!("../fixtures/identities.csv"))?;
    identities
        .iter()
        .map(|identity| {
            let table = (
                identity.source_id.as_str(),
                identity.unit_name.as_str(),
                identity.period.as_str(),
            );
            let lines = tables.get(&table).map_or(&[][..], Vec::as_slice);
            Table { lines, identity }.judge()
        })
        .collect()
}

/// One identity with the lines of its table.
struct Table<'a> {
    lines: &'a [&'a Line],
    identity: &'a Identity,
}

impl Table<'_> {
    fn at(&self) -> String {
        format!("{IDENTITIES}, {}", self.identity.identity_id)
    }

    fn judge(&self) -> Result<IdentityResult, SampleError> {
        let (difference, least, most) = match self.identity.relation.as_str() {
            "=" if self.identity.kind == "percentage" => (self.percentage()?, true, true),
            "=" => (self.difference()?, true, true),
            ">=" => (self.difference()?, true, false),
            other => {
                return Err(SampleError::Word {
                    at: self.at(),
                    found: other.to_owned(),
                    expected: "= or >=",
                });
            }
        };
        let tolerance = Figure::parse(&self.identity.tolerance, &self.at())?.exact;
        let holds =
            (!least || difference >= -tolerance.clone()) && (!most || difference <= tolerance);
        let in_file = Figure::parse(&self.identity.difference, &self.at())?.exact;
        // The file prints the distance of a sum without its sign.
        let same = if most { difference.abs() == in_file.abs() } else { difference == in_file };
        Ok(IdentityResult {
            id: self.identity.identity_id.clone(),
            kind: self.identity.kind.clone(),
            holds_computed: holds,
            difference: plain(&difference),
            as_file_says: same && holds == self.identity.holds,
        })
    }

    /// Whole minus the sum of its parts.
    fn difference(&self) -> Result<BigRational, SampleError> {
        let column = &self.identity.column;
        let whole = self.figure(self.line(&self.identity.whole, None)?, column)?;
        let mut parts = BigRational::zero();
        for part in self.identity.parts.split(" + ") {
            parts += self.figure(self.line(part, Some(&self.identity.whole))?, column)?;
        }
        Ok(whole - parts)
    }

    /// Growth of the value over the earlier one, half-up at two decimals, minus the printed one.
    fn percentage(&self) -> Result<BigRational, SampleError> {
        let line = self.line(&self.identity.whole, None)?;
        let value = self.figure(line, "value")?;
        let earlier = self.figure(line, "prev_value")?;
        let printed = self.figure(line, &self.identity.column)?;
        let growth = percent(&(value - &earlier), &earlier).ok_or_else(|| {
            SampleError::Missing { at: self.at(), what: "an earlier value other than 0".to_owned() }
        })?;
        Ok(Figure::parse(&half_up(&growth, 2), &self.at())?.exact - printed)
    }

    /// The line with this code or name. Where groups of two totals carry the same name (#女性), the
    /// one below `whole` is meant.
    fn line(&self, name: &str, whole: Option<&str>) -> Result<&Line, SampleError> {
        let named = |line: &&&Line| line.indicator_code == name || line.indicator_zh == name;
        let below = |line: &&&Line| whole.is_some_and(|whole| line.parent_line == whole);
        self.lines
            .iter()
            .find(|line| named(line) && below(line))
            .or_else(|| self.lines.iter().find(named))
            .copied()
            .ok_or_else(|| SampleError::Missing { at: self.at(), what: format!("line {name}") })
    }

    fn figure(&self, line: &Line, column: &str) -> Result<BigRational, SampleError> {
        let at = format!("{TABLES}, {} {}: {column}", line.source_id, line.indicator_zh);
        let text = line.column(column).ok_or_else(|| SampleError::Word {
            at: self.at(),
            found: column.to_owned(),
            expected: "value, prev_value, last_month_value or published_change_pct",
        })?;
        Ok(Figure::parse(text, &at)?.exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identity_comes_out_as_the_file_says() {
        let results = verify().unwrap();
        let of = |kind: &str| results.iter().filter(|r| r.kind == kind).count();
        assert_eq!((results.len(), of("sum"), of("part"), of("percentage")), (344, 95, 145, 104));
        assert_eq!(lines().unwrap().len(), 508);
        let wrong: Vec<_> = results.iter().filter(|r| !r.as_file_says).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        let broken: Vec<_> = results.iter().filter(|r| !r.holds_computed).collect();
        assert_eq!(broken.len(), 1, "{broken:?}");
        assert_eq!((broken[0].id.as_str(), broken[0].difference.as_str()), ("S004", "649.7"));
        let rounded = results.iter().find(|r| r.id == "S095").unwrap();
        assert!(rounded.holds_computed && rounded.difference == "0.1");
    }

    fn table_of(value: &str, printed: &str, tolerance: &str) -> (Vec<Line>, Identity) {
        let mut lines: Vec<Line> =
            lines().unwrap().into_iter().filter(|l| l.source_id == "P19").take(2).collect();
        lines[0].value = value.to_owned();
        lines[0].prev_value = "100".to_owned();
        lines[0].published_change_pct = printed.to_owned();
        let identity = Identity {
            identity_id: "X1".into(),
            kind: "percentage".into(),
            source_id: "P19".into(),
            unit_name: String::new(),
            period: String::new(),
            column: "published_change_pct".into(),
            whole: lines[0].indicator_zh.clone(),
            parts: String::new(),
            relation: "=".into(),
            tolerance: tolerance.into(),
            holds: true,
            difference: "0".into(),
        };
        (lines, identity)
    }

    #[test]
    fn a_percentage_that_is_off_by_its_last_digit_is_found() {
        for (printed, holds) in [("12.35", true), ("12.34", false), ("12.36", false)] {
            let (lines, identity) = table_of("112.345", printed, "0");
            let lines: Vec<&Line> = lines.iter().collect();
            let result = Table { lines: &lines, identity: &identity }.judge().unwrap();
            assert_eq!(result.holds_computed, holds, "{printed}");
            assert_eq!(result.as_file_says, holds, "{printed}");
        }
    }
}
