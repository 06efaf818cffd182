//! K94 核实性错误未说明: what a verify finding asks about is explained before the return is accepted.
//!
//! Explanations come with the return, by check id; who gives them and when are its signers and time.

use model::{Finding, Severity};

use crate::{intake::Submitted, says::Says};

const ID: &str = "K94";

/// Takes the explanation of a verify finding into it, or reports that there is none.
pub(crate) fn check(submitted: &Submitted<'_>, finding: &mut Finding, findings: &mut Vec<Finding>) {
    if finding.severity != Severity::Verify {
        return;
    }
    let words = submitted.sent.explanations.get(&finding.check).map(|words| words.trim());
    if let Some(words) = words.filter(|words| !words.is_empty()) {
        finding.explanation = words.to_owned();
        return;
    }
    let check = &finding.check;
    let says = Says {
        cell: finding.cell.clone(),
        found: check.clone(),
        expected: format!("explanations.{check}"),
        zh: format!("{check} 尚无说明；请改正，或在 explanations 的 {check} 下写明原因后重报"),
        en: format!(
            "{check} is not explained; correct it, or say why under {check} in explanations"
        ),
        head: None,
    };
    findings.extend(submitted.finding(ID, says));
}

#[cfg(test)]
mod tests {
    use model::Severity;

    use crate::fixture::{examine, ids, village_return, with};

    #[test]
    fn a_verify_finding_waits_for_words_and_keeps_them() {
        let mut crowded = with(village_return(), "SA02", "11");
        let silent = examine(&crowded);
        assert_eq!(ids(&silent.findings), ["K94", "K16"]);
        assert!(silent.is_refused());
        crowded.explanations = vec![("K16", "  ")];
        assert_eq!(ids(&examine(&crowded).findings), ["K94", "K16"]);
        crowded.explanations = vec![("K17", "另一项")];
        assert_eq!(ids(&examine(&crowded).findings), ["K94", "K16"]);
        crowded.explanations = vec![("K16", "两户各有六口人 ")];
        let explained = examine(&crowded);
        assert_eq!(ids(&explained.findings), ["K16"]);
        assert_eq!(explained.findings[0].explanation, "两户各有六口人");
        assert_eq!(explained.findings[0].severity, Severity::Verify);
        assert!(!explained.is_refused());
    }
}
