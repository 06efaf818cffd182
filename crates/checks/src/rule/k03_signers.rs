//! K03 填表人、审核人、单位负责人: all three sign, and who fills in does not review.

use model::Finding;

use crate::{intake::Submitted, says::Says};

const ID: &str = "K03";

/// Reports each missing signer and a filler who reviews.
pub(crate) fn check(submitted: &Submitted<'_>, findings: &mut Vec<Finding>) {
    let signers = &submitted.sent.signers;
    let roles = [
        ("filler", "填表人", signers.filler.as_ref()),
        ("reviewer", "审核人", signers.reviewer.as_ref()),
        ("head", "单位负责人", signers.head.as_ref()),
    ];
    for (role, zh, name) in roles {
        if name.trim().is_empty() {
            findings.extend(submitted.finding(ID, missing(role, zh)));
        }
    }
    if !signers.filler.trim().is_empty() && same_person(&signers.filler, &signers.reviewer) {
        findings.extend(submitted.finding(ID, one_person(&signers.filler)));
    }
}

/// Spaces inside a name (张 三) do not make another person.
fn same_person(one: &str, other: &str) -> bool {
    let letters = |name: &'_ str| name.chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>();
    one == other
        || (one.contains(char::is_whitespace) || other.contains(char::is_whitespace))
            && letters(one) == letters(other)
}

fn missing(role: &str, zh: &str) -> Says {
    Says {
        expected: role.to_owned(),
        zh: format!("缺{zh}；请补签后重报"),
        en: format!("no {role}; have it signed and send again"),
        ..Says::default()
    }
}

fn one_person(name: &str) -> Says {
    Says {
        found: name.to_owned(),
        expected: "filler ≠ reviewer".to_owned(),
        zh: format!("填表人与审核人均为{name}；请由另一人审核"),
        en: format!("{name} both filled in and reviewed; have someone else review"),
        ..Says::default()
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return};

    #[test]
    fn three_signers_of_whom_two_differ() {
        assert_eq!(ids(&examine(&township_return()).findings), [""; 0]);
        let mut missing = township_return();
        missing.signers = ["甲", "乙", " "];
        assert_eq!(ids(&examine(&missing).findings), ["K03"]);
        let mut nobody = township_return();
        nobody.signers = ["", "", ""];
        assert_eq!(ids(&examine(&nobody).findings), ["K03"; 3]);
        let mut same = township_return();
        same.signers = ["张三", "张 三", "丙"];
        let findings = examine(&same).findings;
        assert_eq!(ids(&findings), ["K03"]);
        assert!(findings[0].message_zh.contains("另一人审核"));
    }

    #[test]
    fn the_head_may_have_filled_in() {
        let mut head = township_return();
        head.signers = ["甲", "乙", "甲"];
        assert!(examine(&head).findings.is_empty());
    }
}
