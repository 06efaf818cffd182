//! W03: revisions are counted from 1 on.

use model::Finding;

use crate::{
    intake::Submitted,
    says::{Says, of_format},
};

/// Only 0 is wrong: a gap in the numbers is no mistake, the highest accepted one counts.
pub(crate) fn check(submitted: &Submitted<'_>) -> Option<Finding> {
    let says = || Says {
        found: "0".to_owned(),
        expected: "≥ 1".to_owned(),
        zh: "版次为 0；首次报送写 1，每更正一次加 1".to_owned(),
        en: "the revision is 0; write 1 for the first and one more for each correction".to_owned(),
        ..Says::default()
    };
    (submitted.sent.revision == 0).then(|| of_format("W03", says()))
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return};

    #[test]
    fn there_is_no_revision_0() {
        let mut draft = township_return();
        draft.revision = 0;
        assert_eq!(ids(&examine(&draft).findings), ["W03"]);
    }
}
