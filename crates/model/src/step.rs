//! Steps (办理) in the life of a return and of a period, as they travel in the journal.
//!
//! A step about a return lies in the partition of its unit, behind the return that it is about. So
//! whoever reads the partition again decides the same.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is done.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// 审核通过: a level above accepts a revision.
    Accept,
    /// 退回: a level above sends a revision back, with the reason.
    SendBack,
    /// 撤回: the unit takes back a revision that nobody has accepted yet.
    Withdraw,
    /// 准予例外: a level above lets one check rest for one return.
    Except,
    /// 说明: the unit explains a finding from context in words.
    Explain,
    /// 审签: one of the three approvals before publication.
    Approve,
    /// 发布: the figures of a locked period are published.
    Publish,
    /// 锁定: the period takes no more returns.
    Lock,
    /// 解锁: it takes returns again.
    Unlock,
}

impl Action {
    /// Every action, in the order of a period's life.
    pub const ALL: [Action; 9] = [
        Action::Accept,
        Action::SendBack,
        Action::Withdraw,
        Action::Except,
        Action::Explain,
        Action::Lock,
        Action::Unlock,
        Action::Approve,
        Action::Publish,
    ];

    /// The name in the journal and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Action::Accept => "accept",
            Action::SendBack => "send_back",
            Action::Withdraw => "withdraw",
            Action::Except => "except",
            Action::Explain => "explain",
            Action::Approve => "approve",
            Action::Publish => "publish",
            Action::Lock => "lock",
            Action::Unlock => "unlock",
        }
    }

    /// The name in Chinese output.
    pub fn zh(self) -> &'static str {
        match self {
            Action::Accept => "审核通过",
            Action::SendBack => "退回",
            Action::Withdraw => "撤回",
            Action::Except => "准予例外",
            Action::Explain => "说明",
            Action::Approve => "审签",
            Action::Publish => "发布",
            Action::Lock => "锁定",
            Action::Unlock => "解锁",
        }
    }

    /// The action with this [`Action::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// One step. Locks travel as [`crate::envelope::Lock`], since they reach every partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Version of this envelope.
    pub wire: u16,
    /// Id of the act. The steps of one bulk acceptance share it.
    pub id: String,
    /// What is done.
    pub action: Action,
    /// The reporting unit; of an approval or a publication the unit whose subtree it is about.
    pub unit: String,
    /// Code of the form.
    pub form: String,
    /// The period.
    pub period: String,
    /// The revision that is accepted, sent back or withdrawn: nobody accepts what they did not see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// The check that an exception lets rest, or that is explained.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub check: String,
    /// Which of the three approvals: 1 初审, 2 复审, 3 终审.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u8>,
    /// Code of the unit that acts: the reporting unit itself to withdraw or to explain, else one
    /// above it.
    pub by: String,
    /// Who signs for it.
    pub signer: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When, RFC 3339.
    pub submitted_at: String,
}

/// A unit that a lock or a bulk acceptance leaves out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Its code.
    pub unit: String,
    /// Why.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_no_field_is_guessed() {
        for action in Action::ALL {
            assert_eq!(Action::from_name(action.name()), Some(action));
            let json = serde_json::to_string(&action).unwrap();
            assert_eq!(json, format!("{:?}", action.name()));
        }
        let sent = r#"{"wire":1,"id":"s1","action":"send_back","unit":"410102001002","form":"SP",
            "period":"2023-Q1","revision":1,"by":"410102","signer":"丁","reason":"SP03 与台账不符",
            "submitted_at":"2023-04-09T09:00:00+08:00"}"#;
        let step: Step = serde_json::from_str(sent).unwrap();
        assert_eq!((step.action, step.revision, step.round), (Action::SendBack, Some(1), None));
        let again = serde_json::to_string(&step).unwrap();
        assert_eq!(serde_json::from_str::<Step>(&again).unwrap(), step);
        assert!(serde_json::from_str::<Step>(&sent.replace("reason", "raeson")).is_err());
        assert!(serde_json::from_str::<Step>(&sent.replace("send_back", "sendback")).is_err());
    }
}
