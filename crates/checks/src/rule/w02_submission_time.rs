//! W02: `submitted_at` is an instant with an offset, as RFC 3339 writes it.

use model::{Finding, envelope};

use crate::{
    instant,
    says::{Says, of_format, quote},
};

/// Looks at the text alone.
pub(crate) fn check(sent: &envelope::Return<'_>) -> Option<Finding> {
    instant::parse(&sent.submitted_at).is_none().then(|| found(&sent.submitted_at))
}

/// The finding about a text that is no instant.
pub(crate) fn found(text: &str) -> Finding {
    let text = quote(text);
    let says = Says {
        expected: "2023-02-02T09:00:00+08:00".to_owned(),
        zh: format!("“{text}”不是时间；写成 2023-02-02T09:00:00+08:00"),
        en: format!("{text:?} is no instant; write it as 2023-02-02T09:00:00+08:00"),
        found: text,
        ..Says::default()
    };
    of_format("W02", says)
}

#[cfg(test)]
mod tests {
    use crate::fixture::{ids, intake, sent, township_return};

    #[test]
    fn a_time_without_offset_or_sense() {
        for text in ["2023-02-02T09:00:00", "2023-02-31T09:00:00+08:00", "2023-02-02", ""] {
            let mut draft = township_return();
            draft.submitted_at = text;
            assert_eq!(ids(&intake().resolve(&sent(&draft)).unwrap_err()), ["W02"], "{text}");
        }
    }

    #[test]
    fn all_obstacles_are_told_together() {
        let mut draft = township_return();
        (draft.unit, draft.form, draft.period, draft.submitted_at) = ("1", "ZZ", "x", "y");
        let found = intake().resolve(&sent(&draft)).unwrap_err();
        assert_eq!(ids(&found), ["W01", "W02", "K01", "K02"]);
    }
}
