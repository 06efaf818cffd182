//! Which checks a level above may let rest for one return (例外), and findings that rest.

use model::{
    Catalog, Finding, Severity,
    check::{CheckDefinition, CheckKind},
    submission::Remark,
};

use crate::says::definition;

/// Rules without which a return has no place, cannot be read, or answers to nobody.
const INDISPENSABLE: [&str; 13] =
    ["K01", "K02", "K03", "K04", "K05", "K06", "K07", "K08", "K09", "K10", "K11", "K91", "K94"];

/// Whether a check can rest: a hard one that judges amounts, be it on the return or from context. What
/// only has to be explained is explained.
pub fn can_be_excepted(check: &CheckDefinition) -> bool {
    let judges_amounts =
        check.kind == CheckKind::Formula || !INDISPENSABLE.contains(&check.id.as_str());
    check.severity == Severity::Hard && judges_amounts
}

/// Writes into findings who let their checks rest. They stay, and block nothing.
pub fn apply(catalog: &Catalog, exceptions: &[Remark], findings: &mut [Finding]) {
    if exceptions.is_empty() {
        return;
    }
    for finding in findings {
        let rests = exceptions.iter().find(|one| one.check == finding.check);
        let may = definition(catalog, &finding.check).is_some_and(can_be_excepted);
        if let (Some(rests), true) = (rests, may) {
            finding.exception.clone_from(&rests.words);
        }
    }
}

#[cfg(test)]
mod tests {
    use model::submission::KeyHistory;

    use super::*;
    use crate::fixture::{catalog, examine_with, ids, standards_return, township_return};

    fn history(check: &str) -> KeyHistory {
        let words = "市局 丁，2023-02-03：系统尚未升级".to_owned();
        let exceptions = vec![Remark { check: check.to_owned(), words }];
        KeyHistory { exceptions, ..KeyHistory::default() }
    }

    #[test]
    fn what_rests_is_found_and_blocks_nothing() {
        let mut broken = standards_return();
        broken.form = "MR";
        broken.cells = vec![("MR01", "3"), ("MR02", "1"), ("MR03", "5")];
        let refused = examine_with(&broken, KeyHistory::default());
        assert_eq!((ids(&refused.findings), refused.is_refused()), (vec!["K39"], true));
        let rests = examine_with(&broken, history("K39"));
        assert_eq!((ids(&rests.findings), rests.is_refused()), (vec!["K39"], false));
        assert!(rests.findings[0].exception.starts_with("市局"));
        let another = examine_with(&broken, history("K41"));
        assert!(another.is_refused(), "an exception is for one check");
    }

    #[test]
    fn what_gives_a_return_its_place_never_rests() {
        let hard = |definition: &&CheckDefinition| {
            definition.kind == CheckKind::Formula && definition.severity == Severity::Hard
        };
        let catalog = catalog();
        assert!(catalog.checks.iter().filter(hard).all(can_be_excepted));
        let can = |id: &str| definition(&catalog, id).map(can_be_excepted);
        assert_eq!([can("K85"), can("K04"), can("K16")], [Some(true), Some(false), Some(false)]);
        let mut broken = township_return();
        broken.signers = ["甲", "甲", "丙"];
        let found = examine_with(&broken, history("K03"));
        assert_eq!(ids(&found.findings), ["K03"]);
        assert!(found.is_refused(), "who signs is no amount");
        assert_eq!(found.findings[0].exception, "");
    }
}
