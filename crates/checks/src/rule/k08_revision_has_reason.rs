//! K08 修订无原因或无签字: a correction says why, and someone answers for it.

use model::Finding;

use crate::{intake::Submitted, says::Says};

const ID: &str = "K08";

/// Looks at revisions above 1 only.
pub(crate) fn check(submitted: &Submitted<'_>, findings: &mut Vec<Finding>) {
    let sent = submitted.sent;
    if sent.revision <= 1 {
        return;
    }
    let revision = sent.revision;
    if sent.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        let zh = format!("第 {revision} 版没有修订原因；请写明改了什么、为什么");
        let en = format!("revision {revision} gives no reason; say what changed and why");
        findings.extend(
            submitted.finding(ID, Says { expected: "reason".into(), zh, en, ..Says::default() }),
        );
    }
    let signers = [&sent.signers.filler, &sent.signers.reviewer, &sent.signers.head];
    if signers.iter().all(|name| name.trim().is_empty()) {
        let zh = format!("第 {revision} 版无人签字；请签字后重报");
        let en = format!("revision {revision} has no signer; have it signed and send again");
        findings.extend(
            submitted.finding(ID, Says { expected: "signer".into(), zh, en, ..Says::default() }),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return};

    #[test]
    fn a_correction_says_why_and_a_first_return_need_not() {
        let mut correction = township_return();
        correction.revision = 2;
        assert_eq!(ids(&examine(&correction).findings), ["K08"]);
        correction.reason = Some(" ");
        assert_eq!(ids(&examine(&correction).findings), ["K08"]);
        correction.reason = Some("漏报一户");
        assert!(examine(&correction).findings.is_empty());
        correction.signers = ["", "", ""];
        assert_eq!(ids(&examine(&correction).findings), ["K03", "K03", "K03", "K08"]);
    }
}
