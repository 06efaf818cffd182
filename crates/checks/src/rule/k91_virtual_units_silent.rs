//! K91 虚拟单位不应填报: virtual villages, quasi units and other containers of the register report
//! only the forms that ask them.

use model::{Catalog, Finding, FormIx, Node, Tree};

use crate::says::{Says, indispensable};

const ID: &str = "K91";
const HEADS: (&str, &str) = ("虚拟单位不应填报", "virtual unit must not report");

/// The finding about a unit whose class the form leaves out.
pub(crate) fn check(
    catalog: &Catalog,
    form: FormIx,
    (tree, node): (&Tree, Node),
) -> Option<Finding> {
    let (form, class, unit) = (catalog.form(form), tree.class(node), tree.code(node));
    if form.asks(class) {
        return None;
    }
    let (code, class) = (&form.code, class.name());
    let says = Says {
        found: format!("{unit} {class}"),
        expected: "—".to_owned(),
        zh: format!("{unit} 为 {class} 类单位，不填 {code}；无需报送"),
        en: format!("{unit} is of class {class}, which does not report {code}; nothing is due"),
        ..Says::default()
    };
    Some(indispensable(catalog, ID, HEADS, says))
}

#[cfg(test)]
mod tests {
    use crate::fixture::{ids, intake, sent, village_return};

    #[test]
    fn classes_that_the_form_leaves_out() {
        let mut quasi = village_return();
        quasi.unit = "410421100498";
        let findings = intake().resolve(&sent(&quasi)).unwrap_err();
        assert_eq!(ids(&findings), ["K91"]);
        assert!(findings[0].message_en.contains("class quasi"));
        quasi.unit = "410421100201";
        assert!(intake().resolve(&sent(&quasi)).is_ok());
    }
}
