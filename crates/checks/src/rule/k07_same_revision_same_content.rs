//! K07 同一修订号内容不一致: one revision has one content for ever.

use model::Finding;

use crate::{intake::Submitted, says::Says};

const ID: &str = "K07";

/// The ledger says that this revision was seen before with other content.
pub(crate) fn check(submitted: &Submitted<'_>) -> Option<Finding> {
    if !submitted.history.conflicts {
        return None;
    }
    let revision = submitted.sent.revision;
    let says = Says {
        found: revision.to_string(),
        expected: format!("> {revision}"),
        zh: format!("第 {revision} 版已收到过，内容不同；更正请用更高的版次并写明原因"),
        en: format!(
            "revision {revision} came in before with other content; send a correction under a higher revision with its reason"
        ),
        ..Says::default()
    };
    submitted.finding(ID, says)
}

#[cfg(test)]
mod tests {
    use model::submission::KeyHistory;

    use crate::fixture::{examine_with, ids, township_return};

    #[test]
    fn a_conflict_of_the_key_is_refused() {
        let conflict = KeyHistory { conflicts: true, ..KeyHistory::default() };
        let found = examine_with(&township_return(), conflict).findings;
        assert_eq!(ids(&found), ["K07"]);
        assert!(found[0].message_en.contains("revision 1"));
        assert!(examine_with(&township_return(), KeyHistory::default()).findings.is_empty());
    }
}
