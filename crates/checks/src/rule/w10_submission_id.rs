//! W10: a return carries an id of its sender's choice; without one a retry cannot be recognised.

use model::Finding;

use crate::{
    intake::Submitted,
    says::{Says, of_format},
};

/// Only a blank id is wrong.
pub(crate) fn check(submitted: &Submitted<'_>) -> Option<Finding> {
    let says = || Says {
        expected: "id".to_owned(),
        zh: "没有报送编号；请给每次报送一个不重复的编号，重发时沿用".to_owned(),
        en: "there is no submission id; give each return its own, and keep it when sending again"
            .to_owned(),
        ..Says::default()
    };
    submitted.sent.id.trim().is_empty().then(|| of_format("W10", says()))
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return};

    #[test]
    fn a_return_needs_an_id() {
        let mut draft = township_return();
        draft.id = " ";
        assert_eq!(ids(&examine(&draft).findings), ["W10"]);
    }
}
