//! The life of a revision and of a period, as two pure state machines.
//!
//! What counts in a roll-up never leaves it silently: a revision that was accepted and is sent back
//! stays in force until its correction is accepted.

use std::fmt::Write;

use model::{receipt::Decision, step::Action};

/// Where one revision of a return stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RevisionState {
    /// 未接收: intake found something hard; it never counted and nobody reviews it.
    Refused,
    /// 待审: it waits for the level above.
    Submitted,
    /// 已审: accepted; the highest such revision of a key is in force.
    Accepted,
    /// 退回: sent back before it was accepted.
    SentBack,
    /// 退回（暂计）: sent back after it was accepted; in force until a correction is.
    SentBackInForce,
    /// 撤回: taken back by the unit.
    Withdrawn,
}

impl RevisionState {
    /// Every state, in the order of a life.
    pub const ALL: [RevisionState; 6] = [
        RevisionState::Refused,
        RevisionState::Submitted,
        RevisionState::Accepted,
        RevisionState::SentBack,
        RevisionState::SentBackInForce,
        RevisionState::Withdrawn,
    ];

    /// The state with which a decision of intake begins a life.
    pub fn after(decision: Decision) -> Self {
        match decision {
            Decision::Accepted | Decision::Overtaken => RevisionState::Accepted,
            Decision::Pending => RevisionState::Submitted,
            Decision::Refused | Decision::Replayed | Decision::SetAside => RevisionState::Refused,
        }
    }

    /// Whether the level above has accepted it, and not taken that back to the point that it never
    /// counted.
    pub fn counts(self) -> bool {
        matches!(self, RevisionState::Accepted | RevisionState::SentBackInForce)
    }

    /// Whether it still waits for something: the level above, or the unit's next revision.
    pub fn is_open(self) -> bool {
        matches!(self, RevisionState::Submitted | RevisionState::SentBack)
    }

    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            RevisionState::Refused => "refused",
            RevisionState::Submitted => "submitted",
            RevisionState::Accepted => "accepted",
            RevisionState::SentBack => "sent_back",
            RevisionState::SentBackInForce => "sent_back_in_force",
            RevisionState::Withdrawn => "withdrawn",
        }
    }

    /// The name in Chinese output.
    pub fn zh(self) -> &'static str {
        match self {
            RevisionState::Refused => "未接收",
            RevisionState::Submitted => "待审",
            RevisionState::Accepted => "已审",
            RevisionState::SentBack => "退回",
            RevisionState::SentBackInForce => "退回（暂计）",
            RevisionState::Withdrawn => "撤回",
        }
    }
}

/// Where a step leads; `None` is refused. `period` tells whether the period takes steps at all.
///
/// A revision begins as [`RevisionState::Submitted`] on a form that is reviewed, and as
/// [`RevisionState::Accepted`] on one that is not.
pub fn next(state: RevisionState, action: Action) -> Option<RevisionState> {
    use RevisionState::{Accepted, SentBack, SentBackInForce, Submitted, Withdrawn};
    match (state, action) {
        (Submitted | SentBack | SentBackInForce, Action::Accept) => Some(Accepted),
        (Submitted, Action::SendBack) => Some(SentBack),
        (Accepted, Action::SendBack) => Some(SentBackInForce),
        (Submitted, Action::Withdraw) => Some(Withdrawn),
        _ => None,
    }
}

/// How many approvals a publication needs (三审).
pub const APPROVALS: u8 = 3;

/// Where a period of a form stands for one subtree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodState {
    /// 开放: it takes returns; behind the deadline they are late (超期).
    #[default]
    Open,
    /// 锁定: it takes none; so many approvals are given.
    Locked(u8),
    /// 已发布: published; a correction makes a new edition.
    Published,
}

impl PeriodState {
    /// Every state, in the order of a life.
    pub const ALL: [PeriodState; 6] = [
        PeriodState::Open,
        PeriodState::Locked(0),
        PeriodState::Locked(1),
        PeriodState::Locked(2),
        PeriodState::Locked(3),
        PeriodState::Published,
    ];

    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            PeriodState::Open => "open",
            PeriodState::Locked(0) => "locked",
            PeriodState::Locked(1) => "approved_once",
            PeriodState::Locked(2) => "approved_twice",
            PeriodState::Locked(_) => "approved",
            PeriodState::Published => "published",
        }
    }

    /// The name in Chinese output.
    pub fn zh(self) -> &'static str {
        match self {
            PeriodState::Open => "开放",
            PeriodState::Locked(0) => "锁定",
            PeriodState::Locked(1) => "已初审",
            PeriodState::Locked(2) => "已复审",
            PeriodState::Locked(_) => "已终审",
            PeriodState::Published => "已发布",
        }
    }
}

/// Where a step leads a period; `None` is refused. Locking what is locked changes nothing.
pub fn next_of_period(state: PeriodState, action: Action) -> Option<PeriodState> {
    use PeriodState::{Locked, Open, Published};
    match (state, action) {
        (Open, Action::Lock) => Some(Locked(0)),
        (Locked(_) | Published, Action::Lock) => Some(state),
        (Locked(_) | Published, Action::Unlock) => Some(Open),
        (Locked(given), Action::Approve) if given < APPROVALS => Some(Locked(given + 1)),
        (Locked(APPROVALS), Action::Publish) => Some(Published),
        _ => None,
    }
}

/// Both machines as Markdown: a row per state, a column per step, `–` where it is refused.
pub fn transition_tables() -> String {
    let revision = [Action::Accept, Action::SendBack, Action::Withdraw];
    let period = [Action::Lock, Action::Unlock, Action::Approve, Action::Publish];
    let mut text = String::new();
    head(&mut text, "revision", &revision);
    for state in RevisionState::ALL {
        row(&mut text, (state.name(), state.zh()), &revision, |action| {
            next(state, action).map(|to| (to.name(), to.zh()))
        });
    }
    text.push('\n');
    head(&mut text, "period", &period);
    for state in PeriodState::ALL {
        row(&mut text, (state.name(), state.zh()), &period, |action| {
            next_of_period(state, action).map(|to| (to.name(), to.zh()))
        });
    }
    text
}

// Writing to a String cannot fail.
fn head(text: &mut String, what: &str, actions: &[Action]) {
    let _ = write!(text, "| {what} |");
    for action in actions {
        let _ = write!(text, " {} {} |", action.name(), action.zh());
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(actions.len()));
}

fn row(
    text: &mut String,
    (name, zh): (&str, &str),
    actions: &[Action],
    to: impl Fn(Action) -> Option<(&'static str, &'static str)>,
) {
    let _ = write!(text, "| {name} {zh} |");
    for &action in actions {
        let _ = match to(action) {
            Some((name, zh)) => write!(text, " {name} {zh} |"),
            None => write!(text, " – |"),
        };
    }
    text.push('\n');
}
