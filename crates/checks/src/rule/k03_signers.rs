//! K03 填表人、审核人、单位负责人: all three sign, and they are three people.

use model::{Finding, person::same_person};

use crate::{intake::Submitted, says::Says};

const ID: &str = "K03";

/// Reports each missing signer and each person who signs twice.
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
    for (i, (_, one_zh, one)) in roles.iter().enumerate() {
        for (_, other_zh, other) in &roles[i + 1..] {
            if !one.trim().is_empty() && same_person(one, other) {
                findings.extend(submitted.finding(ID, one_person(one, (one_zh, other_zh))));
            }
        }
    }
}

fn missing(role: &str, zh: &str) -> Says {
    Says {
        expected: role.to_owned(),
        zh: format!("缺{zh}；请补签后重报"),
        en: format!("no {role}; have it signed and send again"),
        ..Says::default()
    }
}

fn one_person(name: &str, (one, other): (&str, &str)) -> Says {
    Says {
        found: name.to_owned(),
        expected: "filler ≠ reviewer ≠ head".to_owned(),
        zh: format!("{one}与{other}均为{name}；请由另一人签"),
        en: format!("{name} signs twice ({one}, {other}); have someone else sign"),
        ..Says::default()
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return};

    #[test]
    fn three_people_sign() {
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
        assert!(findings[0].message_zh.contains("填表人与审核人均为张三"));
    }

    #[test]
    fn the_head_is_neither_who_filled_in_nor_who_reviewed() {
        for signers in [["甲", "乙", "甲"], ["甲", "乙", "乙"]] {
            let mut head = township_return();
            head.signers = signers;
            assert_eq!(ids(&examine(&head).findings), ["K03"], "{signers:?}");
        }
        let mut one = township_return();
        one.signers = ["甲", "甲", "甲"];
        assert_eq!(ids(&examine(&one).findings), ["K03"; 3]);
    }
}
