//! Why a step is refused, in words for whoever wanted to take it.

use model::{UnitCode, step::Action};

use crate::{PeriodState, RevisionState};

/// Why a step is refused. Nothing changes then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Illegal {
    /// No revision of the return came in that could be looked at.
    NothingSubmitted,
    /// Another revision of the return is the newest one.
    NotTheNewest {
        /// The one that the step names.
        named: u32,
        /// The one that stands for the return.
        newest: u32,
    },
    /// The revision is in a state in which this step leads nowhere.
    Revision(RevisionState, Action),
    /// The period is in a state in which this step leads nowhere.
    Period(PeriodState, Action),
    /// The period of the return is locked.
    Locked,
    /// The period is open for a unit below, so that its figures can still change.
    OpenBelow(UnitCode),
    /// The period is locked by a unit above the one that acts.
    LockedAbove(Option<UnitCode>),
    /// The approvals are given in their order.
    ApprovalOutOfTurn {
        /// The one that the step names.
        named: u8,
        /// The one that is due.
        due: u8,
    },
    /// Each approval is another person's.
    ApprovedAlready(String),
}

impl Illegal {
    /// What is in the way, and what to do, in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Illegal::NothingSubmitted => "没有可审的版次；请先由填报单位报送".to_owned(),
            Illegal::NotTheNewest { named, newest } => {
                format!("第{named}版已不是最新，最新为第{newest}版；请查看最新版后再办理")
            }
            Illegal::Revision(state, action) => {
                let (state, action) = (state.zh(), action.zh());
                format!("该版次现为“{state}”，不能{action}；请看办理流程表")
            }
            Illegal::Period(state, action) => {
                let (state, action) = (state.zh(), action.zh());
                format!("该期现为“{state}”，不能{action}；请看办理流程表")
            }
            Illegal::Locked => "该期已锁定；请先由锁定单位写明理由解锁".to_owned(),
            Illegal::OpenBelow(unit) => {
                format!("下级{unit}该期尚未锁定，数据仍可变动；请先将其锁定")
            }
            Illegal::LockedAbove(by) => {
                format!("该期由{}锁定；请由其或其上级办理", holder(*by, "系统管理者"))
            }
            Illegal::ApprovalOutOfTurn { named, due } => {
                format!("三审须依次进行：现应第{due}审，不是第{named}审")
            }
            Illegal::ApprovedAlready(who) => {
                format!("{who}已签过前一审；三审须由三人分别签署")
            }
        }
    }

    /// What is in the way, and what to do, in English.
    pub fn en(&self) -> String {
        match self {
            Illegal::NothingSubmitted => {
                "there is no revision to look at; the unit has to send one first".to_owned()
            }
            Illegal::NotTheNewest { named, newest } => format!(
                "revision {named} is not the newest any more; look at revision {newest}, then decide"
            ),
            Illegal::Revision(state, action) => format!(
                "the revision is {}, where {} leads nowhere; see the table of steps",
                state.name(),
                action.name()
            ),
            Illegal::Period(state, action) => format!(
                "the period is {}, where {} leads nowhere; see the table of steps",
                state.name(),
                action.name()
            ),
            Illegal::Locked => "the period is locked; whoever locked it has to unlock it first, \
                                with a reason"
                .to_owned(),
            Illegal::OpenBelow(unit) => {
                format!(
                    "the period is open for {unit} below, so figures can change; lock that first"
                )
            }
            Illegal::LockedAbove(by) => format!(
                "the period was locked by {}; it, or a unit above it, has to do this",
                holder(*by, "whoever runs the system")
            ),
            Illegal::ApprovalOutOfTurn { named, due } => {
                format!("approval {due} is due, not {named}; the three follow each other")
            }
            Illegal::ApprovedAlready(who) => {
                format!("{who} signed an approval before; three persons sign the three")
            }
        }
    }
}

fn holder(by: Option<UnitCode>, nobody: &str) -> String {
    by.map_or_else(|| nobody.to_owned(), |unit| unit.to_string())
}
