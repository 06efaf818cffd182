//! Whether the parameters of a rule, which stand in the catalogue's text, can be used.

use model::check::{CheckDefinition, CheckKind};

use crate::{
    rule::{k79_change_yoy, k83_copied_forward, k101_modified_z_score, k102_hidiroglou_berthelot},
    says::{checked_parameters, small},
};

/// How a rule is to be written whose parameters cannot be used; nothing where all is well, or where
/// the check has none. Such a rule would say nothing.
pub fn wrong_parameters(check: &CheckDefinition) -> Option<&'static str> {
    if check.kind != CheckKind::Rule {
        return None;
    }
    let (good, written) = match check.id.as_str() {
        k79_change_yoy::ID => (is_share(check, "change_yoy"), k79_change_yoy::WRITTEN),
        k83_copied_forward::ID => (is_share(check, "copied_forward"), k83_copied_forward::WRITTEN),
        k101_modified_z_score::ID => {
            (k101_modified_z_score::setting(check).is_some(), k101_modified_z_score::WRITTEN)
        }
        k102_hidiroglou_berthelot::ID => (
            k102_hidiroglou_berthelot::setting(check).is_some(),
            k102_hidiroglou_berthelot::WRITTEN,
        ),
        _ => return None,
    };
    (!good).then_some(written)
}

/// Whether a rule has one parameter, above zero.
fn is_share(check: &CheckDefinition, name: &str) -> bool {
    let parameters = checked_parameters(check, name).unwrap_or_default();
    matches!(parameters[..], [share] if small(share).is_some_and(|(units, _)| units > 0))
}

#[cfg(test)]
mod tests {
    use model::check::CheckDefinition;

    use super::wrong_parameters;
    use crate::{fixture::catalog, says::definition};

    fn written(id: &str, expression: &str) -> bool {
        let shipped = definition(&catalog(), id).unwrap().clone();
        let check = CheckDefinition { expression: expression.to_owned(), ..shipped };
        wrong_parameters(&check).is_none()
    }

    #[test]
    fn what_can_be_used_passes() {
        for (id, expression) in [
            ("K79", "change_yoy(0.30)"),
            ("K83", "copied_forward(0.95): at most that share"),
            ("K101", "modified_z_score(3.5, 6)"),
            ("K101", "modified_z_score( 5 , 24 ): in words"),
            ("K102", "hidiroglou_berthelot(0, 0.05, 7)"),
            ("K102", "hidiroglou_berthelot(1, 0, 4.5)"),
            // No parameters at all.
            ("K73", "ytd_not_falling()"),
        ] {
            assert!(written(id, expression), "{id} {expression}");
        }
    }

    #[test]
    fn what_would_say_nothing_is_refused() {
        for (id, expression) in [
            ("K79", "change_yoy()"),
            ("K79", "change_yoy(0)"),
            ("K79", "change_yoy(30%)"),
            ("K83", "copied_forward(0.95, 1)"),
            ("K101", "modified_z_score(3.5)"),
            ("K101", "modified_z_score(3.5, 6, 1)"),
            ("K101", "modified_z_score(0, 6)"),
            ("K101", "modified_z_score(3.5, 2)"),
            ("K101", "modified_z_score(3.5, 25)"),
            ("K101", "modified_z_score(3.5, 6.5)"),
            ("K101", "modified_z_score(3.5, six)"),
            ("K101", "modified_zscore(3.5, 6)"),
            ("K101", "modified_z_score[3.5, 6)"),
            ("K101", "modified_z_score(3.50001, 6)"),
            ("K102", "hidiroglou_berthelot(0.5, 0.05, 7)"),
            ("K102", "hidiroglou_berthelot(2, 0.05, 7)"),
            ("K102", "hidiroglou_berthelot(0, -0.05, 7)"),
            ("K102", "hidiroglou_berthelot(0, 0.05, 0)"),
            ("K102", "hidiroglou_berthelot(0, 0.05, 1001)"),
            ("K102", "hidiroglou_berthelot(0, 7)"),
        ] {
            assert!(!written(id, expression), "{id} {expression}");
        }
    }
}
