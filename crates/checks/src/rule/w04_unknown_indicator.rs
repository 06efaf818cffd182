//! W04: every code of a return is an indicator of the catalogue.

use model::Finding;

use crate::says::{Says, of_format, quote};

/// The finding about a code that no form has.
pub(crate) fn found(code: &str) -> Finding {
    let code = quote(code);
    let says = Says {
        cell: code.clone(),
        zh: format!("没有指标“{code}”；请对照报表核对代码，大小写和数字须用半角"),
        en: format!(
            "there is no indicator {code:?}; compare with the form, codes are plain ASCII capitals and digits"
        ),
        found: code,
        expected: "catalog".to_owned(),
        ..Says::default()
    };
    of_format("W04", says)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{examine, ids, township_return};

    #[test]
    fn unknown_codes_are_named_wherever_they_stand() {
        for code in ["SA99", "sa11", "ＳＡ１１", "", "城市低保人数"] {
            let mut draft = township_return();
            draft.cells.push((code, "1"));
            let found = examine(&draft).findings;
            assert_eq!((ids(&found), found[0].cell.as_str()), (vec!["W04"], code));
        }
        let mut draft = township_return();
        draft.not_applicable = vec!["SA98"];
        assert_eq!(ids(&examine(&draft).findings), ["W04"]);
    }
}
