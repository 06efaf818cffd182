//! W13: a step (办理) that leads nowhere, or that is not for the one who takes it.

use model::Finding;

use crate::says::{Says, of_format};

/// The finding in the row of a step that was refused: what was wanted, and why not, in both languages.
pub fn step_refused(wanted: &str, zh: String, en: String) -> Finding {
    of_format("W13", Says { found: wanted.to_owned(), zh, en, ..Says::default() })
}

#[cfg(test)]
mod tests {
    use super::step_refused;

    #[test]
    fn it_names_the_step_and_the_reason_in_both_languages() {
        let found = step_refused("accept", "该期已锁定".to_owned(), "locked".to_owned());
        assert_eq!((found.check.as_str(), found.found.as_str()), ("W13", "accept"));
        assert_eq!(found.message_zh, "不能这样办理：该期已锁定");
        assert_eq!(found.message_en, "the step is not taken: locked");
    }
}
