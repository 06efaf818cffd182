//! Leaves out problems that only follow from another: what refers to a part that could not be read
//! is not wrong in itself.

use std::collections::BTreeSet;

use crate::Problem;

/// Parts of the definitions that could not be read, and whose problems have been reported.
#[derive(Default)]
pub(crate) struct Broken {
    /// Codes of forms without head or without indicators.
    pub(crate) forms: BTreeSet<String>,
    /// Codes of indicators.
    pub(crate) indicators: BTreeSet<String>,
    /// Whether the checks as a whole are missing.
    pub(crate) checks: bool,
}

impl Broken {
    /// Drops the problems that name a broken part as unknown.
    pub(crate) fn drop_consequences(&self, problems: &mut Vec<Problem>) {
        problems.retain(|problem| {
            let text = &problem.message_en;
            let named = |what: &str| {
                let (_, behind) = text.split_once(what)?;
                Some(behind.split_whitespace().next().unwrap_or(""))
            };
            let indicator = named("unknown indicator ").is_some_and(|code| {
                self.indicators.contains(code) || self.forms.iter().any(|f| code.starts_with(&**f))
            });
            let form = named("unknown form ").is_some_and(|code| self.forms.contains(code));
            let check = self.checks && named("unknown check ").is_some();
            !(indicator || form || check)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_a_broken_part_is_dropped() {
        let broken = Broken {
            forms: BTreeSet::from(["SA".to_owned()]),
            indicators: BTreeSet::from(["EC02".to_owned()]),
            checks: false,
        };
        let mut problems: Vec<Problem> = [
            "EC04 names unknown indicator EC02",
            "unknown indicator SA17",
            "unknown indicator EC03",
            "unknown form SA",
            "unknown form EX",
            "unknown check K12",
        ]
        .map(|en| Problem::new("f", 1, "", en))
        .into();
        broken.drop_consequences(&mut problems);
        let left: Vec<&str> = problems.iter().map(|p| p.message_en.as_str()).collect();
        assert_eq!(left, ["unknown indicator EC03", "unknown form EX", "unknown check K12"]);
    }
}
